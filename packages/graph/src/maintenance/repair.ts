import { sha256 } from '@groundplane/core'
import { quoteIdent } from '../compile/sql.js'
import { rebuildTextIndexes } from '../search/text-index.js'
import { translated } from '../storage/database.js'
import { abandonWrite, type WriteEnvironment } from '../write/commit-writer.js'
import { blobColumns } from './blob-columns.js'
import { derivedFiles, isReadable, removeDerived } from './derived-files.js'
import { liveSchemas, storedForm, storedIndexes, wantedIndexes } from './indexes.js'
import { Findings, type RepairReport } from './repair-report.js'
import { verifyCounts } from './verify-counts.js'
import { verifyHistory } from './verify-history.js'
import { verifyVersions } from './verify-versions.js'

/**
 * Verifies everything that is derived against the versions and commits it is
 * derived from, and rebuilds what differs. Where versions and commits contradict
 * each other it says so and changes nothing: there is no way to know which is
 * right. One transaction; a second run finds nothing to do. Writers wait
 * meanwhile, readers do not. Time grows with the size of the graph.
 */
export function repair(
  env: WriteEnvironment,
  { root, id }: { readonly root: string; readonly id: string },
  options: { readonly dryRun?: boolean } = {},
): RepairReport {
  const findings = new Findings()
  const { db } = env
  try {
    db.exec('BEGIN IMMEDIATE')
    const tables = verifyHistory(env, findings)
    verifyIndexes(env, findings)
    for (const table of tables) verifyVersions(env, table, findings)
    verifyCounts(env, tables, findings)
    verifyTextIndexes(env, findings)
    verifyBlobs(env, findings)
    verifyFile(env, findings)
    db.exec(options.dryRun || findings.repaired.length === 0 ? 'ROLLBACK' : 'COMMIT')
    for (const file of derivedFiles(root, id, (commit) => isReadable(env, commit))) {
      findings.count('derivedFiles')
      if (file.problem === null) continue
      if (!options.dryRun) removeDerived(file)
      findings.fixed('derived file', file.name, `removed: ${file.problem}; it is made anew when it is needed`)
    }
  } catch (error) {
    abandonWrite(env)
    throw translated(error)
  }
  const { checked, repaired, unrepairable } = findings
  return {
    healthy: repaired.length === 0 && unrepairable.length === 0,
    dryRun: options.dryRun === true,
    checked,
    repaired,
    unrepairable,
  }
}

/** Each wanted index is there, under its definition. */
function verifyIndexes(env: WriteEnvironment, findings: Findings): void {
  const stored = new Map(storedIndexes(env.db).map((index) => [index.name, index.sql]))
  const tables = new Set(
    env.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[],
  )
  for (const index of wantedIndexes(env)) {
    findings.count('indexes')
    const found = stored.get(index.name)
    if (found === storedForm(index)) continue
    // A type whose table is gone was reported already.
    if (index.name.startsWith('ix:') && !tables.has(index.name.split(':')[1] as string)) continue
    try {
      env.db.exec(`DROP INDEX IF EXISTS ${quoteIdent(index.name)}`)
      env.db.exec(index.sql)
      findings.fixed(
        'index',
        index.name,
        found === undefined ? 'created, it was missing' : 'rebuilt as defined',
      )
    } catch (error) {
      findings.wrong(
        'repair_index',
        index.name,
        `The index ${index.name} cannot be built: ${(error as Error).message}.`,
      )
    }
  }
}

/** Each full-text index holds the words of the texts, and nothing else of a version that is there. */
function verifyTextIndexes(env: WriteEnvironment, findings: Findings): void {
  if (findings.unrepairable.length > 0) return
  for (const { type, property, reason } of rebuildTextIndexes(env.db, liveSchemas(env))) {
    findings.count('textIndexes')
    if (reason !== null)
      findings.fixed('text index', `${type}.${property}`, `built anew: ${TEXT_REASONS[reason]}`)
  }
}

const TEXT_REASONS = {
  missing: 'it was missing',
  'other-words': 'it was made by a version that splits words otherwise',
  behind: 'it differed from the texts',
}

/** Content is what its digest says, and everything referred to is there. */
function verifyBlobs({ db }: WriteEnvironment, findings: Findings): void {
  for (const { table, column } of blobColumns(db)) {
    const [t, c] = [quoteIdent(table), quoteIdent(column)]
    const missing = db
      .prepare(
        `SELECT DISTINCT ${c} FROM ${t} WHERE ${c} LIKE 'sha256:%' AND substr(${c}, 8) NOT IN (SELECT digest FROM blobs)`,
      )
      .pluck()
      .all() as string[]
    for (const reference of missing)
      findings.wrong('repair_blob_missing', table, `The content ${reference} is referred to and not stored.`)
  }
  const read = db.prepare('SELECT size, content FROM blobs WHERE digest = ?')
  for (const digest of db.prepare('SELECT digest FROM blobs').pluck().all() as string[]) {
    findings.count('blobs')
    const { size, content } = read.get(digest) as { size: number; content: Uint8Array }
    if (sha256(content) !== digest)
      findings.wrong(
        'repair_blob_damaged',
        digest,
        `The content sha256:${digest} is not what its digest says.`,
      )
    else if (size !== content.length) {
      db.prepare('UPDATE blobs SET size = ? WHERE digest = ?').run(content.length, digest)
      findings.fixed('blob', digest, `size corrected from ${size} to ${content.length}`)
    }
  }
}

/** SQLite's own check, last: by now every index is there. An index that disagrees with its table is built anew. */
function verifyFile({ db }: WriteEnvironment, findings: Findings): void {
  const complaints = (): string[] => db.prepare('PRAGMA integrity_check(100)').pluck().all() as string[]
  const first = complaints()
  findings.count('file')
  if (first[0] === 'ok') return
  const names = new Set(storedIndexes(db).map((index) => index.name))
  const broken = [...names].filter((name) => first.some((text) => text.endsWith(` index ${name}`)))
  for (const name of broken) {
    try {
      db.exec(`REINDEX ${quoteIdent(name)}`)
      findings.fixed('index', name, 'rebuilt, it disagreed with its table')
    } catch (error) {
      findings.wrong('repair_index', name, `The index ${name} cannot be built: ${(error as Error).message}.`)
    }
  }
  const left = complaints()
  if (left[0] === 'ok') return
  for (const text of left) findings.wrong('repair_file_damaged', 'graph.db', `The file is damaged: ${text}.`)
}
