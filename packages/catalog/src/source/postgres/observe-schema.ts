import type { SchemaFieldType } from '../relational/schema-field-type.js'
import { schemaFieldType } from './native-type.js'
import type { PostgresSession, TextRow } from './postgres-session.js'

export type TableKind = 'table' | 'partitioned' | 'view' | 'materialized' | 'foreign'

export interface ObservedColumn {
  readonly name: string
  /** `attnum`, by which results of queries tell where a column comes from. */
  readonly number: number
  /** As `format_type` prints it. */
  readonly nativeType: string
  /** `typcategory`: `N` numbers, `S` texts, `D` times, `B` booleans … */
  readonly category: string
  readonly type: SchemaFieldType
  readonly nullable: boolean
  readonly identity: 'always' | 'by default' | undefined
  /** Computed from other columns of the row. */
  readonly generated: boolean
  readonly comment: string | undefined
}

export interface ObservedForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  /** Qualified name of the parent. */
  readonly table: string
  readonly foreignColumns: readonly string[]
}

export interface ObservedTable {
  readonly oid: number
  readonly schema: string
  readonly table: string
  /** `schema.table`. */
  readonly name: string
  readonly kind: TableKind
  /** The query of a view; '' for the others. */
  readonly sql: string
  readonly comment: string | undefined
  readonly columns: readonly ObservedColumn[]
  readonly primaryKey: readonly string[]
  /** Constraint name → columns. */
  readonly uniqueKeys: ReadonlyMap<string, readonly string[]>
  readonly foreignKeys: readonly ObservedForeignKey[]
  /** e.g. `RANGE (placed_at)`. */
  readonly partitionKey: string | undefined
  /** Rows as the planner estimates them, over all partitions; undefined when nobody has analysed the table. */
  readonly estimatedRows: number | undefined
  /** Qualified names of what a view reads, as the database itself recorded it. */
  readonly reads: readonly string[]
}

export interface ObservedSchema {
  readonly name: string
  readonly comment: string | undefined
}

export interface ObservedDatabase {
  readonly database: string
  readonly comment: string | undefined
  readonly schemas: readonly ObservedSchema[]
  /** By qualified name. */
  readonly tables: readonly ObservedTable[]
}

const KINDS: Readonly<Record<string, TableKind>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized',
  f: 'foreign',
}

/**
 * What is a dataset: tables, views, materialised views and foreign tables, one for all partitions of a
 * table; nothing of the system, nothing temporary, nothing that an extension brought. `$1`: null for all
 * schemas, or an array of names.
 */
const DATASETS = `
  SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND ($1::text[] IS NULL OR n.nspname = ANY ($1))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objid = c.oid AND d.deptype = 'e')`

const TABLES = `
  SELECT c.oid, n.nspname, c.relname, c.relkind,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
    pg_catalog.obj_description(c.oid, 'pg_class'), pg_catalog.pg_get_partkeydef(c.oid),
    CASE WHEN c.relkind <> 'p' THEN nullif(c.reltuples, -1)::bigint ELSE (
      SELECT CASE WHEN bool_or(l.reltuples < 0) THEN NULL ELSE sum(l.reltuples)::bigint END
      FROM pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class l ON l.oid = p.relid WHERE l.relkind <> 'p') END
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid IN (${DATASETS})
  ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`

const COLUMNS = `
  SELECT a.attrelid, a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod), b.typname, b.typcategory,
    a.attnotnull OR t.typnotnull, a.attidentity, a.attgenerated, pg_catalog.col_description(a.attrelid, a.attnum)
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (${DATASETS})
  ORDER BY a.attrelid, a.attnum`

/** Keys, each with the names of its columns in its order. Those that partitions inherit are the parent's. */
const KEYS = `
  SELECT k.conrelid, k.conname, k.contype, k.confrelid,
    pg_catalog.to_json(ARRAY(SELECT a.attname FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u(n, i)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i)),
    pg_catalog.to_json(ARRAY(SELECT a.attname FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY u(n, i)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i))
  FROM pg_catalog.pg_constraint k
  WHERE k.contype IN ('p', 'u', 'f') AND k.conrelid IN (${DATASETS})
    AND NOT (k.contype = 'f' AND k.conparentid <> 0)
  ORDER BY k.conrelid, k.conname COLLATE "C"`

