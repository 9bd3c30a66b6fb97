import type { Diagnostic } from '@groundplane/core'
import { describe, expect, it } from 'vitest'
import { checkQueries } from './check/query-checker.js'
import { checkSchema } from './check/schema-checker.js'
import { DIAGNOSTIC_CODES, type DiagnosticCodeName } from './diagnostic-codes.js'
import { lintGraph } from './lint/graph-lints.js'
import { modelOf, offsets, PEOPLE, readMarks } from './testing/marked-source.js'

interface Case {
  readonly language: 'schema' | 'query' | 'graph'
  /** Reported exactly at the marks; without marks, anywhere. */
  readonly rejects: string
  /** The nearest text that has nothing wrong with it. */
  readonly accepts: string
}

const SPLIT = '\n=====\n'
const schema = (rejects: string, accepts: string): Case => ({ language: 'schema', rejects, accepts })
/** The first text is the schema, the second the queries of a graph with many rows; the marks are in one of them. */
const graph = (rejects: readonly [string, string], accepts: readonly [string, string]): Case => ({
  language: 'graph',
  rejects: rejects.join(SPLIT),
  accepts: accepts.join(SPLIT),
})
const query = (rejects: string, accepts: string): Case => ({ language: 'query', rejects, accepts })
/** Both texts are the inside of `match`, with a `return` that fits. */
const match = (rejects: string, accepts: string): Case =>
  query(
    `query q() { match { ${rejects} } return { $p.name } }`,
    `query q() { match { ${accepts} } return { $p.name } }`,
  )
/** Both texts are what follows `match`. */
const result = (rejects: string, accepts: string): Case =>
  query(`query q() { match { $p: Person } ${rejects} }`, `query q() { match { $p: Person } ${accepts} }`)
/** Both texts are the body of a mutation with a parameter. */
const write = (rejects: string, accepts: string): Case =>
  query(`query q($n: String) { ${rejects} }`, `query q($n: String) { ${accepts} }`)

const deep = (levels: number) =>
  `query q() { match { $p: Person } return { ${'('.repeat(levels)}1${')'.repeat(levels)} } }`

const manyTypes = (count: number) =>
  Array.from({ length: count }, (_, i) => `node N${i} { a: String }`).join(' ')

