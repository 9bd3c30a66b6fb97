import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { scratch, socialGraph } from '../testing/scratch.js'
import { DERIVED_DIR, type DerivedArray, readDerivedFile, writeDerivedFile } from './derived-file.js'

const files = scratch()
afterAll(() => files.remove())

const ARRAYS = new Map<string, DerivedArray>([
  ['bytes', Uint8Array.of(1, 2, 3)],
  ['none', new Uint32Array(0)],
  ['numbers', Float64Array.of(0.1, -5e300)],
  // A view of more, which is not written.
  ['part', Uint16Array.of(9, 65_535, 9).subarray(1, 2)],
])
const STAMP = { graph: 'g', commit: 'c1', kind: 'search', version: 3 }
const EXPECTED = { graph: 'g', kind: 'search', version: 3 }

function written(name: string): { root: string; path: string } {
  const root = files.path(name)
  mkdirSync(root)
  writeDerivedFile(root, STAMP, ARRAYS)
  return { root, path: join(root, DERIVED_DIR, 'search') }
}

it('a derived file gives back its commit and its arrays', () => {
  const { root } = written('whole')
  expect(readDerivedFile(root, EXPECTED)).toEqual({ commit: 'c1', arrays: ARRAYS })
  expect(readDerivedFile(root, { graph: 'g', kind: 'search' })).toEqual({ commit: 'c1', arrays: ARRAYS })
})

it('a derived file of another graph, kind or version, and none at all, is told apart and not read', () => {
  const { root, path } = written('others')
  writeFileSync(join(root, DERIVED_DIR, 'else'), readFileSync(path))
  const reason = (expected: Parameters<typeof readDerivedFile>[1]) => readDerivedFile(root, expected).reason
  expect(reason({ ...EXPECTED, graph: 'h' })).toBe('foreign')
  expect(reason({ ...EXPECTED, kind: 'else' })).toBe('foreign')
  expect(reason({ ...EXPECTED, version: 4 })).toBe('other-version')
  expect(reason({ ...EXPECTED, kind: 'missing' })).toBe('missing')
})

it('a derived file with any one byte changed, or without its end, is not read', () => {
  const { root, path } = written('damaged')
  const whole = readFileSync(path)
  for (let i = 0; i < whole.length; i++) {
    const bytes = Buffer.from(whole)
    bytes[i] = (bytes[i] as number) ^ 0x20
    writeFileSync(path, bytes)
    expect(readDerivedFile(root, EXPECTED).reason, `byte ${i}`).toBeDefined()
    writeFileSync(path, whole.subarray(0, i))
    expect(readDerivedFile(root, EXPECTED).reason, `${i} bytes`).toBe('damaged')
  }
})

it('a derived file is replaced whole, leaves nothing behind, and is not made for a graph that is gone', () => {
  const { root } = written('replaced')
  writeDerivedFile(root, { ...STAMP, commit: 'c2' }, ARRAYS)
  expect(readDerivedFile(root, EXPECTED)).toMatchObject({ commit: 'c2' })
  expect(readdirSync(join(root, DERIVED_DIR))).toEqual(['search'])
  expect(() => writeDerivedFile(files.path('gone'), STAMP, ARRAYS)).toThrow('ENOENT')
  expect(existsSync(files.path('gone'))).toBe(false)
})

it('repair removes derived files that are of no use and says so, cleanup those of commits that went', () => {
  const graph = socialGraph(files.path('social.gp'))
  const dir = join(graph.root, DERIVED_DIR)
  const write = (kind: string, commit: string, id = graph.id) =>
    writeDerivedFile(graph.root, { ...STAMP, kind, commit, graph: id }, ARRAYS)
  const insert = (name: string) => graph.transact({}, (tx) => tx.upsertNode('Person', { name }))
  insert('a')
  const first = graph.head().id
  write('whole', first)
  write('foreign', first, 'another')
  write('unknown', '01ARZ3NDEKTSV4RRFFQ69G5FAV')
  writeFileSync(join(dir, '.search.1-2.tmp'), 'half')
  const dry = graph.repair({ dryRun: true })
  expect(readdirSync(dir)).toHaveLength(4)
  const report = graph.repair()
  expect(report.repaired).toEqual(dry.repaired)
  expect(report.repaired.map(({ subject }) => subject)).toEqual(['.search.1-2.tmp', 'foreign', 'unknown'])
  expect(readdirSync(dir)).toEqual(['whole'])
  expect(graph.repair()).toMatchObject({ healthy: true, checked: { derivedFiles: 1 } })
  insert('b')
  write('newer', graph.head().id)
  graph.cleanup({ keep: 1, dryRun: true })
  expect(readdirSync(dir)).toEqual(['newer', 'whole'])
  graph.cleanup({ keep: 1 })
  expect(readdirSync(dir)).toEqual(['newer'])
  graph.close()
})