/** A view and what it reads: its rule depends on both. */
const READS = `
  SELECT DISTINCT r.ev_class, d.refobjid
  FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
  WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
    AND r.rulename = '_RETURN' AND r.ev_class IN (${DATASETS})`

const SCHEMAS = `
  SELECT n.nspname, pg_catalog.obj_description(n.oid, 'pg_namespace') FROM pg_catalog.pg_namespace n
  WHERE n.oid IN (SELECT c.relnamespace FROM pg_catalog.pg_class c WHERE c.oid IN (${DATASETS}))
  ORDER BY n.nspname COLLATE "C"`

const DATABASE = `
  SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database d
  WHERE d.datname = pg_catalog.current_database()`

/**
 * Describes the database from its catalogs, on the snapshot of the session. With an empty `search_path`
 * every name in types and definitions comes with its schema. Throws `SourceError`.
 */
export async function observeSchema(
  session: PostgresSession,
  schemas?: readonly string[],
): Promise<ObservedDatabase> {
  const wanted = [schemas ?? null]
  const [database] = await session.rows(DATABASE)
  const named = await session.rows(SCHEMAS, wanted)
  const rows = await session.rows(TABLES, wanted)
  const columns = grouped(await session.rows(COLUMNS, wanted))
  const keys = grouped(await session.rows(KEYS, wanted))
  const reads = grouped(await session.rows(READS, wanted))
  const names = new Map(rows.map(([oid, schema, table]) => [oid as string, `${schema}.${table}`]))
  return {
    database: database?.[0] as string,
    comment: database?.[1] ?? undefined,
    schemas: named.map(([name, comment]) => ({ name: name as string, comment: comment ?? undefined })),
    tables: rows.map((row) => {
      const oid = row[0] as string
      const readNames = (reads.get(oid) ?? []).flatMap(([, other]) => names.get(other as string) ?? [])
      return {
        ...tableOf(row),
        columns: (columns.get(oid) ?? []).map(columnOf),
        ...keysOf(keys.get(oid) ?? [], names),
        reads: readNames.sort(),
      }
    }),
  }
}

function tableOf(row: TextRow) {
  const [oid, schema, table, kind, sql, comment, partitionKey, estimate] = row
  return {
    oid: Number(oid),
    schema: schema as string,
    table: table as string,
    name: `${schema}.${table}`,
    kind: KINDS[kind as string] as TableKind,
    sql: sql?.trim() ?? '',
    comment: comment ?? undefined,
    partitionKey: partitionKey ?? undefined,
    // Before version 14, 0 is also what a table says that nobody has analysed.
    estimatedRows: kind === 'v' || Number(estimate) === 0 ? undefined : Number(estimate),
  }
}

function columnOf(row: TextRow): ObservedColumn {
  const [, name, number, nativeType, typeName, category, notNull, identity, generated, comment] = row
  return {
    name: name as string,
    number: Number(number),
    nativeType: nativeType as string,
    category: category as string,
    type: schemaFieldType(typeName as string, category as string),
    nullable: notNull !== 't',
    identity: identity === 'a' ? 'always' : identity === 'd' ? 'by default' : undefined,
    generated: generated !== '',
    comment: comment ?? undefined,
  }
}

/** A key to what is no dataset of the source, e.g. a single partition, is left out. */
function keysOf(rows: readonly TextRow[], names: ReadonlyMap<string, string>) {
  const columnsOf = (text: string | null | undefined): string[] => JSON.parse(text ?? '[]')
  const primary = rows.find(([, , type]) => type === 'p')
  return {
    primaryKey: primary ? columnsOf(primary[4]) : [],
    uniqueKeys: new Map(
      rows.flatMap(([, name, type, , own]) =>
        type === 'u' ? [[name as string, columnsOf(own)] as const] : [],
      ),
    ),
    foreignKeys: rows.flatMap(([, name, type, parent, own, foreign]) => {
      const table = names.get(parent as string)
      if (type !== 'f' || table === undefined) return []
      return [{ name: name as string, columns: columnsOf(own), table, foreignColumns: columnsOf(foreign) }]
    }),
  }
}

function grouped(rows: readonly TextRow[]): Map<string, TextRow[]> {
  const groups = new Map<string, TextRow[]>()
  for (const row of rows) {
    const key = row[0] as string
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}
