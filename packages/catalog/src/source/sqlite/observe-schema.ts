import { quoteName } from '../quote-name.js'
import type { SqliteDatabase } from './open-source.js'

export interface ObservedColumn {
  readonly name: string
  /** As declared; '' when the declaration has none. */
  readonly declaredType: string
  readonly nullable: boolean
  /** Position in the primary key from 1; 0 when not part of it. */
  readonly keyPosition: number
  readonly generated: boolean
}

export interface ObservedForeignKey {
  readonly columns: readonly string[]
  readonly table: string
  readonly foreignColumns: readonly string[]
}

export interface ObservedTable {
  readonly name: string
  readonly kind: 'table' | 'view' | 'virtual'
  /** The CREATE statement. */
  readonly sql: string
  readonly columns: readonly ObservedColumn[]
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly ObservedForeignKey[]
  readonly withoutRowid: boolean
  /** The column that is the rowid under another name. */
  readonly rowidAlias: string | undefined
  /** Why the columns could not be read: a view over something that is gone. */
  readonly broken: string | undefined
}

interface TableListRow {
  readonly schema: string
  readonly name: string
  readonly type: string
  readonly wr: number
  readonly strict: number
}

interface ColumnRow {
  readonly name: string
  readonly type: string
  readonly notnull: number
  readonly pk: number
  readonly hidden: number
}

/** Tables and views of the main database, ordered by name; SQLite's own and shadow tables left out. */
export function observeSchema(db: SqliteDatabase): ObservedTable[] {
  const rows = db.prepare('PRAGMA main.table_list').all() as TableListRow[]
  const sql = new Map(
    (
      db.prepare("SELECT name, sql FROM main.sqlite_schema WHERE type IN ('table', 'view')").all() as {
        name: string
        sql: string | null
      }[]
    ).map((r) => [r.name, r.sql ?? '']),
  )
  const found = rows
    .filter(
      (r) =>
        r.schema === 'main' &&
        !r.name.toLowerCase().startsWith('sqlite_') &&
        ['table', 'view', 'virtual'].includes(r.type),
    )
    .map((r) => observeTable(db, r, sql.get(r.name) ?? ''))
  const keys = new Map(found.map((t) => [t.name.toLowerCase(), t.primaryKey]))
  return found
    .map((t) => ({ ...t, foreignKeys: t.foreignKeys.map((fk) => complete(fk, keys)) }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** `REFERENCES parent` without columns means the parent's primary key. */
function complete(fk: ObservedForeignKey, keys: ReadonlyMap<string, readonly string[]>): ObservedForeignKey {
  return fk.foreignColumns.length > 0 ? fk : { ...fk, foreignColumns: keys.get(fk.table.toLowerCase()) ?? [] }
}

function observeTable(db: SqliteDatabase, row: TableListRow, sql: string): ObservedTable {
  const kind = row.type as ObservedTable['kind']
  const base = { name: row.name, kind, sql, withoutRowid: row.wr === 1 }
  let raw: ColumnRow[]
  try {
    raw = db.prepare(`PRAGMA main.table_xinfo(${quoteName(row.name)})`).all() as ColumnRow[]
  } catch (error) {
    const broken = error instanceof Error ? error.message : String(error)
    return { ...base, columns: [], primaryKey: [], foreignKeys: [], rowidAlias: undefined, broken }
  }
  const keyed = raw.filter((c) => c.pk > 0).sort((a, b) => a.pk - b.pk)
  const only = keyed.length === 1 ? keyed[0] : undefined
  const alias =
    kind === 'table' && row.wr === 0 && only?.type.toUpperCase() === 'INTEGER' ? only.name : undefined
  const keyNeverNull = row.wr === 1 || row.strict === 1
  const columns = raw
    .filter((c) => c.hidden !== 1)
    .map((c) => ({
      name: c.name,
      declaredType: c.type,
      nullable: !(c.notnull === 1 || c.name === alias || (c.pk > 0 && keyNeverNull)),
      keyPosition: c.pk,
      generated: c.hidden === 2 || c.hidden === 3,
    }))
  return {
    ...base,
    columns,
    primaryKey: keyed.map((c) => c.name),
    foreignKeys: kind === 'table' ? observeForeignKeys(db, row.name) : [],
    rowidAlias: alias,
    broken: undefined,
  }
}

function observeForeignKeys(db: SqliteDatabase, table: string): ObservedForeignKey[] {
  const rows = db.prepare(`PRAGMA main.foreign_key_list(${quoteName(table)})`).all() as {
    id: number
    seq: number
    table: string
    from: string
    to: string | null
  }[]
  const byId = new Map<number, typeof rows>()
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row])
  return [...byId.entries()]
    .sort(([a], [b]) => b - a) // SQLite lists them last declared first
    .map(([, parts]) => {
      const ordered = parts.sort((a, b) => a.seq - b.seq)
      const to = ordered.flatMap((p) => (p.to === null ? [] : [p.to]))
      return {
        columns: ordered.map((p) => p.from),
        table: (ordered[0] as (typeof rows)[number]).table,
        foreignColumns: to.length === ordered.length ? to : [],
      }
    })
}
