import type { EdgeModel, NodeModel, PropertyModel } from '@groundplane/lang'
import { quoteIdent } from '../compile/sql.js'
import { codecFor } from '../value/codec.js'
import { isIdColumn } from './id-column.js'
import type { TypeLayout } from './layout.js'
import { COLD, HOT } from './view.js'

/** Raised when a file written by this version could not be read correctly by an older one. */
export const FORMAT_VERSION = 1

/** Of files in which commits have been erased or removed: an older version would answer as if nothing were missing. */
export const ERASING_FORMAT = 2

/**
 * What cleanups have removed: commits that cannot be read any more, and deletions
 * of entities that live on elsewhere, which merges and diffs go by.
 */
export const REMOVED_COMMITS = `CREATE TABLE IF NOT EXISTS removed_commits (seq INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS removed_deletions (
  seq INTEGER NOT NULL, tid INTEGER NOT NULL, eid INTEGER NOT NULL, PRIMARY KEY (seq, tid, eid)
) WITHOUT ROWID`

export const SYSTEM_INDEXES: readonly IndexDefinition[] = [
  {
    name: 'branches_live',
    sql: 'CREATE UNIQUE INDEX IF NOT EXISTS branches_live ON branches(name) WHERE deleted_at IS NULL',
  },
  { name: 'commits_of_branch', sql: 'CREATE INDEX IF NOT EXISTS commits_of_branch ON commits(br, seq)' },
]

/**
 * Tables every graph has.
 *
 * - `commits.seq` grows over the whole file, so `born <= seq` compares across branches.
 * - `schemas` holds one row per migration: the same text can come back with other columns behind it.
 * - `births`: the versions a commit bore in a type's table are `first_vid..last_vid`
 *   (one writer at a time, so they are contiguous); with `ends` that is the commit's change set.
 * - `ends`: versions a commit ended, its own branch's or an ancestor's.
 * - `hidden`: of those, the ancestor's: the row itself is not touched, readers of `br` skip it.
 * - `removed_commits`: those whose data a cleanup took away; their rows in `commits` stay.
 * - `types`: one row per physical table; `next_eid` numbers its entities, dense from 1.
 */
export const SYSTEM_TABLES = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE branches (
  br INTEGER PRIMARY KEY, name TEXT NOT NULL, head_seq INTEGER NOT NULL,
  parent_br INTEGER, fork_seq INTEGER, created_at INTEGER NOT NULL, deleted_at INTEGER
);
CREATE TABLE commits (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, br INTEGER NOT NULL,
  parent_seq INTEGER, merge_parent_seq INTEGER, kind TEXT NOT NULL,
  actor TEXT, provenance TEXT NOT NULL, message TEXT, schema_digest TEXT NOT NULL, schema_version INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  inserted INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL
);
CREATE TABLE schemas (
  version INTEGER PRIMARY KEY, digest TEXT NOT NULL, source TEXT NOT NULL, model TEXT NOT NULL, layout TEXT NOT NULL,
  first_seq INTEGER NOT NULL
);
CREATE TABLE types (tid INTEGER PRIMARY KEY, kind TEXT NOT NULL, physical TEXT NOT NULL UNIQUE, next_eid INTEGER NOT NULL);
CREATE TABLE births (
  seq INTEGER NOT NULL, tid INTEGER NOT NULL, first_vid INTEGER NOT NULL, last_vid INTEGER NOT NULL,
  PRIMARY KEY (seq, tid)
) WITHOUT ROWID;
CREATE TABLE ends (
  seq INTEGER NOT NULL, tid INTEGER NOT NULL, vid INTEGER NOT NULL, br INTEGER NOT NULL,
  PRIMARY KEY (seq, tid, vid)
) WITHOUT ROWID;
CREATE TABLE hidden (
  br INTEGER NOT NULL, tid INTEGER NOT NULL, vid INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (tid, vid, br)
) WITHOUT ROWID;
CREATE TABLE blobs (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, content BLOB NOT NULL);
${REMOVED_COMMITS};
${SYSTEM_INDEXES.map((index) => index.sql).join(';\n')};
`

export interface IndexDefinition {
  readonly name: string
  readonly sql: string
}

/** `CREATE TABLE` for the versions of one type. */
export function versionTable(type: NodeModel | EdgeModel, layout: TypeLayout): string {
  const ends = type.kind === 'edge' ? ', src INTEGER NOT NULL, dst INTEGER NOT NULL' : ''
  const columns = type.properties.map((p) => `, ${columnDefinition(type, p.name, layout)}`).join('')
  return `CREATE TABLE ${quoteIdent(layout.table)} (vid INTEGER PRIMARY KEY, eid INTEGER NOT NULL, id TEXT NOT NULL${ends}, br INTEGER NOT NULL, born INTEGER NOT NULL, ended INTEGER${columns})`
}

export function columnDefinition(type: NodeModel | EdgeModel, property: string, layout: TypeLayout): string {
  const model = type.properties.find((p) => p.name === property)
  const name = layout.columns[property]
  if (!model || name === undefined)
    throw new Error(`assertion failed: ${type.name}.${property} has no column`)
  return `${quoteIdent(name)} ${codecFor(model.type).column}`
}

/**
 * ` DEFAULT …` for a column added to rows that exist, so that adding a required property costs nothing per row; else
 * nothing. The literal is written from the encoded value: digits, or text in quotes (it holds no U+0000).
 */
export function columnDefault(property: PropertyModel): string {
  if (property.default === undefined || property.nullable) return ''
  const stored = codecFor(property.type).encode(property.default)
  if (stored instanceof Uint8Array) return ` DEFAULT x'${Buffer.from(stored).toString('hex')}'`
  if (typeof stored === 'string') return ` DEFAULT '${stored.replaceAll("'", "''")}'`
  return ` DEFAULT ${stored}`
}

