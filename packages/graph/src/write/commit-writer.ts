import type { Clock, UlidSource } from '@groundplane/core'
import type { CommitKind, WriteContext } from '../api.js'
import { recordModel } from '../embedding/model-record.js'
import { GraphError, violationError } from '../error.js'
import { indexBirths, rebuildTextIndexes } from '../search/text-index.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { translated } from '../storage/database.js'
import { foldLargeCommit } from '../storage/fold-log.js'
import { ENTER_IDS, IDS_AT_A_TIME } from '../storage/format.js'
import { type CommitRow, checkHead, type HeadCommit, type History, IS_DELETED } from '../storage/history.js'
import type { SchemaStore } from '../storage/schema-store.js'
import { prepared } from '../storage/statements.js'
import { MAIN } from '../storage/view.js'
import { narrowCache } from '../storage/write-cache.js'
import { leaveStart, type WriteStart, writeStart } from '../storage/write-start.js'
import { Changeset, type SoleEnd } from './changeset.js'
import { checkFinalState } from './final-checks.js'

/** What a write needs of its connection. */
export interface WriteEnvironment {
  readonly db: Db
  readonly history: History
  readonly schemas: SchemaStore
  readonly clock: Clock
  readonly ids: UlidSource
}

/** A commit in the making: the lock is held, `ifCommit` has been checked. */
export interface OpenWrite {
  readonly branch: WriteStart['branch']
  readonly head: HeadCommit
  readonly start: WriteStart
  readonly seq: number
  readonly changes: Changeset
}

/** Second parent of a merge commit, which is written even when it changes nothing: it moves the merge base. */
export interface MergedParent {
  readonly parentSeq: number
  readonly parentId: string
}

/**
 * Takes the write lock and validates against the head. Until `finishWrite` or
 * `abandonWrite`, this connection is inside the transaction; a process that dies
 * leaves nothing.
 */
export function beginWrite(
  env: WriteEnvironment,
  ctx: WriteContext,
  of: 'data' | 'schema' = 'data',
  first: () => void = () => {},
): OpenWrite {
  const { db } = env
  refuseReadOnly(db)
  if (db.inTransaction) {
    throw new GraphError(
      'conflict',
      'write_in_progress',
      'A write is already in progress on this connection.',
      {
        remedy: 'Make all changes in one transaction, or start the second when the first has ended.',
      },
    )
  }
  try {
    prepared(db, 'BEGIN IMMEDIATE').run()
    first()
    const start = startOf(env, ctx.branch ?? 'main')
    const { branch, head, lastSeq, erasures } = start
    checkHead(head, ctx, branch.name)
    const seq = lastSeq + 1
    const schema = env.schemas.at(head.schema_version, erasures)
    if (of === 'data') refuseErased(schema, branch.name)
    const view = env.history.headView(branch)
    return {
      branch,
      head,
      start,
      seq,
      changes: new Changeset({ db, schema, view, br: branch.br, seq, ids: env.ids }),
    }
  } catch (error) {
    abandonWrite(env)
    throw translated(error)
  }
}

function startOf(env: WriteEnvironment, name: string): WriteStart {
  const start = writeStart(env.db, name)
  if (start !== null && !start.deleted) return start
  refuseDeleted(env.db)
  env.history.branch(name)
  throw new Error(`assertion failed: branch ${name} has no head`)
}

/**
 * A branch made at a commit of before a hard drop has a schema that promises
 * data which is gone: what is written there could never be read again.
 */
export function refuseErased(schema: BoundSchema, branch: string): void {
  if (schema.erased === null) return
  throw new GraphError(
    'conflict',
    'data_erased',
    `Branch ${branch} still has ${schema.erased}, whose data was erased by a hard drop.`,
    {
      remedy: `Apply a schema without ${schema.erased} to ${branch} first.`,
      details: { erased: schema.erased, branch },
    },
  )
}

export function refuseReadOnly(db: Db): void {
  if (!db.readonly) return
  throw new GraphError('denied', 'graph_read_only', 'The graph is open read-only.', {
    remedy: 'Open it for writing.',
  })
}

/** A graph that was deleted while this process had it open: a write would be acknowledged and lost. */
export function refuseDeleted(db: Db): void {
  if (prepared(db, `SELECT ${IS_DELETED}`, 'pluck').get() === 0) return
  throw new GraphError('conflict', 'graph_deleted', 'The graph was deleted while it was open here.', {
    remedy: 'Close it. If there is a new graph under its name, open that one.',
  })
}

export function abandonWrite(env: WriteEnvironment): void {
  if (env.db.inTransaction) env.db.exec('ROLLBACK')
  narrowCache(env.db)
}

/**
 * Checks the final state, writes the commit and moves the head; durable when it
 * returns. Null, and nothing written, when nothing changed. `schema` moves the
 * schema version with it (a migration), which counts as a change. A merge has
 * checked the final state itself, to report it with its other conflicts.
 */
