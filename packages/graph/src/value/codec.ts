import type { ScalarName, ValueType } from '@groundplane/lang'
import type { Json } from '../api.js'

/** What SQLite stores and returns. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** Why a JSON value is not a value of a type. Caught where row, property and line are known. */
export class ValueProblem extends Error {}

/**
 * Between JSON and one column. `encode` takes JSON (or a literal of the query
 * language) and throws `ValueProblem`; it never sees null. `decode` takes what
 * `select` read; null stays null.
 */
export interface Codec {
  readonly type: ValueType
  /** Declared column type: gives the affinity. */
  readonly column: 'TEXT' | 'INTEGER' | 'REAL' | 'BLOB'
  /** SQL reading the column so that no 64-bit integer loses digits in JavaScript. */
  select(column: string): string
  encode(value: unknown): SqlValue
  decode(value: SqlValue): Json
  /** The spelling of a stored value inside an entity id. */
  canonical(value: SqlValue): string
}

const DAY_MS = 86_400_000
const MAX_DATE_MS = Date.UTC(9999, 11, 31) + DAY_MS - 1
const MIN_DATE_MS = new Date('0000-01-01T00:00:00.000Z').getTime()
const SAFE = Number.MAX_SAFE_INTEGER

const identity = (value: SqlValue): Json => value as Json
const plain = (column: string): string => column

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return value.toString()
  // By kind only: what is inside may be of any depth and size.
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function integer(value: unknown, name: string, min: bigint, max: bigint, wide: boolean): bigint {
  let big: bigint
  if (typeof value === 'bigint') big = value
  else if (typeof value === 'number' && Number.isInteger(value)) {
    if (!Number.isSafeInteger(value)) {
      throw new ValueProblem(
        `${describe(value)} is outside the safe range of a JSON number; write it as a string`,
      )
    }
    big = BigInt(value)
  } else if (wide && typeof value === 'string' && /^-?[0-9]{1,20}$/.test(value)) big = BigInt(value)
  else throw new ValueProblem(`${describe(value)} is not an integer (${name})`)
  if (big < min || big > max) throw new ValueProblem(`${big} is outside the range of ${name}`)
  return big
}

/** Small integers as numbers (cheaper to bind), large ones as bigint (exact). */
function bindable(value: bigint): number | bigint {
  return value >= -BigInt(SAFE) && value <= BigInt(SAFE) ? Number(value) : value
}

function integerCodec(name: ScalarName, min: bigint, max: bigint, wide: boolean): Omit<Codec, 'type'> {
  const low = Math.max(Number(min), -SAFE)
  const high = Math.min(Number(max), SAFE)
  const common = (value: unknown): value is number =>
    typeof value === 'number' && value >= low && value <= high && Number.isInteger(value)
  return {
    column: 'INTEGER',
    select: wide
      ? (c) => `CASE WHEN ${c} BETWEEN -${SAFE} AND ${SAFE} THEN ${c} ELSE CAST(${c} AS TEXT) END`
      : plain,
    // `+ 0` makes -0 the 0 it is stored as.
    encode: (value) => (common(value) ? value + 0 : bindable(integer(value, name, min, max, wide))),
    decode: (value) => (typeof value === 'bigint' ? shortInteger(value) : (value as Json)),
    canonical: String,
  }
}

function shortInteger(value: bigint): Json {
  const short = bindable(value)
  return typeof short === 'bigint' ? short.toString() : short
}

function finite(value: unknown, name: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number') throw new ValueProblem(`${describe(value)} is not a number (${name})`)
  if (!Number.isFinite(number)) throw new ValueProblem(`${number} is not a finite number`)
  return number === 0 ? 0 : number // -0 is 0
}

/** Whether it would be stored as it is: half of a surrogate pair becomes something else. */
export function isStorable(text: string): boolean {
  return text.isWellFormed()
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new ValueProblem(`${describe(value)} is not a string`)
  if (!isStorable(value)) throw new ValueProblem('the string holds a lone UTF-16 surrogate')
  return value
}

