import type { CheckedQuery } from '@groundplane/lang'
import type { AdjacencyStore } from '../adjacency/adjacency-store.js'
import type { CommitInfo, LoadOptions, LoadResult, MutationResult, WriteContext } from '../api.js'
import { GraphError } from '../error.js'
import { loadLines } from '../load/load.js'
import type { LoadSource } from '../load/staging.js'
import type { BranchHeads } from '../query/branch-heads.js'
import { type QueryParams, schemaChanged } from '../query/prepared.js'
import type { QueryRunner } from '../query/query-runner.js'
import type { EmbeddedTexts } from '../search/search-run.js'
import { translated } from '../storage/database.js'
import type { HeldReadLock } from '../storage/held-read-lock.js'
import { commitInfo, type HeadCommit } from '../storage/history.js'
import {
  abandonWrite,
  beginWrite,
  finishWrite,
  type OpenWrite,
  type WriteEnvironment,
} from './commit-writer.js'
import { runWriteQuery } from './mutation.js'
import { ChangesetTransaction, type Transaction } from './transaction.js'

export interface WriterSources {
  readonly root: string
  readonly env: WriteEnvironment
  readonly heads: BranchHeads
  readonly runner: QueryRunner
  readonly adjacency: AdjacencyStore
  readonly readLock: HeldReadLock
}

/**
 * The writes of one connection, each one commit, all or nothing. Policy has been asked by the caller.
 * All throw `graph_busy` while a load of this process runs, and what a write is refused for.
 */
export class GraphWriter {
  readonly #sources: WriterSources
  #loading = false

  constructor(sources: WriterSources) {
    this.#sources = sources
  }

  /** A query that writes, checked before. Throws `not_a_write_query`, `schema_changed`. */
  mutate(
    query: CheckedQuery,
    params: QueryParams,
    ctx: WriteContext & { readonly embedded?: EmbeddedTexts },
  ): MutationResult {
    if (query.kind !== 'write') {
      throw new GraphError(
        'invalid',
        'not_a_write_query',
        `Query ${query.name} reads; it cannot be run as a mutation.`,
        {
          remedy: 'Run it as a query.',
        },
      )
    }
    const { result, commit, counts } = this.#write(ctx, (changes) => {
      if (query.schemaDigest !== changes.schema.digest) throw schemaChanged(query)
      return runWriteQuery(query, changes, params, this.#sources.env.clock(), ctx.embedded)
    })
    return { affected: result, ...counts, commit }
  }

  /** As `Graph.transact`. */
  transact<T>(ctx: WriteContext, body: (tx: Transaction) => T): { result: T; commit: CommitInfo | null } {
    const { runner } = this.#sources
    const { result, commit } = this.#write(ctx, (changes, { schema_version: version }) => {
      const tx = new ChangesetTransaction(changes, (query, params) =>
        runner.runWithin(query, params, { schema: changes.schema, version, view: changes.view }),
      )
      try {
        const value = body(tx)
        if (value instanceof Promise) {
          value.catch(() => undefined)
          throw new GraphError('invalid', 'transaction_async', 'The body of transact returned a promise.', {
            remedy: 'Do asynchronous work before the transaction; its body is synchronous.',
          })
        }
        return value
      } finally {
        tx.close()
      }
    })
    return { result, commit }
  }

  #write<T>(
    ctx: WriteContext,
    body: (changes: OpenWrite['changes'], head: HeadCommit) => T,
  ): {
    result: T
    commit: CommitInfo | null
    counts: { inserted: number; updated: number; deleted: number }
  } {
    this.prepare()
    const { env, adjacency } = this.#sources
    const write = beginWrite(env, ctx)
    adjacency.suspended = true
    try {
      const result = body(write.changes, write.head)
      const row = finishWrite(env, write, ctx, 'mutation')
      return { result, commit: row && commitInfo(row), counts: { ...write.changes.counts } }
    } catch (error) {
      abandonWrite(env)
      throw translated(error)
    } finally {
      adjacency.suspended = false
    }
  }

  /** A write that may move branches and schemas, in a transaction that `body` opens and ends. */
  run<T>(body: () => T): T {
    this.prepare()
    try {
      return body()
    } catch (error) {
      abandonWrite(this.#sources.env)
      throw translated(error)
    } finally {
      this.#sources.heads.forget()
    }
  }

  /** Of lines that are at hand: the write lock is held while they are read. */
  async load(lines: LoadSource, options: LoadOptions): Promise<LoadResult> {
    this.prepare()
    const { root, env, heads, readLock } = this.#sources
    this.#loading = true
    readLock.bar()
    try {
      return await loadLines(root, lines, options, env)
    } finally {
      this.#loading = false
      readLock.allow()
      heads.forget()
    }
  }

  /** Before a write. A load of this process holds the write lock; waiting for it here would wait for ever. */
  prepare(): void {
    this.#sources.readLock.release()
    if (!this.#loading) return
    throw new GraphError('unavailable', 'graph_busy', 'A load into this graph is running.', {
      remedy: 'Write again when it has finished.',
      retry: { afterMs: 1000 },
    })
  }
}
