import type { FacetValue } from './document.js'
import { FACET_FIELDS } from './fields.js'

/** Lists kept at most; what is beyond is begun anew, and only counts a little slower. */
const MAX_LISTS = 20_000
const LISTS = new Map<string, readonly FacetValue[]>()

/**
 * The same values with equal lists of a facet as one list: most datasets have one of a few platforms,
 * owners and so on, and then a facet over many of them is counted by list, not by value.
 */
export function withSharedLists(
  values: Readonly<Record<string, readonly FacetValue[]>>,
): Readonly<Record<string, readonly FacetValue[]>> {
  const shared: Record<string, readonly FacetValue[]> = { ...values }
  for (const field of Object.keys(FACET_FIELDS)) {
    const list = values[field]
    if (list) shared[field] = sharedList(list)
  }
  return shared
}

function sharedList(list: readonly FacetValue[]): readonly FacetValue[] {
  const key = JSON.stringify(list)
  const known = LISTS.get(key)
  if (known) return known
  if (LISTS.size >= MAX_LISTS) LISTS.clear()
  LISTS.set(key, list)
  return list
}
