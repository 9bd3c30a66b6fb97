import { isoTime } from '@groundplane/core'
import type { EntityChange, Row } from '../api.js'
import { entityDecoder } from '../compile/read-query.js'
import { quoteIdent } from '../compile/sql.js'
import { relate } from '../merge/commit-graph.js'
import { TouchedEntities } from '../merge/touched.js'
import type { BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import type { CommitRow, History } from '../storage/history.js'
import type { SchemaStore } from '../storage/schema-store.js'
import { visible } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'
import {
  type ChangeFilter,
  checkedLimit,
  decodeToken,
  encodeToken,
  filterDigest,
  wanted,
} from './change-page.js'
import { type ChangePlace, checkedPlace, typesInOrder } from './changes.js'
import { entitySelect, withoutErased } from './entity-reader.js'

export interface DiffOptions extends ChangeFilter {
  /** Commit ids, of any branches, deleted ones too; or names of branches, which mean their heads. */
  readonly from: string
  readonly to: string
  /** Changes in one page; default 1000, at most 8192. */
  readonly limit?: number
  readonly pageToken?: string
}

export interface DiffPage {
  readonly from: string
  readonly to: string
  /** When `to` was made, ISO 8601 UTC. */
  readonly at: string
  /** What makes `to` of `from`: nodes before edges, then by type, then by id. */
  readonly changes: readonly EntityChange[]
  /** Null on the last page. */
  readonly nextPageToken: string | null
}

interface DiffEnvironment {
  readonly db: Db
  readonly history: History
  readonly schemas: SchemaStore
}

/**
 * The entities that are otherwise at `to` than at `from`, with both images, each
 * in the schema of its commit. Looks only at what commits between the two have
 * touched. Inside a read transaction.
 */
export function diffPage(env: DiffEnvironment, options: DiffOptions): DiffPage {
  const [from, to] = [env.history.named(options.from), env.history.named(options.to)]
  const limit = checkedLimit(options.limit)
  const binds = { from: from.id, to: to.id, filter: filterDigest(options) }
  const at =
    options.pageToken === undefined ? undefined : checkedPlace(decodeToken(options.pageToken, 'page', binds))
  const ends = { from: from.id, to: to.id, at: isoTime(to.at_ms) }
  const changes: EntityChange[] = []
  let last: ChangePlace | undefined
  for (const [change, place] of differences(env, from, to, at, options)) {
    if (!wanted(options, change)) continue
    if (changes.length === limit) {
      return { ...ends, changes, nextPageToken: encodeToken('page', { ...binds, ...last }) }
    }
    changes.push(change)
    last = place
  }
  return { ...ends, changes, nextPageToken: null }
}

function* differences(
  env: DiffEnvironment,
  from: CommitRow,
  to: CommitRow,
  at: ChangePlace | undefined,
  { types, kinds }: ChangeFilter,
): Iterable<[EntityChange, ChangePlace]> {
  const { leftOnly, rightOnly } = relate(env.db, [from.seq], [to.seq])
  const touched = new TouchedEntities(env.db, [...leftOnly, ...rightOnly])
  const [before, after] = [new CommitReader(env, from), new CommitReader(env, to)]
  const typeOf = (tid: number) => after.type(tid) ?? before.type(tid)
  for (const type of typesInOrder(touched.types(), at && typeOf(at.tid), typeOf)) {
    // Before anything of it is read: a large type that nobody asked for costs nothing.
    if (types?.includes(type.name) === false || kinds?.includes(type.kind) === false) continue
    for (const { id } of touched.of(type.tid, at?.tid === type.tid ? at.id : '')) {
      const [old, now] = [before.read(type.tid, id), after.read(type.tid, id)]
      if (JSON.stringify(old) === JSON.stringify(now)) continue
      const op = old === null ? 'inserted' : now === null ? 'deleted' : 'updated'
      yield [
        { kind: type.kind, type: type.name, id, op, before: old, after: now },
        { tid: type.tid, id },
      ]
    }
  }
}

/** Entities by id as they were at one commit; null where there was none. */
class CommitReader {
  readonly #env: DiffEnvironment
  readonly #commit: CommitRow
  readonly #readers = new Map<number, (id: string) => Row | null>()

  constructor(env: DiffEnvironment, commit: CommitRow) {
    this.#env = env
    this.#commit = commit
    env.history.resolve({ commit: commit.id }) // refuses a commit whose data is gone
  }

  type(tid: number): BoundType | undefined {
    return this.#env.schemas.at(this.#commit.schema_version).byTid.get(tid)
  }

  read(tid: number, id: string): Row | null {
    let reader = this.#readers.get(tid)
    if (!reader) {
      reader = this.#reader(tid)
      this.#readers.set(tid, reader)
    }
    return reader(id)
  }

  #reader(tid: number): (id: string) => Row | null {
    const bound = this.type(tid)
    if (!bound) return () => null
    const type = withoutErased(bound)
    const view = this.#env.history.viewAt(this.#commit.br, this.#commit.seq)
    const statement = this.#env.db
      .prepare(
        `SELECT ${entitySelect(type)} FROM ${quoteIdent(type.table)} t WHERE t.id = ? AND ${visible(view, 't', tid).text}`,
      )
      .raw(true)
    const decode = entityDecoder(type)
    return (id) => {
      const row = statement.get(id) as SqlValue[] | undefined
      return row === undefined ? null : (decode(row, 0) as Row)
    }
  }
}
