import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkQueries, parseQueries } from './check/query-checker.js'
import { checkSchema } from './check/schema-checker.js'
import { DIAGNOSTIC_CODES } from './diagnostic-codes.js'
import { Choices } from './testing/choices.js'
import { damaged, soup } from './testing/hostile-text.js'
import { modelOf, PEOPLE } from './testing/marked-source.js'

const MODEL = modelOf(PEOPLE)

const QUERIES = `
query a($n: String, $v: Vector(3)) @description("d") {
  match {
    $p: Person { name: $n, tags: "x" }
    $w = $p <knows>{1,4} $b
    $b $e:knows $c
    ($e.weight > 3 or $p.age + 1 <= 2) and search($p.bio, "x")
    optional { $p worksAt $o  not { $o owns $_ } }
    exists { $c knows $d }
  }
  return distinct { $p.name, count($b) as n  avg($e.weight * 2), nodes($w) as way, [1, 2.5] }
  order { n desc, $p.name }
  limit 10 offset 5
}
query b($n: String) { insert Knows { from: $n, to: "x", since: date("2024-01-01") } update Person set { age: -3 } where name = $n }
query c($n: String) { delete WorksAt where role starts_with $n }
`

const numbers = fc.array(fc.nat(0xffff), { maxLength: 400, size: 'max' })
const soups = numbers.map((n) => soup(new Choices(n), 120))

/** A valid text with pieces cut out, repeated and put in elsewhere. */
const mutated = (valid: string) => numbers.map((n) => damaged(valid, new Choices(n)))

function judge(text: string): void {
  const found = [checkSchema(text), checkQueries(text, MODEL), parseQueries(text)]
  for (const { diagnostics } of found) {
    for (const { code, range } of diagnostics) {
      expect(DIAGNOSTIC_CODES).toHaveProperty(code)
      expect(range && range.start.offset <= range.end.offset && range.end.offset <= text.length).toBe(true)
    }
  }
}

describe('any text at all', () => {
  it('is judged without an exception, with known codes at places inside it', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 200 }), soups), judge), { numRuns: 600 })
  })

  it('is judged so when it is a damaged schema or query', () => {
    fc.assert(fc.property(fc.oneof(mutated(PEOPLE), mutated(QUERIES)), judge), { numRuns: 600 })
  })

  it('yields a model exactly when there is no error', () => {
    fc.assert(
      fc.property(mutated(PEOPLE), (text) => {
        const { model, diagnostics } = checkSchema(text)
        expect(model === undefined).toBe(diagnostics.some((d) => d.severity === 'error'))
      }),
      { numRuns: 300 },
    )
  })
})

