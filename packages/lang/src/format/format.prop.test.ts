import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkQueries } from '../check/query-checker.js'
import { checkSchema } from '../check/schema-checker.js'
import { Reporter } from '../syntax/reporter.js'
import { modelOf, PEOPLE } from '../testing/marked-source.js'
import { commentedTokens } from './commented-tokens.js'
import { formatQueries, formatSchema } from './format.js'

const MODEL = modelOf(PEOPLE)

const SCHEMA = `${PEOPLE}
interface Empty { }
node Odd @description("a \\"quoted\\" text") @note(x, level=-3) implements Named, Empty @instruction("do") {
  name: String
  kind: enum(b-c, 1x, 2-3-4, -a-, _)? @index @description("kind")
  share: F64? ratio: F32?
  @key(name, kind2) kind2: String
  @unique(kind2, share) @range(share, -0.5..1.5) @range(ratio, ..0) @check(kind2, "^[^/]*//[^*]$")
}
edge Likes: Odd -> Person @card(0..5) @description("likes") { why: String? @index(why) @unique(src, dst) }
edge Sees: Odd -> Odd @card(1..)
`

const QUERIES = `
query everything($n: String, $k: enum(a-b, 1x)?, $tags: [String]?, $v: Vector(3), $at: DateTime)
  @description("every construct") @instruction("read") @deprecated {
  match {
    $p: Person { name: $n, age: -3, tags: "x", born: date("2024-02-29") }
    $p knows $q
    $p $e:knows $r
    $p knows{1,3} $s
    $p <knows> $t
    $path = $p knows{1,4} $u
    $e.weight > 0.5 $q.age - 1 >= -2 + 3 * ($r.age % 2)
    ($q.name = $n or $r.name starts_with "x") and $p.tags contains "y"
    $q.nick = $k or $q.name = $tags or $q.name != "and" or $q.seen < $at or $q.seen < now()
    search($p.bio, "x // not a comment")
    not { $p knows $_ $_ worksAt $c not { $c: Company { name: "z" } } }
    exists { $p worksAt $d }
    optional { $p worksAt $w }
  }
  return distinct { $p, $q.name, count( $r ) , lower(concat($s.name,  "b  c")), -1 - -2 as m, nodes($path) as ids
    $w.name as w, $p.age+1, [1, -2, "x"] as list, (1 + 2) }
  order { $p.name desc, $q.name asc $p.age nearest($p.vec, $v) }
  limit 10 offset 5
}
query grouped() { match { $p: Person } return { $p.status as s, count($p) as n, avg($p.age + 1) } order { n desc } }
query plain($n: String) { match { $p: Person { name: $n } } return { lower( $p.name ), length($p.name)  , $p.age } }
query add($n: String, $d: Date) { insert Person { name: $n, age: null, tags: ["a", "b"] } insert Knows { from: $n, to: $n, since: $d }
  update Person set { age: 3, seen: now() } where name starts_with "x" }
query drop($n: String) { delete Knows where from = $n delete Person where name = $n }
`

const comment = fc.constantFrom(
  '// a line\n',
  '//\n',
  '// { ( "\n',
  '/* block */',
  '/**/',
  '/* two\n   lines */',
)
const gap = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(' ', '\n', '  ', '\n\n', '\n\n\n', '\t', '\r\n') },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(' ', '\n', '\n\n'), comment).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.array(comment, { minLength: 2, maxLength: 4 }).map((parts) => parts.join(' ')) },
)

/** The tokens of a text with other white space and comments between them. */
function respaced(text: string, calm: boolean): fc.Arbitrary<string> {
  const tokens = commentedTokens(text, new Reporter(text, undefined))
  const gaps = calm ? fc.constantFrom(' ', '\n', '\n\n') : gap
  return fc
    .array(gaps, { minLength: tokens.length, maxLength: tokens.length })
    .map((chosen) => tokens.map((token, i) => `${chosen[i]}${token.text}`).join(''))
}

function comments(text: string): string[] {
  return commentedTokens(text, new Reporter(text, undefined)).flatMap((token) =>
    token.comments.map(({ text: written }) => written),
  )
}

function queriesOf(text: string) {
  return checkQueries(text, MODEL).queries
}

describe('formatSchema', () => {
  it.each([true, false])(
    'keeps the digest and every comment, and is done after one pass (calm: %s)',
    (calm) => {
      expect(checkSchema(SCHEMA).diagnostics).toEqual([])
      fc.assert(
        fc.property(respaced(SCHEMA, calm), (source) => {
          const before = checkSchema(source).model?.digest
          const { text = '' } = formatSchema(source)
          expect(checkSchema(text).model?.digest).toBe(before)
          expect(comments(text)).toEqual(comments(source))
          expect(formatSchema(text).text).toBe(text)
        }),
        { numRuns: 150 },
      )
    },
  )
})

describe('formatQueries', () => {
  it.each([true, false])(
    'keeps the checked form and every comment, and is done after one pass (calm: %s)',
    (calm) => {
      // The first query is for the syntax; its values do not all fit their types.
      expect(queriesOf(QUERIES).map(({ name }) => name)).toEqual(['grouped', 'plain', 'add', 'drop'])
      fc.assert(
        fc.property(respaced(QUERIES, calm), (source) => {
          const { text = '' } = formatQueries(source)
          expect(queriesOf(text)).toEqual(queriesOf(source))
          expect(comments(text)).toEqual(comments(source))
          expect(words(text)).toEqual(words(source))
          expect(formatQueries(text).text).toBe(text)
        }),
        { numRuns: 150 },
      )
    },
  )
})

/** All but commas, which stand or not as the writer likes. */
function words(text: string): string[] {
  return commentedTokens(text, new Reporter(text, undefined))
    .map((token) => token.text)
    .filter((word) => word !== ',')
}

describe('a text with syntax errors', () => {
  it('is refused with its diagnostics, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.constantFrom(SCHEMA, QUERIES), fc.nat(), fc.nat(200), fc.string({ maxLength: 5 })),
        ([base, from, length, inserted]) => {
          const at = from % base.length
          const source = base.slice(0, at) + inserted + base.slice(at + length)
          for (const format of [formatSchema, formatQueries]) {
            const { text, diagnostics } = format(source)
            expect(text === undefined).toBe(diagnostics.some((d) => d.severity === 'error'))
            if (text !== undefined) expect(format(text).text).toBe(text)
          }
        },
      ),
      { numRuns: 400 },
    )
  })
})
