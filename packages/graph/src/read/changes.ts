import type { EntityChange, Row } from '../api.js'
import { quoteIdent } from '../compile/sql.js'
import type { BoundSchema, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import type { CommitRow } from '../storage/history.js'
import { checkNotRemoved } from '../storage/removed-commits.js'
import type { SchemaStore } from '../storage/schema-store.js'
import { versionReader } from './entity-reader.js'

/**
 * What a commit changed: the versions it bore against those it ended. Each side
 * is read with the schema of its own time, so a migration shows the old image
 * under the old names. What a hard drop erased is left out. Throws `commit_removed`.
 */
export function entityChanges(
  env: { readonly db: Db; readonly schemas: SchemaStore },
  commit: CommitRow,
): EntityChange[] {
  checkNotRemoved(env.db, commit)
  const after = env.schemas.at(commit.schema_version)
  const parent = env.db
    .prepare('SELECT schema_version FROM commits WHERE seq = (SELECT parent_seq FROM commits WHERE seq = ?)')
    .pluck()
  const before = env.schemas.at((parent.get(commit.seq) as number | undefined) ?? commit.schema_version)
  const tids = env.db
    .prepare('SELECT tid FROM births WHERE seq = ?1 UNION SELECT tid FROM ends WHERE seq = ?1 ORDER BY tid')
    .pluck()
    .all({ 1: commit.seq }) as number[]
  const erased = (tid: number): boolean =>
    (after.byTid.get(tid) ?? before.byTid.get(tid))?.erased !== undefined
  return tids
    .filter((tid) => !erased(tid))
    .flatMap((tid) => typeChanges(env.db, tid, before, after, commit.seq))
}

interface Pair {
  readonly id: string
  readonly born: number | null
  readonly ended: number | null
}

function typeChanges(
  db: Db,
  tid: number,
  before: BoundSchema,
  after: BoundSchema,
  seq: number,
): EntityChange[] {
  const type = (after.byTid.get(tid) ?? before.byTid.get(tid)) as BoundType
  const readNew = versionReader(db, type)
  const readOld = versionReader(db, before.byTid.get(tid) ?? type)
  return pairs(db, type.table, tid, seq).map(({ id, born, ended }) => {
    const image = (vid: number | null, read: (vid: number) => Row): Row | null =>
      vid === null ? null : read(vid)
    const op = ended === null ? 'inserted' : born === null ? 'deleted' : 'updated'
    return {
      kind: type.kind,
      type: type.name,
      id,
      op,
      before: image(ended, readOld),
      after: image(born, readNew),
    }
  })
}

function pairs(db: Db, table: string, tid: number, seq: number): Pair[] {
  const t = quoteIdent(table)
  return db
    .prepare(
      `SELECT id, MAX(born_vid) AS born, MAX(ended_vid) AS ended FROM (
         SELECT t.id, t.vid AS born_vid, NULL AS ended_vid FROM births b JOIN ${t} t ON t.vid BETWEEN b.first_vid AND b.last_vid
           WHERE b.seq = @seq AND b.tid = @tid AND t.born = @seq
         UNION ALL
         SELECT t.id, NULL, t.vid FROM ends e JOIN ${t} t ON t.vid = e.vid WHERE e.seq = @seq AND e.tid = @tid
       ) GROUP BY id ORDER BY id`,
    )
    .all({ seq, tid }) as Pair[]
}
