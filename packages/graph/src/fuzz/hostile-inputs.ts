import fc from 'fast-check'

/** A schema that has every kind of type and constraint. */
export const SCHEMA = `
interface Named { name: String }
node Person implements Named {
  @key(name)
  age: I32?
  email: String? @unique
  mood: enum(good, bad)?
  tags: [String]?
  big: I64?
  huge: U64?
  score: F64?
  born: Date?
  seen: DateTime?
  v: Vector(2)?
  @range(age, 0..150)
  @check(email, "^[^@]+@[^@]+$")
  @index(age)
}
node Note { text: String done: Bool? }
edge Knows: Person -> Person { since: Date? weight: F64? }
edge Wrote: Person -> Note @card(0..3)
`

export const QUERIES = `
query a($n: String, $i: I32?) @description("d") {
  match {
    $p: Person { name: $n }
    $p knows{1,3} $b
    $b $e:knows $c
    ($e.weight > 3 or $p.age + 1 <= $i)
    optional { $p wrote $o not { $o.done = true } }
    exists { $c knows $d }
  }
  return distinct { $p.name, count($b) as n, avg($e.weight * 2), lower($c.name), [1, 2] }
  order { n desc, $p.name }
  limit 10 offset 5
}
query b($n: String) { insert Knows { from: $n, to: "x", since: date("2024-01-01") } update Person set { age: 3 } where name = $n }
query c($n: String) { delete Note where text starts_with $n }
`

/** Strings that have broken other stores: SQL, quotes, NUL, bidi, surrogates, names with a meaning in JavaScript. */
export const HOSTILE = [
  ...["'; DROP TABLE meta; --", '"; DELETE FROM commits; --', '" OR 1=1 --', "' UNION SELECT 1 --", 'x\0y'],
  ...['__proto__', 'constructor', 'toString', '$p', '?1', ':n', '@n', '%', '\\', '"', "'", '`', '/*', '--'],
  ...[
    '\uD800',
    '\uDC00x',
    '\u202E',
    '\uFEFF',
    '𝒳',
    'é',
    '',
    ' ',
    '\n',
    '9223372036854775808',
    '1e999',
    'NaN',
  ],
  ...['sqlite_master', 'gp_alive()', 'base64:AAAA', 'sha256:0', '{"a":1}', '[]', 'null'],
] as const

const PIECES = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ',',
    ':',
    '.',
    '..',
    '->',
    '@',
    '=',
    '!=',
    '<',
    '>',
    '?',
    '-',
    '"',
    '\\',
    '/*',
    '//',
    '$',
    '\n',
  ],
  ...[
    'node',
    'edge',
    'interface',
    'query',
    'match',
    'return',
    'not',
    'optional',
    'exists',
    'insert',
    'update',
    'delete',
  ],
  ...[
    'set',
    'where',
    'or',
    'as',
    'limit',
    'order',
    'offset',
    'distinct',
    'contains',
    'starts_with',
    'true',
    'null',
    'now()',
  ],
  ...[
    'Person',
    'Note',
    'Knows',
    'knows',
    'wrote',
    'name',
    'age',
    'enum',
    'Vector',
    'count',
    'nearest',
    'date',
    '$p',
    '$n',
    '$e',
  ],
  ...[
    '1',
    '0',
    '-1',
    '1.5',
    '1e309',
    '99999999999999999999',
    '@key',
    '@unique',
    '@range',
    '@check',
    'String',
    'I32?',
    '[I64]',
  ],
]

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
)
const soup = fc.array(piece, { maxLength: 24 }).map((parts) => parts.join(' '))

/** A valid text with pieces cut out, put in and copied elsewhere. */
export function damaged(valid: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(valid.length),
    cut: fc.nat(12),
    put: fc.oneof(
      piece,
      fc.nat(valid.length).map((from) => valid.slice(from, from + 20)),
      fc.constant(''),
    ),
  })
  return fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map((edits) => edits.reduce((text, e) => text.slice(0, e.at) + e.put + text.slice(e.at + e.cut), valid))
}

const SMALL_SCHEMA =
  'node A { a: String @key b: I32? @range(b, 0..9) } edge Of: A -> A @card(0..1) { c: enum(x, y)? }'

export const schemaText = fc.oneof(
  { weight: 8, arbitrary: soup },
  { weight: 8, arbitrary: damaged(SMALL_SCHEMA) },
  { weight: 1, arbitrary: damaged(SCHEMA) },
)

