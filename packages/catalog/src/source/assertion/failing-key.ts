import type { DatasetMetadata } from '../metadata/source-metadata.js'

const PII = 'pii'
const LONGEST_VALUE = 64

export function isPii(metadata: DatasetMetadata | undefined, column: string): boolean {
  const found = [...(metadata?.columns ?? [])].find(([name]) => name.toLowerCase() === column.toLowerCase())
  return found?.[1].tags.some((t) => t.toLowerCase() === PII) ?? false
}

/** `column=value, …`; long values are cut. */
export function printKey(names: readonly string[], row: readonly unknown[]): string {
  return names.map((name, i) => `${name}=${printValue(row[i])}`).join(', ')
}

function printValue(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const text = Buffer.isBuffer(value) ? `x'${value.toString('hex')}'` : String(value)
  const characters = Array.from(text)
  return characters.length > LONGEST_VALUE ? `${characters.slice(0, LONGEST_VALUE).join('')}…` : text
}
