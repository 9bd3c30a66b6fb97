import type { ScalarName, ValueType } from '../ir/schema-model.js'
import type { Reporter } from '../syntax/reporter.js'
import type { Name } from '../syntax/token.js'
import type { TypeRef } from '../syntax/type-ref.js'
import { suggest } from './suggestion.js'

export const SCALARS: readonly ScalarName[] = [
  'String',
  'Bool',
  'I32',
  'I64',
  'U32',
  'U64',
  'F32',
  'F64',
  'Date',
  'DateTime',
]

const MAX_DIMENSIONS = 65_536

/** Names people bring from other languages. */
const FOREIGN_TYPES: Readonly<Record<string, string>> = {
  Int: 'I32 or I64',
  Integer: 'I64',
  Long: 'I64',
  Number: 'F64 or I64',
  Float: 'F64',
  Double: 'F64',
  Text: 'String',
  Str: 'String',
  Boolean: 'Bool',
  Timestamp: 'DateTime',
  Datetime: 'DateTime',
  Time: 'DateTime',
  Bytes: 'Blob',
  Binary: 'Blob',
}

/** The type a reference names, or undefined after a report. */
export function resolveType(ref: TypeRef, reporter: Reporter): ValueType | undefined {
  const { shape } = ref
  switch (shape.kind) {
    case 'named':
      if (shape.name.text === 'Blob') return { kind: 'blob' }
      return scalarType(shape.name, reporter)
    case 'list': {
      if (shape.of.text === 'Blob' || shape.of.text === 'Vector') {
        reporter.report('invalid-list-type', shape.of, `A list cannot hold ${shape.of.text}.`)
        return undefined
      }
      const of = scalarType(shape.of, reporter)
      return of && { kind: 'list', of: of.name }
    }
    case 'enum':
      return { kind: 'enum', values: distinctValues(shape.values, reporter) }
    case 'vector': {
      const dimensions = Number(shape.dimensions.text)
      if (dimensions >= 1 && dimensions <= MAX_DIMENSIONS) return { kind: 'vector', dimensions }
      reporter.report(
        'invalid-vector-dimension',
        shape.dimensions,
        `A vector cannot have ${shape.dimensions.text} dimensions.`,
      )
      return undefined
    }
  }
}

function scalarType(name: Name, reporter: Reporter): { kind: 'scalar'; name: ScalarName } | undefined {
  const known = SCALARS.find((scalar) => scalar === name.text)
  if (known) return { kind: 'scalar', name: known }
  const foreign = FOREIGN_TYPES[name.text]
  reporter.report(
    'unknown-value-type',
    name,
    `There is no value type \`${name.text}\`.`,
    foreign ? `Write ${foreign}.` : () => suggest(name.text, [...SCALARS, 'Blob', 'Vector']),
  )
  return undefined
}

function distinctValues(values: readonly Name[], reporter: Reporter): string[] {
  const seen = new Set<string>()
  for (const value of values) {
    if (seen.has(value.text)) {
      reporter.report('duplicate-enum-value', value, `The enum lists \`${value.text}\` twice.`)
    }
    seen.add(value.text)
  }
  return [...seen]
}

/** As written in a schema. */
export function showType(type: ValueType): string {
  switch (type.kind) {
    case 'scalar':
      return type.name
    case 'list':
      return `[${type.of}]`
    case 'enum':
      return `enum(${type.values.slice(0, 6).join(', ')}${type.values.length > 6 ? ', …' : ''})`
    case 'vector':
      return `Vector(${type.dimensions})`
    case 'blob':
      return 'Blob'
  }
}

/** Same set of values; the order of enum members does not matter. */
export function sameType(a: ValueType, b: ValueType): boolean {
  if (a.kind === 'enum' && b.kind === 'enum') {
    const members = new Set(b.values)
    return a.values.length === b.values.length && a.values.every((v) => members.has(v))
  }
  return a.kind === b.kind && a.kind !== 'enum' && showType(a) === showType(b)
}

const NUMERIC = new Set<ScalarName>(['I32', 'I64', 'U32', 'U64', 'F32', 'F64'])
const INTEGER = new Set<ScalarName>(['I32', 'I64', 'U32', 'U64'])

export function isNumeric(type: ValueType): boolean {
  return type.kind === 'scalar' && NUMERIC.has(type.name)
}

export function isInteger(type: ValueType): boolean {
  return type.kind === 'scalar' && INTEGER.has(type.name)
}

/** A String or an enum: both hold text. */
export function isText(type: ValueType): boolean {
  return type.kind === 'enum' || (type.kind === 'scalar' && type.name === 'String')
}