/** Days since 1970-01-01 of `YYYY-MM-DD`. */
export function dayNumber(value: unknown): number {
  const match = typeof value === 'string' ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) : null
  if (match) {
    const ms = Date.parse(`${value}T00:00:00.000Z`)
    if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value as string)) return ms / DAY_MS
  }
  throw new ValueProblem(`${describe(value)} is not a date; write YYYY-MM-DD`)
}

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/

/** Epoch milliseconds. Without a zone it is UTC; digits below a millisecond are cut. */
export function instantMs(value: unknown): number {
  if (typeof value === 'string' && DATE_TIME.test(value)) {
    let iso = value.replace(' ', 'T').replace(/(\.\d{3})\d+/, '$1')
    if (!/(Z|[+-]\d{2}:?\d{2})$/.test(iso)) iso += 'Z'
    const ms = Date.parse(iso)
    const day = Date.parse(`${iso.slice(0, 10)}T00:00:00.000Z`)
    const realDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(iso.slice(0, 10))
    if (realDay && ms >= MIN_DATE_MS && ms <= MAX_DATE_MS) return ms
  } else if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return dayNumber(value) * DAY_MS
  throw new ValueProblem(`${describe(value)} is not a date and time; write 2026-01-31T08:30:00.000Z`)
}

const FLOAT: Omit<Codec, 'type'> = {
  column: 'REAL',
  select: plain,
  encode: (value) => finite(value, 'F64'),
  decode: identity,
  canonical: String,
}

/** Twenty digits, so that text order is number order. Fractions (in comparisons only) keep that order too. */
export function paddedU64(value: bigint): string {
  return value.toString().padStart(20, '0')
}

const SCALARS: Record<ScalarName, Omit<Codec, 'type'>> = {
  String: { column: 'TEXT', select: plain, encode: text, decode: identity, canonical: String },
  Bool: {
    column: 'INTEGER',
    select: plain,
    encode: (value) => {
      if (typeof value !== 'boolean') throw new ValueProblem(`${describe(value)} is not true or false`)
      return value ? 1 : 0
    },
    decode: (value) => (value === null ? null : value !== 0),
    canonical: (value) => (value === 0 ? 'false' : 'true'),
  },
  I32: integerCodec('I32', -(2n ** 31n), 2n ** 31n - 1n, false),
  U32: integerCodec('U32', 0n, 2n ** 32n - 1n, false),
  I64: integerCodec('I64', -(2n ** 63n), 2n ** 63n - 1n, true),
  U64: {
    column: 'TEXT',
    select: plain,
    encode: (value) => paddedU64(integer(value, 'U64', 0n, 2n ** 64n - 1n, true)),
    decode: (value) => (value === null ? null : shortInteger(BigInt(value as string))),
    canonical: (value) => BigInt(value as string).toString(),
  },
  F64: FLOAT,
  F32: {
    ...FLOAT,
    encode: (value) => {
      const rounded = Math.fround(finite(value, 'F32'))
      if (!Number.isFinite(rounded)) throw new ValueProblem(`${describe(value)} is outside the range of F32`)
      return rounded === 0 ? 0 : rounded
    },
  },
  Date: {
    column: 'INTEGER',
    select: plain,
    encode: dayNumber,
    decode: (value) => (value === null ? null : isoDay(Number(value))),
    canonical: (value) => isoDay(Number(value)),
  },
  DateTime: {
    column: 'INTEGER',
    select: plain,
    encode: instantMs,
    decode: (value) => (value === null ? null : new Date(Number(value)).toISOString()),
    canonical: (value) => new Date(Number(value)).toISOString(),
  },
}

export function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

const notInIds = (): string => {
  throw new ValueProblem('a value of this type cannot be part of a key')
}

