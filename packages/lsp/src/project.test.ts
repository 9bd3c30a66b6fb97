import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { graphOfFile, graphsIn } from './project.js'

const roots: string[] = []

function directory(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'project-'))
  roots.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

describe('the graph of a file', () => {
  it('is the one of the nearest cluster that names it, in each form of queries', () => {
    const root = directory({
      'cluster.yaml': `graphs:
  catalog: { kind: catalog }
  a: { schema: a.pg, queries: qa }
  b: { schema: b.pg, queries: [loose.gq, deep/one.gq] }
  c: { schema: c.pg, queries: { named: { file: deep/two.gq } } }
`,
      'qa/x.gq': '',
      'qa/note.txt': '',
      'loose.gq': '',
      'deep/one.gq': '',
      'deep/two.gq': '',
      'deep/three.gq': '',
    })
    const idOf = (path: string) => graphOfFile(join(root, path))?.id
    expect(['qa/x.gq', 'loose.gq', 'deep/one.gq', 'deep/two.gq', 'b.pg'].map(idOf)).toEqual([
      'a',
      'b',
      'b',
      'c',
      'b',
    ])
    expect(idOf('deep/three.gq')).toBeUndefined()
    expect(graphsIn(root).map(({ id, queries }) => [id, queries.length])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 1],
    ])
  })

  it('is the only schema beside it or above it, and none when there are two', () => {
    const root = directory({
      'one/s.pg': '',
      'one/q.gq': '',
      'one/queries/r.gq': '',
      'two/s.pg': '',
      'two/t.pg': '',
      'two/q.gq': '',
    })
    expect(graphOfFile(join(root, 'one/q.gq'))?.schema).toBe(join(root, 'one/s.pg'))
    expect(graphOfFile(join(root, 'one/queries/r.gq'))?.schema).toBe(join(root, 'one/s.pg'))
    expect(graphOfFile(join(root, 'two/q.gq'))).toBeUndefined()
    expect(graphsIn(join(root, 'two'))).toEqual([])
  })

  it.each(['graphs: [', 'graphs: 3', '- a', 'graphs: { a: { schema: 1 } }'])(
    'is not found by a cluster.yaml like %s',
    (text) => {
      const root = directory({ 'cluster.yaml': text, 'queries/q.gq': '' })
      expect(graphOfFile(join(root, 'queries/q.gq'))).toBeUndefined()
    },
  )
})
