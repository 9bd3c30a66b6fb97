/** What is chosen among the facets, as the filter the server reads. Pure. */
import type { Selected } from './catalog-route'

/** Facets that are no field of the answer: conditions on an entity's health. */
export const CONDITIONS: readonly { field: string; value: string; label: string }[] = [
  { field: 'has_failing_assertions', value: 'true', label: 'Failing assertions' },
  { field: 'has_active_incidents', value: 'true', label: 'Open incidents' },
]

/** Values of one field are alternatives; fields are all required. Undefined when nothing is chosen. */
export function filterOf(selected: readonly Selected[]): string | undefined {
  const byField = new Map<string, string[]>()
  for (const { field, value } of selected) {
    if (!/^\w+$/.test(field)) continue
    byField.set(field, [...(byField.get(field) ?? []), value])
  }
  const conditions = Array.from(byField, ([field, values]) =>
    values.length === 1
      ? `${field} = ${quoted(values[0] ?? '')}`
      : `${field} IN (${values.map(quoted).join(', ')})`,
  )
  return conditions.length > 0 ? conditions.join(' AND ') : undefined
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** `selected` with one value turned on or off. */
export function toggled(selected: readonly Selected[], one: Selected): Selected[] {
  return isSelected(selected, one)
    ? selected.filter((other) => !same(other, one))
    : [...selected, { field: one.field, value: one.value }]
}

export function isSelected(selected: readonly Selected[], one: Selected): boolean {
  return selected.some((other) => same(other, one))
}

function same(a: Selected, b: Selected): boolean {
  return a.field === b.field && a.value === b.value
}

/**
 * A query for what has words that begin like those typed so far; everything, where none is typed. A word typed to its
 * end is asked for as such, too: the index has its stem, which may be shorter.
 */
export function queryOfPrefixes(text: string): string {
  const words = text.match(/[\p{L}\p{N}]+/gu)
  if (!words) return '*'
  return `/q ${words.map((word) => `("${word}" OR ${word.toLowerCase()}*)`).join(' AND ')}`
}
