/** A tool call's arguments on one line: `query: "revenue", num_results: 5`. Pure. */
import { parseDatasetUrn } from './dataset-urn'

/** URNs become `table @ instance`, which is what tells two calls apart. Empty for no arguments. */
export function describeArguments(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'object') return describe(value)
  if (Array.isArray(value)) return describe(value)
  return Object.entries(value)
    .filter(([, part]) => part !== undefined && part !== null)
    .map(([key, part]) => `${key}: ${describe(part)}`)
    .join(', ')
}

function describe(value: unknown): string {
  if (typeof value === 'string') {
    const ref = parseDatasetUrn(value)
    if (ref.platform) return ref.instance ? `${ref.table} @ ${ref.instance}` : ref.table
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, 3).map(describe).join(', ')
    return value.length > 3 ? `[${shown}, +${value.length - 3}]` : `[${shown}]`
  }
  return JSON.stringify(value) ?? ''
}
