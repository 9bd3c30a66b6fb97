import type { Json } from './proposal.js'

/** A row of a query result, or an entity in it. */
export type Row = Readonly<Record<string, Json>>

/** An entity bound as a value. */
export function entityOf(row: Row | undefined, column = 'entity'): Row | undefined {
  return row?.[column] as Row | undefined
}

export function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function number(value: Json | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}

export function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Without absent values, empty lists and empty objects. */
export function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => !isEmpty(v))) as T
}

function isEmpty(v: unknown): boolean {
  if (v === null || v === undefined) return true
  return typeof v === 'object' && Object.keys(v).length === 0
}
