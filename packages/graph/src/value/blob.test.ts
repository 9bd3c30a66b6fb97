import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import type { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'
import { ExternalBlobs } from './external-blobs.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0
const SCHEMA = 'node Report { name: String @key file: Blob? } edge Cites: Report -> Report { proof: Blob? }'
const reports = (externalBlobs?: string[]): Graph => {
  const root = files.path(`g${made++}.gp`)
  Graph.create(root, { schema: SCHEMA }).close()
  return Graph.open(root, externalBlobs ? { externalBlobs } : {})
}
const base64 = (bytes: Uint8Array): string => `base64:${Buffer.from(bytes).toString('base64')}`
const cell = { entity: 'node', type: 'Report', id: 'r', property: 'file' } as const

function failure(body: () => unknown): GraphError {
  try {
    body()
  } catch (error) {
    return error as GraphError
  }
  throw new Error('expected a failure')
}
const codes = (body: () => unknown) => failure(body).diagnostics?.map((d) => d.code)
const put = (graph: Graph, file: string | null) =>
  graph.transact({}, (tx) => tx.upsertNode('Report', { name: 'r', file }))

describe('managed content', () => {
  it('is kept once, read in ranges, and what it was at any commit', () => {
    const graph = reports()
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251))
    const first = put(graph, base64(bytes)).commit?.id as string
    graph.transact({}, (tx) => {
      tx.upsertNode('Report', { name: 'again', file: base64(bytes) })
      tx.insertEdge('Cites', 'again', 'r', { proof: base64(Buffer.alloc(0)) })
    })
    put(graph, base64(Buffer.from('next')))
    const info = graph.blob(cell, { commit: first })
    expect(info).toMatchObject({ kind: 'managed', size: 5000, commit: first })
    expect(graph.readBlob(cell, { start: 100, end: 300 }, { commit: first })).toEqual(
      bytes.subarray(100, 300),
    )
    expect(Buffer.from(graph.readBlob(cell, { start: 0, end: 99 })).toString()).toBe('next')
    const again = graph.blob({ ...cell, id: 'again' })
    expect(again.kind === 'managed' && info.kind === 'managed' && again.digest === info.digest).toBe(true)
    const edge = graph.query('query q() { match { $a $e:cites $b } return { $e } }').rows[0]?.e as {
      id: string
    }
    expect(graph.blob({ entity: 'edge', type: 'Cites', id: edge.id, property: 'proof' })).toMatchObject({
      size: 0,
    })
  })

  it('that is not there, or asked for wrongly, says which', () => {
    const graph = reports()
    put(graph, null)
    const asks: [string, () => unknown][] = [
      ['blob_not_found', () => graph.blob(cell)],
      ['entity_not_found', () => graph.blob({ ...cell, id: 'x' })],
      ['blob_property_unknown', () => graph.blob({ ...cell, property: 'name' })],
      ['unknown_type', () => graph.blob({ ...cell, entity: 'edge' })],
    ]
    for (const [code, ask] of asks) expect(failure(ask).code).toBe(code)
    put(graph, base64(Buffer.from('abc')))
    expect(failure(() => graph.readBlob(cell, { start: 2, end: 1 })).code).toBe('blob_range_invalid')
    expect(failure(() => graph.readBlob(cell, { start: 0, end: 5_000_000 })).code).toBe(
      'blob_range_too_large',
    )
  })

  it('whose content is gone from the file says so, and does not answer less', () => {
    const graph = reports()
    put(graph, base64(Buffer.from('abc')))
    const db = new Database(`${graph.root}/graph.db`)
    db.exec('DELETE FROM blobs')
    db.close()
    expect(failure(() => graph.blob(cell)).code).toBe('blob_damaged')
    expect(failure(() => graph.readBlob(cell, { start: 0, end: 1 })).code).toBe('blob_damaged')
  })

  it.each([
    ['base64:***', 'blob_not_base64'],
    [`base64:${'A'.repeat(45_000_000)}`, 'blob_too_large'],
    [`sha256:${'0'.repeat(64)}`, 'blob_not_stored'],
    ['anything', 'external_blob_denied'],
    ['https://files.example/a', 'external_blob_denied'],
  ])('refuses %.20s with a code of its own', (given, code) => {
    expect(codes(() => put(reports(), given))).toEqual([code])
  })
})

describe('references to content kept elsewhere', () => {
  const bases = ['https://files.example/reports/', 's3://bucket/']

  it.each([
    'https://files.example/reports/2026/a.pdf',
    'HTTPS://FILES.example:443/reports/a?version=2',
    's3://bucket/deep/key',
  ])('are taken below an allowed base: %s', (uri) => {
    const graph = reports(bases)
    put(graph, uri)
    const info = graph.blob(cell)
    expect(info).toMatchObject({ kind: 'external', uri: new URL(uri).href })
    expect(failure(() => graph.readBlob(cell, { start: 0, end: 1 })).code).toBe('blob_external')
    const line = [...graph.export()][0] as string
    expect(JSON.parse(line).data.file).toBe(new URL(uri).href)
    expect(graph.repair().healthy).toBe(true)
  })

  it.each([
    'https://files.example/other/a',
    'https://files.example/reports',
    'https://files.example/reports/../secret',
    'https://files.example/reports/%2e%2e/secret',
    'https://files.example/reports/%2f..%2fsecret',
    'https://files.example.evil/reports/a',
    'https://files.example@evil/reports/a',
    'https://user:pw@files.example/reports/a',
    'https://files.example:8443/reports/a',
    'http://files.example/reports/a',
    'https:\\\\files.example\\reports\\a',
    's3://bucket.evil/a',
    'file:///etc/passwd',
    'data:text/plain,x',
    ' https://files.example/reports/a',
  ])('are refused: %s', (uri) => {
    expect(codes(() => put(reports(bases), uri))).toEqual(['external_blob_denied'])
  })

  it('are taken by a load as by a write, and stay readable where new ones are refused', async () => {
    const graph = reports(bases)
    const line = JSON.stringify({ type: 'Report', data: { name: 'r', file: 's3://bucket/k' } })
    await graph.load([line], { mode: 'append' })
    const strict = Graph.open(graph.root)
    expect(strict.blob(cell)).toMatchObject({ kind: 'external', uri: 's3://bucket/k' })
    expect(codes(() => put(strict, 's3://bucket/other'))).toEqual(['external_blob_denied'])
  })

  it.each(['https://files.example/a', 'file:///tmp/', 'https://u@files.example/', 'x', 's3://b/?q'])(
    'have no base %s',
    (base) => {
      expect(failure(() => new ExternalBlobs([base])).code).toBe('external_blob_base_invalid')
    },
  )
})
