import type { NodeModel } from '@groundplane/lang'
import { quoteIdent } from '../compile/sql.js'
import type { BoundNode, BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { prepared } from '../storage/statements.js'
import { WORDS_VERSION, words } from './words.js'

/**
 * Full-text indexes: one per `@index` String property of a node type, over the
 * row *versions* of its table and keyed by version number, so that one index
 * serves main, every branch and every past commit; readers keep what their view
 * sees. An index only proposes versions: what matches is decided on the text, so
 * an index that is missing, behind, or holds versions that are gone changes the
 * time of a search and never its answer.
 *
 * `covered_vid`: versions up to this number are in the index; later ones are
 * scanned. Only `finishWrite` and `rebuild` move it, in the transaction that
 * wrote the versions.
 */
export const TEXT_INDEX_TABLES = `
CREATE TABLE IF NOT EXISTS text_indexes (
  ix INTEGER PRIMARY KEY, tbl TEXT NOT NULL, col TEXT NOT NULL, words_version TEXT NOT NULL, covered_vid INTEGER NOT NULL,
  UNIQUE (tbl, col)
);
CREATE TABLE IF NOT EXISTS text_lengths (
  ix INTEGER NOT NULL, vid INTEGER NOT NULL, words INTEGER NOT NULL, PRIMARY KEY (ix, vid)
) WITHOUT ROWID;
`

export interface TextIndex {
  readonly ix: number
  /** FTS5 table of the words; rowid is the version number. */
  readonly postings: string
  /** `term`, `doc`: one row per word and version. */
  readonly docs: string
  /** `term`: every word once. */
  readonly terms: string
  readonly coveredVid: number
}

/** Versions that a write may bring into an index beside its own; a longer backlog waits for `rebuildTextIndexes`. */
const CATCH_UP = 50_000

/** Properties a type wants full-text indexes for: `@index` on one String. Enums are matched whole and keys by their id. */
export function textIndexed(type: BoundNode): { readonly name: string; readonly column: string }[] {
  const single = (type.model as NodeModel).indexes.filter((tuple) => tuple.length === 1)
  return single.flatMap(([name]) => {
    const property = type.byName.get(name as string)
    const isText = property?.model.type.kind === 'scalar' && property.model.type.name === 'String'
    return property && isText ? [{ name: property.name, column: property.column }] : []
  })
}

/** By connection, the shape of the file in which the registry was last found missing. */
const withoutRegistry = new WeakMap<Db, number>()

/**
 * What is remembered can only be wrong after a rolled back change of shape, and only so that an index is not used or
 * falls behind: its answers stay right.
 */
function hasRegistry(db: Db): boolean {
  const shape = prepared(db, 'PRAGMA schema_version', 'pluck').get() as number
  if (withoutRegistry.get(db) === shape) return false
  const found = prepared(
    db,
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'text_indexes'",
  ).get()
  if (found === undefined) withoutRegistry.set(db, shape)
  return found !== undefined
}

/** The index of a column, or null when there is none this version can use. In the current transaction. */
export function findTextIndex(db: Db, table: string, column: string): TextIndex | null {
  if (!hasRegistry(db)) return null
  const found = db
    .prepare('SELECT ix, covered_vid, words_version FROM text_indexes WHERE tbl = ? AND col = ?')
    .get(table, column) as { ix: number; covered_vid: number; words_version: string } | undefined
  return found && found.words_version === WORDS_VERSION ? indexOf(found.ix, found.covered_vid) : null
}

export function coveredVid(db: Db, ix: number): number {
  return prepared(db, 'SELECT covered_vid FROM text_indexes WHERE ix = ?', 'pluck').get(ix) as number
}

function indexOf(ix: number, coveredVid: number): TextIndex {
  return { ix, postings: `text_${ix}`, docs: `text_${ix}_docs`, terms: `text_${ix}_terms`, coveredVid }
}

/**
 * Brings the versions born in the running write transaction into the indexes of
 * their type, making an index that is not there yet. Those that only the schema of
 * another branch asks for as well: they hold the versions of all branches.
 * `firstVid`: the first of them.
 */
export function indexBirths(db: Db, type: BoundNode, firstVid: number): void {
  const columns = new Set(textIndexed(type).map((p) => p.column))
  for (const { tbl, col } of storedTextIndexes(db)) if (tbl === type.table) columns.add(col)
  for (const column of columns) {
    const index = findTextIndex(db, type.table, column) ?? null
    const before = lastVid(db, type.table, firstVid)
    const from = index?.coveredVid ?? 0
    if (before - from > CATCH_UP) continue
    const target = index ?? createIndex(db, type.table, column)
    // A version number freed at the end of the table may come again: what is born is always indexed anew.
    indexRange(db, target, type.table, column, Math.min(from + 1, firstVid))
  }
}

function lastVid(db: Db, table: string, below: number): number {
  const text = `SELECT MAX(vid) FROM ${quoteIdent(table)} WHERE vid < ?`
  return (prepared(db, text, 'pluck').get(below) as number | null) ?? 0
}

function createIndex(db: Db, table: string, column: string): TextIndex {
  db.exec(TEXT_INDEX_TABLES)
  dropIndex(db, table, column)
  const added = db
    .prepare('INSERT INTO text_indexes(tbl, col, words_version, covered_vid) VALUES (?, ?, ?, 0)')
    .run(table, column, WORDS_VERSION)
  const index = indexOf(Number(added.lastInsertRowid), 0)
  // The `ascii` tokenizer splits at ASCII separators alone: of words joined by spaces it makes those words.
  db.exec(`
    CREATE VIRTUAL TABLE ${index.postings} USING fts5(words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
    CREATE VIRTUAL TABLE ${index.docs} USING fts5vocab('${index.postings}', 'instance');
    CREATE VIRTUAL TABLE ${index.terms} USING fts5vocab('${index.postings}', 'row');
  `)
  return index
}

function dropIndex(db: Db, table: string, column: string): void {
  const ix = db.prepare('SELECT ix FROM text_indexes WHERE tbl = ? AND col = ?').pluck().get(table, column) as
    | number
    | undefined
  if (ix === undefined) return
  const index = indexOf(ix, 0)
  for (const name of [index.docs, index.terms, index.postings]) db.exec(`DROP TABLE IF EXISTS ${name}`)
  db.prepare('DELETE FROM text_lengths WHERE ix = ?').run(ix)
  db.prepare('DELETE FROM text_indexes WHERE ix = ?').run(ix)
}

const PAGE = 1000

function indexRange(db: Db, index: TextIndex, table: string, column: string, from: number): void {
  const t = quoteIdent(table)
  const c = quoteIdent(column)
  const page = prepared(
    db,
    `SELECT vid, ${c} FROM ${t} WHERE vid >= ? AND ${c} IS NOT NULL ORDER BY vid LIMIT ${PAGE}`,
    'raw',
  )
  const post = prepared(db, `INSERT OR REPLACE INTO ${index.postings}(rowid, words) VALUES (?, ?)`)
  const measure = prepared(db, 'INSERT OR REPLACE INTO text_lengths(ix, vid, words) VALUES (?, ?, ?)')
  for (let next = from; ; ) {
    const rows = page.all(next) as [number, string][]
    for (const [vid, text] of rows) {
      const list = words(text)
      post.run(vid, list.join(' '))
      measure.run(index.ix, vid, list.length)
      next = vid + 1
    }
    if (rows.length < PAGE) break
  }
  const last = lastVid(db, table, Number.MAX_SAFE_INTEGER)
  prepared(db, 'UPDATE text_indexes SET covered_vid = ? WHERE ix = ?').run(last, index.ix)
}

export interface TextIndexReport {
  readonly type: string
  readonly property: string
  /** Why it was built; null when it was there and complete. */
  readonly reason: 'missing' | 'other-words' | 'behind' | null
}

/**
 * Builds every index that one of the schemas (the heads of live branches) wants
 * and that is missing, incomplete or of another words version. Drops those
 * nobody wants, unless the schemas are not all there are. `verify: 'whole'` compares every posting with the texts, `'extent'` looks only at
 * whether the index is there and how far it reaches. Inside a write transaction of the caller.
 */
export function rebuildTextIndexes(
  db: Db,
  schemas: readonly BoundSchema[],
  verify: 'whole' | 'extent' = 'whole',
  dropUnwanted = true,
): TextIndexReport[] {
  const wanted = wantedTextIndexes(schemas)
  if (wanted.size > 0) db.exec(TEXT_INDEX_TABLES)
  const reports: TextIndexReport[] = []
  for (const { type, property, table, column } of wanted.values()) {
    const reason = whatIsWrong(db, table, column, verify)
    if (reason !== null) indexRange(db, createIndex(db, table, column), table, column, 1)
    reports.push({ type, property, reason })
  }
  for (const { tbl, col } of dropUnwanted ? storedTextIndexes(db) : []) {
    if (!wanted.has(`${tbl}\n${col}`)) dropIndex(db, tbl, col)
  }
  return reports
}

interface WantedTextIndex {
  readonly type: string
  readonly property: string
  readonly table: string
  readonly column: string
}

function wantedTextIndexes(schemas: readonly BoundSchema[]): Map<string, WantedTextIndex> {
  const wanted = new Map<string, WantedTextIndex>()
  for (const schema of schemas) {
    for (const type of schema.nodes.values()) {
      for (const { name, column } of textIndexed(type)) {
        wanted.set(`${type.table}\n${column}`, { type: type.name, property: name, table: type.table, column })
      }
    }
  }
  return wanted
}

/** Those that are there, with table and column. In the current transaction. */
export function storedTextIndexes(
  db: Db,
): { readonly tbl: string; readonly col: string; readonly ix: number }[] {
  if (!hasRegistry(db)) return []
  return prepared(db, 'SELECT tbl, col, ix FROM text_indexes').all() as {
    tbl: string
    col: string
    ix: number
  }[]
}

function whatIsWrong(
  db: Db,
  table: string,
  column: string,
  verify: 'whole' | 'extent',
): TextIndexReport['reason'] {
  if (!hasRegistry(db)) return holdsText(db, table, column) ? 'missing' : null
  const row = db
    .prepare('SELECT ix, words_version, covered_vid FROM text_indexes WHERE tbl = ? AND col = ?')
    .get(table, column) as { ix: number; words_version: string; covered_vid: number } | undefined
  if (!row) return holdsText(db, table, column) ? 'missing' : null
  if (row.words_version !== WORDS_VERSION) return 'other-words'
  if (row.covered_vid < lastVid(db, table, Number.MAX_SAFE_INTEGER)) return 'behind'
  if (verify === 'extent') return null
  return holdsWhatTheTextsSay(db, indexOf(row.ix, row.covered_vid), table, column) ? null : 'behind'
}

/** An index is made with the first text. */
function holdsText(db: Db, table: string, column: string): boolean {
  const c = quoteIdent(column)
  return db.prepare(`SELECT 1 FROM ${quoteIdent(table)} WHERE ${c} IS NOT NULL LIMIT 1`).get() !== undefined
}

/** Compares every posting with the texts: sums over pairs of word and version, which order does not change. */
function holdsWhatTheTextsSay(db: Db, index: TextIndex, table: string, column: string): boolean {
  const t = quoteIdent(table)
  const c = quoteIdent(column)
  const [wanted, found] = [new PairSum(), new PairSum()]
  for (const row of db.prepare(`SELECT vid, ${c} FROM ${t} WHERE ${c} IS NOT NULL`).raw().iterate()) {
    const [vid, text] = row as [number, string]
    const list = words(text)
    for (const word of new Set(list)) wanted.add(word, vid)
    wanted.add(`#${list.length}`, vid)
  }
  // Postings and lengths of versions that are gone do no harm and are not looked at.
  const alive = `IN (SELECT vid FROM ${t} WHERE ${c} IS NOT NULL)`
  for (const row of db
    .prepare(`SELECT DISTINCT term, doc FROM ${index.docs} WHERE doc ${alive}`)
    .raw()
    .iterate()) {
    const [term, doc] = row as [string, number]
    found.add(term, doc)
  }
  const lengths = db.prepare(`SELECT vid, words FROM text_lengths WHERE ix = ? AND vid ${alive}`).raw()
  for (const row of lengths.iterate(index.ix)) {
    const [vid, count] = row as [number, number]
    found.add(`#${count}`, vid)
  }
  return wanted.equals(found)
}

class PairSum {
  #count = 0
  #sum = 0

  add(word: string, vid: number): void {
    let hash = vid | 0
    for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0
    this.#count++
    this.#sum = (this.#sum + Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)) | 0
  }

  equals(other: PairSum): boolean {
    return this.#count === other.#count && this.#sum === other.#sum
  }
}

/** Drops every full-text index. Answers stay the same, searches scan. Inside a write transaction of the caller. */
export function dropTextIndexes(db: Db): void {
  for (const { tbl, col } of storedTextIndexes(db)) dropIndex(db, tbl, col)
}

/** Drops the indexes of a table, or of one column of it: their words are erased with the data. Inside a write transaction. */
export function dropTextIndexesOf(db: Db, table: string, column: string | null): void {
  for (const { tbl, col } of storedTextIndexes(db)) {
    if (tbl === table && (column === null || col === column)) dropIndex(db, tbl, col)
  }
}

/** Takes versions that have been deleted out of the indexes of their table. In the transaction that deleted them. */
export function forgetVersions(db: Db, table: string, vids: Iterable<number>): void {
  const indexes = storedTextIndexes(db).filter(({ tbl }) => tbl === table)
  if (indexes.length === 0) return
  const gone = [...vids]
  const last = lastVid(db, table, Number.MAX_SAFE_INTEGER)
  for (const { ix } of indexes) {
    // Numbers freed at the end come again: what is born under them is not covered.
    prepared(db, 'UPDATE text_indexes SET covered_vid = MIN(covered_vid, ?) WHERE ix = ?').run(last, ix)
    const unpost = prepared(db, `DELETE FROM ${indexOf(ix, 0).postings} WHERE rowid = ?`)
    const unmeasure = prepared(db, 'DELETE FROM text_lengths WHERE ix = ? AND vid = ?')
    for (const vid of gone) {
      unpost.run(vid)
      unmeasure.run(ix, vid)
    }
  }
}

/** Merges the postings into their most compact form. Inside a write transaction of the caller. */
export function mergeTextIndexes(db: Db): void {
  for (const { ix } of storedTextIndexes(db)) {
    const { postings } = indexOf(ix, 0)
    db.exec(`INSERT INTO ${postings}(${postings}) VALUES ('optimize')`)
  }
}
