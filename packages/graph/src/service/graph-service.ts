import type { Principal } from '@groundplane/core'
import type {
  CommitInfo,
  EntityChange,
  LoadOptions,
  LoadResult,
  MutationResult,
  QueryResult,
  ReadContext,
  SnapshotInfo,
  WriteContext,
} from '../api.js'
import { type BranchInfo, type CreateBranchOptions, readBefore } from '../branch/branch-info.js'
import type { Explanation } from '../explain/explanation.js'
import { Graph } from '../graph.js'
import { discardStaged, stageInput } from '../load/staging.js'
import { withDeletion } from '../merge/delete-merged.js'
import type { MergeOptions, MergeResult } from '../merge/merge-result.js'
import { stopped } from '../query/deadline.js'
import type { HeadLookup } from '../query/head-lookups.js'
import type { QueryParams } from '../query/prepared.js'
import type { Baseline, BaselineOptions } from '../read/baseline.js'
import type { FeedOptions, FeedPage } from '../read/change-feed.js'
import type { DiffOptions, DiffPage } from '../read/diff.js'
import type { MigrationOptions, MigrationPlan } from '../schema/plan.js'
import { refuseDeepParams } from '../value/depth.js'
import { refuseEndless, refuseUncountable } from '../value/option.js'
import { closed } from './closed.js'
import { embedWithin } from './embed-within.js'
import type { SlowRead, WorkerValue } from './messages.js'
import {
  type Begun,
  measureOf,
  type ObserveOperation,
  type OperationKind,
  observedLines,
  outcomeOf,
  RunningOperation,
  type ServiceActivity,
} from './operation.js'
import { MAX_DEADLINE_MS, ReaderPool } from './reader-pool.js'
import {
  type MutateOptions,
  type Observed,
  type QueryOptions,
  readContext,
  type ServiceOptions,
  type SlowReadOptions,
  writeContext,
} from './service-options.js'
import type { WorkerHandle } from './worker-handle.js'
import { WriterQueue } from './writer-queue.js'

/** A load waits so many times as long as another write: giving up costs its sender the whole upload. */
const LOAD_PATIENCE = 6
/**
 * A graph for servers: reads run on worker threads with a deadline (lookups of one
 * key on the calling thread, in microseconds), writes on
 * one writer thread in order, so the event loop and other readers never wait for
 * a statement. Policy is asked on the calling thread, before any work. A thread
 * that does not stop when told to is ended and replaced.
 */
export class GraphService {
  /** Synchronous access on this thread, for small reads and writes. */
  readonly graph: Graph
  readonly #root: string
  readonly #deadlineMs: number
  readonly #maxRows: number
  readonly #writeWaitMs: number
  readonly #readers: number
  readonly #observe: ObserveOperation | undefined
  readonly #pool: ReaderPool
  readonly #writes: WriterQueue
  #closed = false

  static async start(root: string, options: ServiceOptions = {}): Promise<GraphService> {
    return new GraphService(
      Graph.open(root, {
        ...(options.authorize && { authorize: options.authorize }),
        ...(options.externalBlobs && { externalBlobs: options.externalBlobs }),
        ...(options.embedder && { embedder: options.embedder }),
      }),
      options,
    )
  }

