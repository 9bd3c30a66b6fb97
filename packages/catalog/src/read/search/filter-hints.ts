import { nearestName } from '@groundplane/core'
import { FACET_FIELDS, propertyId, writtenField } from './fields.js'
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
  return [...asked].flatMap(([field, values]) => {
    const unknown = [...values].filter((value) => !isKnown(index, field, value))
    // What there is instead is looked up only for a slip: of columns there are very many.
    const known = unknown.length > 0 ? knownLabels(index, field) : []
    return unknown.map((value) => hint(field, value, known))
  })
}

function isKnown(index: TextIndex, field: string, value: string): boolean {
  if (isYesNo(field)) return YES_NO.includes(value)
  return index.passing(field, (have) => same(have, value)).includes(1)
}

function knownLabels(index: TextIndex, field: string): string[] {
  if (isYesNo(field)) return [...YES_NO].sort()
  return [...new Set(Array.from(index.values(field), ({ label }) => label))].sort()
}

function isYesNo(field: string): boolean {
  return field.startsWith('has')
}

/** Values a filter compares fields with for equality. */
function collect(filter: Filter, asked: Map<string, Set<string>>): void {
  if (filter.kind === 'and') for (const part of filter.all) collect(part, asked)
  else if (filter.kind === 'or') for (const part of filter.any) collect(part, asked)
  else if (filter.kind === 'not') collect(filter.filter, asked)
  else if (filter.kind === 'equals' && propertyId(filter.field) === undefined)
    asked.set(filter.field, new Set([...(asked.get(filter.field) ?? []), ...filter.values]))
}

function hint(field: string, value: string, known: readonly string[]): string {
  const name = writtenField(field)
  const near = nearestName(value, known)
  const listed = known.slice(0, MAX_NAMED).join(', ') + (known.length > MAX_NAMED ? ', …' : '')
  const help =
    near !== undefined
      ? ` Did you mean "${near}"?`
      : known.length > 0 && (field in FACET_FIELDS || isYesNo(field))
        ? ` Known: ${listed}.`
        : ''
  return `Nothing in the catalog has the ${name} "${value}".${help}`
}
