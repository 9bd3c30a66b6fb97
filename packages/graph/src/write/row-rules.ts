import type { CheckConstraint, RangeConstraint, ValueType } from '@groundplane/lang'
import { GraphError } from '../error.js'
import type { BoundProperty, BoundType } from '../storage/bound-schema.js'
import { BoundedPattern } from '../value/bounded-pattern.js'
import { isStorable, type SqlValue } from '../value/codec.js'
import type { MatchingTime } from '../value/matching-time.js'
import { writtenPattern } from '../value/written-pattern.js'

/** One entity's stored values, in the order of `type.properties`. */
export interface EncodedRow {
  readonly values: SqlValue[]
  /** From the key; else as given in `data.id`; else undefined. */
  readonly id: string | undefined
}

const patterns = new Map<string, BoundedPattern>()

/** What is wrong with a stored value under a range; null when nothing is, or there is no value. */
export function rangeProblem(range: RangeConstraint, stored: SqlValue, type: ValueType): string | null {
  const value = asNumber(stored, type)
  if (value === null) return null
  const low = range.min !== undefined && value < range.min
  const high = range.max !== undefined && value > range.max
  if (!low && !high) return null
  return `${range.property} is ${value}, ${low ? `below its least value ${range.min}` : `above its greatest value ${range.max}`}.`
}

/**
 * What is wrong with a stored value under a pattern. Throws `check_time_exceeded` when the write that `time` is of has
 * matched for too long.
 */
export function checkProblem(check: CheckConstraint, stored: SqlValue, time: MatchingTime): string | null {
  if (typeof stored !== 'string') return null
  const written = writtenPattern(check)
  let pattern = patterns.get(written)
  if (!pattern) {
    pattern = new BoundedPattern(check.pattern, `u${check.flags ?? ''}`)
    patterns.set(written, pattern)
  }
  const found = pattern.match(stored, time)
  if (time.isSpent) throw matchedTooLong(check, written)
  if (found === 'too-slow') return `${check.property} takes too long to match against ${written}.`
  return found ? null : `${check.property} does not match ${written}.`
}

function matchedTooLong({ property }: CheckConstraint, written: string): GraphError {
  const message = `The values of ${property} take too long to match against ${written}, all of them together.`
  return new GraphError('unprocessable', 'check_time_exceeded', message, {
    remedy:
      'Nothing was written. Write the pattern without a repetition inside another (as in "(a+)+"), or load fewer or shorter values at once.',
  })
}

function asNumber(value: SqlValue, type: ValueType): number | bigint | null {
  if (value === null || value instanceof Uint8Array) return null
  if (typeof value !== 'string') return value
  return type.kind === 'scalar' && (type.name === 'U64' || type.name === 'I64') ? BigInt(value) : null
}

/** Whether a node or edge can be called that: half a character would be stored as another. */
export function isId(given: unknown): given is string {
  return typeof given === 'string' && given !== '' && given.length <= 1024 && isStorable(given)
}

/** The canonical key; a list of canonical scalars in JSON when it has several members. */
export function keyId(type: BoundType, values: readonly SqlValue[]): string | undefined {
  if (type.kind !== 'node' || type.model.key.length === 0) return undefined
  const parts = type.model.key.map((name) => {
    const index = type.properties.findIndex((p) => p.name === name)
    return (type.properties[index] as BoundProperty).codec.canonical(values[index] as SqlValue)
  })
  return parts.length === 1 ? (parts[0] as string) : JSON.stringify(parts)
}
