import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { quoteIdent } from '../compile/sql.js'
import { GraphError } from '../error.js'
import { forgetVersions } from '../search/text-index.js'
import { type Db, GRAPH_FILE, translated } from '../storage/database.js'
import { removeEnds, setBirths } from '../storage/effects.js'
import { REMOVED_COMMITS } from '../storage/format.js'
import { abandonWrite, type WriteEnvironment } from '../write/commit-writer.js'
import { blobColumns } from './blob-columns.js'
import { derivedFiles, isReadable, removeDerived } from './derived-files.js'
import { keptCommits } from './kept-commits.js'

/** A commit stays readable when any of the given rules keeps it. At least one rule is needed. */
export interface CleanupOptions {
  /** The newest so many commits of each live branch, its ancestors' included; the heads in any case. */
  readonly keep?: number
  /** Commits younger than this, of deleted branches too. Milliseconds. */
  readonly olderThanMs?: number
  /** Only count: nothing is removed. */
  readonly dryRun?: boolean
  /** Gives the freed space back to the file system; rewrites the file and needs as much free space again. */
  readonly vacuum?: boolean
}

export interface CleanupReport {
  readonly dryRun: boolean
  readonly keptCommits: number
  /** Commits whose data can no longer be read. Their records (who, when, why) stay. */
  readonly removedCommits: number
  readonly removedVersions: number
  readonly removedBlobs: number
  readonly removedBlobBytes: number
  readonly fileBytes: { readonly before: number; readonly after: number }
}

/**
 * Removes the versions that no live branch, no kept commit, no point a live
 * branch was forked at and no merge base of two live branches can see, and the
 * content only they held. One transaction: killed at any instant, all of it has
 * happened or nothing; derived files of commits that cannot be read any more go
afterwards. Readers at work keep what they see. Irreversible.
 */
export function cleanUp(
  env: WriteEnvironment,
  { root, id }: { readonly root: string; readonly id: string },
  options: CleanupOptions,
): CleanupReport {
  checkPolicy(options)
  const { db } = env
  const before = fileBytes(root)
  let counts: Omit<CleanupReport, 'fileBytes' | 'dryRun'>
  try {
    db.exec('BEGIN IMMEDIATE')
    counts = remove(env, options)
    db.exec(options.dryRun ? 'ROLLBACK' : 'COMMIT')
  } catch (error) {
    abandonWrite(env)
    throw translated(error)
  }
  if (!options.dryRun) {
    if (options.vacuum) db.exec('VACUUM')
    db.pragma('wal_checkpoint(TRUNCATE)')
    for (const file of derivedFiles(root, id, (commit) => isReadable(env, commit)))
      if (file.problem !== null) removeDerived(file)
  }
  return { dryRun: options.dryRun === true, ...counts, fileBytes: { before, after: fileBytes(root) } }
}

function checkPolicy({ keep, olderThanMs }: CleanupOptions): void {
  const wrong = [keep, olderThanMs].some((n) => n !== undefined && (!Number.isSafeInteger(n) || n < 0))
  if (!wrong && (keep !== undefined || olderThanMs !== undefined)) return
  throw new GraphError(
    'invalid',
    'cleanup_policy',
    wrong ? 'A number of commits or an age is not a whole number.' : 'Nothing says which commits to keep.',
    { remedy: 'Say how many commits of each branch to keep, or up to which age, or both.' },
  )
}

