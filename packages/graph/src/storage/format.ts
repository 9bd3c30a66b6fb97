import type { EdgeModel, NodeModel, PropertyModel } from '@groundplane/lang'
import { quoteIdent } from '../compile/sql.js'
import { codecFor } from '../value/codec.js'
import { isIdColumn } from './id-column.js'
import type { TypeLayout } from './layout.js'
import { COLD, HOT } from './view.js'

/** Raised when a file written by this version could not be read correctly by an older one. See `upgrade.ts` for those before. */
export const FORMAT_VERSION = 3

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
]

/** So many commits at a time get their entries in `commit_ids`. */
export const IDS_AT_A_TIME = 64
/** Expression: the last commit that has its entry. */
export const ENTERED_IDS = `((SELECT MAX(seq) FROM commits) / ${IDS_AT_A_TIME} * ${IDS_AT_A_TIME})`

/** Statement that enters the commits after its first parameter and up to its second. */
export const ENTER_IDS =
  'INSERT OR IGNORE INTO commit_ids(id, seq) SELECT id, seq FROM commits WHERE seq > ? AND seq <= ? ORDER BY id'

/** Tables and views of branches and commits. A commit on main writes one page of them: see decision 9. */
export const HISTORY_TABLES = `
CREATE TABLE branches (
  br INTEGER PRIMARY KEY, name TEXT NOT NULL, head_seq INTEGER,
  parent_br INTEGER, fork_seq INTEGER, created_at INTEGER NOT NULL, deleted_at INTEGER
);
CREATE TABLE commits (
  seq INTEGER PRIMARY KEY, main_seq INTEGER NOT NULL, schema_version INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  br INTEGER NOT NULL, parent_seq INTEGER, merge_parent_seq INTEGER,
  born_tid INTEGER, first_vid INTEGER, last_vid INTEGER, ended_tid INTEGER, ended_vid INTEGER,
  id TEXT NOT NULL, schema_digest TEXT NOT NULL, kind TEXT NOT NULL,
  actor TEXT, provenance TEXT NOT NULL, message TEXT,
  inserted INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL
);
CREATE TABLE commit_ids (id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIEW heads AS SELECT br, name,
  CASE br WHEN 1 THEN (SELECT main_seq FROM commits ORDER BY seq DESC LIMIT 1) ELSE head_seq END AS head_seq,
  parent_br, fork_seq, created_at, deleted_at FROM branches;
CREATE VIEW all_births AS SELECT seq, tid, first_vid, last_vid FROM births
  UNION ALL SELECT seq, born_tid, first_vid, last_vid FROM commits WHERE born_tid IS NOT NULL;
CREATE VIEW all_ends AS SELECT seq, tid, vid, br FROM ends
  UNION ALL SELECT seq, ended_tid, ended_vid, br FROM commits WHERE ended_tid IS NOT NULL;`

/**
 * Tables every graph has.
 *
 * - `commits.seq` grows over the whole file, so `born <= seq` compares across branches.
 * - `commits.main_seq`: the head of main as of that commit, so the last row tells main's head. `branches.head_seq` is
 *   that of any other branch and null for main; the view `heads` has both.
 * - `commit_ids`: the number of a commit by its id, for those up to the last multiple of `IDS_AT_A_TIME`; the few
 *   later ones are looked through.
 * - `schemas` holds one row per migration: the same text can come back with other columns behind it.
 * - `births`: the versions a commit bore in a type's table are `first_vid..last_vid`
 *   (one writer at a time, so they are contiguous); with `ends` that is the commit's change set.
 * - `ends`: versions a commit ended, its own branch's or an ancestor's.
 * - A commit that bore versions of one type only, or ended one version only, has that in its own row (`born_tid`,
 *   `ended_tid`, …) instead. Read both by way of `all_births` and `all_ends`, write them by `effects.ts`.
 * - `hidden`: of those ended, the ancestor's: the row itself is not touched, readers of `br` skip it.
 * - `removed_commits`: those whose data a cleanup took away; their rows in `commits` stay.
 * - `types`: one row per physical table; `next_eid` numbers its entities, dense from 1.
 */
export const SYSTEM_TABLES = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
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
${HISTORY_TABLES}
${REMOVED_COMMITS};
${SYSTEM_INDEXES.map((index) => index.sql).join(';\n')};
`

/** Of `SYSTEM_TABLES`, for those who look at every table there is. */
export const SYSTEM_TABLE_NAMES: readonly string[] = [
  ...SYSTEM_TABLES.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g),
].map((found) => found[1] as string)

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
