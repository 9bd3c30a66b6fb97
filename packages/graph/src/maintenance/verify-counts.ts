import { quoteIdent } from '../compile/sql.js'
import type { WriteEnvironment } from '../write/commit-writer.js'
import type { Findings } from './repair-report.js'
import type { VersionTable } from './verify-history.js'

interface Counts {
  inserted: number
  updated: number
  deleted: number
}

/**
 * What each commit says it changed against what it did. Counts are corrected
 * only where the versions are demonstrably complete; else the difference is the
 * one trace of a loss, and is reported.
 */
export function verifyCounts(
  env: WriteEnvironment,
  tables: readonly VersionTable[],
  findings: Findings,
): void {
  const { db } = env
  const found = countsBySeq(env, tables)
  // Commits up to a hard drop of a type counted what is no longer there.
  const erased = db
    .prepare(
      "SELECT COALESCE(MAX(value), 0) FROM meta WHERE key >= 'erased/' AND key < 'erased0' AND key NOT LIKE 'erased/%/%'",
    )
    .pluck()
    .get() as number
  const removed = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'removed_commits'").get()
    ? 'AND seq NOT IN (SELECT seq FROM removed_commits)'
    : ''
  const commits = db
    .prepare(`SELECT seq, id, inserted, updated, deleted FROM commits WHERE seq > ? ${removed}`)
    .all(erased) as (Counts & { seq: number; id: string })[]
  const set = db.prepare('UPDATE commits SET inserted = ?, updated = ?, deleted = ? WHERE seq = ?')
  for (const commit of commits) {
    findings.count('commit counts')
    const is = found.get(commit.seq) ?? { inserted: 0, updated: 0, deleted: 0 }
    if (is.inserted === commit.inserted && is.updated === commit.updated && is.deleted === commit.deleted)
      continue
    const said = `${commit.inserted} inserted, ${commit.updated} updated, ${commit.deleted} deleted`
    const does = `${is.inserted}, ${is.updated}, ${is.deleted}`
    const complete =
      !findings.has('repair_version_missing') &&
      !findings.rebuiltSeqs.has(commit.seq) &&
      hasNoHoles(env, tables, commit.seq)
    if (complete) {
      set.run(is.inserted, is.updated, is.deleted, commit.seq)
      findings.fixed('commit counts', commit.id, `corrected from ${said} to ${does}`)
    } else {
      findings.wrong(
        'repair_counts',
        commit.id,
        `Commit ${commit.id} says ${said}; its versions say ${does}.`,
      )
    }
  }
}

function countsBySeq({ db }: WriteEnvironment, tables: readonly VersionTable[]): Map<number, Counts> {
  const found = new Map<number, Counts>()
  for (const { tid, physical } of tables) {
    const rows = db
      .prepare(
        `SELECT seq, SUM(b AND NOT e) AS inserted, SUM(b AND e) AS updated, SUM(e AND NOT b) AS deleted FROM (
           SELECT seq, id, MAX(b) AS b, MAX(e) AS e FROM (
             SELECT t.born AS seq, t.id, 1 AS b, 0 AS e FROM ${quoteIdent(physical)} t
             UNION ALL SELECT x.seq, t.id, 0, 1 FROM all_ends x JOIN ${quoteIdent(physical)} t ON t.vid = x.vid WHERE x.tid = ?)
           GROUP BY seq, id) GROUP BY seq`,
      )
      .all(tid) as (Counts & { seq: number })[]
    for (const { seq, inserted, updated, deleted } of rows) {
      const sum = found.get(seq) ?? { inserted: 0, updated: 0, deleted: 0 }
      found.set(seq, {
        inserted: sum.inserted + inserted,
        updated: sum.updated + updated,
        deleted: sum.deleted + deleted,
      })
    }
  }
  return found
}

/** Whether every version number a commit used still has its version. */
function hasNoHoles({ db }: WriteEnvironment, tables: readonly VersionTable[], seq: number): boolean {
  return tables.every(({ tid, physical }) => {
    const holes = db
      .prepare(
        `SELECT b.last_vid - b.first_vid + 1 - (SELECT COUNT(*) FROM ${quoteIdent(physical)} t
           WHERE t.vid BETWEEN b.first_vid AND b.last_vid AND t.born = b.seq) FROM all_births b WHERE b.seq = ? AND b.tid = ?`,
      )
      .pluck()
      .get(seq, tid) as number | undefined
    return holes === undefined || holes === 0
  })
}