/** Items are stored as the scalar stores them; I64 keeps raw digits, so `json_each` sees integers. */
function listCodec(of: ScalarName): Omit<Codec, 'type'> {
  const item = SCALARS[of]
  const toText = (value: unknown): string => {
    if (value === null || value === undefined) throw new ValueProblem('a list holds a null')
    const encoded = item.encode(value)
    if (of === 'Bool') return encoded === 1 ? 'true' : 'false'
    return typeof encoded === 'string' ? JSON.stringify(encoded) : String(encoded)
  }
  return {
    column: 'TEXT',
    select: plain,
    encode: (value) => {
      if (!Array.isArray(value)) throw new ValueProblem(`${describe(value)} is not a list`)
      // Not `map`, which leaves holes out.
      return `[${Array.from(value, toText).join(',')}]`
    },
    decode: (value) => {
      if (value === null) return null
      if (of === 'I64') {
        const inner = (value as string).slice(1, -1)
        return inner === '' ? [] : inner.split(',').map((digits) => shortInteger(BigInt(digits)))
      }
      const items = JSON.parse(value as string) as SqlValue[]
      return of === 'Bool' ? (items as unknown as Json[]) : items.map((v) => item.decode(v))
    },
    canonical: notInIds,
  }
}

function enumCodec(values: readonly string[]): Omit<Codec, 'type'> {
  const allowed = new Set(values)
  return {
    column: 'TEXT',
    select: plain,
    encode: (value) => {
      if (typeof value !== 'string' || !allowed.has(value)) {
        throw new ValueProblem(`${describe(value)} is not one of ${values.join(', ')}`)
      }
      return value
    },
    decode: identity,
    canonical: String,
  }
}

function vectorCodec(dimensions: number): Omit<Codec, 'type'> {
  return {
    column: 'BLOB',
    select: plain,
    encode: (value) => {
      if (!Array.isArray(value)) throw new ValueProblem(`${describe(value)} is not a list of numbers`)
      if (value.length !== dimensions) {
        throw new ValueProblem(`the vector has ${value.length} numbers, the type wants ${dimensions}`)
      }
      const bytes = Buffer.alloc(dimensions * 4)
      value.forEach((number, i) => {
        bytes.writeFloatLE(SCALARS.F32.encode(number) as number, i * 4)
      })
      return bytes
    },
    decode: (value) => {
      if (value === null) return null
      const bytes = Buffer.from(value as Uint8Array)
      return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4))
    },
    canonical: notInIds,
  }
}

/**
 * A Blob column holds the reference `sha256:<digest>`, whose content sits once in
 * the `blobs` table, or the URI of content kept elsewhere. `encode` takes that reference; the writer turns
 * `base64:` content into one before (see write/row.ts).
 */
const BLOB: Omit<Codec, 'type'> = {
  column: 'TEXT',
  select: plain,
  encode: (value) => {
    if (typeof value !== 'string' || !/^(sha256:[0-9a-f]{64}$|[a-z][a-z0-9+.-]*:\/\/)/.test(value)) {
      throw new ValueProblem(
        'a Blob is given as "base64:<content>" or as the "sha256:<digest>" of stored content',
      )
    }
    return value
  },
  decode: identity,
  canonical: notInIds,
}

const cache = new Map<string, Codec>()

/** Codecs are stateless and shared. */
export function codecFor(type: ValueType): Codec {
  const key = typeName(type)
  let codec = cache.get(key)
  if (!codec) {
    codec = { type, ...build(type) }
    if (type.kind !== 'enum') cache.set(key, codec)
  }
  return codec
}

function build(type: ValueType): Omit<Codec, 'type'> {
  switch (type.kind) {
    case 'scalar':
      return SCALARS[type.name]
    case 'list':
      return listCodec(type.of)
    case 'enum':
      return enumCodec(type.values)
    case 'vector':
      return vectorCodec(type.dimensions)
    case 'blob':
      return BLOB
  }
}

/** The type as the schema language writes it. */
export function typeName(type: ValueType): string {
  switch (type.kind) {
    case 'scalar':
      return type.name
    case 'list':
      return `[${type.of}]`
    case 'enum':
      return `enum(${type.values.join(', ')})`
    case 'vector':
      return `Vector(${type.dimensions})`
    case 'blob':
      return 'Blob'
  }
}
