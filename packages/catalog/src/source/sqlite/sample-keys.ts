import { isPii, printKey } from '../assertion/failing-key.js'
import type { DatasetMetadata } from '../metadata/source-metadata.js'
import { quoteName } from '../quote-name.js'
import type { CompiledPredicate } from './compile-assertion.js'
import type { ObservedTable } from './observe-schema.js'
import type { SqliteDatabase } from './open-source.js'

/**
 * Up to `limit` failing rows, each as `column=value, …` of its primary key, or
 * `rowid=n` when there is no key or a part of it is tagged `pii`; nothing for
 * views and for tables that have neither.
 */
export function sampleKeys(
  db: SqliteDatabase,
  table: ObservedTable,
  predicate: CompiledPredicate,
  metadata: DatasetMetadata | undefined,
  limit: number,
): string[] {
  const columns = keyColumns(table, metadata)
  if (columns.length === 0 || limit <= 0) return []
  const sql = `SELECT ${columns.map(([, sqlName]) => sqlName).join(', ')} FROM main.${quoteName(table.name)} WHERE ${predicate.failing} LIMIT ?`
  const rows = db
    .prepare(sql)
    .raw()
    .all(...predicate.parameters, limit) as unknown[][]
  return rows.map((row) =>
    printKey(
      columns.map(([name]) => name),
      row,
    ),
  )
}

/** Pairs of the name to show and the name in SQL. */
function keyColumns(table: ObservedTable, metadata: DatasetMetadata | undefined): [string, string][] {
  if (table.primaryKey.length > 0 && !table.primaryKey.some((c) => isPii(metadata, c))) {
    return table.primaryKey.map((c) => [c, quoteName(c)])
  }
  if (table.kind !== 'table' || table.withoutRowid) return []
  // The rowid itself may be a declared column, and that one may be pii.
  if (table.rowidAlias !== undefined && isPii(metadata, table.rowidAlias)) return []
  const hidden = ['rowid', '_rowid_', 'oid'].find(
    (n) => !table.columns.some((c) => c.name.toLowerCase() === n),
  )
  return hidden === undefined ? [] : [['rowid', hidden]]
}
