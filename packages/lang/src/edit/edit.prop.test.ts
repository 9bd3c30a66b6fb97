import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PEOPLE } from '../testing/marked-source.js'
import { completeQueries } from './query-completion.js'
import { defineInQueries, hoverQueries, outlineQueries } from './query-services.js'
import { completeSchema, defineInSchema, hoverSchema, outlineSchema } from './schema-services.js'
import { viewSchema } from './schema-view.js'

const QUERIES = `
query read($n: String, $k: enum(a, b)?) @description("d") { // comment
  match { $p: Person { name: $n, status: "on" } $p $e:knows $q $q <knows> $r $r knows{1,3} $s
    not { $p worksAt $_ } $q.age + 1 > 3 or search($p.bio, "x") }
  return { $p.name as who, count($q), $e.since }
  order { who desc } limit 3
}
query write($n: String) { insert Knows { from: $n, to: $n } update Person set { age: 3 } where name = $n }
`

const edited = (base: string) =>
  fc
    .array(
      fc.tuple(
        fc.nat(),
        fc.nat(12),
        fc.constantFrom(
          '',
          ' ',
          '{',
          '}',
          '(',
          ')',
          '"',
          '$',
          '.',
          ':',
          '@',
          '<',
          '/*',
          '//',
          '\n',
          'query q(',
          '$p',
          'é',
          '😀',
        ),
      ),
      { maxLength: 6 },
    )
    .map((edits) => {
      let text = base
      for (const [from, length, inserted] of edits) {
        const start = from % (text.length + 1)
        text = text.slice(0, start) + inserted + text.slice(start + length)
      }
      return text
    })

/** Every service at one position; spans lie in their text and hold the position where they must. */
function exercise(schemaText: string, text: string, offset: number): void {
  const schema = viewSchema(schemaText)
  for (const { replace } of [...completeQueries(text, offset, schema), ...completeSchema(text, offset)]) {
    expect(replace.start).toBeLessThanOrEqual(offset)
    expect(replace.end).toBeGreaterThanOrEqual(offset)
    expect(replace.end).toBeLessThanOrEqual(text.length)
  }
  for (const found of [hoverQueries(text, offset, schema), hoverSchema(text, offset)]) {
    if (found) expect(found.span.start <= offset && offset <= found.span.end).toBe(true)
  }
  for (const found of [defineInQueries(text, offset, schema), defineInSchema(text, offset)]) {
    const target = found?.document === 'schema' ? schemaText : text
    if (found) expect(found.span.end).toBeLessThanOrEqual(target.length)
  }
  for (const symbol of [...outlineQueries(text), ...outlineSchema(text)]) {
    expect(symbol.extent.start).toBeLessThanOrEqual(symbol.span.start)
    expect(symbol.extent.end).toBeGreaterThanOrEqual(symbol.span.end)
  }
}

describe('every service', () => {
  it('answers at any position of any text, within a second of processor time', () => {
    fc.assert(
      fc.property(
        edited(PEOPLE),
        fc.oneof(edited(QUERIES), edited(PEOPLE)),
        fc.nat(),
        (schema, text, position) => {
          const tookMs = processorMs(() => exercise(schema, text, position % (text.length + 1)))
          expect(tookMs).toBeLessThan(1_000)
        },
      ),
      { numRuns: 1_500 },
    )
  })

  it.each([
    ['quotes', '"\n'],
    ['comments', '/* '],
    ['slashes', '/ '],
    ['braces', 'query q() {'],
    ['parentheses', 'query q(('],
    ['variables', 'query q() { match { $a knows $b $b.x = 1 '],
    ['closing braces', 'query q() { } }'],
    ['nodes', 'node A { a: String '],
  ])(
    'answers at the end of a long hostile text of %s without work that grows with its square',
    (_, piece) => {
      const text = piece.repeat(Math.ceil(200_000 / piece.length))
      for (const serve of [completeQueries, hoverQueries, defineInQueries]) {
        const schema = viewSchema(PEOPLE)
        expect(processorMs(() => serve(text, text.length - 1, schema))).toBeLessThan(NOT_QUADRATIC_MS)
      }
      for (const serve of [completeSchema, hoverSchema, defineInSchema]) {
        expect(processorMs(() => serve(text, text.length - 1))).toBeLessThan(NOT_QUADRATIC_MS)
      }
    },
  )
})

/** Of 200,000 characters: linear work takes tens of milliseconds, on a loaded machine up to two seconds; quadratic work takes minutes. */
const NOT_QUADRATIC_MS = 20_000

/** Whatever else the machine does meanwhile; of what takes long the better of two, as the collector has its turns. */
function processorMs(body: () => unknown): number {
  const once = (): number => {
    const since = process.cpuUsage()
    body()
    const { user, system } = process.cpuUsage(since)
    return (user + system) / 1000
  }
  const first = once()
  return first < 100 ? first : Math.min(first, once())
}