const property = fc.constantFrom(
  'name',
  'age',
  'email',
  'mood',
  'tags',
  'big',
  'huge',
  'score',
  'born',
  'seen',
  'v',
  'id',
  'nope',
)
const literal = fc.oneof(
  fc.constantFrom(...HOSTILE).map((s) => JSON.stringify(s)),
  fc.constantFrom(
    '0',
    '-1',
    '1.5',
    '99999999999999999999',
    'true',
    'date("2024-02-30")',
    'now()',
    '[1, 2]',
    '["a"]',
    '$n',
    'null',
  ),
)
const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', 'contains', 'starts_with')
const clause = fc.oneof(
  fc.tuple(property, operator, literal).map(([p, o, l]) => `$p.${p} ${o} ${l}`),
  fc.constantFrom(
    '$p knows $b',
    '$p knows{1,3} $b',
    '$p <knows> $b',
    '$p $e:knows $b',
    '$b wrote $m',
    '$_ knows $p',
  ),
  fc.constantFrom(
    'not { $p knows $x }',
    'optional { $p wrote $n2 }',
    'exists { $p knows $y $y wrote $z }',
    '$q: Note',
  ),
  fc.tuple(property, literal).map(([p, l]) => `$r: Person { ${p}: ${l} }`),
)
const result = fc.oneof(
  property.map((p) => `$p.${p}`),
  property.map((p) => `count($p.${p}) as c`),
  fc.tuple(property, property).map(([a, b]) => `$p.${a} + $p.${b} as s`),
  property.map((p) => `lower($p.${p}) as l`),
  property.map((p) => `coalesce($p.${p}, ${'"x"'}) as k`),
  fc.constantFrom(
    '$p',
    '$b.name',
    '$e',
    '$m',
    'length($p.name) as w',
    'substring($p.name, -1, 99999999999) as u',
  ),
)
const read = fc
  .record({
    clauses: fc.array(clause, { maxLength: 3 }),
    results: fc.array(result, { minLength: 1, maxLength: 3 }),
    tail: fc.constantFrom(
      '',
      'order { $p.age desc }',
      'limit 3',
      'limit 0',
      'limit 99999999999999',
      'limit 2 offset 9999999',
    ),
  })
  .map(
    (q) =>
      `query q($n: String?) { match { $p: Person ${q.clauses.join('\n')} } return { ${q.results.join(', ')} } ${q.tail} }`,
  )
const write = fc
  .record({ property, other: property, operator, a: literal, b: literal, form: fc.nat(4) })
  .map(({ property: p, other, operator: o, a, b, form }) => {
    const body = [
      `insert Person { name: ${a}, ${p}: ${b} }`,
      `update Person set { ${p}: ${a} } where ${other} ${o} ${b}`,
      `delete Person where ${other} ${o} ${a}`,
      `insert Knows { from: ${a}, to: ${b} }`,
      `insert Note { text: ${a} } insert Person { name: ${a} } update Person set { ${p}: ${b} } where name = ${a}`,
    ][form]
    return `query q($n: String?) { ${body} }`
  })

export const queryText = fc.oneof(
  { weight: 3, arbitrary: read },
  { weight: 2, arbitrary: write },
  {
    weight: 2,
    arbitrary: damaged(
      'query q($n: String?) { match { $p: Person { name: $n } $p knows $b } return { $b.age } limit 3 }',
    ),
  },
  { weight: 1, arbitrary: soup },
)
/** For the checker alone, which is fast enough to be given everything. */
export const anyQueryText = fc.oneof(
  { weight: 8, arbitrary: queryText },
  { weight: 8, arbitrary: soup },
  { weight: 1, arbitrary: damaged(QUERIES) },
)

const scalar = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE),
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -0,
    -1,
    1.5,
    2 ** 53,
    1e308,
    '2024-02-29',
    '2024-02-30',
    '0000-00-00',
    '2024-01-01T00:00:00Z',
  ),
  fc.string({ maxLength: 6, unit: 'binary' }),
  fc.double(),
)
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom('a', '__proto__', 'constructor'), scalar, { maxKeys: 2 }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 60, max: 3000 }).map(deep) },
)

function deep(levels: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = i % 3 ? [value] : { a: value }
  return value
}

export const params = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', null, ...HOSTILE).map((n) => ({ n })) },
  { weight: 1, arbitrary: anyValue.map((n) => ({ n })) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom('n', 'x', '__proto__', 'constructor'), anyValue, { maxKeys: 2 }),
  },
)

const id = fc.oneof(fc.constantFrom<unknown>('a', 'b', 'c'), anyValue)
const data = fc.dictionary(
  fc.oneof(property, fc.constantFrom('text', 'since', 'weight', '__proto__', 'id')),
  anyValue,
  { maxKeys: 3 },
)
const line = fc.oneof(
  fc.tuple(data, id).map(([d, name]) => JSON.stringify({ type: 'Person', data: { ...d, name } })),
  data.map((d) => JSON.stringify({ type: 'Note', data: { text: 't', ...d } })),
  fc.tuple(id, id, data).map(([from, to, d]) => JSON.stringify({ edge: 'Knows', from, to, data: d })),
  fc.constantFrom(
    '{"type":"Person","data":{"name":"a"}}',
    '{"type":"Person","data":{"name":"b"}}',
    '{"edge":"Wrote","from":"a","to":"b"}',
  ),
  fc.constantFrom(
    '{',
    '[]',
    'null',
    '"x"',
    '{"type":1}',
    '{"type":"__proto__"}',
    '{"edge":"constructor","from":"a","to":"b"}',
    '\u0000',
  ),
  fc.tuple(fc.nat(40), fc.string({ maxLength: 3 })).map(([at, put]) => {
    const whole = '{"type":"Person","data":{"name":"z","age":1}}'
    return whole.slice(0, at) + put + whole.slice(at + put.length)
  }),
)
export const loadLines = fc.array(line, { minLength: 1, maxLength: 4 })
