import type { Db } from './database.js'
import { COUNT_ERASURES } from './erasure.js'
import { type BranchRow, type HeadCommit, IS_DELETED } from './history.js'
import { prepared } from './statements.js'

/** What a write finds out before it begins. */
export interface WriteStart {
  readonly branch: Pick<BranchRow, 'br' | 'name' | 'head_seq' | 'parent_br' | 'fork_seq'>
  readonly head: HeadCommit
  /** Of the last commit of any branch, and of the last on main. */
  readonly lastSeq: number
  readonly mainSeq: number
  /** How many hard drops there have been. */
  readonly erasures: number
  readonly deleted: boolean
  /** Of the file as this connection sees it: moves when another connection has committed. */
  readonly dataVersion: number
}

interface Left {
  readonly start: WriteStart
  readonly changes: number
}

/** By connection, what its last write left. */
const left = new WeakMap<Db, Left>()

/**
 * In a write transaction. Null when there is no such branch. What this connection's
 * last write left is taken as it is when nobody has written since: no other
 * connection by the file's data version, nor this one in any other way by its count
 * of changes, which no rollback takes back.
 */
export function writeStart(db: Db, name: string): WriteStart | null {
  const dataVersion = prepared(db, 'PRAGMA data_version', 'pluck').get() as number
  const known = left.get(db)
  if (
    known !== undefined &&
    known.start.branch.name === name &&
    known.start.dataVersion === dataVersion &&
    known.changes === changesOf(db)
  )
    return known.start
  return readStart(db, name, dataVersion)
}

/** After a commit of this connection that moved a head and nothing else that a start tells: what the next write starts from. */
export function leaveStart(db: Db, start: WriteStart): void {
  left.set(db, { start, changes: changesOf(db) })
}

/** All rows changed by this connection since it was opened, rolled back or not. */
function changesOf(db: Db): number {
  return prepared(db, 'SELECT total_changes()', 'pluck').get() as number
}

/** In one statement: a one-row write feels each. */
const WRITE_START = `SELECT l.seq, l.main_seq, b.br, b.parent_br, b.fork_seq,
  c.seq, c.id, c.br, c.schema_digest, c.schema_version, c.at_ms, (${COUNT_ERASURES}), (${IS_DELETED})
  FROM commits l CROSS JOIN branches b CROSS JOIN commits c
  WHERE l.seq = (SELECT MAX(seq) FROM commits) AND b.name = ? AND b.deleted_at IS NULL
  AND c.seq = CASE b.br WHEN 1 THEN l.main_seq ELSE b.head_seq END`

function readStart(db: Db, name: string, dataVersion: number): WriteStart | null {
  const row = prepared(db, WRITE_START, 'raw').get(name) as WriteStartRow | undefined
  if (row === undefined) return null
  const [lastSeq, mainSeq, br, parent_br, fork_seq, seq, id, headBr, schema_digest, schema_version, at_ms] =
    row
  return {
    branch: { br, name, head_seq: seq, parent_br, fork_seq },
    head: { seq, id, br: headBr, schema_digest, schema_version, at_ms },
    lastSeq,
    mainSeq,
    erasures: row[11],
    deleted: row[12] === 1,
    dataVersion,
  }
}

type WriteStartRow = [
  lastSeq: number,
  mainSeq: number,
  br: number,
  parentBr: number | null,
  forkSeq: number | null,
  seq: number,
  id: string,
  headBr: number,
  digest: string,
  version: number,
  atMs: number,
  erasures: number,
  deleted: number,
]
