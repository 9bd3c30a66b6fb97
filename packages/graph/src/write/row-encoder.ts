import type { EntityData } from '../api.js'
import type { BoundType } from '../storage/bound-schema.js'
import { type SqlValue, ValueProblem } from '../value/codec.js'
import type { MatchingTime } from '../value/matching-time.js'
import { checkProblem, type EncodedRow, isId, keyId, rangeProblem } from './row-rules.js'

/** Encodes a full image that breaks no rule; null for any other, whose problems `encodeRow` names. */
export type RowEncoder = (data: EntityData, time: MatchingTime) => EncodedRow | null

const encoders = new WeakMap<BoundType, RowEncoder>()

/** The encoder of a type, made once per bound schema. */
export function rowEncoder(type: BoundType): RowEncoder {
  let encoder = encoders.get(type)
  if (!encoder) {
    encoder = compileEncoder(type)
    encoders.set(type, encoder)
  }
  return encoder
}

function compileEncoder(type: BoundType): RowEncoder {
  // Blobs are stored apart as they are encoded: that is not for here.
  if (type.properties.some((p) => p.codec.type.kind === 'blob')) return () => null
  const members = type.properties.map((p) => ({
    name: p.name,
    encode: p.codec.encode,
    // A default is laid in by `encodeRow`, which knows where it came from.
    nullable: p.model.nullable && !Object.hasOwn(p.model, 'default'),
    inherited: p.name in {},
  }))
  const freeId = !type.byName.has('id')
  const breaksRule = ruleOf(type)
  const idOf = idRule(type)
  return (data, time) => {
    for (const name in data) {
      if (!type.byName.has(name) && !(freeId && name === 'id')) return null
    }
    const values: SqlValue[] = new Array(members.length)
    try {
      for (let i = 0; i < members.length; i++) {
        const m = members[i] as (typeof members)[number]
        const given = m.inherited && !Object.hasOwn(data, m.name) ? undefined : data[m.name]
        if (given !== undefined && given !== null) values[i] = m.encode(given)
        else if (m.nullable) values[i] = null
        else return null
      }
      if (breaksRule(values, time)) return null
      const key = idOf(values)
      const given = freeId ? data.id : undefined
      if (given === undefined || given === null) return { values, id: key }
      if (!isId(given)) return null
      return key === undefined || key === given ? { values, id: given } : null
    } catch (problem) {
      if (problem instanceof ValueProblem) return null
      throw problem
    }
  }
}

function ruleOf(type: BoundType): (values: readonly SqlValue[], time: MatchingTime) => boolean {
  const at = (name: string): number => type.properties.findIndex((p) => p.name === name)
  const ranges = type.model.ranges.map((range) => {
    const index = at(range.property)
    return { range, index, type: type.properties[index]?.codec.type }
  })
  const checks = type.model.checks.map((check) => ({ check, index: at(check.property) }))
  if (ranges.length + checks.length === 0) return () => false
  return (values, time) =>
    ranges.some((r) => r.type && rangeProblem(r.range, values[r.index] ?? null, r.type) !== null) ||
    checks.some((c) => checkProblem(c.check, values[c.index] ?? null, time) !== null)
}

function idRule(type: BoundType): (values: readonly SqlValue[]) => string | undefined {
  const key = type.kind === 'node' ? type.model.key : []
  if (key.length !== 1) return (values) => keyId(type, values)
  const index = type.properties.findIndex((p) => p.name === key[0])
  const canonical = type.properties[index]?.codec.canonical
  return (values) => canonical?.(values[index] ?? null)
}
