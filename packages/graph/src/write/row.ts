import type { Diagnostic } from '@groundplane/core'
import type { EntityData } from '../api.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import type { BoundProperty, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { BlobProblem, storedBlob } from '../value/blob-input.js'
import { type SqlValue, typeName, ValueProblem } from '../value/codec.js'
import type { MatchingTime } from '../value/matching-time.js'
import { rowEncoder } from './row-encoder.js'
import { checkProblem, type EncodedRow, isId, keyId, rangeProblem } from './row-rules.js'

export interface RowContext {
  readonly db: Db
  /** Of the write it belongs to. */
  readonly matching: MatchingTime
  /** How messages name the entity's place, e.g. a line of a file. */
  readonly range?: Diagnostic['range']
  readonly file?: string
}

/**
 * Checks a full image against its type: known names, required, types, enum,
 * range, pattern. Collects every violation into `violations` and returns null
 * when there is one.
 */
export function encodeRow(
  type: BoundType,
  data: EntityData,
  ctx: RowContext,
  violations: Diagnostic[],
): EncodedRow | null {
  const sound = rowEncoder(type)(data, ctx.matching)
  if (sound !== null) return sound
  const before = violations.length
  const report = reporter(type, ctx, violations)
  for (const name of Object.keys(data)) {
    if (!type.byName.has(name) && name !== 'id')
      report(
        'unknown_property',
        name,
        `${type.name} has no property ${name}.`,
        'Remove it or correct its name.',
      )
  }
  const values = type.properties.map((property) => {
    const given = own(data, property.name)
    return encodeProperty(property, given === undefined ? property.model.default : given, ctx, report)
  })
  if (violations.length === before) checkConstraints(type, values, ctx.matching, report)
  if (violations.length > before) return null
  const id = entityId(type, values, data, report)
  return violations.length > before ? null : { values, id }
}

/** New values laid over a stored image; absent names keep theirs. */
export function encodePatch(
  type: BoundType,
  current: readonly SqlValue[],
  patch: EntityData,
  ctx: RowContext,
  violations: Diagnostic[],
): SqlValue[] | null {
  const before = violations.length
  const report = reporter(type, ctx, violations)
  const values = [...current]
  const key = type.kind === 'node' ? type.model.key : []
  for (const name of Object.keys(patch)) {
    const index = type.properties.findIndex((p) => p.name === name)
    const property = type.properties[index]
    if (!property) {
      report(
        'unknown_property',
        name,
        `${type.name} has no property ${name}.`,
        'Remove it or correct its name.',
      )
      continue
    }
    const value = encodeProperty(property, own(patch, name), ctx, report)
    if (key.includes(name) && violations.length === before && !sameValue(value, current[index] as SqlValue)) {
      report(
        'key_immutable',
        name,
        `${type.name}.${name} is part of the key and cannot change.`,
        'Insert a new entity under the new key and delete the old one.',
      )
    }
    values[index] = value
  }
  if (violations.length === before) checkConstraints(type, values, ctx.matching, report)
  return violations.length > before ? null : values
}

type Report = (code: GraphDiagnosticCode, property: string | null, message: string, remedy: string) => void

function reporter(type: BoundType, ctx: RowContext, violations: Diagnostic[]): Report {
  return (code, property, message, remedy) => {
    violations.push({
      code,
      severity: 'error',
      message,
      remedy,
      path: property === null ? type.name : `${type.name}.${property}`,
      ...(ctx.file !== undefined && { file: ctx.file }),
      ...(ctx.range !== undefined && { range: ctx.range }),
    })
  }
}

/** Own members only: data is untrusted JSON, `constructor` is not a value. */
function own(data: EntityData, name: string): unknown {
  return Object.hasOwn(data, name) ? data[name] : undefined
}

function encodeProperty(property: BoundProperty, given: unknown, ctx: RowContext, report: Report): SqlValue {
  if (given === undefined || given === null) {
    if (!property.model.nullable && property.model.annotations.some((a) => a.name === 'embed')) {
      report(
        'embedding_missing',
        property.name,
        `${property.name} is required, and no vector was made for it.`,
        'Give the text it is made from and bind an embedding provider, or give the vector itself.',
      )
    } else if (!property.model.nullable) {
      report(
        'required_missing',
        property.name,
        `${property.name} is required.`,
        `Give it a value of type ${typeName(property.codec.type)}.`,
      )
    }
    return null
  }
  try {
    return property.codec.encode(property.codec.type.kind === 'blob' ? storedBlob(given, ctx.db) : given)
  } catch (problem) {
    if (!(problem instanceof ValueProblem)) throw problem
    if (problem instanceof BlobProblem) {
      report(problem.code, property.name, `${property.name}: ${problem.message}.`, problem.remedy)
      return null
    }
    const enumeration = property.codec.type.kind === 'enum'
    report(
      enumeration ? 'enum_violation' : 'type_mismatch',
      property.name,
      `${property.name}: ${problem.message}.`,
      `Give it a value of type ${typeName(property.codec.type)}.`,
    )
    return null
  }
}

function checkConstraints(
  type: BoundType,
  values: readonly SqlValue[],
  matching: MatchingTime,
  report: Report,
): void {
  const storedOf = (name: string): SqlValue =>
    values[type.properties.findIndex((p) => p.name === name)] ?? null
  for (const range of type.model.ranges) {
    const codec = type.byName.get(range.property)?.codec.type
    const problem = codec ? rangeProblem(range, storedOf(range.property), codec) : null
    if (problem !== null) report('range_violation', range.property, problem, 'Give a value within the range.')
  }
  for (const check of type.model.checks) {
    const problem = checkProblem(check, storedOf(check.property), matching)
    if (problem !== null)
      report('check_violation', check.property, problem, 'Give a value that matches the pattern.')
  }
}

function entityId(
  type: BoundType,
  values: readonly SqlValue[],
  data: EntityData,
  report: Report,
): string | undefined {
  const key = keyId(type, values)
  if (type.byName.has('id')) return key
  const given = own(data, 'id')
  if (given === undefined || given === null) return key
  if (!isId(given)) {
    report(
      'invalid_id',
      'id',
      'An id is a non-empty string of at most 1024 whole characters.',
      'Correct the id or leave it out.',
    )
  } else if (key !== undefined && given !== key) {
    report(
      'id_not_key',
      'id',
      `The id ${JSON.stringify(given)} is not the key ${JSON.stringify(key)}.`,
      'Leave the id out; it follows from the key.',
    )
  }
  return key ?? (given as string)
}

/** Equality of stored values; a wide integer may come as digits or as bigint. */
export function sameValue(a: SqlValue, b: SqlValue): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
  }
  return (typeof a === 'bigint' || typeof b === 'bigint') && String(a) === String(b)
}
