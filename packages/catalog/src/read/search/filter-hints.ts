import { nearestName } from '@groundplane/core'
import { FACET_FIELDS, writtenField } from './fields.js'
import { type Filter, same } from './filter.js'
import type { TextIndex } from './text-index.js'

/** Values named in a hint, when they are too many to name all. */
const MAX_NAMED = 10
const YES_NO = ['true', 'false']

/**
 * What a filter asks for that nothing in the catalog has, one line each: a slip in a value would
 * otherwise look like an honest "nothing there". Conditions on names, URNs and columns are looked at
 * too; comparisons (`<`, `>=`) are not.
 */
export function filterHints(filter: Filter, index: TextIndex): string[] {
  const asked = new Map<string, Set<string>>()
  collect(filter, asked)
  if (asked.size === 0) return []
  const labels = new Map<string, Set<string>>()
  for (const field of asked.keys()) labels.set(field, new Set(field.startsWith('has') ? YES_NO : []))
  for (const value of YES_NO)
    for (const [field, values] of asked) if (field.startsWith('has')) values.delete(value)
  for (const [field, values] of asked)
    if (values.size > 0)
      for (const have of index.values(field)) {
        labels.get(field)?.add(have.label)
        for (const want of values) if (same(have, want)) values.delete(want)
      }
  return [...asked].flatMap(([field, values]) =>
    [...values].map((value) => hint(field, value, [...(labels.get(field) as Set<string>)].sort())),
  )
}

/** Values a filter compares fields with for equality. */
function collect(filter: Filter, asked: Map<string, Set<string>>): void {
  if (filter.kind === 'and') for (const part of filter.all) collect(part, asked)
  else if (filter.kind === 'or') for (const part of filter.any) collect(part, asked)
  else if (filter.kind === 'not') collect(filter.filter, asked)
  else if (filter.kind === 'equals')
    asked.set(filter.field, new Set([...(asked.get(filter.field) ?? []), ...filter.values]))
}

function hint(field: string, value: string, known: readonly string[]): string {
  const name = writtenField(field)
  const near = nearestName(value, known)
  const listed = known.slice(0, MAX_NAMED).join(', ') + (known.length > MAX_NAMED ? ', …' : '')
  const help =
    near !== undefined
      ? ` Did you mean "${near}"?`
      : known.length > 0 && (field in FACET_FIELDS || field.startsWith('has'))
        ? ` Known: ${listed}.`
        : ''
  return `Nothing in the catalog has the ${name} "${value}".${help}`
}
