import type { EntityChange, Row } from '../api.js'
import { quoteIdent } from '../compile/sql.js'
import type { BoundSchema, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import type { CommitRow } from '../storage/history.js'
import { checkNotRemoved } from '../storage/removed-commits.js'
import type { SchemaStore } from '../storage/schema-store.js'
import { rejected } from './change-page.js'
import { versionReader } from './entity-reader.js'

interface ChangeEnvironment {
  readonly db: Db
  readonly schemas: SchemaStore
}

/** A place between two changes of a commit or a diff: the last entity before it. */
export interface ChangePlace {
  readonly tid: number
  readonly id: string
}

/** Of a token, which anyone can write: throws `cursor_rejected` when it is no place. */
export function checkedPlace(given: unknown): ChangePlace {
  const { tid, id } = (given ?? {}) as Partial<Record<keyof ChangePlace, unknown>>
  if (Number.isSafeInteger(tid) && typeof id === 'string') return { tid: tid as number, id }
  throw rejected('it was not given by a graph')
}

export function entityChanges(env: ChangeEnvironment, commit: CommitRow): EntityChange[] {
  return Array.from(commitChanges(env, commit), ([change]) => change)
}

/**
 * What a commit changed: the versions it bore against those it ended. Each side
 * is read with the schema of its own time, so a migration shows the old image
 * under the old names. What a hard drop erased is left out. Nodes before edges,
 * then by type, then by id. Throws `commit_removed`.
 */
export function* commitChanges(
  env: ChangeEnvironment,
  commit: CommitRow,
  after?: ChangePlace,
): Iterable<[EntityChange, ChangePlace]> {
  checkNotRemoved(env.db, commit)
  const schema = env.schemas.at(commit.schema_version)
  const parent = env.db
    .prepare('SELECT schema_version FROM commits WHERE seq = (SELECT parent_seq FROM commits WHERE seq = ?)')
    .pluck()
  const before = env.schemas.at((parent.get(commit.seq) as number | undefined) ?? commit.schema_version)
  const tids = env.db
    .prepare('SELECT tid FROM all_births WHERE seq = ?1 UNION SELECT tid FROM all_ends WHERE seq = ?1')
    .pluck()
    .all({ 1: commit.seq }) as number[]
  const types = typesInOrder(tids, after && typeOf(after.tid, before, schema), (tid) =>
    typeOf(tid, before, schema),
  )
  for (const type of types) {
    const from = after?.tid === type.tid ? after.id : ''
    yield* typeChanges(env.db, type, before, commit.seq, from)
  }
}

function typeOf(tid: number, before: BoundSchema, after: BoundSchema): BoundType {
  return (after.byTid.get(tid) ?? before.byTid.get(tid)) as BoundType
}

/** Types that stand at or after a place; what a hard drop erased is left out. */
export function typesInOrder(
  tids: readonly number[],
  from: BoundType | undefined,
  typeOf: (tid: number) => BoundType | undefined,
): BoundType[] {
  const rank = (type: BoundType) => (type.kind === 'node' ? 0 : 2 ** 40) + type.tid
  return tids
    .map(typeOf)
    .filter((type): type is BoundType => type !== undefined && type.erased === undefined)
    .filter((type) => from === undefined || rank(type) >= rank(from))
    .sort((a, b) => rank(a) - rank(b))
}

interface Pair {
  readonly id: string
  readonly born: number | null
  readonly ended: number | null
}

function* typeChanges(
  db: Db,
  type: BoundType,
  before: BoundSchema,
  seq: number,
  afterId: string,
): Iterable<[EntityChange, ChangePlace]> {
  const readNew = versionReader(db, type)
  const readOld = versionReader(db, before.byTid.get(type.tid) ?? type)
  for (const { id, born, ended } of pairs(db, type.table, type.tid, seq, afterId)) {
    const image = (vid: number | null, read: (vid: number) => Row): Row | null =>
      vid === null ? null : read(vid)
    const op = ended === null ? 'inserted' : born === null ? 'deleted' : 'updated'
    const change: EntityChange = {
      kind: type.kind,
      type: type.name,
      id,
      op,
      before: image(ended, readOld),
      after: image(born, readNew),
    }
    yield [change, { tid: type.tid, id }]
  }
}

function pairs(db: Db, table: string, tid: number, seq: number, afterId: string): Pair[] {
  const t = quoteIdent(table)
  return db
    .prepare(
      `SELECT id, MAX(born_vid) AS born, MAX(ended_vid) AS ended FROM (
         SELECT t.id, t.vid AS born_vid, NULL AS ended_vid FROM all_births b JOIN ${t} t ON t.vid BETWEEN b.first_vid AND b.last_vid
           WHERE b.seq = @seq AND b.tid = @tid AND t.born = @seq
         UNION ALL
         SELECT t.id, NULL, t.vid FROM all_ends e JOIN ${t} t ON t.vid = e.vid WHERE e.seq = @seq AND e.tid = @tid
       ) WHERE id > @afterId GROUP BY id ORDER BY id`,
    )
    .all({ seq, tid, afterId }) as Pair[]
}
