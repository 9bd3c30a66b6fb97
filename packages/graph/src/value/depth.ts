import { GraphError } from '../error.js'

/** Lists and objects inside one another at most. No type of the schema language needs more than two. */
export const MAX_DEPTH = 64

/** Whether a JSON value nests deeper than `MAX_DEPTH`. Looks no deeper than that, so any value is safe to ask about. */
export function isTooDeep(value: unknown, left = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  if (ArrayBuffer.isView(value)) return false
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof member === 'object' && isTooDeep(member, left - 1)) return true
  }
  return false
}

export const TOO_DEEP_REMEDY = `Flatten it; at most ${MAX_DEPTH} levels are read.`

/** Asked where parameters enter: everything behind may then recurse. Throws `value_too_deep`. */
export function refuseDeepParams(params: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(params)) {
    if (!isTooDeep(params[name])) continue
    throw new GraphError(
      'invalid',
      'value_too_deep',
      `Parameter $${name} nests lists or objects more than ${MAX_DEPTH} levels deep.`,
      { remedy: TOO_DEEP_REMEDY, details: { param: name } },
    )
  }
}
