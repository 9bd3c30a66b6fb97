import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { REPOSITORY } from './command.js'

interface Named {
  readonly file: string
  readonly title: string
}

/** The tests that a page names: `file`: "title", in cells of tables. Files are below `base` unless they say otherwise. */
function testsNamedIn(page: string, base: string): Named[] {
  const cells = page.split('\n').flatMap((line) => (line.startsWith('|') ? line.split(/ \| |<br>/) : []))
  return cells.flatMap((cell) => {
    const found = /^`([\w./-]+\.test\.ts)`: "(.+)"(?: \|)?$/.exec(cell.trim())
    if (!found) return []
    const [, file, title] = found as unknown as [string, string, string]
    return [{ file: /^(?:packages|test)\//.test(file) ? file : join(base, file), title }]
  })
}

/** Whether the file has a test of exactly this title. */
function hasTest({ file, title }: Named): boolean {
  const path = join(REPOSITORY, file)
  if (!existsSync(path)) return false
  const source = readFileSync(path, 'utf8')
  return ["'", '"', '`'].some((quote) => {
    const at = source.indexOf(quote + title + quote)
    return at > 0 && /\(\s*$/.test(source.slice(0, at))
  })
}

const read = (page: string): string => readFileSync(join(REPOSITORY, 'docs', page), 'utf8')
const rowsOf = (page: string): string[] =>
  page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:Behaviour|#) \|/.test(line))

it.each([
  ['obligations.md', 'packages/graph/src', 25],
  ['checklist.md', 'packages/cluster/src', 123],
])('every test that docs/%s names is there, and every row of it names one', (name, base, rows) => {
  const page = read(name)
  expect(rowsOf(page)).toHaveLength(rows)
  expect(rowsOf(page).filter((row) => testsNamedIn(row, base).length === 0)).toEqual([])
  // Each "…": in a cell is one of the tests found: none is written in a way this test does not read.
  const named = testsNamedIn(page, base)
  expect(named).toHaveLength(page.split('.test.ts`: "').length - 1)
  expect(named.filter((test) => !hasTest(test))).toEqual([])
})

it('a test that is renamed, moved or only mentioned is missed', () => {
  const file = 'packages/cluster/src/apply.test.ts'
  expect(hasTest({ file, title: 'never rewrites a blob that exists' })).toBe(true)
  expect(hasTest({ file, title: 'never rewrites a blob' })).toBe(false)
  expect(
    hasTest({ file: 'packages/cluster/src/plan.test.ts', title: 'never rewrites a blob that exists' }),
  ).toBe(false)
  expect(hasTest({ file, title: 'graph.knowledge' })).toBe(false)
  expect(hasTest({ file: 'packages/cluster/src/gone.test.ts', title: 'x' })).toBe(false)
})
