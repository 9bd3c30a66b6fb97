import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GRAPH_DIAGNOSTIC_CODES, GRAPH_ERROR_CODES } from '@groundplane/graph'
import { expect, it } from 'vitest'
import { REPOSITORY } from './command.js'
import { codesOfPage } from './docs-errors.js'

const documented = codesOfPage(readFileSync(join(REPOSITORY, 'docs', 'errors.md'), 'utf8'))
const tests = ['packages', 'test'].flatMap(textsOfTests)

it('every code that the store can give is documented, and no other is documented as its own', () => {
  const given = new Set<string>([...GRAPH_ERROR_CODES, ...GRAPH_DIAGNOSTIC_CODES])
  expect(documented.get('The store')).toEqual([...given].filter((code) => code !== 'internal').sort())
  expect(documented.get('The server')).toContain('internal')
})

it.each([...documented.keys()].filter((title) => title !== 'The languages'))(
  'every code of the section "%s" is named by a test',
  (title) => {
    const codes = documented.get(title) as string[]
    expect(codes.length).toBeGreaterThan(2)
    expect(codes.filter((code) => !isNamed(code))).toEqual(codes.filter((code) => UNTESTED.has(code)))
  },
)

/** Why no test has them. One that a test names must leave this list. */
const UNTESTED = new Map([
  [
    'gc_remove_failed',
    'a directory lets its owner remove any file, and S3 answers to a delete of what is not there',
  ],
  ['body_length_mismatch', "Node's parser ends such a request before the framework counts"],
  ['client_gone', 'nobody is there to be answered; the log says that the caller left'],
  ['demo_cluster_failed', 'the demo makes two warehouses of 1.5 million rows before it can come to this'],
  ['example_missing', 'the example is part of the checkout that the test runs in'],
  ['run_failed', 'the crew of the demo, by rules, has no way to end without a report'],
])

function isNamed(code: string): boolean {
  const word = new RegExp(`(?<![\\w-])${code}(?![\\w-])`)
  return tests.some((text) => word.test(text))
}

/** Sources of tests, of suites that tests run too, without their comments: a code that is only talked about is not tested. */
function textsOfTests(folder: string): string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.test\.ts$|^conformance\.ts$/.test(entry.name) &&
        /\bsrc\b/.test(entry.parentPath) &&
        !entry.parentPath.includes('node_modules') &&
        entry.name !== 'error-codes.test.ts',
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .map((text) => text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, ''))
}