const CASES: Readonly<Record<DiagnosticCodeName, Case>> = {
  'source-too-large': schema(`<||>${' '.repeat(2 * 1024 * 1024)}//`, `${' '.repeat(2 * 1024 * 1024 - 2)}//`),
  'nesting-too-deep': query(deep(70), deep(60)),
  'unexpected-character': schema('node A { a: String<|;|> }', 'node A { a: String }'),
  'unterminated-string': schema('node A { a: String @note(<|"x) }|>\n}', 'node A { a: String @note("x")\n}'),
  'unterminated-comment': schema('node A { a: String }\n<|/*|> more', 'node A { a: String }\n/* more */'),
  'invalid-escape': schema('node A { a: String @note("<|\\d|>") }', 'node A { a: String @note("\\\\d") }'),
  'syntax-error': schema('node A { a <|String|> }', 'node A { a: String }'),

  'schema-too-large': schema(
    `${manyTypes(1000)} node <|Last|> { a: String }`,
    `${manyTypes(999)} node Last { a: String }`,
  ),
  'duplicate-type': schema(
    'node A { a: String } edge Of: A -> A edge <|OF|>: A -> A',
    'node A { a: String } edge A: A -> A',
  ),
  'duplicate-property': schema('node A { a: String <|a|>: I32 }', 'node A { a: String b: I32 }'),
  'duplicate-enum-value': schema('node A { a: enum(x, b-c, <|x|>) }', 'node A { a: enum(x, b-c, 1x) }'),
  'reserved-property': schema(
    'interface I { id: String } node B implements <|I|> { a: String @key(a) } node A { <|id|>: String a: String @key(id, a) } edge Of: A -> A { <|from|>: String }',
    'interface I { id: String } node B implements I { @key(id) } node A { id: I64 @key from: String } edge Of: A -> A { origin: String }',
  ),
  'unknown-type': schema('node A { a: String } edge Of: A -> <|B|>', 'node A { a: String } edge Of: A -> A'),
  'unknown-value-type': schema('node A { a: <|Strin|> }', 'node A { a: String }'),
  'unknown-property': schema('node A { name: String @key(<|nam|>) }', 'node A { name: String @key(name) }'),
  'invalid-list-type': schema('node A { a: [<|Blob|>] }', 'node A { a: [String]? }'),
  'invalid-vector-dimension': schema('node A { a: Vector(<|0|>) }', 'node A { a: Vector(1) }'),
  'interface-conflict': schema(
    'interface N { a: String } node A implements N { <|a|>: String? }',
    'interface N { a: String } node A implements N { a: String @key }',
  ),
  'duplicate-constraint': schema(
    'node A { a: String @key b: String <|@key(b)|> }',
    'node A { a: String b: String @key(b, a) }',
  ),
  'unsupported-constraint': schema(
    'node A { a: [String] @unique(<|a|>) }',
    'node A { a: String @unique b: Vector(3) @index }',
  ),
  'nullable-key': schema('node A { a: String? @key(<|a|>) }', 'node A { a: String b: I32? @key(a) }'),
  'invalid-constraint': schema('node A { a: String <|@check(a)|> }', 'node A { a: String @check(a, "^x") }'),
  'invalid-range': schema(
    'node A { a: I32 @range(a, <|9..-1|>) }',
    'node A { a: I32 b: F64 @range(a, -1..9) @range(b, ..0.5) @range(a, 3..) }',
  ),
  'invalid-pattern': schema(
    'node A { a: String @check(a, <|"(x"|>) }',
    'node A { a: String @check(a, "(x)\\\\@") }',
  ),
  'invalid-cardinality': schema(
    'node A { a: String } edge Of: A -> A <|@card(2..1)|>',
    'node A { a: String } edge Of: A -> A @card(0..1) edge Has: A -> A @card(1..)',
  ),
  'invalid-annotation': schema(
    'node A { a: String <|@description("")|> }',
    'node A @description("d") { a: String @rename_from("b") @anything(1, k="v") }',
  ),
  'invalid-default': schema(
    'node A { a: I32 <|@default(7)|> @range(a, 0..5) }',
    'node A { a: I32 @default(5) @range(a, 0..5) }',
  ),
  'invalid-embed': schema(
    'node A { a: I32 v: Vector(3) @embed(<|a|>) }',
    'node A { a: String v: Vector(3) @embed("a", model="m") }',
  ),

  'duplicate-query': query(
    'query q() { match { $p: Person } return { $p } } query <|q|>() { match { $p: Person } return { $p } }',
    'query q() { match { $p: Person } return { $p } } query r() { match { $p: Person } return { $p } }',
  ),
  'duplicate-parameter': query(
    'query q($n: String, <|$n|>: I32) { match { $p: Person { name: $n } } return { $p } }',
    'query q($n: String, $m: I32?) { match { $p: Person { name: $n, age: $m } } return { $p } }',
  ),
  'unknown-edge': match('$p <|know|> $f', '$p knows $f'),
  'unknown-variable': match('$p: Person <|$x|>.name = "a"', '$p: Person $p.name = "a"'),
  'unknown-alias': result(
    'return { $p.name as n } order { <|m|> }',
    'return { $p.name as n } order { n desc }',
  ),
  'unknown-function': result('return { <|len|>($p.name) }', 'return { length($p.name) }'),
  'invalid-arguments': result('return { <|lower($p.name, 1)|> }', 'return { substring($p.name, 0, 2) }'),
  'variable-conflict': match('$p: Person <|$p|>: Company', '$p: Person $p: Person { age: 3 }'),
  'variable-not-visible': match(
    '$p: Person optional { $p knows $f } <|$f|> worksAt $c',
    '$p: Person optional { $p knows $f } optional { $f worksAt $c }',
  ),
  'endpoint-mismatch': match(
    '$p: Person $c: Company <|$c|> knows $p',
    '$p: Person $p worksAt $c $c worksAt $p',
  ),
  'undirected-mismatch': match('$p <<|worksAt|>> $c', '$p <knows> $f'),
  'invalid-hops': match('$p knows<|{2,1}|> $f', '$p knows{1,2} $f'),
  'edge-variable-with-hops': match('$p <|$e|>:knows{1,2} $f', '$p $e:knows $f $e.weight > 0'),
  'uncorrelated-block': match('$p: Person <|not|> { $x: Company }', '$p: Person not { $p worksAt $_ }'),
  'blob-value': result('return { <|$p.photo|> }', 'return { $p }'),
  'type-mismatch': match('$p: Person { name: <|3|> }', '$p: Person { name: "3", tags: "x" }'),
  'literal-out-of-range': match(
    '$p: Person { age: <|2147483648|> }',
    '$p: Person { age: -2147483648, big: 18446744073709551615 }',
  ),
  'unknown-enum-value': match('$p: Person { status: <|"onn"|> }', '$p: Person { status: "on" }'),
  'invalid-date': match(
    '$p: Person { born: <|date("2023-02-29")|> }',
    '$p: Person { born: date("2024-02-29"), seen: datetime("2024-02-29T10:00:00+02:00") }',
  ),
  'null-for-required': write(
    'insert Company { name: $n, employees: <|null|> }',
    'insert Person { name: $n, age: null }',
  ),
  'misplaced-aggregate': match('$p: Person <|count($p)|> > 3', '$p: Person $p.age > 3'),
  'misplaced-search': match(
    '$p: Person <|bm25($p.bio, "x")|>',
    '$p: Person search($p.bio, "x") fuzzy($p.bio, "x", 2)',
  ),
  'ungrouped-order': result(
    'return { count($p) as n } order { <|$p.age|> }',
    'return { $p.age, count($p) as n } order { $p.age, n desc }',
  ),
  'duplicate-column': result('return { $p.name as n, $p.age as <|n|> }', 'return { $p.name, $p.age }'),
  'limit-required': result(
    'return { $p.name } order { <|nearest($p.vec, [1, 2, 3.5])|> }',
    'return { $p.name } order { nearest($p.vec, "text") } limit 3',
  ),
  'invalid-limit': result('return { $p } limit <|99999999999|>', 'return { $p } limit 10 offset 20'),
  'mixed-write': write(
    'insert Person { name: $n } <|delete|> Person where name = $n',
    'delete Knows where from = $n delete Person where name = $n',
  ),
  'missing-property': write(
    'insert <|Page|> { url: $n }',
    'insert Page { url: $n, text: "its vector follows from it" }',
  ),
  'missing-endpoint': write('insert <|Knows|> { to: $n }', 'insert Knows { from: $n, to: $n }'),
  'duplicate-assignment': write(
    'update Person set { age: 1, <|age|>: 2 } where name = $n',
    'update Person set { age: 1, nick: null } where name = $n',
  ),
  'immutable-property': write(
    'update Person set { <|name|>: "x" } where name = $n',
    'update Knows set { weight: 2, note: "x" } where from = $n',
  ),
  'variable-shadows-parameter': query(
    'query q($p: String) { match { <|$p|>: Person { name: $p } } return { $p.name } }',
    'query q($n: String) { match { $p: Person { name: $n } } return { $p.name } }',
  ),
  'unknown-annotation': query(
    'query q() <|@internal|> { match { $p: Person } return { $p } }',
    'query q() @description("d") @instruction("i") @deprecated { match { $p: Person } return { $p } }',
  ),
  'unused-parameter': query(
    'query q(<|$n|>: String) { match { $p: Person } return { $p } }',
    'query q($n: String) { match { $p: Person { name: $n } } return { $p } }',
  ),
  'mutation-without-parameters': query(
    'query <|q|>() { delete Person where name = "x" }',
    'query q($n: String) { delete Person where name = $n }',
  ),
  'cartesian-product': match(
    '$p: Person <|$c: Company|>',
    '$p: Person $c: Company { name: "x" } $t: Person $t.age = $p.age',
  ),
  'never-set-property': graph(
    [
      'node A { a: String @key <|b|>: String? c: String? }',
      'query q($a: String) { insert A { a: $a, c: $a } }',
    ],
    [
      'node A { a: String @key b: String? } node Loaded { c: String? }',
      'query q($a: String) { insert A { a: $a } } query r($a: String) { update A set { b: $a } where a = $a }',
    ],
  ),
  'unindexed-filter': graph(
    [
      'node Large { a: String @key b: String }',
      'query q($b: String) { match { $l: Large { <|b|>: $b } $m: Large $l.b = $m.b $m.<|b|> >= $b } return { $l.a } }',
    ],
    [
      'node Large { a: String @key b: String c: String @index d: String } node Small { b: String }',
      'query q($a: String) { match { $l: Large { c: $a, a: $a, b: $a } $s: Small { b: $a } $l.d != $a } return { $l.b } }',
    ],
  ),
}

