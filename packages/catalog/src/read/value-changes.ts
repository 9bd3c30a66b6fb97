import type { Json } from '../aspect/proposal.js'

/** One place where two JSON values differ; an absent side is a member that is not there. */
export interface ValueChange {
  /** `fields[amount].description`; items of a list are named by what identifies them. */
  readonly path: string
  readonly before?: Json
  readonly after?: Json
}

/** Members that identify an item of a list in aspects, most telling first. */
const IDENTITIES = ['fieldPath', 'urn', 'tag', 'owner', 'dataset', 'entity', 'name']

/** Where `after` differs from `before`, in order of the members; the smallest values that tell it. */
export function valueChanges(before: Json, after: Json): ValueChange[] {
  const changes: ValueChange[] = []
  compare('', before, after, changes)
  return changes
}

function compare(path: string, before: Json | undefined, after: Json | undefined, into: ValueChange[]): void {
  if (before === undefined || after === undefined) {
    if (before === after) return
    into.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) })
    return
  }
  const [a, b] = [membersOf(before), membersOf(after)]
  if (a && b && Array.isArray(before) === Array.isArray(after)) {
    const isList = Array.isArray(before)
    for (const name of new Set([...a.keys(), ...b.keys()]))
      compare(isList ? `${path}[${name}]` : path ? `${path}.${name}` : name, a.get(name), b.get(name), into)
    return
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) into.push({ path, before, after })
}

/** Members of an object, or items of a list by what identifies them, else by their place. */
function membersOf(value: Json): Map<string, Json> | undefined {
  if (value === null || typeof value !== 'object') return undefined
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const identity = IDENTITIES.find((name) => identifies(name, value as readonly Json[]))
  return new Map(
    (value as readonly Json[]).map((item, i) => [
      identity === undefined ? String(i) : String((item as Record<string, Json>)[identity]),
      item,
    ]),
  )
}

function identifies(name: string, items: readonly Json[]): boolean {
  const values = items.map((item) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? (item as Record<string, Json>)[name]
      : undefined,
  )
  return values.every((v) => typeof v === 'string') && new Set(values).size === values.length
}
