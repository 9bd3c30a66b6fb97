import { basename, resolve } from 'node:path'
import { type Principal, systemClock, ulidSource } from '@groundplane/core'
import type { CheckedQuery, SchemaModel } from '@groundplane/lang'
import { AdjacencyStore } from './adjacency/adjacency-store.js'
import type { AdjacencyArrays } from './adjacency/arrays.js'
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
} from './api.js'
import { type BranchInfo, type CreateBranchOptions, readBefore, startAt } from './branch/branch-info.js'
import { createBranch, deleteBranch, listBranches } from './branch/branches.js'
import { BoundEmbedder } from './embedding/bound-embedder.js'
import type { EmbeddingProvider } from './embedding/provider.js'
import { GraphError } from './error.js'
import { type AskedQuery, askedQuery, type ExplainContext, explain, readText } from './explain/explain.js'
import type { Explanation } from './explain/explanation.js'
import { GraphGate } from './gate.js'
import type { CreateOptions, OpenGraphOptions, SearchContext } from './graph-options.js'
import { discardStaged, type LoadSource, stageInput, unhurriedChunks } from './load/staging.js'
import { type CleanupOptions, type CleanupReport, cleanUp } from './maintenance/cleanup.js'
import { type OptimizeReport, optimize } from './maintenance/optimize.js'
import { repair } from './maintenance/repair.js'
import type { RepairReport } from './maintenance/repair-report.js'
import { notDeleted } from './merge/delete-merged.js'
import { mergeBranch } from './merge/merge.js'
import type { MergeOptions, MergeResult } from './merge/merge-result.js'
import { BranchHeads } from './query/branch-heads.js'
import { Lifeline } from './query/deadline.js'
import type { HeadLookup } from './query/head-lookups.js'
import type { PreparedQuery, QueryParams } from './query/prepared.js'
import { isMain, QueryRunner } from './query/query-runner.js'
import { type Baseline, type BaselineOptions, changeBaseline } from './read/baseline.js'
import { type BlobCell, type BlobInfo, blobBytes, blobInfo } from './read/blob.js'
import { branchOfFeed, type FeedOptions, type FeedPage, feedPage } from './read/change-feed.js'
import { entityChanges } from './read/changes.js'
import { type DiffOptions, type DiffPage, diffPage } from './read/diff.js'
import { type EntityVersion, entityVersions } from './read/entity-versions.js'
import { exportLines } from './read/export.js'
import { countRows } from './read/snapshot.js'
import { applySchemaText, type SchemaContext } from './schema/apply.js'
import { checkedSchema } from './schema/checked-schema.js'
import { type MigrationOptions, type MigrationPlan, planSchemaText } from './schema/plan.js'
import type { EmbeddedTexts } from './search/search-run.js'
import type { BoundSchema } from './storage/bound-schema.js'
import { createGraphFiles } from './storage/create.js'
import { type Db, openDatabase, readTransaction, translated } from './storage/database.js'
import { HeldReadLock } from './storage/held-read-lock.js'
import { type CommitRow, commitInfo, History } from './storage/history.js'
import { SchemaStore } from './storage/schema-store.js'
import { refuseDeepParams } from './value/depth.js'
import { ExternalBlobs } from './value/external-blobs.js'
import { refuseEndless, refuseUncountable } from './value/option.js'
import { refuseReadOnly, type WriteEnvironment } from './write/commit-writer.js'
import { GraphWriter } from './write/graph-writer.js'
import type { Transaction } from './write/transaction.js'

/**
 * One graph, opened in this process. Synchronous: every call returns when it is
 * done, writes when they are durable. Several processes may open one graph; one
 * writes at a time, readers never wait. After a crash the next open sees each
 * commit wholly or not at all, without repair.
 */
export class Graph {
  readonly root: string
  readonly id: string
  /** What each operation asks of policy; for callers that do the work elsewhere. */
  readonly gate: GraphGate
  readonly #db: Db
  readonly #env: WriteEnvironment
  readonly #lifeline: Lifeline
  readonly #readLock: HeldReadLock
  readonly #adjacency: AdjacencyStore
  readonly #heads: BranchHeads
  readonly #runner: QueryRunner
  readonly #embedder: BoundEmbedder | null
  readonly #writer: GraphWriter