export function finishWrite(
  env: WriteEnvironment,
  write: OpenWrite,
  ctx: WriteContext,
  kind: CommitKind,
  schema?: { readonly version: number; readonly digest: string },
  merge?: MergedParent,
): CommitRow | null {
  const { db } = env
  const { changes, seq } = write
  const { inserted, updated, deleted } = changes.counts
  if (inserted + updated + deleted === 0 && schema === undefined && merge === undefined) {
    abandonWrite(env)
    return null
  }
  if (merge === undefined) {
    const final = checkFinalState(changes)
    if (final.total > 0) throw violationError(final.violations, final.total)
  }
  const effects = recordEffects(changes)
  if (schema) rebuildTextIndexes(db, [env.schemas.at(schema.version)], 'extent', false)
  for (const { model, ...at } of changes.filled.values()) recordModel(db, at, model, seq)
  const commit: CommitRow = {
    seq,
    id: env.ids.next(),
    br: write.branch.br,
    branch: write.branch.name,
    parent_id: write.head.id,
    merge_parent_id: merge?.parentId ?? null,
    kind,
    actor: ctx.principal?.actor ?? ctx.provenance?.actor ?? null,
    provenance: JSON.stringify(provenanceOf(ctx)),
    message: ctx.message ?? null,
    schema_digest: schema?.digest ?? write.head.schema_digest,
    schema_version: schema?.version ?? write.head.schema_version,
    at_ms: Math.max(env.clock(), write.head.at_ms),
    inserted,
    updated,
    deleted,
  }
  const mainSeq = commit.br === MAIN ? seq : write.start.mainSeq
  insertCommit(db, commit, {
    ...effects,
    mainSeq,
    parentSeq: write.head.seq,
    mergeParentSeq: merge?.parentSeq ?? null,
  })
  if (commit.br !== MAIN) prepared(db, 'UPDATE branches SET head_seq = ? WHERE br = ?').run(seq, commit.br)
  if (seq % IDS_AT_A_TIME === 0) prepared(db, ENTER_IDS).run(seq - IDS_AT_A_TIME, seq)
  prepared(db, 'COMMIT').run()
  if (schema === undefined && merge === undefined) leaveStart(db, startAfter(write.start, commit, mainSeq))
  foldLargeCommit(db, inserted + updated + deleted)
  narrowCache(db)
  return commit
}

/** What the next write on the branch starts from, after a commit of data. */
function startAfter(before: WriteStart, commit: CommitRow, mainSeq: number): WriteStart {
  return {
    ...before,
    branch: { ...before.branch, head_seq: commit.seq },
    head: commit,
    lastSeq: commit.seq,
    mainSeq,
  }
}

/** What a commit did, as far as its own row has it. */
interface OwnEffects {
  readonly birth: Birth | null
  readonly end: SoleEnd | null
}

interface CommitPlace extends OwnEffects {
  readonly mainSeq: number
  readonly parentSeq: number
  readonly mergeParentSeq: number | null
}

function insertCommit(db: Db, c: CommitRow, { birth, end, ...at }: CommitPlace): void {
  prepared(
    db,
    `INSERT INTO commits(seq, main_seq, schema_version, at_ms, br, parent_seq, merge_parent_seq,
       born_tid, first_vid, last_vid, ended_tid, ended_vid, id, schema_digest, kind, actor, provenance, message,
       inserted, updated, deleted)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    c.seq,
    at.mainSeq,
    c.schema_version,
    c.at_ms,
    c.br,
    at.parentSeq,
    at.mergeParentSeq,
    birth?.tid,
    birth?.first,
    birth?.last,
    end?.tid,
    end?.vid,
    c.id,
    c.schema_digest,
    c.kind,
    c.actor,
    c.provenance,
    c.message,
    c.inserted,
    c.updated,
    c.deleted,
  )
}

/** The principal is what the server resolved; it wins over what a caller says of itself. */
function provenanceOf(ctx: WriteContext): object {
  const principal = ctx.principal
  return {
    ...ctx.provenance,
    ...(principal && {
      actor: principal.actor,
      tenant: principal.tenant,
      ...(principal.clusterId !== undefined && { clusterId: principal.clusterId }),
    }),
  }
}

interface Birth {
  readonly tid: number
  readonly first: number
  readonly last: number
}

/** Writes what the commit's own row cannot hold of its effects, and says what it is to hold. */
function recordEffects(changes: Changeset): OwnEffects {
  const { db, seq } = changes
  const births: Birth[] = []
  for (const tid of changes.bornTypes()) {
    const first = changes.firstBorn(tid) as number
    const last = changes.lastBorn(tid)
    if (last !== null && last >= first) births.push({ tid, first, last })
    const type = changes.schema.byTid.get(tid)
    if (type?.kind === 'node') indexBirths(db, type, first)
  }
  for (const [tid, eid] of changes.nextEids())
    prepared(db, 'UPDATE types SET next_eid = ? WHERE tid = ?').run(eid, tid)
  const [birth] = births
  if (births.length > 1) {
    const insert = prepared(db, 'INSERT INTO births(seq, tid, first_vid, last_vid) VALUES (?, ?, ?, ?)')
    for (const { tid, first, last } of births) insert.run(seq, tid, first, last)
  }
  return { birth: births.length === 1 ? (birth as Birth) : null, end: changes.soleEnd() }
}
