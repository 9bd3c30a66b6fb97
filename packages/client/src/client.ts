import type {
  AssertionList,
  BlobQuery,
  BranchCreateOutput,
  BranchCreateRequest,
  BranchDeleteOutput,
  BranchList,
  BranchMergeOutput,
  BranchMergeRequest,
  CatalogIncidentList,
  CatalogPicture,
  CatalogToolName,
  ChangeBaselineRecord,
  ChangeBaselineRequest,
  ChangeDiff,
  ChangeFeed,
  ChangeOutput,
  Commit,
  CommitChanges,
  CommitList,
  EntityList,
  ExplainOutput,
  ExportRequest,
  GraphList,
  GraphSchema,
  Health,
  HealthDiff,
  IncidentEvent,
  IncidentRun,
  IncidentRunList,
  InvokeOutput,
  InvokeRequest,
  LineageResult,
  LoadMode,
  LoadOutput,
  MutateRequest,
  QueryRequest,
  ReadOutput,
  Schedule,
  ScheduleList,
  SchemaApplyOutput,
  SchemaApplyRequest,
  SchemaFieldList,
  SchemaPlanOutput,
  SchemaPlanRequest,
  SearchResult,
  Snapshot,
  SourceList,
  StartIncidentResponse,
  StoredQueryList,
} from '@groundplane/protocol'
import { type ByteRange, blobContent, blobInfo } from './blob.js'
import { ApiError } from './errors.js'
import { type EventOptions, runEvents } from './events.js'
import { linesOf, type Request, send, type TransportOptions } from './transport.js'

export interface ClientOptions {
  /** `http://127.0.0.1:8080`. Default: the origin of the page, in a browser. */
  readonly baseUrl?: string
  readonly token?: string | (() => string | undefined)
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch
  /** W3C trace context to continue. */
  readonly traceparent?: () => string | undefined
}

interface Call {
  readonly signal?: AbortSignal
}
interface Conditional extends Call {
  /** Refuse (412, `ApiError`) unless the branch is at this commit. */
  readonly ifCommit?: string
}
interface Page extends Call {
  readonly limit?: number
  readonly pageToken?: string
}

/** Which changes are wanted; what is left out is all of it. A cursor goes on with the same only. */
type ChangeFilter = {
  readonly kind?: readonly ('node' | 'edge')[]
  readonly type?: readonly string[]
  readonly op?: readonly ('insert' | 'update' | 'delete')[]
}

export type GroundplaneClient = ReturnType<typeof createClient>

/**
 * A client of one server. Every call rejects with `ApiError` when the server refuses and
 * with `UnreachableError` when no answer comes; calls are never repeated behind the
 * caller's back, except the reconnection of `incidents.events`.
 */
export function createClient(options: ClientOptions = {}) {
  const location = (globalThis as { location?: { origin?: string } }).location
  const baseUrl = options.baseUrl ?? location?.origin
  if (!baseUrl) throw new TypeError('createClient needs a baseUrl outside a browser')
  const transport: TransportOptions = {
    baseUrl,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    ...(options.token !== undefined && { token: options.token }),
    ...(options.traceparent && { traceparent: options.traceparent }),
  }
  const json = async <T>(request: Request): Promise<T> => (await (await send(transport, request)).json()) as T
  const get = <T>(path: string, query: Request['query'] = {}, call: Call = {}) =>
    json<T>({ method: 'GET', path, query, ...pick(call) })

  return {
    baseUrl,
    health: (call?: Call) => get<Health>('/healthz', {}, call),
    graphs: (call?: Call) => get<GraphList>('/graphs', {}, call),
    graph: (id: string) => graphClient(transport, id),

    /** What is scheduled, its last result and its next run. */
    schedules: (call?: Call) => get<ScheduleList>('/schedules', {}, call),
    /** Begins the run of a schedule, due or not; how it stood before is the answer. */
    runSchedule: (schedule: string, call: Call = {}) =>
      json<Schedule>({
        method: 'POST',
        path: `/schedules/${encodeURIComponent(schedule)}/run`,
        ...pick(call),
      }),
    /** What is harvested, and what is asserted of it. */
    sources: (call?: Call) => get<SourceList>('/sources', {}, call),

    catalog: {
      /** One tool of the catalog, with the arguments and the answer it has over MCP. */
      call: (tool: CatalogToolName, args: object = {}, call: Call = {}) =>
        json<Record<string, unknown>>({
          method: 'POST',
          path: `/catalog/tools/${tool}`,
          body: args,
          ...pick(call),
        }),
      search: (
        q: { query?: string; filter?: string; num_results?: number; offset?: number } = {},
        call?: Call,
      ) => get<SearchResult>('/catalog/search', q, call),
      entities: (urns: readonly string[], call?: Call) =>
        get<EntityList>('/catalog/entities', { urn: urns }, call),
      fields: (q: { urn: string; keywords?: string; limit?: number; offset?: number }, call?: Call) =>
        get<SchemaFieldList>('/catalog/fields', q, call),
      lineage: (
        q: {
          urn: string
          column?: string
          upstream?: boolean
          max_hops?: number
          max_results?: number
          offset?: number
        },
        call?: Call,
      ) => get<LineageResult>('/catalog/lineage', q, call),
      assertions: (
        q: {
          urn: string
          column?: string
          status?: string
          start?: number
          count?: number
          run_events_count?: number
        },
        call?: Call,
      ) => get<AssertionList>('/catalog/assertions', q, call),
      healthDiff: (q: { reference?: string; production?: string } = {}, call?: Call) =>
        get<HealthDiff>('/catalog/health-diff', q, call),
      incidents: (q: { urn?: string; state?: 'ACTIVE' | 'RESOLVED' } = {}, call?: Call) =>
        get<CatalogIncidentList>('/catalog/incidents', q, call),
      picture: (run: string, call?: Call) => get<CatalogPicture>('/catalog/graph', { run }, call),
    },

    incidents: {
      start: (sentence: string, call: Call = {}) =>
        json<StartIncidentResponse>({
          method: 'POST',
          path: '/incidents',
          body: { sentence },
          ...pick(call),
        }),
      list: (q: { limit?: number } = {}, call?: Call) => get<IncidentRunList>('/incidents', q, call),
      get: (runId: string, call?: Call) =>
        get<IncidentRun>(`/incidents/${encodeURIComponent(runId)}`, {}, call),
      /** Each event once and in order until the run ends; reconnects by itself. */
      events: (runId: string, eventOptions?: EventOptions): AsyncGenerator<IncidentEvent, void, undefined> =>
        runEvents(transport, runId, eventOptions),
    },
  }
}

