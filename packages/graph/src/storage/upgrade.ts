import type Database from 'better-sqlite3'
import { ENTER_IDS, ENTERED_IDS, FORMAT_VERSION, HISTORY_TABLES } from './format.js'

/**
 * Brings a file of format 1 or 2 to the present one, in one transaction: killed at
 * any instant it is wholly of the one or of the other. Versions are not touched, so
 * the time grows with the number of commits only (a million: some seconds). A process of an older
 * version that has the file open reads on from its snapshot and fails at its next write.
 *
 * Until format 3, `commits` had indexes on `id` and on `(br, seq)`, `branches` held main's
 * head too, and what a commit did was in `births` and `ends` alone, which stays readable.
 * What older versions asked of the file as such, to know of erasures (format 2), format 3 implies.
 */
export function upgradeFormat(db: Database.Database): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been faster.
    if ((db.prepare(FORMAT).pluck().get() as number) < FORMAT_VERSION) rebuildHistory(db)
    db.exec('COMMIT')
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw error
  }
}

const FORMAT = "SELECT value FROM meta WHERE key = 'format'"

function rebuildHistory(db: Database.Database): void {
  db.exec(`
    ALTER TABLE branches RENAME TO branches_before;
    ALTER TABLE commits RENAME TO commits_before;
    DROP INDEX IF EXISTS branches_live;
    DROP INDEX IF EXISTS commits_of_branch;
    ${HISTORY_TABLES};
    INSERT INTO branches(br, name, head_seq, parent_br, fork_seq, created_at, deleted_at)
      SELECT br, name, CASE br WHEN 1 THEN NULL ELSE head_seq END, parent_br, fork_seq, created_at, deleted_at FROM branches_before;
    INSERT INTO commits(seq, main_seq, schema_version, at_ms, br, parent_seq, merge_parent_seq, id, schema_digest, kind,
        actor, provenance, message, inserted, updated, deleted)
      SELECT seq, MAX(CASE br WHEN 1 THEN seq END) OVER (ORDER BY seq), schema_version, at_ms, br, parent_seq, merge_parent_seq,
        id, schema_digest, kind, actor, provenance, message, inserted, updated, deleted FROM commits_before ORDER BY seq;
    DROP TABLE branches_before;
    DROP TABLE commits_before;
    CREATE UNIQUE INDEX branches_live ON branches(name) WHERE deleted_at IS NULL;
    UPDATE meta SET value = ${FORMAT_VERSION} WHERE key = 'format'`)
  db.prepare(ENTER_IDS).run(0, db.prepare(`SELECT ${ENTERED_IDS}`).pluck().get())
}
