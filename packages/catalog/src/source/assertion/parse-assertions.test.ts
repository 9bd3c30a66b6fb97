import { describe, expect, it } from 'vitest'
import { checkMetadata } from '../metadata/source-metadata.js'
import { checkAssertions, parseAssertions } from './parse-assertions.js'

/** A file with one assertion of the given members. */
const one = (members: string): string => `version: 1\nassertions:\n  a: { dataset: t, ${members} }\n`
const codes = (text: string): string[] => checkAssertions(text, 'x.yaml').map((d) => d.code)

describe('an assertion file that is right', () => {
  it.each([
    'column: c, type: not_null',
    'column: c, type: unique',
    'type: unique, columns: [a, b]',
    'column: c, type: accepted_values, values: [1, x, true]',
    'column: c, type: relationship, to: { dataset: u, column: k }',
    'type: row_count, equals: 3',
    'type: row_count, min: 0',
    'column: c, type: length, min: 1, max: 3, severity: warning, description: d',
    'column: c, type: range, min: 2017-01-01, max: 2018-01-01',
    'column: c, type: freshness, max_age: 24h',
    'type: sql, query: SELECT 1',
  ])('%s', (members) => {
    expect(checkAssertions(one(members))).toEqual([])
    expect(parseAssertions(one(members)).assertions).toHaveLength(1)
  })
})

describe('an assertion file that is wrong', () => {
  it('says of nesting without end that it is nested too deep', () => {
    const [found] = checkAssertions(`a: ${'['.repeat(20_000)}`, 'x.yaml')
    expect(found).toMatchObject({ code: 'yaml_syntax', message: 'this is nested too deep to be read' })
  })

  it.each([
    ['', ['yaml_empty']],
    ['version: 1\nassertions:\n  a: [', ['yaml_syntax']],
    ['version: 1\n---\nversion: 1\n', ['yaml_several_documents', 'missing_key']],
    ['version: 2\nassertions: {}', ['version_unsupported']],
    ['assertions: {}', ['missing_key']],
    ['version: 1\nasertions: {}', ['unknown_key', 'missing_key']],
    ['version: 1\nassertions: [a]', ['wrong_type']],
    [one('column: c'), ['missing_key']],
    [one('column: c, type: nul'), ['assertion_type_unknown']],
    [one('type: not_null'), ['missing_key']],
    [one('type: row_count, column: c, equals: 1'), ['column_not_allowed']],
    [one('type: row_count'), ['missing_key']],
    [one('type: row_count, equals: 1.5'), ['count_invalid']],
    [one('type: row_count, equals: 1, min: 0'), ['bounds_invalid']],
    [one('type: row_count, min: 3, max: 1'), ['bounds_invalid']],
    [one('column: c, type: length, equal: 3'), ['unknown_key', 'missing_key']],
    [one('column: c, type: range, min: 3, max: x'), ['bounds_invalid']],
    [one('column: c, type: range'), ['missing_key']],
    [one('column: c, type: accepted_values, values: []'), ['empty_value']],
    [one('column: c, type: relationship, to: { dataset: u }'), ['missing_key']],
    [one('column: c, type: freshness, max_age: soon'), ['duration_invalid']],
    [one('type: unique'), ['missing_key']],
    [one('type: unique, column: a, columns: [b]'), ['column_not_allowed']],
    [one('column: c, type: not_null, severity: bad'), ['value_unknown']],
    [one('column: "", type: not_null'), ['empty_value']],
    [one('type: sql'), ['missing_key']],
    [one('type: sql, query: SELECT 1; SELECT 2'), ['assertion_query_invalid']],
    [one('type: sql, query: DELETE FROM t'), ['assertion_query_invalid']],
    [
      'version: 1\nassertions:\n  "a b": { dataset: t, column: c, type: not_null }\n',
      ['assertion_name_invalid'],
    ],
    [
      'version: 1\nassertions:\n  a: { dataset: t, column: c, type: not_null }\n  b: { dataset: t, column: c, type: not_null }\n',
      ['duplicate_assertion'],
    ],
    [
      'version: 1\nassertions:\n  a: { dataset: t, column: c, type: not_null }\n  a: { dataset: t, column: d, type: not_null }\n',
      ['yaml_duplicate_key'],
    ],
  ])('%j gives %j', (text, expected) => {
    expect(codes(text)).toEqual(expected)
  })

  it('reports every mistake, each with its place and what to do', () => {
    const text =
      'version: 1\nassertions:\n  a:\n    dataset: t\n    type: lenght\n  b:\n    dataset: t\n    type: row_count\n    equal: 3\n'
    const found = checkAssertions(text, 'olist.assertions.yaml')
    expect(found.map((d) => [d.code, d.path, d.range?.start.line, d.range?.start.column, d.remedy])).toEqual([
      ['assertion_type_unknown', 'assertions.a.type', 5, 11, 'Did you mean "length"?'],
      ['unknown_key', 'assertions.b.equal', 9, 5, 'Did you mean "equals"?'],
      ['missing_key', 'assertions.b', 7, 5, 'Add "equals", or "min" and/or "max".'],
    ])
    expect(found.every((d) => d.file === 'olist.assertions.yaml' && d.remedy)).toBe(true)
  })

  it('gives the assertions that check beside the diagnostics of those that do not', () => {
    const { assertions } = parseAssertions(
      'version: 1\nassertions:\n  a: { dataset: t, column: c, type: not_null }\n  b: { dataset: t }\n',
    )
    expect(assertions.map((a) => a.name)).toEqual(['a'])
  })

  it('takes a bomb of aliases as data, without unfolding it', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')
    expect(codes(`a0: &a0 [x]\n${levels}\nversion: 1\nassertions: {}\n`)).toContain('unknown_key')
  })
})

describe('a metadata file', () => {
  const check = (text: string): string[] =>
    checkMetadata(text, 'm.yaml').map((d) => `${d.code}@${d.range?.start.line}`)

  it.each([
    ['tags: { pii: }\ndatasets: { t: { tags: [pii], columns: { c: { tags: [pii] } } } }', []],
    ['datasets:\n  t: { tags: [pi] }', ['unknown_tag@2']],
    ['tags: { pii: }\ndatasets:\n  t:\n    columns:\n      c: { tags: [pi] }', ['unknown_tag@5']],
    ['owners: { a: }\ndatasets:\n  t: { owners: [b] }', ['unknown_owner@3']],
    ['terms: { a: }\ndatasets:\n  t: { terms: [b, a] }', ['unknown_term@3']],
    ['domains: { a: }\ndatasets:\n  t: { domain: b }', ['unknown_domain@3']],
    ['datasets:\n  t: { domain: b }', []],
    ['datasets:\n  t: { owner: [x] }', ['unknown_key@2']],
    ['datasets:\n  t: 3', ['wrong_type@2']],
    ['tags: [pii]', ['wrong_type@1']],
    ['owners:\n  a: { name: 3 }', ['wrong_type@2']],
    ['datasets:\n  t: {}\n  t: {}', ['yaml_duplicate_key@3']],
    ['a: b: c', ['yaml_syntax@1']],
  ])('%j gives %j', (text, expected) => {
    expect(check(text)).toEqual(expected)
  })
})
