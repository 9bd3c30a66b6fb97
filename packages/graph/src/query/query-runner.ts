import type { CheckedQuery } from '@groundplane/lang'
import type { AdjacencyStore } from '../adjacency/adjacency-store.js'
import type { QueryResult, ReadContext, Row } from '../api.js'
import { isKeyLookup } from '../compile/key-lookup.js'
import { GraphError } from '../error.js'
import type { SearchContext } from '../graph-options.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import { translated } from '../storage/database.js'
import type { WriteEnvironment } from '../write/commit-writer.js'
import type { BranchHead, BranchHeads, HeadSources } from './branch-heads.js'
import { HeadLookup, HeadLookups } from './head-lookups.js'
import { HeadRead } from './head-read.js'
import type { PreparedQuery, QueryParams } from './prepared.js'
import { QueryCache } from './query-cache.js'
import { QueryTexts } from './query-text.js'

/** Branches of which a prepared query keeps how to read their heads. */
const MAX_HEAD_READS = 32

export interface RunnerSources extends HeadSources, Pick<WriteEnvironment, 'clock'> {
  readonly heads: BranchHeads
  readonly adjacency: AdjacencyStore
  /** Throws to deny a read. */
  readonly allowRead: (ctx: ReadContext | undefined) => void
}

/**
 * Read queries on one connection: checked once per schema, compiled once per
 * head, run at heads and at past commits. Policy has been asked by the caller, but for
 * prepared queries, which ask it at each run.
 */
export class QueryRunner {
  readonly #sources: RunnerSources
  readonly #compiled: QueryCache
  readonly #texts = new QueryTexts()
  readonly #lookups = new HeadLookups()

  constructor(sources: RunnerSources) {
    this.#sources = sources
    this.#compiled = new QueryCache(sources.db, sources.adjacency)
  }

  /** The named (or only) query of a text, checked against the schema that a context reads. */
  check(text: string, ctx: ReadContext & { readonly name?: string }): CheckedQuery {
    const { heads, history, schemas, read } = this.#sources
    const schema =
      ctx.commit === undefined && ctx.ifCommit === undefined && isMain(ctx)
        ? heads.main().schema
        : read(() => schemas.at(history.resolve(ctx).commit.schema_version))
    return this.#texts.get(text, schema.model, ctx.name)
  }

  /** As `check` against a schema that may not be in force any more; undefined when that was not done before. */
  knownText(text: string, schema: BoundSchema, name: string | undefined): CheckedQuery | undefined {
    return this.#texts.known(text, schema.model, name)
  }

  isKeyLookup(query: CheckedQuery): boolean {
    return isKeyLookup(query, this.#sources.heads.main().schema.model.nodes)
  }

  /** A lookup at the head of main that `keepLookup` was told of. */
  knownLookup(text: string, name: string | undefined): HeadLookup | undefined {
    return this.#lookups.find(text, name)
  }

  /** Of a query whose `isKeyLookup` holds, and the columns of its result. */
  keepLookup(
    text: string,
    name: string | undefined,
    query: CheckedQuery,
    columns: QueryResult['columns'],
  ): void {
    const { db, heads, readLock, clock } = this.#sources
    const head = heads.main()
    if (query.schemaDigest !== head.schema.digest) return
    const runnable = this.#runnableAt(query, head)
    if (!runnable.isSingle) return
    const read = new HeadRead(db, readLock, runnable, head.view.chain[0]?.br as number, head.version)
    this.#lookups.keep(text, name, new HeadLookup(query, columns, read, clock))
  }

  /** Throws `not_a_read_query`. A query of another schema than the head's throws `schema_changed` when it is run. */
  prepare(query: CheckedQuery): PreparedQuery {
    if (query.kind !== 'read') {
      throw new GraphError(
        'invalid',
        'not_a_read_query',
        `Query ${query.name} writes; it cannot be prepared as a read.`,
        {
          remedy: 'Run it with mutate.',
        },
      )
    }
    const { heads, clock, allowRead } = this.#sources
    const main = heads.main()
    if (query.schemaDigest === main.schema.digest) this.#runnableAt(query, main)
    const headReads = new Map<string, HeadRead>()
    return {
      query,
      all: (params = {}, ctx) => {
        allowRead(ctx)
        if (ctx?.commit !== undefined || ctx?.ifCommit !== undefined)
          return this.runAt(query, params, ctx).rows
        const known = headReads.get(ctx?.branch ?? 'main')?.run(params, clock())
        if (known) return known
        try {
          return this.#runOnHead(query, params, ctx, headReads)
        } catch (error) {
          throw translated(error)
        }
      },
    }
  }

  /** Finds out what the branch's head is, runs the query there and, when it can, leaves in `headReads` how to do it again without asking. */
  #runOnHead(
    query: CheckedQuery,
    params: QueryParams,
    ctx: SearchContext | undefined,
    headReads: Map<string, HeadRead>,
  ): Row[] {
    const { db, heads, readLock, clock, read } = this.#sources
    const now = clock()
    const branch = ctx?.branch ?? 'main'
    const head = heads.of(branch)
    const runnable = this.#runnableAt(query, head)
    if (runnable.searches)
      return read(() => this.#runnableAt(query, heads.of(branch)).run(params, now, ctx?.embedded))
    const rows = runnable.run(params, now)
    const br = head.view.chain[0]?.br
    if (runnable.isSingle && br !== undefined) {
      if (headReads.size >= MAX_HEAD_READS) headReads.clear()
      headReads.set(branch, new HeadRead(db, readLock, runnable, br, head.version))
    }
    return rows
  }

  #runnableAt(query: CheckedQuery, { schema, version, view }: BranchHead) {
    return this.#compiled.get(query, schema, version, view)
  }

  /** In a read transaction of its own: what `ctx` names is looked up in the one that reads it. */
  runAt(
    query: CheckedQuery,
    params: QueryParams,
    ctx: SearchContext | undefined,
    cap?: number,
  ): { rows: Row[]; commit: string; columns: QueryResult['columns'] } {
    const { history, schemas, clock, read } = this.#sources
    return read(() => {
      const { commit, view } = history.resolve(ctx)
      const { schema_version: version } = commit
      const runnable = this.#compiled.get(query, schemas.at(version), version, view, cap)
      return {
        rows: runnable.run(params, clock(), ctx?.embedded),
        commit: commit.id,
        columns: runnable.compiled.columns,
      }
    })
  }

  /** Within an open write on that head: what it has written so far is seen. */
  runWithin(query: CheckedQuery, params: QueryParams, head: BranchHead): Row[] {
    return this.#runnableAt(query, head).run(params, this.#sources.clock())
  }
}

export function isMain(ctx: ReadContext | undefined): boolean {
  return ctx?.branch === undefined || ctx.branch === 'main'
}
