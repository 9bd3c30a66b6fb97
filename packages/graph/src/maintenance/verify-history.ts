import { ENTER_IDS, ENTERED_IDS } from '../storage/format.js'
import type { WriteEnvironment } from '../write/commit-writer.js'
import type { Findings } from './repair-report.js'

/** One physical table of versions. */
export interface VersionTable {
  readonly tid: number
  readonly kind: string
  readonly physical: string
}

/** Branches, commits and schemas hang together. Returns the tables that can be looked at further. */
export function verifyHistory({ db }: WriteEnvironment, findings: Findings): VersionTable[] {
  findings.count('branches', db.prepare('SELECT COUNT(*) FROM branches').pluck().get() as number)
  findings.count('commits', db.prepare('SELECT COUNT(*) FROM commits').pluck().get() as number)
  verifyMainLine(db, findings)
  verifyIds(db, findings)
  const heads = db
    .prepare(
      `SELECT b.name, b.head_seq, COALESCE((SELECT MAX(c.seq) FROM commits c WHERE c.br = b.br), b.fork_seq) AS newest FROM heads b`,
    )
    .all() as { name: string; head_seq: number; newest: number | null }[]
  for (const { name, head_seq, newest } of heads) {
    if (head_seq === newest) continue
    findings.wrong(
      'repair_head',
      name,
      `The head of branch ${name} is commit number ${head_seq}, but its newest commit is number ${newest ?? 'none'}.`,
    )
  }
  const commits = db
    .prepare(
      `SELECT c.id, CASE
         WHEN NOT EXISTS (SELECT 1 FROM branches b WHERE b.br = c.br) THEN 'its branch'
         WHEN NOT EXISTS (SELECT 1 FROM schemas s WHERE s.version = c.schema_version AND s.digest = c.schema_digest) THEN 'its schema'
         WHEN c.parent_seq IS NOT NULL AND NOT EXISTS (SELECT 1 FROM commits p WHERE p.seq = c.parent_seq AND p.seq < c.seq) THEN 'its parent'
         WHEN c.parent_seq IS NULL AND c.kind <> 'init' THEN 'its parent'
         WHEN c.merge_parent_seq IS NOT NULL AND NOT EXISTS (SELECT 1 FROM commits p WHERE p.seq = c.merge_parent_seq) THEN 'its merged parent'
         ELSE NULL END AS missing
       FROM commits c`,
    )
    .all() as { id: string; missing: string | null }[]
  for (const { id, missing } of commits)
    if (missing !== null) findings.wrong('repair_commit', id, `Commit ${id} lacks ${missing}.`)
  return tables(db, findings)
}

/** What each commit says of the head of main follows from the commits on main. */
function verifyMainLine(db: WriteEnvironment['db'], findings: Findings): void {
  const rows = db
    .prepare(
      `SELECT seq, id, main FROM (SELECT seq, id, main_seq, MAX(CASE br WHEN 1 THEN seq END) OVER (ORDER BY seq) AS main FROM commits)
       WHERE main IS NOT NULL AND main_seq <> main`,
    )
    .all() as { seq: number; id: string; main: number }[]
  const set = db.prepare('UPDATE commits SET main_seq = ? WHERE seq = ?')
  for (const { seq, id, main } of rows) {
    set.run(main, seq)
    findings.fixed('head of main', id, `corrected to commit number ${main}`)
  }
}

/** `commit_ids` has those commits that it should, each by its id. */
function verifyIds(db: WriteEnvironment['db'], findings: Findings): void {
  const entered = `(SELECT seq, id FROM commits WHERE seq <= ${ENTERED_IDS})`
  const wrong = db
    .prepare(
      `SELECT i.id FROM commit_ids i LEFT JOIN ${entered} c ON c.seq = i.seq AND c.id = i.id WHERE c.seq IS NULL
       UNION SELECT c.id FROM ${entered} c LEFT JOIN commit_ids i ON i.id = c.id AND i.seq = c.seq WHERE i.seq IS NULL`,
    )
    .pluck()
    .all() as string[]
  if (wrong.length === 0) return
  db.exec('DELETE FROM commit_ids')
  db.prepare(ENTER_IDS).run(0, db.prepare(`SELECT ${ENTERED_IDS}`).pluck().get())
  for (const id of wrong) findings.fixed('commit ids', id, 'entered as the commit has it')
}

function tables(db: WriteEnvironment['db'], findings: Findings): VersionTable[] {
  const types = db.prepare('SELECT tid, kind, physical FROM types').all() as VersionTable[]
  return types.filter(({ physical }) => {
    findings.count('tables')
    const found = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(physical)
    if (!found) findings.wrong('repair_table_missing', physical, `The table ${physical} of versions is gone.`)
    return found !== undefined
  })
}
