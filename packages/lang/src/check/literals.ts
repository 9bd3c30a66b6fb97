import { suggest } from '../bind/suggestion.js'
import { isInteger, isNumeric, showType } from '../bind/value-types.js'
import type { LiteralValue, ScalarName, ValueType } from '../ir/schema-model.js'
import type { Literal } from '../syntax/literal.js'
import type { Reporter } from '../syntax/reporter.js'
import { canonicalDate, canonicalDateTime } from './dates.js'

export interface TypedLiteral {
  readonly value: LiteralValue
  readonly type: ValueType
}

const INTEGER_BOUNDS: Readonly<Partial<Record<ScalarName, readonly [bigint, bigint]>>> = {
  I32: [-(2n ** 31n), 2n ** 31n - 1n],
  I64: [-(2n ** 63n), 2n ** 63n - 1n],
  U32: [0n, 2n ** 32n - 1n],
  U64: [0n, 2n ** 64n - 1n],
}
const MAX_F32 = 3.4028234663852886e38

/** The literal as its own type: I64 (U64 when larger), F64, String, Bool, Date, DateTime, or a list of one of them. */
export function naturalLiteral(literal: Literal, reporter: Reporter): TypedLiteral | undefined {
  const scalar = (name: ScalarName) => fitLiteral(literal, { kind: 'scalar', name }, reporter)
  switch (literal.kind) {
    case 'integer':
      return scalar(BigInt(literal.value) > 2n ** 63n - 1n ? 'U64' : 'I64')
    case 'float':
      return scalar('F64')
    case 'string':
      return scalar('String')
    case 'bool':
      return scalar('Bool')
    case 'date':
      return scalar('Date')
    case 'datetime':
      return scalar('DateTime')
    case 'null':
      reporter.report('type-mismatch', literal, 'null is no value to compute or compare with.')
      return undefined
    case 'list':
      return naturalList(literal, literal.items, reporter)
  }
}

function naturalList(
  literal: Literal,
  items: readonly Literal[],
  reporter: Reporter,
): TypedLiteral | undefined {
  const kinds = new Set(
    items.map((item) =>
      item.kind === 'integer' && items.some((i) => i.kind === 'float') ? 'float' : item.kind,
    ),
  )
  if (kinds.size > 1) {
    reporter.report(
      'type-mismatch',
      literal,
      'The items of this list differ in type.',
      'Write items of one type.',
    )
    return undefined
  }
  const names: Partial<Record<Literal['kind'], ScalarName>> = {
    integer: 'I64',
    float: 'F64',
    bool: 'Bool',
    date: 'Date',
    datetime: 'DateTime',
  }
  const [kind] = kinds
  return fitLiteral(literal, { kind: 'list', of: (kind && names[kind]) ?? 'String' }, reporter)
}

/** The literal as a value of `type`, or undefined after a report. */
export function fitLiteral(literal: Literal, type: ValueType, reporter: Reporter): TypedLiteral | undefined {
  switch (type.kind) {
    case 'scalar': {
      const value = fitScalar(literal, type, reporter)
      return value === undefined ? undefined : { value, type }
    }
    case 'enum':
      if (literal.kind !== 'string') return mismatch(literal, type, reporter)
      if (type.values.includes(literal.value)) return { value: literal.value, type }
      reporter.report(
        'unknown-enum-value',
        literal,
        `${JSON.stringify(literal.value)} is no value of ${showType(type)}.`,
        () => suggest(literal.value, type.values, (value) => `"${value}"`),
      )
      return undefined
    case 'blob':
      return literal.kind === 'string' ? { value: literal.value, type } : mismatch(literal, type, reporter)
    case 'list':
      return literal.kind === 'list'
        ? fitItems(literal.items, type, type.of, reporter)
        : mismatch(literal, type, reporter)
    case 'vector':
      if (literal.kind !== 'list') return mismatch(literal, type, reporter)
      if (literal.items.length === type.dimensions) return fitItems(literal.items, type, 'F64', reporter)
      reporter.report(
        'type-mismatch',
        literal,
        `Expected ${type.dimensions} numbers, found ${literal.items.length}.`,
      )
      return undefined
  }
}

function fitItems(
  items: readonly Literal[],
  type: ValueType,
  of: ScalarName,
  reporter: Reporter,
): TypedLiteral | undefined {
  const values: LiteralValue[] = []
  for (const item of items) {
    const value = fitScalar(item, { kind: 'scalar', name: of }, reporter)
    if (value !== undefined) values.push(value)
  }
  return values.length === items.length ? { value: values, type } : undefined
}