function graphClient(transport: TransportOptions, id: string) {
  const base = `/graphs/${encodeURIComponent(id)}`
  const json = async <T>(request: Request): Promise<T> => (await (await send(transport, request)).json()) as T
  const get = <T>(path: string, query: Request['query'] = {}, call: Call = {}) =>
    json<T>({ method: 'GET', path: base + path, query, ...pick(call) })
  const post = <T>(path: string, body: unknown, call: Conditional = {}) =>
    json<T>({
      method: 'POST',
      path: `${base}${path}${conditionPath(call)}`,
      body,
      headers: conditionHeaders(call),
      ...pick(call),
    })
  const page = ({ limit, pageToken }: Page) => ({ limit, page_token: pageToken })

  const lines = async function* (path: string, body: unknown, call: Conditional): AsyncGenerator<string> {
    const response = await send(transport, {
      method: 'POST',
      path: `${base}${path}${conditionPath(call)}`,
      accept: 'application/x-ndjson',
      body,
      headers: conditionHeaders(call),
      ...pick(call),
    })
    if (!response.body) throw brokenOff(`The answer of ${path} has no body.`)
    try {
      for await (const line of linesOf(response.body)) if (line !== '') yield line
    } catch (cause) {
      if (call.signal?.aborted) throw call.signal.reason
      throw brokenOff(`The answer of ${path} broke off.`, cause)
    }
  }
  const baselineLines = async function* (
    request: ChangeBaselineRequest = {},
    call: Call = {},
  ): AsyncGenerator<string, ChangeBaselineRecord['baseline']> {
    let held: string | undefined
    for await (const line of lines('/changes/baseline', request, call)) {
      if (held !== undefined) yield held
      held = line
    }
    const last = (JSON.parse(held ?? '{}') as Partial<ChangeBaselineRecord>).baseline
    if (last) return last
    if (held !== undefined) yield held
    throw brokenOff('The baseline ended before its last line.')
  }

  return {
    createBranch: (request: BranchCreateRequest, call?: Conditional) =>
      post<BranchCreateOutput>('/branches', request, call),
    deleteBranch: (name: string, call: Conditional = {}) =>
      json<BranchDeleteOutput>({
        method: 'DELETE',
        path: `${base}/branches/${encodeURIComponent(name)}${conditionPath(call)}`,
        headers: conditionHeaders(call),
        ...pick(call),
      }),
    /** Rejects with status 409 and `merge_conflicts` when there are conflicts, unless it is a dry run. */
    mergeBranch: (request: BranchMergeRequest, call?: Conditional) =>
      post<BranchMergeOutput>('/branches/merge', request, call),
    /** One page of the feed; its `cursor` or `next_page_token` goes on. */
    pollChanges: (
      q: ChangeFilter & {
        branch?: string
        start?: string
        cursor?: string
        page_token?: string
        limit?: number
      } = {},
      call?: Call,
    ) => get<ChangeFeed>('/changes', q, call),
    /** The net change between two commits, each an id or a branch for its head; `to` is the head by default. */
    diff: (
      q: ChangeFilter & { from: string; to?: string; branch?: string; page_token?: string; limit?: number },
      call?: Call,
    ) => get<ChangeDiff>('/changes', q, call),
    /**
     * All of a branch at one commit, line by line; what it returns at the end has the cursor that
     * `pollChanges` goes on with. Throws when the server broke off midway: then there is no cursor.
     */
    async *baseline(
      request: ChangeBaselineRequest = {},
      call: Call = {},
    ): AsyncGenerator<unknown, ChangeBaselineRecord['baseline']> {
      const texts = baselineLines(request, call)
      try {
        for (;;) {
          const { done, value } = await texts.next()
          if (done) return value
          yield JSON.parse(value)
        }
      } finally {
        await texts.return(undefined as never)
      }
    },
    /** The same, each line as the server wrote it. */
    baselineLines,
    /** What a schema would change; writes nothing. */
    planSchema: (request: SchemaPlanRequest, call?: Call) =>
      post<SchemaPlanOutput>('/schema/plan', request, call),
    /** Rejects with status 409 on a server of a cluster, where `cluster apply` changes schemas. */
    applySchema: (request: SchemaApplyRequest, call?: Conditional) =>
      post<SchemaApplyOutput>('/schema/apply', request, call),
    snapshot: (q: { branch?: string; snapshot?: string } = {}, call?: Call) =>
      get<Snapshot>('/snapshot', q, call),
    /** Of main, of a branch, or as it was at a commit. */
    schema: (q: { branch?: string; snapshot?: string } = {}, call?: Call) =>
      get<GraphSchema>('/schema', q, call),
    blobInfo: (q: BlobQuery, call: Call = {}) => blobInfo(transport, base, q, call),
    blob: (q: BlobQuery, call: Call & { readonly range?: ByteRange; readonly ifDigest?: string } = {}) =>
      blobContent(transport, base, q, call),
    /** With `standing` each with its last commit, whether it is protected, and what the caller may do on it. */
    branches: (call: Call & { readonly standing?: boolean } = {}) =>
      get<BranchList>('/branches', { standing: call.standing }, call),
    commits: ({ branch, ...rest }: { branch?: string } & Page = {}) =>
      get<CommitList>('/commits', { branch, ...page(rest) }, rest),
    commit: (commit: string, call?: Call) => get<Commit>(`/commits/${encodeURIComponent(commit)}`, {}, call),
    changes: (commit: string, rest: Page = {}) =>
      get<CommitChanges>(`/commits/${encodeURIComponent(commit)}/changes`, page(rest), rest),
    query: (request: Omit<QueryRequest, 'explain'>, call: Call = {}) =>
      post<ReadOutput>('/query', request, call),
    /** How a query is answered; a write is planned and not done. */
    explain: (request: Omit<QueryRequest, 'explain'>, call: Call = {}) =>
      post<ExplainOutput>('/query', { ...request, explain: true }, call),
    explainStored: (name: string, request: Omit<InvokeRequest, 'explain'> = {}, call: Call = {}) =>
      post<ExplainOutput>(`/queries/${encodeURIComponent(name)}`, { ...request, explain: true }, call),
    mutate: (request: MutateRequest, call: Conditional = {}) => post<ChangeOutput>('/mutate', request, call),
    queries: (call?: Call) => get<StoredQueryList>('/queries', {}, call),
    invoke: (name: string, request: Omit<InvokeRequest, 'explain'> = {}, call: Conditional = {}) =>
      post<InvokeOutput>(`/queries/${encodeURIComponent(name)}`, request, call),
    /** `lines` is NDJSON. A stream needs a `fetch` that sends streams (Node; browsers over HTTP/2). */
    load: (
      lines: string | ReadableStream<Uint8Array>,
      {
        mode,
        branch,
        message,
        ...call
      }: { mode?: LoadMode; branch?: string; message?: string } & Conditional = {},
    ) =>
      json<LoadOutput>({
        method: 'POST',
        path: `${base}/load/ndjson${conditionPath(call)}`,
        query: { mode, branch, message },
        headers: conditionHeaders(call),
        rawBody: { type: 'application/x-ndjson', content: lines },
        ...pick(call),
      }),
    /** One parsed line at a time, read as the caller takes them. Throws when the server broke off midway. */
    async *export(request: ExportRequest = {}, call: Conditional = {}): AsyncGenerator<unknown> {
      for await (const line of lines('/export', request, call)) yield JSON.parse(line)
    },
    /** The same, each line as the server wrote it. */
    exportLines: (request: ExportRequest = {}, call: Conditional = {}) => lines('/export', request, call),
  }
}

/** A conditional call has an address of its own, so that a server that does not know it refuses. */
function conditionPath({ ifCommit }: Conditional): string {
  return ifCommit === undefined ? '' : '/if-graph-commit'
}

function conditionHeaders({ ifCommit }: Conditional): Record<string, string> {
  return ifCommit === undefined ? {} : { 'groundplane-if-graph-commit': ifCommit }
}

function brokenOff(message: string, cause?: unknown): ApiError {
  const remedy =
    'Ask again; if it stays so, look for a proxy between here and the server that cuts or drops bodies.'
  const error = new ApiError(502, 'answer_cut_short', message, remedy, undefined, [], {}, undefined)
  if (cause !== undefined) error.cause = cause
  return error
}

function pick(call: Call): { signal?: AbortSignal } {
  return call.signal ? { signal: call.signal } : {}
}