  /** Makes the graph atomically: `root` appears whole or not. Throws `graph_exists`, `schema_invalid`. */
  static create(root: string, options: CreateOptions): Graph {
    const path = resolve(root)
    const model = checkedSchema(options.schema)
    const clock = options.clock ?? systemClock
    const ids = options.ids ?? ulidSource(clock)
    const graphId = options.graphId ?? basename(path).replace(/\.gp$/, '')
    const { principal, provenance, message } = options.context ?? {}
    const initCommit = {
      id: ids.next(),
      atMs: clock(),
      actor: principal?.actor ?? provenance?.actor ?? null,
      provenance: JSON.stringify({
        ...provenance,
        ...(principal && { actor: principal.actor, tenant: principal.tenant }),
      }),
      message: message ?? null,
    }
    createGraphFiles(path, { graphId, source: options.schema, model, initCommit })
    return new Graph(path, { ...options, clock, ids })
  }

  /** Throws `graph_not_found`, `graph_format_unsupported`, `graph_unreadable`. Repairs nothing. */
  static open(root: string, options: OpenGraphOptions = {}): Graph {
    return new Graph(resolve(root), options)
  }

  private constructor(root: string, options: OpenGraphOptions) {
    this.root = root
    this.#lifeline = options.lifeline ?? new Lifeline()
    const db = openDatabase(root, this.#lifeline, {
      readOnly: options.readOnly === true,
      ...(options.cacheKiB !== undefined && { cacheKiB: options.cacheKiB }),
      externalBlobs: new ExternalBlobs(options.externalBlobs),
    })
    this.#db = db
    this.#readLock = new HeldReadLock(db)
    this.id = db.prepare("SELECT value FROM meta WHERE key = 'graph_id'").pluck().get() as string
    this.gate = new GraphGate({
      graph: this.id,
      authorize: options.authorize,
      branchOfCommit: (id) => this.#read(() => this.#env.history.findCommit(id)?.branch),
      branchOfFeed: (asked) => this.#read(() => branchOfFeed({ ...this.#env, graphId: this.id }, asked)),
    })
    const clock = options.clock ?? systemClock
    this.#env = {
      db,
      history: new History(db),
      schemas: new SchemaStore(db),
      clock,
      ids: options.ids ?? ulidSource(clock),
    }
    this.#adjacency = new AdjacencyStore(db, this.#lifeline, options.adjacency ?? 'auto')
    const sources = { ...this.#env, readLock: this.#readLock, read: <T>(body: () => T) => this.#read(body) }
    this.#heads = new BranchHeads(sources)
    this.#runner = new QueryRunner({
      ...sources,
      heads: this.#heads,
      adjacency: this.#adjacency,
      allowRead: (ctx) => this.gate.allow('read', ctx),
    })
    this.#writer = new GraphWriter({
      root,
      env: this.#env,
      heads: this.#heads,
      runner: this.#runner,
      adjacency: this.#adjacency,
      readLock: this.#readLock,
    })
    this.#embedder = options.embedder ? this.#bindEmbedder(options.embedder) : null
  }

  #bindEmbedder(provider: EmbeddingProvider): BoundEmbedder {
    return new BoundEmbedder(provider, {
      db: this.#db,
      boundSchema: (ctx) => this.#read(() => this.#schemaOf(this.#env.history.resolve(ctx).commit)),
      rows: (text, params, ctx) => this.#runner.runAt(this.checkedQuery(text, ctx), params, ctx).rows,
    })
  }

  /**
   * The vectors that a query needs and its caller did not give: hand the result
   * to `query`, `mutate` or a prepared query as `embedded`. Undefined when it
   * needs none or no provider is bound; what needs one is then refused when it
   * runs. Throws the provider's errors and `embedding_model_mismatch`.
   */
  async embedTexts(
    query: CheckedQuery,
    params: QueryParams = {},
    ctx: ReadContext & { readonly signal?: AbortSignal } = {},
  ): Promise<EmbeddedTexts | undefined> {
    return this.#embedder?.embed(query, params, ctx, ctx.signal)
  }

  /** The lines of a load with their `@embed` vectors filled in, when a provider is bound and the schema asks for any. */
  fillVectors(
    lines: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
    ctx: ReadContext = {},
  ): { source: AsyncIterable<string>; filled: LoadOptions['filled'] } | null {
    return this.#embedder?.fill(lines, ctx) ?? null
  }

  close(): void {
    this.#readLock.close()
    this.#db.close()
  }

  /** For services: told about adjacency arrays built here, so that other threads may read them. */
  set onAdjacencyBuilt(built: (arrays: AdjacencyArrays) => void) {
    this.#adjacency.onBuilt = built
  }

  /** For services: arrays that another thread built from this graph. */
  offerAdjacency(arrays: AdjacencyArrays): void {
    this.#adjacency.offer(arrays)
  }

  /** Whether a query, checked against the schema of the head, looks up one entity by key and nothing else. */
  isKeyLookup(query: CheckedQuery): boolean {
    return this.#translate(() => this.#runner.isKeyLookup(query))
  }

  /** For services, which ask the gate: a lookup at the head of main as `runLookup` left it. */
  knownLookup(text: string, name: string | undefined): HeadLookup | undefined {
    return this.#runner.knownLookup(text, name)
  }

  /** `runChecked` of a query whose `isKeyLookup` holds, at the head of main; from then on it is a known one. */
  runLookup(
    text: string,
    query: CheckedQuery,
    params: QueryParams,
    ctx: ReadContext & { name?: string; maxRows?: number; deadlineMs?: number },
  ): QueryResult {
    const result = this.runChecked(query, params, ctx)
    this.#translate(() => this.#runner.keepLookup(text, ctx.name, query, result.columns))
    return result
  }

  /** The schema in force at the head or at a commit. */
  schema(ctx?: ReadContext): { source: string; model: SchemaModel; digest: string } {
    this.gate.allow('read', ctx)
    const { source, model, digest } = this.#read(() => this.#schemaOf(this.#env.history.resolve(ctx).commit))
    return { source, model, digest }
  }

  head(branch = 'main', ctx?: { principal?: Principal }): CommitInfo {
    this.gate.allow('read', { ...ctx, branch })
    return this.#read(() => commitInfo(this.#env.history.head(branch)))
  }

  /** Newest first. `before`: a commit id; only older ones. */
  commits(
    options: { branch?: string; limit?: number; before?: string; principal?: Principal } = {},
  ): CommitInfo[] {
    this.gate.allow('read', options)
    refuseUncountable('limit', options.limit, 1)
    return this.#read(() => this.#env.history.list(options).map(commitInfo))
  }

  /** With a branch: a commit of its history, `commit_not_on_branch` else. */
  commit(id: string, ctx?: { branch?: string; principal?: Principal }): CommitInfo {
    const at = { ...ctx, commit: id }
    this.gate.allow('read', at)
    return this.#read(() => commitInfo(this.#env.history.recorded(id, ctx?.branch)))
  }

  /** Live branches, `main` first, then by name. */
  branches(ctx?: { principal?: Principal }): BranchInfo[] {
    this.gate.allow('read', ctx)
    return this.#read(() => listBranches(this.#env))
  }

  /**
   * Costs the same whatever the graph holds, unless it starts at a commit whose schema asks
   * for indexes that were dropped since: those are
   * built. Throws `branch_exists`, `branch_name_invalid`, `branch_not_found`, `commit_mismatch`.
   */
  createBranch(name: string, options: CreateBranchOptions = {}): BranchInfo {
    this.gate.allowCreateBranch(name, options)
    return this.#writer.run(() => createBranch(this.#env, name, options))
  }

  /** Its commits stay readable until `cleanup`, and branches made from it go on; a new branch of that name is another. */
  deleteBranch(name: string, ctx: Pick<WriteContext, 'principal' | 'ifCommit'> = {}): BranchInfo {
    this.gate.allow('branch_delete', { ...ctx, branch: name })
    return this.#writer.run(() => deleteBranch(this.#env, name, ctx))
  }

  /**
   * Merges one branch into another as one commit, all or nothing. Conflicts: all
   * of them in `details.conflicts` of `GraphError('conflict', 'merge_conflict')`,
   * or in the result of a dry run.
   */
  merge(options: MergeOptions): MergeResult {
    this.gate.allowMerge(options)
    const askFurther = (): void => this.gate.allowMigration(options)
    const result = this.#writer.run(() => mergeBranch(this.#env, options, askFurther))
    if (!options.deleteBranch || options.dryRun) return result
    const { principal, source } = options
    try {
      this.deleteBranch(source, { ...(principal && { principal }), ifCommit: result.sourceCommit })
      return { ...result, branchDeleted: true }
    } catch (error) {
      return notDeleted(result, error)
    }
  }

  /**
   * `merge` where policy is asked on another thread and has not been asked for a migration: null, and nothing done,
   * when the merge would bring one.
   */
  mergeUnlessMigrating(options: MergeOptions): MergeResult | null {
    const migrates = new Error('the merge brings a migration')
    try {
      return this.#writer.run(() =>
        mergeBranch(this.#env, options, () => {
          throw migrates
        }),
      )
    } catch (error) {
      if (error === migrates) return null
      throw error
    }
  }

  /** What a commit changed, with the images before and after, in order of type and id. */
  changes(commitId: string, ctx?: { principal?: Principal }): EntityChange[] {
    this.gate.allow('read', { ...ctx, commit: commitId })
    return this.#read(() => entityChanges(this.#env, this.#env.history.byId(commitId)))
  }

  /**
   * The versions that a node has had on a branch, or up to a commit: newest first, each with the commit that made it.
   * None for a node that never was.
   */
  versions(
    node: { readonly type: string; readonly id: string },
    ctx: ReadContext & { readonly limit?: number } = {},
  ): EntityVersion[] {
    this.gate.allow('read', ctx)
    refuseUncountable('limit', ctx.limit, 1)
    return this.#read(() => {
      const { commit, view } = this.#env.history.resolve(ctx)
      const limit = ctx.limit ?? Number.MAX_SAFE_INTEGER
      return entityVersions(this.#env, this.#schemaOf(commit), view, node, limit)
    })
  }

  /** What makes one commit of another, across branches too; in pages. Of a range: the net changes. */
  diff(options: DiffOptions & { principal?: Principal }): DiffPage {
    this.gate.allowDiff(options)
    return this.#read(() => diffPage(this.#env, options))
  }

  /** The changes of a branch commit by commit, from a place the caller keeps; in pages. */
  feed(options: FeedOptions & { principal?: Principal } = {}): FeedPage {
    return this.#read(() => {
      this.gate.allowFeed(options)
      return feedPage({ ...this.#env, graphId: this.id }, options)
    })
  }

  /** All of a branch at one commit, and the cursor that goes on after it: how a reader of the feed begins, or begins again. */
  baseline(options: BaselineOptions = {}): Baseline {
    this.gate.allow('export', { ...options, branch: options.branch ?? 'main' })
    return this.#read(() => changeBaseline({ ...this.#env, graphId: this.id }, this.root, options))
  }

  snapshot(ctx?: ReadContext): SnapshotInfo {
    this.gate.allow('read', ctx)
    return this.#read(() => {
      const { commit, view } = this.#env.history.resolve(ctx)
      return {
        branch: ctx?.branch ?? commit.branch,
        commit: commitInfo(commit),
        types: countRows(this.#db, this.#schemaOf(commit), view),
      }
    })
  }

  /** Compiles once, runs often. The query must have been checked against the head's schema. Throws `not_a_read_query`. */
  prepare(query: CheckedQuery): PreparedQuery {
    return this.#translate(() => this.#runner.prepare(query))
  }

  /** Parses, checks (cached by text) and runs a read query. Diagnostics: `GraphError('invalid', 'query_invalid')`. */
  query(
    text: string,
    params: QueryParams = {},
    ctx: SearchContext & { name?: string; maxRows?: number; deadlineMs?: number } = {},
  ): QueryResult {
    this.gate.allow('read', ctx)
    const query = this.checkedQuery(text, ctx)
    return this.runChecked(query, params, ctx)
  }

  /** The named (or only) query of a text, checked against the schema that a context reads. */
  checkedQuery(text: string, ctx: ReadContext & { name?: string } = {}): CheckedQuery {
    return this.#translate(() => this.#runner.check(text, ctx))
  }

  /** Runs a query that was checked before, with a row cap and a deadline. Authorizes as `read`. */
  runChecked(
    query: CheckedQuery,
    params: QueryParams = {},
    ctx: SearchContext & { maxRows?: number; deadlineMs?: number } = {},
  ): QueryResult {
    this.gate.allow('read', ctx)
    refuseDeepParams(params)
    refuseUncountable('maxRows', ctx.maxRows, 0)
    refuseEndless('deadlineMs', ctx.deadlineMs)
    const cap = ctx.maxRows
    const { rows, commit, columns } = this.#lifeline.guard(ctx.deadlineMs, () =>
      this.#runner.runAt(query, params, ctx, cap === undefined ? undefined : cap + 1),
    )
    const truncated = cap !== undefined && rows.length > cap
    if (truncated) rows.length = cap
    return { columns, rows, rowCount: rows.length, commit, truncated }
  }

  /** How a query is answered. Runs a read; plans a write, and writes nothing. Asks and throws what running it would. */
  explain(text: string, params: QueryParams = {}, ctx: ExplainContext & { name?: string } = {}): Explanation {
    return this.explainAsked(this.askedQuery(text, ctx), params, ctx)
  }

  /** The query of a text for `explainAsked`; asks policy for what running it needs. */
  askedQuery(text: string, ctx: ReadContext & { name?: string } = {}): AskedQuery {
    const given = readText(text, ctx.name)
    this.gate.allow(given.writes ? 'change' : 'read', ctx)
    const schema = this.#read(() => this.#schemaOf(this.#env.history.resolve(ctx).commit))
    return askedQuery(given, schema.model)
  }

  explainAsked(asked: AskedQuery, params: QueryParams = {}, ctx: ExplainContext = {}): Explanation {
    this.gate.allow(asked.query.kind === 'write' ? 'change' : 'read', ctx)
    refuseDeepParams(params)
    refuseUncountable('maxRows', ctx.maxRows, 0)
    refuseEndless('deadlineMs', ctx.deadlineMs)
    const engine = { lifeline: this.#lifeline, adjacency: this.#adjacency }
    return this.#read(() => explain(this.#env, engine, asked, params, ctx))
  }

  /** Parses, checks and runs a write query as one commit. */
  mutate(
    text: string,
    params: QueryParams = {},
    ctx: WriteContext & { name?: string; embedded?: EmbeddedTexts } = {},
  ): MutationResult {
    this.gate.allow('change', ctx)
    // Against the schema last seen, which the write compares with its own: to ask first would cost a statement more.
    const last = isMain(ctx) && this.#heads.lastMain
    const known = last && this.#runner.knownText(text, last.schema, ctx.name)
    if (known) {
      try {
        return this.mutateChecked(known, params, ctx)
      } catch (error) {
        if (!(error instanceof GraphError) || error.code !== 'schema_changed') throw error
      }
    }
    return this.mutateChecked(this.checkedQuery(text, readPart(ctx)), params, ctx)
  }

  mutateChecked(
    query: CheckedQuery,
    params: QueryParams = {},
    ctx: WriteContext & { embedded?: EmbeddedTexts } = {},
  ): MutationResult {
    this.gate.allow('change', ctx)
    refuseDeepParams(params)
    return this.#writer.mutate(query, params, ctx)
  }

  /**
   * Runs `body` as one commit, all or nothing. Synchronous; a body that throws
   * leaves no trace. No effective change: `commit` is null and nothing is written.
   */
  transact<T>(ctx: WriteContext, body: (tx: Transaction) => T): { result: T; commit: CommitInfo | null } {
    this.gate.allow('change', ctx)
    return this.#writer.transact(ctx, body)
  }

  /**
   * Loads JSONL as one commit (see `LoadOptions.mode`). Runs on a connection of
   * its own, so reads here go on seeing the graph as it was. An asynchronous
   * source is taken in whole, and its vectors made, before the write lock is, so
   * a slow sender or provider keeps nobody waiting. All bad lines up to a limit are reported together:
   * `GraphError('unprocessable', 'load_rejected')`.
   */
  async load(lines: LoadSource, options: LoadOptions): Promise<LoadResult> {
    const allowed = this.allowedLoad(options)
    this.#writer.prepare()
    const fill = this.fillVectors(lines, readBefore(allowed))
    if (!fill && !(Symbol.asyncIterator in lines)) return this.#writer.load(lines, allowed)
    const staged = await stageInput(fill?.source ?? lines, this.root)
    try {
      const given = fill ? { ...allowed, filled: fill.filled } : allowed
      return await this.#writer.load(unhurriedChunks(staged), given)
    } finally {
      discardStaged(staged)
    }
  }

  /** A load as policy lets it be done: making its branch is asked of policy too, where there is none; else `from` is dropped. */
  allowedLoad(options: LoadOptions): LoadOptions {
    this.gate.allow('change', options)
    const { from, ...rest } = options
    const { branch = 'main', principal } = options
    if (from === undefined || this.#read(() => this.#env.history.findBranch(branch))) return rest
    this.gate.allowCreateBranch(branch, { ...(principal && { principal }), ...startAt(from) })
    return options
  }

  /** JSONL lines that `load` takes back: nodes, then edges, by type and id. The graph may change meanwhile; the lines do not. */
  *export(ctx?: ReadContext & { types?: readonly string[] }): Iterable<string> {
    this.gate.allow('export', ctx)
    yield* exportLines(this.root, ctx)
  }

  /** What applying a schema to a branch would do. Reads only; finds every refusal, data included. */
  planSchema(source: string, options: MigrationOptions & { principal?: Principal } = {}): MigrationPlan {
    this.gate.allow('read', options)
    return this.#read(() => planSchemaText(this.#env, source, options))
  }

  /**
   * Applies a schema to a branch as one commit; null when it changes nothing. Other branches keep theirs.
   * Refused: `migration_unsupported`, `constraint_violation`.
   */
  applySchema(source: string, ctx: SchemaContext = {}): CommitInfo | null {
    this.gate.allow('schema_apply', ctx)
    try {
      const row = this.#writer.run(() => applySchemaText(this.#env, source, ctx))
      return row && commitInfo(row)
    } finally {
      this.#env.schemas.forget()
    }
  }

  /** What is kept for one Blob. `blob_not_found` (it is null), `entity_not_found`, `blob_property_unknown`. */
  blob(cell: BlobCell, ctx?: ReadContext): BlobInfo {
    this.gate.allow('read', ctx)
    return this.#read(() => {
      const { commit, view } = this.#env.history.resolve(ctx)
      return blobInfo(this.#db, this.#schemaOf(commit), view, commit.id, cell)
    })
  }

  /** Bytes `start` to before `end` of a managed Blob, at most 4 MiB at a time. Give the commit of `blob` to read on. */
  readBlob(cell: BlobCell, range: { start: number; end: number }, ctx?: ReadContext): Uint8Array {
    this.gate.allow('read', ctx)
    return this.#read(() => {
      const { commit, view } = this.#env.history.resolve(ctx)
      const info = blobInfo(this.#db, this.#schemaOf(commit), view, commit.id, cell)
      if (info.kind === 'managed') return blobBytes(this.#db, info.digest, range.start, range.end)
      throw new GraphError('unsupported', 'blob_external', `The content is kept elsewhere: ${info.uri}.`, {
        remedy: 'Fetch it from there; it is never fetched on your behalf.',
        details: { uri: info.uri },
      })
    })
  }

  /** Statistics, unused indexes, the log folded into the file. Changes no answer. */
  optimize(ctx?: { principal?: Principal }): OptimizeReport {
    return this.#maintain(ctx, () => optimize(this.#env, this.root))
  }

  /** Verifies every derived structure against the versions and rebuilds what differs. Guesses nothing. */
  repair(options: { dryRun?: boolean; principal?: Principal } = {}): RepairReport {
    return this.#maintain(options, () => repair(this.#env, this, options))
  }

  /** Removes versions that no kept commit can see; reading at a removed commit is then `commit_removed`. Irreversible. */
  cleanup(options: CleanupOptions & { principal?: Principal }): CleanupReport {
    return this.#maintain(options, () => cleanUp(this.#env, this, options))
  }

  #maintain<T>(ctx: { principal?: Principal } | undefined, body: () => T): T {
    this.gate.allow('admin', ctx)
    return this.#writer.run(() => {
      refuseReadOnly(this.#db)
      return body()
    })
  }

  #schemaOf(commit: CommitRow): BoundSchema {
    return this.#env.schemas.at(commit.schema_version)
  }

  #read<T>(body: () => T): T {
    this.#readLock.beforeRead()
    return this.#translate(() => readTransaction(this.#db, body))
  }

  #translate<T>(body: () => T): T {
    try {
      return body()
    } catch (error) {
      throw translated(error)
    }
  }
}

function readPart(ctx: WriteContext & { name?: string }): ReadContext & { name?: string } {
  return {
    ...(ctx.branch !== undefined && { branch: ctx.branch }),
    ...(ctx.name !== undefined && { name: ctx.name }),
  }
}