function fitScalar(
  literal: Literal,
  type: ValueType & { kind: 'scalar' },
  reporter: Reporter,
): string | number | bigint | boolean | undefined {
  if (isNumeric(type)) return fitNumber(literal, type, reporter)
  if (type.name === 'String' && literal.kind === 'string') return literal.value
  if (type.name === 'Bool' && literal.kind === 'bool') return literal.value
  if (type.name === 'Date' && literal.kind === 'date')
    return fitDate(literal, canonicalDate(literal.value), reporter)
  if (type.name === 'DateTime' && literal.kind === 'datetime') {
    return fitDate(literal, canonicalDateTime(literal.value), reporter)
  }
  return mismatch(literal, type, reporter)
}

function fitDate(
  literal: Literal & { kind: 'date' | 'datetime' },
  value: string | undefined,
  reporter: Reporter,
): string | undefined {
  if (value === undefined) {
    reporter.report('invalid-date', literal, `${JSON.stringify(literal.value)} is no ${literal.kind}.`)
  }
  return value
}

function fitNumber(
  literal: Literal,
  type: ValueType & { kind: 'scalar' },
  reporter: Reporter,
): number | bigint | undefined {
  if (literal.kind !== 'integer' && literal.kind !== 'float') return mismatch(literal, type, reporter)
  if (isInteger(type)) {
    const whole = literal.kind === 'integer' ? BigInt(literal.value) : wholeNumber(literal.value)
    const bounds = INTEGER_BOUNDS[type.name]
    if (whole !== undefined && bounds && whole >= bounds[0] && whole <= bounds[1]) {
      return whole >= BigInt(Number.MIN_SAFE_INTEGER) && whole <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(whole)
        : whole
    }
    const limits = bounds ? `${bounds[0]} to ${bounds[1]}` : ''
    reporter.report(
      'literal-out-of-range',
      literal,
      whole === undefined
        ? `${literal.value} is no whole number; ${type.name} needs one.`
        : `The number does not fit ${type.name}.`,
      `Use a whole number from ${limits}.`,
    )
    return undefined
  }
  const value = Number(literal.value)
  const limit = type.name === 'F32' ? MAX_F32 : Number.MAX_VALUE
  if (Math.abs(value) <= limit) return value === 0 ? 0 : value
  reporter.report('literal-out-of-range', literal, `The number does not fit ${type.name}.`)
  return undefined
}

function wholeNumber(value: number): bigint | undefined {
  return Number.isInteger(value) ? BigInt(value) : undefined
}

function mismatch(literal: Literal, type: ValueType, reporter: Reporter): undefined {
  reporter.report(
    'type-mismatch',
    literal,
    `Expected ${showType(type)}, found ${showLiteral(literal)}.`,
    remedyFor(literal, type),
  )
  return undefined
}

function remedyFor(literal: Literal, type: ValueType): string | undefined {
  if (type.kind === 'scalar' && (type.name === 'Date' || type.name === 'DateTime')) {
    const example =
      literal.kind === 'string' || literal.kind === 'date' || literal.kind === 'datetime'
        ? literal.value
        : undefined
    return `Write ${type.name.toLowerCase()}(${JSON.stringify(example ?? (type.name === 'Date' ? '2026-01-31' : '2026-01-31T08:30:00Z'))}).`
  }
  if (literal.kind === 'string' && isNumeric(type) && /^-?\d+(\.\d+)?$/.test(literal.value)) {
    return `Write the number without quotes: ${literal.value}.`
  }
  if (
    type.kind === 'scalar' &&
    type.name === 'String' &&
    (literal.kind === 'integer' || literal.kind === 'float')
  ) {
    return `Write it in double quotes: "${literal.value}".`
  }
  if (literal.kind === 'list') return undefined
  if (type.kind === 'list') return 'Write a list in brackets: ["…"].'
  return undefined
}

function showLiteral(literal: Literal): string {
  const names: Record<Literal['kind'], string> = {
    string: 'a string',
    integer: 'a whole number',
    float: 'a number',
    bool: 'a bool',
    null: 'null',
    date: 'a date',
    datetime: 'a datetime',
    list: 'a list',
  }
  return names[literal.kind]
}