  private constructor(graph: Graph, options: ServiceOptions) {
    this.graph = graph
    this.#root = graph.root
    this.#readers = options.readers ?? 2
    this.#deadlineMs = options.deadlineMs ?? 10_000
    this.#maxRows = options.maxRows ?? 10_000
    this.#writeWaitMs = options.writeWaitMs ?? 10_000
    this.#pool = new ReaderPool({
      root: graph.root,
      readers: this.#readers,
      maxQueued: options.maxQueued ?? 256,
    })
    this.#writes = new WriterQueue({ root: graph.root, externalBlobs: options.externalBlobs ?? [] })
    this.#observe = options.observe
  }

  get activity(): ServiceActivity {
    return {
      readersBusy: this.#pool.busy,
      readers: this.#readers,
      readsWaiting: this.#pool.waiting,
      writesPending: this.#writes.pending,
    }
  }

  /** Runs a read query. `query_deadline_exceeded`, `query_cancelled` (signal), `graph_overloaded` besides the errors of `Graph.query`. */
  async query(text: string, params: QueryParams = {}, options: QueryOptions = {}): Promise<QueryResult> {
    return this.answer(text, params, options)
  }

  /** `query`; what it throws or answers without waiting comes without a promise, each of which costs as much as a step of the lookup. */
  answer(
    text: string,
    params: QueryParams = {},
    options: QueryOptions = {},
  ): QueryResult | Promise<QueryResult> {
    if (this.#closed) throw closed()
    const running = this.#observe && new RunningOperation(this.#observe, { kind: 'read', options, text })
    try {
      this.#allow('read', options)
      refuseDeepParams(params)
      const limits = this.#limits(options)
      const known = this.#knownLookup(text, options, limits.maxRows)
      const found = known?.run(params)
      if (running && known) running.queryName = known.query.name
      if (found) {
        running?.end({ outcome: 'ok', rows: found.rowCount, commit: found.commit })
        return found
      }
      return this.#ended('read', running, this.#query(text, params, options, limits, running))
    } catch (error) {
      running?.end(outcomeOf(error))
      throw error
    }
  }

  /** A read that policy allows and that is not known yet. */
  async #query(
    text: string,
    params: QueryParams,
    options: QueryOptions,
    { deadlineMs, maxRows }: { readonly deadlineMs: number; readonly maxRows: number },
    running: RunningOperation | undefined,
  ): Promise<QueryResult> {
    const query = this.graph.checkedQuery(text, options)
    if (running) running.queryName = query.name
    // Answered on this thread: the hop to another costs more than the lookup.
    if (readsMainHead(options) && this.graph.isKeyLookup(query)) {
      refuseAborted(options)
      return this.graph.runLookup(text, query, params, { ...options, deadlineMs, maxRows })
    }
    const startedAt = performance.now()
    const signal = signalOf(options)
    const ctx = readContext(options)
    const embedded = await embedWithin(this.graph, deadlineMs, query, params, ctx, signal)
    const work = (worker: WorkerHandle, left: number) =>
      worker.query(query, { params, ctx, deadlineMs: left, maxRows, ...(embedded && { embedded }) })
    return (await this.#pool.run({ startedAt, deadlineMs, signal, work })) as QueryResult
  }

  /** A lookup that has been answered before costs no more than its statement. */
  #knownLookup(text: string, options: QueryOptions, maxRows: number): HeadLookup | undefined {
    if (!readsMainHead(options) || options.ifCommit !== undefined || maxRows < 1) return undefined
    refuseAborted(options)
    return this.graph.knownLookup(text, options.name)
  }

  /**
   * `Graph.explain`, on a reader thread, within the deadline and row limit of a query. The time it tells for a read
   * is without the way to that thread.
   */
  explain(text: string, params: QueryParams = {}, options: QueryOptions = {}): Promise<Explanation> {
    return this.#observed({ kind: 'explain', options, text }, (running) =>
      this.#explain(text, params, options, running),
    )
  }

  async #explain(
    text: string,
    params: QueryParams,
    options: QueryOptions,
    running: RunningOperation | undefined,
  ): Promise<Explanation> {
    const asked = this.graph.askedQuery(text, options)
    refuseDeepParams(params)
    const { query } = asked
    if (running) running.queryName = query.name
    const { deadlineMs, maxRows } = this.#limits(options)
    const startedAt = performance.now()
    const signal = signalOf(options)
    const ctx = readContext(options)
    const embedded =
      query.kind === 'read'
        ? await embedWithin(this.graph, deadlineMs, query, params, ctx, signal)
        : undefined
    const rest = { asked, params, ctx, maxRows, ...(embedded && { embedded }) }
    const work = (worker: WorkerHandle, left: number) =>
      worker.request({ kind: 'explain', deadlineMs: left, ...rest })
    return (await this.#pool.run({ startedAt, deadlineMs, signal, work })) as Explanation
  }

  #limits(options: QueryOptions): { deadlineMs: number; maxRows: number } {
    refuseUncountable('maxRows', options.maxRows, 0)
    refuseEndless('deadlineMs', options.deadlineMs)
    return {
      deadlineMs: Math.min(options.deadlineMs ?? this.#deadlineMs, MAX_DEADLINE_MS),
      maxRows: Math.min(options.maxRows ?? this.#maxRows, this.#maxRows),
    }
  }

  /** The graph, for what is answered on this thread; `graph_closed` when it is no more. */
  get #opened(): Graph {
    if (this.#closed) throw closed()
    return this.graph
  }

  /** Tells the observer how `body` ended; without one it is only run. */
  async #observed<T>(begun: Begun, body: (running: RunningOperation | undefined) => Promise<T>): Promise<T> {
    if (this.#closed) throw closed()
    const running = this.#observe && new RunningOperation(this.#observe, begun)
    return this.#ended(begun.kind, running, body(running))
  }

  async #ended<T>(kind: OperationKind, running: RunningOperation | undefined, value: Promise<T>): Promise<T> {
    try {
      const ended = await value
      running?.end({ outcome: 'ok', ...measureOf(kind, ended) })
      return ended
    } catch (error) {
      running?.end(outcomeOf(error))
      throw error
    }
  }

  /** Runs a mutation in its turn. `graph_busy`, and `query_cancelled` (signal) while it waits for that; once begun it ends. */
  mutate(text: string, params: QueryParams = {}, options: MutateOptions = {}): Promise<MutationResult> {
    return this.#observed({ kind: 'mutate', options, text }, (running) =>
      this.#mutate(text, params, options, running),
    )
  }

  async #mutate(
    text: string,
    params: QueryParams,
    options: MutateOptions,
    running: RunningOperation | undefined,
  ): Promise<MutationResult> {
    this.#allow('change', options)
    refuseDeepParams(params)
    const branch = options.branch === undefined ? {} : { branch: options.branch }
    const query = this.graph.checkedQuery(text, {
      ...branch,
      ...(options.name !== undefined && { name: options.name }),
    })
    if (running) running.queryName = query.name
    const ctx = writeContext(options)
    const embedded = await this.graph.embedTexts(query, params, branch)
    return (await this.#write(
      (writer) => writer.request({ kind: 'mutate', query, params, ctx, ...(embedded && { embedded }) }),
      this.#writeWaitMs,
      // One that need not wait is not asked whether its caller does.
      this.#writes.pending > 0 ? signalOf(options) : undefined,
    )) as MutationResult
  }

  /** Takes the source in first: other writes go on until all of it is here. Then waits longer for its turn than they do. */
  load(source: AsyncIterable<string | Uint8Array>, options: LoadOptions & Observed): Promise<LoadResult> {
    return this.#observed({ kind: 'load', options }, () => this.#load(source, options))
  }

  async #load(source: AsyncIterable<string | Uint8Array>, options: LoadOptions): Promise<LoadResult> {
    if (this.#closed) throw closed()
    const allowed = this.graph.allowedLoad(options)
    const { from } = allowed
    const ctx = { ...writeContext(allowed), ...(from !== undefined && { from }) }
    // Vectors are made before the write has its turn: no writer waits for a provider.
    const fill = this.graph.fillVectors(source, readBefore(ctx))
    const staged = await stageInput(fill?.source ?? source, this.#root)
    const filled = fill?.filled?.()
    try {
      return (await this.#write(
        (writer) =>
          writer.request(
            { kind: 'load', ctx, mode: options.mode, staged, ...(filled && { filled }) },
            options.onProgress,
          ),
        this.#writeWaitMs * LOAD_PATIENCE,
      )) as LoadResult
    } finally {
      discardStaged(staged)
    }
  }

  #write(
    body: (writer: WorkerHandle) => Promise<unknown>,
    waitMs = this.#writeWaitMs,
    signal?: AbortSignal,
  ): Promise<unknown> {
    return this.#writes.run(body, waitMs, signal)
  }

  /** Lines of `Graph.export`, giving way to the event loop between batches. */
  export(ctx: ReadContext & Observed & { types?: readonly string[] } = {}): AsyncIterable<string> {
    return this.#exported(this.#opened.export(ctx), ctx)
  }

  async schema(ctx?: ReadContext): Promise<ReturnType<Graph['schema']>> {
    return this.#opened.schema(ctx)
  }

  async commits(options: Parameters<Graph['commits']>[0] = {}): Promise<CommitInfo[]> {
    return this.#opened.commits(options)
  }

  async commit(id: string, ctx?: { branch?: string; principal?: Principal }): Promise<CommitInfo> {
    return this.#opened.commit(id, ctx)
  }

  /** `Graph.diff`, on a reader thread and within its deadline. */
  diff({ principal, ...options }: DiffOptions & SlowReadOptions): Promise<DiffPage> {
    const { deadlineMs, signal, ...question } = options
    const who = principal && { principal }
    return this.#observed({ kind: 'diff', options: { ...who, branch: question.to } }, async () => {
      this.graph.gate.allowDiff({ ...question, ...who })
      return (await this.#slowRead({ what: 'diff', options: question }, deadlineMs, signal)) as DiffPage
    })
  }

  /** `Graph.feed`, on a reader thread and within its deadline. */
  feed({ principal, ...options }: FeedOptions & SlowReadOptions = {}): Promise<FeedPage> {
    const { deadlineMs, signal, ...question } = options
    const asked = { ...question, ...(principal && { principal }) }
    return this.#observed({ kind: 'feed', options: asked }, async () => {
      this.graph.gate.allowFeed(asked)
      return (await this.#slowRead({ what: 'feed', options: question }, deadlineMs, signal)) as FeedPage
    })
  }

  /** `Graph.baseline`, whose lines give way to the event loop. */
  async baseline(
    options: BaselineOptions = {},
  ): Promise<Omit<Baseline, 'lines'> & { lines: AsyncIterable<string> }> {
    const baseline = this.#opened.baseline(options)
    return { ...baseline, lines: this.#exported(baseline.lines, options) }
  }

  #exported(lines: Iterable<string>, options: Begun['options']): AsyncIterable<string> {
    const given = givingWay(lines)
    return this.#observe ? observedLines(given, this.#observe, { kind: 'export', options }) : given
  }

  /** `Graph.planSchema`, on a reader thread and within its deadline. */
  planSchema(
    source: string,
    { principal, ...options }: MigrationOptions & SlowReadOptions = {},
  ): Promise<MigrationPlan> {
    const { deadlineMs, signal, ...question } = options
    const asked = { ...question, ...(principal && { principal }) }
    return this.#observed({ kind: 'schema-plan', options: asked }, async () => {
      this.graph.gate.allow('read', asked)
      const read = { what: 'plan-schema', source, options: question } as const
      return (await this.#slowRead(read, deadlineMs, signal)) as MigrationPlan
    })
  }

  async #slowRead(read: SlowRead, wantedMs?: number, signal?: AbortSignal): Promise<WorkerValue> {
    refuseEndless('deadlineMs', wantedMs)
    const deadlineMs = Math.min(wantedMs ?? this.#deadlineMs, MAX_DEADLINE_MS)
    const startedAt = performance.now()
    const work = (worker: WorkerHandle, left: number) =>
      worker.request({ kind: 'read', read, deadlineMs: left })
    return this.#pool.run({ startedAt, deadlineMs, signal, work })
  }

  async branches(ctx?: { principal?: Principal }): Promise<BranchInfo[]> {
    return this.#opened.branches(ctx)
  }

  createBranch(name: string, options: CreateBranchOptions = {}): Promise<BranchInfo> {
    return this.#observed({ kind: 'branch-create', options: { ...options, branch: name } }, async () => {
      this.graph.gate.allowCreateBranch(name, options)
      return (await this.#write((w) => w.request({ kind: 'create-branch', name, options }))) as BranchInfo
    })
  }

  deleteBranch(name: string, ctx: Pick<WriteContext, 'principal' | 'ifCommit'> = {}): Promise<BranchInfo> {
    return this.#observed({ kind: 'branch-delete', options: { ...ctx, branch: name } }, async () => {
      this.graph.gate.allow('branch_delete', { ...ctx, branch: name })
      return (await this.#write((w) => w.request({ kind: 'delete-branch', name, ctx }))) as BranchInfo
    })
  }

  /** `Graph.merge`, on the writer thread; deleting the source is asked of policy after the merge has landed. */
  merge(options: MergeOptions): Promise<MergeResult> {
    const { principal, target } = options
    const who = { ...(principal && { principal }), ...(target !== undefined && { branch: target }) }
    return this.#observed({ kind: 'merge', options: who }, () => this.#merge(options))
  }

  async #merge(options: MergeOptions): Promise<MergeResult> {
    const { deleteBranch, ...merge } = options
    this.graph.gate.allowMerge(options)
    const result = (await this.#mergeOnWriter(merge, false)) ?? (await this.#mergeMigrating(merge))
    if (!deleteBranch || options.dryRun) return result
    const ctx = { ...(options.principal && { principal: options.principal }), ifCommit: result.sourceCommit }
    return withDeletion(result, () => this.deleteBranch(options.source, ctx))
  }

  /** Whether the branch brings a migration is known under the lock of the merge only; policy is asked here. */
  async #mergeMigrating(options: MergeOptions): Promise<MergeResult> {
    this.graph.gate.allowMigration(options)
    return (await this.#mergeOnWriter(options, true)) as MergeResult
  }

  async #mergeOnWriter(options: MergeOptions, mayMigrate: boolean): Promise<MergeResult | null> {
    const answer = await this.#write((w) => w.request({ kind: 'merge', options, mayMigrate }))
    return answer as MergeResult | null
  }

  async changes(commitId: string, ctx?: { principal?: Principal }): Promise<EntityChange[]> {
    return this.#opened.changes(commitId, ctx)
  }

  async snapshot(ctx?: ReadContext): Promise<SnapshotInfo> {
    return this.#opened.snapshot(ctx)
  }

  /** Waits for the write in progress, ends all threads, closes the graph. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#pool.refuse()
    await this.#writes.close()
    await this.#pool.close()
    this.graph.close()
  }

  #allow(action: 'read' | 'change', ctx: { branch?: string; commit?: string; principal?: Principal }): void {
    this.graph.gate.allow(action, ctx)
  }
}

async function* givingWay(lines: Iterable<string>): AsyncIterable<string> {
  let n = 0
  for (const line of lines) {
    yield line
    if (++n % 200 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

function readsMainHead({ branch, commit }: QueryOptions): boolean {
  return commit === undefined && (branch === undefined || branch === 'main')
}

function refuseAborted({ signal }: QueryOptions): void {
  if (typeof signal === 'object' && signal.aborted) throw stopped('cancelled')
}

function signalOf({ signal }: Pick<QueryOptions, 'signal'>): AbortSignal | undefined {
  return typeof signal === 'function' ? signal() : signal
}
