import { quoteIdent } from '../compile/sql.js'
import type { Db } from '../storage/database.js'
import { type View, visible } from '../storage/view.js'
import { dataMoment } from './search-run.js'
import { findTextIndex, type TextIndex } from './text-index.js'
import type { Corpus } from './text-match.js'
import { words } from './words.js'

export interface SearchedColumn {
  readonly table: string
  readonly column: string
  readonly tid: number
}

interface Size {
  texts: number
  words: number
}

/** Sizes asked for lately, by connection; counting a type costs more than a search in it. */
const sizes = new WeakMap<Db, { moment: string; readonly known: Map<string, Size> }>()

/**
 * Measures what a view sees of a column. `wanted`: the words whose occurrences are
 * counted; null counts all. With an index it reads postings, without it every
 * visible text; the result is the same. Inside a read transaction.
 */
export function measureCorpus(
  db: Db,
  at: SearchedColumn,
  view: View,
  wanted: readonly string[] | null,
): Corpus {
  const index = wanted === null ? null : findTextIndex(db, at.table, at.column)
  if (index === null || wanted === null) return scan(db, at, view, wanted, 0)
  const tail = scan(db, at, view, wanted, index.coveredVid)
  const size = indexedSize(db, at, view, index)
  const occurrences = new Map(tail.occurrences)
  const rows = db
    .prepare(
      `SELECT d.term, COUNT(DISTINCT t.vid) FROM ${index.docs} d CROSS JOIN ${quoteIdent(at.table)} t ON t.vid = d.doc
       WHERE d.term IN (SELECT value FROM json_each(?)) AND ${condition(at, view)} AND t.vid <= ? GROUP BY d.term`,
    )
    .raw()
    .all(JSON.stringify([...new Set(wanted)]), index.coveredVid) as [string, number][]
  for (const [word, count] of rows) occurrences.set(word, (occurrences.get(word) ?? 0) + count)
  return { texts: tail.texts + size.texts, words: tail.words + size.words, occurrences }
}

function condition(at: SearchedColumn, view: View): string {
  const seen = visible(view, 't', at.tid).text
  return `t.${quoteIdent(at.column)} IS NOT NULL AND ${seen} AND (t.vid & 127 <> 0 OR gp_alive())`
}

function indexedSize(db: Db, at: SearchedColumn, view: View, index: TextIndex): Size {
  const moment = dataMoment(db)
  let cache = sizes.get(db)
  if (!cache || cache.moment !== moment) {
    cache = { moment, known: new Map() }
    sizes.set(db, cache)
  }
  const key = `${index.ix}:${JSON.stringify(view.chain)}`
  let size = cache.known.get(key)
  if (!size) {
    const [texts, total] = db
      .prepare(
        `SELECT COUNT(*), COALESCE(SUM(l.words), 0) FROM ${quoteIdent(at.table)} t
         JOIN text_lengths l ON l.ix = ? AND l.vid = t.vid WHERE ${condition(at, view)} AND t.vid <= ?`,
      )
      .raw()
      .get(index.ix, index.coveredVid) as [number, number]
    size = { texts, words: total }
    cache.known.set(key, size)
  }
  return size
}

function scan(
  db: Db,
  at: SearchedColumn,
  view: View,
  wanted: readonly string[] | null,
  afterVid: number,
): Corpus {
  const asked = wanted === null ? null : new Set(wanted)
  const occurrences = new Map<string, number>()
  let texts = 0
  let total = 0
  const rows = db
    .prepare(
      `SELECT t.${quoteIdent(at.column)} FROM ${quoteIdent(at.table)} t WHERE ${condition(at, view)} AND t.vid > ?`,
    )
    .pluck()
  for (const text of rows.iterate(afterVid) as Iterable<string>) {
    const list = words(text)
    texts++
    total += list.length
    for (const word of new Set(list)) {
      if (asked === null || asked.has(word)) occurrences.set(word, (occurrences.get(word) ?? 0) + 1)
    }
  }
  return { texts, words: total, occurrences }
}