const MODEL = modelOf(PEOPLE)

function check(language: Case['language'], text: string): Diagnostic[] {
  if (language === 'graph') {
    const [source = '', queries = ''] = text.split(SPLIT)
    // So that ranges count from the start of the case, each file stands where it stands there.
    const before = ' '.repeat(source.length + SPLIT.length)
    const sources = { schema: { source }, queries: [{ source: before + queries }] }
    return lintGraph({ ...sources, rowCounts: { Large: 10_000, Small: 9_999 } })
  }
  return language === 'schema' ? checkSchema(text).diagnostics : checkQueries(text, MODEL).diagnostics
}

describe('every diagnostic code', () => {
  it('has a case here, and no case names an unknown code', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(DIAGNOSTIC_CODES).sort())
  })

  it.each(Object.entries(CASES))('%s is reported where the mistake stands', (code, { language, rejects }) => {
    const { text, ranges } = readMarks(rejects)
    const found = check(language, text).filter((d) => d.code === code)
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]?.severity).toBe(DIAGNOSTIC_CODES[code as DiagnosticCodeName].severity)
    for (const diagnostic of found) {
      expect(diagnostic.message).toMatch(/\S.*\.$/)
      expect(diagnostic.remedy).toMatch(/\S.*[.?]$/)
    }
    if (ranges.length > 0) expect(found.map(offsets)).toEqual(ranges)
  })

  it.each(Object.entries(CASES))(
    '%s is silent about the nearest correct text',
    (_, { language, accepts }) => {
      expect(check(language, accepts)).toEqual([])
    },
  )
})