function remove(env: WriteEnvironment, options: CleanupOptions): Omit<CleanupReport, 'fileBytes' | 'dryRun'> {
  const { db } = env
  const kept = keptCommits(env, options)
  db.exec(REMOVED_COMMITS)
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS keep_points (br INTEGER, seq INTEGER, PRIMARY KEY (br, seq)) WITHOUT ROWID;
    CREATE TEMP TABLE IF NOT EXISTS gone (tid INTEGER, vid INTEGER, PRIMARY KEY (tid, vid)) WITHOUT ROWID;
    DELETE FROM temp.keep_points; DELETE FROM temp.gone`)
  const point = db.prepare('INSERT OR IGNORE INTO temp.keep_points(br, seq) VALUES (?, ?)')
  for (const { br, seq } of kept) point.run(br, seq)
  const removedCommits = db
    .prepare(
      `INSERT OR IGNORE INTO removed_commits(seq)
       SELECT c.seq FROM commits c WHERE NOT EXISTS (SELECT 1 FROM temp.keep_points k WHERE k.br = c.br AND k.seq = c.seq)`,
    )
    .run().changes
  const removedVersions = removeVersions(db)
  const blobs = removeBlobs(db)
  db.exec('DELETE FROM temp.keep_points; DELETE FROM temp.gone')
  return { keptCommits: kept.length, removedCommits, removedVersions, ...blobs }
}

/**
 * A kept commit sees what was born by then and not yet ended; what it ended
 * itself stays too, as the image before its change. The head of main needs no look.
 */
function removeVersions(db: Db): number {
  const types = db.prepare('SELECT tid, physical FROM types').all() as { tid: number; physical: string }[]
  let removed = 0
  for (const { tid, physical } of types) {
    const table = quoteIdent(physical)
    removed += db
      .prepare(
        `INSERT INTO temp.gone(tid, vid) SELECT ?, t.vid FROM ${table} t WHERE (t.br <> 1 OR t.ended IS NOT NULL)
         AND NOT EXISTS (SELECT 1 FROM temp.keep_points k WHERE k.br = t.br AND k.seq >= t.born AND k.seq <= COALESCE(t.ended, k.seq))`,
      )
      .run(tid).changes
    keepDeletions(db, tid, table)
    db.prepare(`DELETE FROM ${table} WHERE vid IN (SELECT vid FROM temp.gone WHERE tid = ?)`).run(tid)
    const vids = db.prepare('SELECT vid FROM temp.gone WHERE tid = ?').pluck()
    forgetVersions(db, physical, vids.all(tid) as number[])
  }
  const gone = (alias: string): string =>
    `EXISTS (SELECT 1 FROM temp.gone g WHERE g.tid = ${alias}.tid AND g.vid = ${alias}.vid)`
  const unused = 'br NOT IN (SELECT br FROM temp.keep_points)'
  removeEnds(db, `${gone('e')} OR e.${unused}`)
  db.exec(`DELETE FROM hidden WHERE ${gone('hidden')} OR ${unused}`)
  for (const { tid, physical } of types) shrinkBirths(db, tid, quoteIdent(physical))
  return removed
}

/**
 * Where a version goes that ended in a deletion, that it was deleted stays known, as long as
 * another branch has the entity: a merge must bring the deletion there, though nothing is
 * left of the entity on the branch that it happened on.
 */
function keepDeletions(db: Db, tid: number, table: string): void {
  const version = (alias: string, more: string): string =>
    ['br = 1 AND ended IS NULL', 'br <> 1 OR ended IS NOT NULL']
      .map(
        (half) =>
          `EXISTS (SELECT 1 FROM (SELECT * FROM ${table} WHERE ${half}) v WHERE v.eid = ${alias}.eid${more})`,
      )
      .join(' OR ')
  const replaced = version('t', ' AND v.br = t.br AND v.born = t.ended')
  db.prepare(
    `INSERT OR IGNORE INTO removed_deletions(seq, tid, eid) SELECT t.ended, @tid, t.eid FROM ${table} t
     WHERE t.vid IN (SELECT vid FROM temp.gone WHERE tid = @tid) AND t.ended IS NOT NULL
     AND t.br IN (SELECT br FROM temp.keep_points) AND NOT (${replaced})`,
  ).run({ tid })
  const left = version('r', ' AND v.vid NOT IN (SELECT vid FROM temp.gone WHERE tid = @tid)')
  db.prepare(`DELETE FROM removed_deletions AS r WHERE tid = @tid AND NOT (${left})`).run({ tid })
}

/** The births of removed commits are those of their versions that are left. */
function shrinkBirths(db: Db, tid: number, table: string): void {
  const rows = db
    .prepare(
      `SELECT b.seq, (SELECT MIN(t.vid) FROM ${table} t WHERE t.vid BETWEEN b.first_vid AND b.last_vid AND t.born = b.seq) AS first,
         (SELECT MAX(t.vid) FROM ${table} t WHERE t.vid BETWEEN b.first_vid AND b.last_vid AND t.born = b.seq) AS last
       FROM all_births b JOIN removed_commits r ON r.seq = b.seq WHERE b.tid = ?`,
    )
    .all(tid) as { seq: number; first: number | null; last: number | null }[]
  for (const { seq, first, last } of rows)
    setBirths(db, seq, tid, first === null || last === null ? null : { first, last })
}

/** Content that no version of any commit refers to any more, soft-dropped properties included. */
function removeBlobs(db: Db): { removedBlobs: number; removedBlobBytes: number } {
  const references = blobColumns(db).map(
    ({ table, column }) =>
      `SELECT substr(${quoteIdent(column)}, 8) FROM ${quoteIdent(table)} WHERE ${quoteIdent(column)} IS NOT NULL`,
  )
  const unused = `digest NOT IN (${references.length > 0 ? references.join(' UNION ') : 'SELECT NULL WHERE 0'})`
  const found = db
    .prepare(`SELECT COUNT(*) AS n, COALESCE(SUM(size), 0) AS bytes FROM blobs WHERE ${unused}`)
    .get() as { n: number; bytes: number }
  if (found.n > 0) db.exec(`DELETE FROM blobs WHERE ${unused}`)
  return { removedBlobs: found.n, removedBlobBytes: found.bytes }
}

export function fileBytes(root: string): number {
  return [GRAPH_FILE, `${GRAPH_FILE}-wal`]
    .map((name) => join(root, name))
    .reduce((sum, path) => sum + (existsSync(path) ? statSync(path).size : 0), 0)
}
