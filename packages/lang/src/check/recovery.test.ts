import type { Diagnostic } from '@groundplane/core'
import { describe, expect, it } from 'vitest'
import { modelOf, offsets, PEOPLE, readMarks } from '../testing/marked-source.js'
import { checkQueries, parseQueries } from './query-checker.js'
import { checkSchema } from './schema-checker.js'

const codes = (diagnostics: readonly Diagnostic[]) => diagnostics.map((d) => d.code)

describe('a schema with several mistakes', () => {
  it('is reported with all of them, each at its place, and nothing that follows from them', () => {
    const { text, ranges } = readMarks(`
      node Person {
        name: <|string|> @key
        age: <|Int|>? @index
        nick String
        @range(age, 0..3)
        @unique(name, <|nam|>)
      }
      edge Knows: Person -> <|Persn|>
      nod Company { name: String }
      node Team { name: String }
      edge In: Person -> Team @card(<||>x..1)
      edge Has: Team -> <|Tem|>`)
    const { diagnostics, model } = checkSchema(text, 'team.pg')
    expect(model).toBeUndefined()
    expect(codes(diagnostics)).toEqual([
      'syntax-error',
      'unknown-value-type',
      'syntax-error',
      'unknown-property',
      'unknown-type',
      'syntax-error',
      'syntax-error',
      'unknown-type',
    ])
    expect(offsets(diagnostics[0])).toEqual(ranges[0])
    expect(diagnostics[0]).toMatchObject({
      file: 'team.pg',
      range: { start: { line: 3, column: 15 } },
      message: 'Expected a type, found `string`.',
      remedy: 'Type names start upper case: write String.',
    })
    expect(diagnostics[1]?.remedy).toBe('Write I32 or I64.')
    expect(diagnostics[3]?.remedy).toBe('Did you mean name?')
    expect(diagnostics[4]?.remedy).toBe('Did you mean Person?')
    expect(offsets(diagnostics.at(-1))).toEqual(ranges.at(-1))
  })

  it('reports an unclosed block once and reads the next declaration', () => {
    const { text, ranges } = readMarks('node A <|{|> a: String\nnode B { b: <|Strin|> }')
    const { diagnostics } = checkSchema(text)
    expect(codes(diagnostics)).toEqual(['syntax-error', 'unknown-value-type'])
    expect(diagnostics.map(offsets)).toEqual(ranges)
  })

  it('judges a mistake in an interface once, however many types implement it', () => {
    const { diagnostics } = checkSchema(
      'interface N { a: I32 @embed("x") } node A implements N { b: String } node B implements N { b: String }',
    )
    expect(codes(diagnostics)).toEqual(['invalid-embed', 'unknown-property'])
  })
})

describe('a query file with several mistakes', () => {
  const model = modelOf(PEOPLE)

  it('yields the queries that check and reports every mistake of the others', () => {
    const { text } = readMarks(`
      query good($n: String) { match { $p: Person { name: $n } } return { $p.name } }
      query misspelt($n: Strng) {
        match {
          $p: Person { nme: $n }
          $p know $f
          $f.whatever = 3
          $c: Compny
          $c.name = "x"
          $p.age > 30
        }
        return { $p.name, lenght($p.name), $q.name }
        order { nme }
      }
      query unfinished($n: String {
        match {
          $p: person { name: $n }
          $p.age >
          $p knows $f
        }
        retrun { $p.name }
        limit ten
      }
      query good_too() { match { $p: Person } return { $p.name } }`)
    const { queries, diagnostics } = checkQueries(text, model, 'x.gq')
    expect(queries.map((query) => query.name)).toEqual(['good', 'good_too'])
    const byLine = diagnostics.map((d) => `${d.range?.start.line} ${d.code} ${d.remedy}`)
    expect(byLine).toEqual([
      '3 unknown-value-type Did you mean String?',
      '5 unknown-property Did you mean name?',
      '6 unknown-edge Did you mean knows?',
      '8 unknown-type Did you mean Company?',
      '12 unknown-function Did you mean length?',
      '12 unknown-variable Did you mean $p?',
      '13 unknown-alias Name the projection with `as`, or write a string in double quotes.',
      '15 syntax-error Close them with ).',
      '17 syntax-error Type names start upper case: write Person.',
      '19 syntax-error Correct the text at the marked place.',
      '21 syntax-error Correct the text at the marked place.',
      '22 syntax-error Correct the text at the marked place.',
    ])
  })

  it('names its queries even when they are broken inside', () => {
    const { document } = parseQueries(
      'query a() { match { ; } return { $x } } query b() {} junk query c() { delete X where }',
    )
    expect(document.queries.map((query) => [query.name, query.body.kind, query.complete])).toEqual([
      ['a', 'read', false],
      ['b', 'read', false],
      ['c', 'write', false],
    ])
  })

  it('reads keywords as names where they are names', () => {
    const words = modelOf(`
      node Node { match: String @key  query: String  return: String?  not: I32?  order: I32?  limit: I32? }
      edge Contains: Node -> Node { optional: Bool? }
      edge Limit: Node -> Node`)
    const { queries, diagnostics } = checkQueries(
      `query query($match: String) {
        match { $not: Node { match: $match, query: "x" }  $not contains $order  $order $limit:limit $return  $not.not = 3 }
        return { $not.match as return, $order.order as desc }
        order { desc desc, return asc }
        limit 3
      }`,
      words,
    )
    expect(diagnostics).toEqual([])
    expect(queries).toHaveLength(1)
  })
})