describe('a hostile text', () => {
  const many = (piece: string, length = 400_000) => piece.repeat(Math.ceil(length / piece.length))
  let serial = 0
  const inMatch = (piece: string) => `query q() { match { $p: Person ${many(piece)} } return { $p } }`
  const inReturn = (piece: string) => `query q() { match { $p: Person } return { ${many(piece)} } }`

  it.each([
    ['quotes that never close', many('"\n\\')],
    ['comments that never close', many('/* ')],
    ['open braces', many('{')],
    ['open parentheses in a return', inReturn('(')],
    ['open brackets in a return', inReturn('[')],
    ['minus signs in a return', inReturn('- ')],
    ['a sum of a hundred thousand terms', inReturn('1 + ')],
    ['calls in calls', inReturn('lower(')],
    [
      'sums in parentheses',
      `query q() { match { $p: Person } return { ${'('.repeat(60)}${`1${' + 1'.repeat(250)})`.repeat(60)} } }`,
    ],
    [
      'aliases that double',
      inReturn(' ').replace(
        'return { ',
        `return { 1 as a0, ${Array.from({ length: 200 }, (_, i) => `a${i} + a${i} as a${i + 1}`).join(', ')}`,
      ),
    ],
    [
      'names that nothing declares',
      many('edge E: A -> B\n').replace(/E: A -> B/g, () => `E${serial++}: A${serial++} -> B${serial++}`),
    ],
    [
      'parameters without end',
      `query q(${Array.from({ length: 40_000 }, (_, i) => `$p${i}: Strin`).join(', ')}) { match { $p: Person } return { $p } }`,
    ],
    ['anonymous variables without end', inMatch('$p knows $_\n')],
    [
      'unknown variables without end',
      inMatch(' ').replace(
        '$p: Person',
        Array.from({ length: 20_000 }, (_, i) => `$v${i}: Person $w${i}.age = 1\n`).join(''),
      ),
    ],
    [
      'one long interface in many types',
      `interface I { ${Array.from({ length: 20_000 }, (_, i) => `p${i}: I32`).join(' ')} } ${Array.from({ length: 10_000 }, (_, i) => `node N${i} implements I {}`).join(' ')}`,
    ],
    [
      'a key of many names',
      `node A { a: String @key(${Array.from({ length: 60_000 }, (_, i) => `k${i}`).join(', ')}) }`,
    ],
    [
      'orders of many columns',
      `query q() { match { $p: Person } return { ${Array.from({ length: 10_000 }, (_, i) => `$p.age + ${i} as c${i}`).join(', ')}, count($p) as n } order { ${Array.from({ length: 10_000 }, (_, i) => `$p.age + ${i}`).join(', ')} } }`,
    ],
    ['blocks in blocks', inMatch('not { ')],
    ['parentheses in a pattern', inMatch('( ')],
    ['parentheses that look like conditions', inMatch('(((((((((( 1 \n')],
    ['traversals of unknown edges', inMatch('$p nope $q\n')],
    ['variables without end', inMatch('$p knows $x ')],
    ['alternatives without end', inMatch(' $p.age = 1 or')],
    ['declarations without end', many('node A { a: String }\n')],
    [
      'interfaces without end',
      `${many('interface I { a: String }\n', 200_000)}node A implements I${many(', I', 100_000)} { a: String }`,
    ],
    ['an integer without end', `node A { a: I32 @range(a, 0..${many('9')}) }`],
    ['a pattern without end', `node A { a: String @check(a, "${many('(a*)*')}") }`],
    ['annotations without end', `node A ${many('@a(1, b=2) ')} { a: String }`],
    ['an enum without end', `node A { a: enum(${many('a, ')}b) }`],
  ])('is judged to its end: %s', (_, text) => {
    // Work that grew with the square of these lengths would meet the runner's time limit.
    expect(text.length).toBeGreaterThan(50_000)
    expect(text.length).toBeLessThan(2 * 1024 * 1024)
    judge(text)
  })
})

describe('what is refused of a schema for its size', () => {
  it.each([
    [
      'indexes',
      Array.from(
        { length: 21 },
        (_, i) => `node N${i} { ${Array.from({ length: 100 }, (_, j) => `p${j}: I32? @index`).join(' ')} }`,
      ).join(' '),
      'schema-too-large',
    ],
    [
      'properties of interfaces in many types',
      `interface I { ${Array.from({ length: 300 }, (_, i) => `p${i}: I32?`).join(' ')} } ${Array.from({ length: 300 }, (_, i) => `node N${i} implements I {}`).join(' ')}`,
      'source-too-large',
    ],
  ])('%s', (_, text, code) => {
    expect([...new Set(checkSchema(text).diagnostics.map((d) => d.code))]).toEqual([code])
  })

  it('never a schema of twenty types with a hundred indexes each', () => {
    const text = Array.from(
      { length: 20 },
      (_, i) => `node N${i} { ${Array.from({ length: 100 }, (_, j) => `p${j}: I32? @index`).join(' ')} }`,
    )
    expect(checkSchema(text.join(' ')).diagnostics).toEqual([])
  })
})

it('half of a surrogate pair in a string is named where it stands', () => {
  const { diagnostics } = parseQueries(
    'query q() { match { $p: Person { name: "a\uD800b" } } return { $p } }',
  )
  expect(diagnostics.map((d) => [d.code, d.range?.start.offset])).toEqual([['unexpected-character', 41]])
})

it('a text quoted in a diagnostic is cut where nobody reads on', () => {
  const { diagnostics } = checkSchema(`node A { a: ${'X'.repeat(100_000)} }`)
  expect(diagnostics.map((d) => [d.code, d.message.length < 3000])).toEqual([['unknown-value-type', true]])
})
