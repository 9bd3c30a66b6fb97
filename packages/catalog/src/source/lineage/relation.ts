import { Derivation } from './derivation.js'

/** One column of something a query reads, with where it comes from already composed down to base tables. */
export interface RelationColumn {
  readonly name: string
  readonly derivation: Derivation
}

/**
 * Columns a relation has that are not known by name: all columns of a table
 * without a known schema (`table`), or whatever a table function returns,
 * made from its arguments (`derivation`).
 */
export type OpenPart =
  | { readonly table: string; readonly hides?: ReadonlySet<string> }
  /** `told`: why its columns are not known was reported where it was made. */
  | { readonly table?: undefined; readonly derivation: Derivation; readonly told?: boolean }

export interface Relation {
  readonly columns: readonly RelationColumn[]
  readonly open: readonly OpenPart[]
  /** Reachable by name but not part of `*`: SQLite's rowid. */
  readonly hidden?: readonly RelationColumn[]
}

export const EMPTY_RELATION: Relation = { columns: [], open: [] }

/** The derivation of column `name`, given that it belongs to this open part. */
export function fromOpenPart(part: OpenPart, name: string): Derivation {
  if (part.table !== undefined) return Derivation.of(part.table, name)
  const d = new Derivation()
  d.absorb(part.derivation, 'derived')
  return d
}

/** Renames the first columns; the parser allows fewer aliases than columns. */
export function withColumnNames(relation: Relation, names: readonly string[]): Relation {
  if (names.length === 0) return relation
  const columns = relation.columns.map((c, i) => ({ ...c, name: names[i] ?? c.name }))
  if (relation.columns.length > 0 || relation.open.length !== 1) return { ...relation, columns }
  const part = relation.open[0] as OpenPart
  // A table function with column aliases has exactly those columns.
  if (part.table === undefined) {
    return { columns: names.map((name) => ({ name, derivation: fromOpenPart(part, name) })), open: [] }
  }
  // An unknown table with renamed columns: which column is which is not known.
  const unknown = (): Derivation => {
    const d = new Derivation()
    d.complete = false
    return d
  }
  return { columns: names.map((name) => ({ name, derivation: unknown() })), open: relation.open }
}

/** `id`, `id` → `id`, `id:1` (SQLite) or `id_1` (DuckDB): how the columns of a subquery are kept apart. */
export function numberDuplicates(relation: Relation, suffix: ':' | '_'): Relation {
  const taken = new Set(relation.columns.map((c) => c.name.toLowerCase()))
  const seen = new Map<string, number>()
  const columns = relation.columns.map((column) => {
    const key = column.name.toLowerCase()
    let count = seen.get(key)
    if (count === undefined) {
      seen.set(key, 1)
      return column
    }
    while (taken.has(`${key}${suffix}${count}`)) count++
    seen.set(key, count + 1)
    return { ...column, name: `${column.name}${suffix}${count}` }
  })
  return { ...relation, columns }
}