/**
 * Every access path twice: over the head of main, and over everything else. A
 * version sits in exactly one of the two, so history never slows the head down.
 */
export function indexesOf(type: NodeModel | EdgeModel, layout: TypeLayout): IndexDefinition[] {
  const column = (name: string): string => {
    if (type.kind === 'edge' && !layout.columns[name]) {
      if (name === 'from' || name === 'src') return 'src'
      if (name === 'to' || name === 'dst') return 'dst'
    }
    return layout.columns[name] as string
  }
  const wanted: { columns: string[]; unique: boolean; covering?: boolean }[] =
    type.kind === 'node'
      ? [
          { columns: ['id'], unique: true },
          { columns: ['eid'], unique: true },
        ]
      : [
          { columns: ['id'], unique: true },
          // In this order: of two equally good indexes SQLite takes the one made last,
          // and a look for twins had better stay in the index that the walk is in.
          { columns: ['dst', 'src'], unique: false, covering: true },
          { columns: ['src', 'dst'], unique: false, covering: true },
        ]
  const tuples = [...type.unique, ...type.indexes]
  if (type.kind === 'node' && type.key.length > 1) tuples.unshift(type.key)
  for (const tuple of tuples) {
    if (tuple.length === 1 && isIdColumn(type, tuple[0] as string)) continue
    if (tuple.some((name) => notIndexable(type, name))) continue
    wanted.push({ columns: tuple.map(column), unique: false })
  }
  const seen = new Set<string>()
  return wanted.flatMap(({ columns, unique, covering }) => {
    const key = columns.join('+')
    if (seen.has(key)) return []
    seen.add(key)
    const list = columns.map(quoteIdent).join(', ')
    // With what a view asks of a version in the index (two bytes), a hop need not read the edge's row.
    const hotList = covering ? `${list}, br, ended` : list
    const on = (columnList: string): string => `ON ${quoteIdent(layout.table)} (${columnList})`
    const name = `ix:${layout.table}:${key}`
    const create = unique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX'
    return [
      {
        name: `${name}:hot`,
        sql: `${create} IF NOT EXISTS ${quoteIdent(`${name}:hot`)} ${on(hotList)} WHERE ${HOT}`,
      },
      {
        name: `${name}:cold`,
        sql: `CREATE INDEX IF NOT EXISTS ${quoteIdent(`${name}:cold`)} ${on(list)} WHERE ${COLD}`,
      },
    ]
  })
}

/** Vectors and lists get no B-tree: no query could use it. */
function notIndexable(type: NodeModel | EdgeModel, name: string): boolean {
  const kind = type.properties.find((p) => p.name === name)?.type.kind
  return kind === 'vector' || kind === 'blob' || kind === 'list'
}
