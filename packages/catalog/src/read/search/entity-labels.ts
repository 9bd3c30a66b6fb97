import { type Row, text } from '../../aspect/row.js'
import { urnName } from '../../urn/entity-urns.js'
import { valuesIn } from '../structured-properties.js'
import type { FacetValue, SearchPart } from './document.js'

/** What hangs on searchable entities: labels and values of structured properties, read for many at once. */

export function urnOf(row: Row): string {
  return String(row['urn'])
}

/** Rows by what they have in a column. */
export function groupBy(column: string, rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = String(row[column])
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}

/** Adds labels to the parts of a document and to the values that it is filtered by. */
export function addLabels(
  rows: readonly Row[],
  part: string,
  field: string,
  parts: SearchPart[],
  values: Record<string, FacetValue[]>,
): void {
  const known = values[field] ?? []
  values[field] = known
  for (const row of distinctLabels(inOrder(rows))) {
    const label = labelOf(row)
    parts.push({ name: part, text: label })
    const urn = urnOf(row)
    if (!known.some((k) => k.value === urn)) known.push({ value: urn, label, entity: true })
  }
}

/** The graph gives them in the order of its plan, which is another for one dataset than for many. */
export function inOrder(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (urnOf(a) < urnOf(b) ? -1 : urnOf(a) > urnOf(b) ? 1 : 0))
}

export function distinctLabels(sorted: readonly Row[]): Row[] {
  return sorted.filter((row, i) => i === 0 || urnOf(row) !== urnOf(sorted[i - 1] as Row))
}

export function labelOf(row: Row): string {
  return text(row['name']) ?? urnName(urnOf(row))
}

/** Values of structured properties, from edges to them, in the order in which they are indexed. */
export function propertyTexts(rows: readonly Row[]): string[] {
  return inOrder(rows).flatMap(valuesIn)
}

export function isConsumerUrn(urn: string): boolean {
  return urn.startsWith('urn:li:dashboard:') || urn.startsWith('urn:li:chart:')
}
