import type { ScalarName, ValueType } from '@groundplane/lang'
import type { Choices } from '@groundplane/lang/testing/choices'
import { hostileString } from '@groundplane/lang/testing/hostile-text'
import { KNOWN_IDS } from './hostile-schema.js'

const INTEGERS = [0, 1, 2, 3, -1, 7, 2 ** 31 - 1, -(2 ** 31)]
const WIDE = [...INTEGERS, 2 ** 53 - 1, '9223372036854775807', '-9223372036854775808', '9007199254740993']
const FLOATS = [0, 1, 0.5, -1.5, 1e308, -1e308, 5e-324, 2 ** 53, -0]
const DATES = ['2024-01-01', '2024-02-29', '0000-01-01', '9999-12-31']
const TIMES = [
  '2024-01-01T00:00:00Z',
  '2024-02-29',
  '9999-12-31T23:59:59.999Z',
  '2024-01-01T00:00:00.123456+14:00',
]

const SCALARS: Readonly<Record<ScalarName, (choices: Choices) => unknown>> = {
  String: (c) => (c.rarely(3) ? hostileString(c) : c.of([...KNOWN_IDS, 'x', 'fox', 'a@b'])),
  Bool: (c) => c.below(2) === 0,
  I32: (c) => c.of(INTEGERS),
  U32: (c) => c.of([0, 1, 2 ** 32 - 1]),
  I64: (c) => c.of(WIDE),
  U64: (c) => c.of([0, 1, 2 ** 53 - 1, '18446744073709551615']),
  F32: (c) => c.of([0, 1.5, -2, 3.4e38]),
  F64: (c) => c.of(FLOATS),
  Date: (c) => c.of(DATES),
  DateTime: (c) => c.of(TIMES),
}

/** A JSON value of a type, at its limits more often than not. */
export function fittingValue(type: ValueType, choices: Choices): unknown {
  switch (type.kind) {
    case 'scalar':
      return SCALARS[type.name](choices)
    case 'list': {
      const size = choices.rarely(60) ? 5000 : choices.below(3)
      return Array.from({ length: size }, () => SCALARS[type.of](choices))
    }
    case 'enum':
      return choices.of(type.values)
    case 'vector':
      return Array.from({ length: type.dimensions }, () => choices.of([1, 0, -1, 0.5, 3e38]))
    case 'blob':
      return choices.of(['base64:AAAA', 'base64:', `base64:${'QUJD'.repeat(50)}`, ...URLS])
  }
}

/** What a Blob must not be taken to mean. */
const URLS = [
  ...[
    'https://files.example/ok/a.png',
    'https://files.example/ok/../secret',
    'https://files.example.evil/ok/x',
  ],
  ...[
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://u:p@files.example/ok/',
    'https://files.example/ok/%2e%2e/x',
  ],
  ...[
    'http://files.example/ok/',
    'https://files.example/ok/\u0000',
    '//files.example/ok/',
    'https://[::1]/',
    'base64:AA=A',
  ],
  ...[
    `sha256:${'0'.repeat(64)}`,
    "sha256:'; DROP TABLE blobs; --",
    `https://files.example/ok/${'a'.repeat(3000)}`,
  ],
  ...[
    'HTTPS://FILES.EXAMPLE/ok/b',
    'https://files.example:443/ok/c',
    'https://files.example/ok/#"\'',
    'https://xn--a/',
  ],
]

/** Any value a caller in this process can give, JSON or not. */
export function hostileValue(choices: Choices): unknown {
  switch (choices.below(9)) {
    case 5:
      return Array.from({ length: choices.below(4) }, () => choices.of(PLAIN))
    case 6:
      return choices.of(OBJECTS)()
    case 7:
      return deep(50 + choices.below(3000))
    case 8:
      return choices.rarely(4) ? new Array(50_000).fill(choices.of(PLAIN)) : choices.of(PLAIN)
    default:
      return choices.below(2) === 0 ? hostileString(choices) : choices.of(PLAIN)
  }
}

const PLAIN: readonly unknown[] = [
  ...[null, true, 0, -0, -1, 1.5, 2 ** 53, 2 ** 64, 1e308, Number.NaN, Number.POSITIVE_INFINITY, undefined],
  ...['2024-02-30', '0000-00-00', '2024-01-01T25:00:00Z', '10000-01-01', '1e5', ' 1', '0x1', '١', '1n'],
  ...[1n, 2n ** 63n, -(2n ** 63n), 2n ** 200n],
]

const OBJECTS: readonly (() => unknown)[] = [
  () => ({}),
  () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
  () => Object.create(null),
  () => ({ toString: 1, valueOf: 2, toJSON: 3, length: 2 ** 32 }),
  () => new Array(3),
  () => new Date(0),
  () => new Map([['a', 1]]),
  () => new Uint8Array(8),
  () => () => 1,
  () => Symbol('s'),
  cyclic,
]

function cyclic(): unknown {
  const loop: unknown[] = []
  loop.push(loop)
  return loop
}

function deep(levels: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = i % 3 ? [value] : { a: value }
  return value
}

/** Mostly of the type, else anything. */
export function valueFor(type: ValueType, choices: Choices, one = 8): unknown {
  return choices.rarely(one) ? hostileValue(choices) : fittingValue(type, choices)
}

/** As a query writes a value of a type down. */
export function literalText(type: ValueType, value: unknown): string {
  if (Array.isArray(value)) {
    const of: ValueType =
      type.kind === 'list' ? { kind: 'scalar', name: type.of } : { kind: 'scalar', name: 'F64' }
    return `[${value.map((v) => literalText(of, v)).join(', ')}]`
  }
  if (type.kind === 'scalar' && type.name === 'Date') return `date(${quoted(String(value))})`
  if (type.kind === 'scalar' && type.name === 'DateTime') return `datetime(${quoted(String(value))})`
  if (type.kind === 'scalar' && /^[IU]64$/.test(type.name) && typeof value === 'string') return value
  if (typeof value === 'number') return numberText(value, type)
  return typeof value === 'boolean' ? String(value) : quoted(String(value))
}

function numberText(value: number, type: ValueType): string {
  const text = value.toString()
  const whole = type.kind === 'scalar' && /^[IU]/.test(type.name)
  if (whole || !/e/.test(text)) return text
  return value.toFixed(1)
}

/** A string as the languages write it. */
export function quoted(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '"': '\\"',
    '\\': '\\\\',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
  }
  return `"${text.replace(/["\\\n\r\t]/g, (c) => escapes[c] as string)}"`
}
