import type {
  AssertionList,
  BranchCreateOutput,
  BranchCreateRequest,
  BranchDeleteOutput,
  BranchList,
  BranchMergeOutput,
  BranchMergeRequest,
  CatalogIncidentList,
  CatalogPicture,
  ChangeFeed,
  ChangeOutput,
  Commit,
  CommitChanges,
  CommitList,
  EntityList,
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
  SchemaFieldList,
  SearchResult,
  Snapshot,
  StartIncidentResponse,
  StoredQueryList,
} from '@groundplane/protocol'
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

    catalog: {
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
      path: `${base}${path}${call.ifCommit === undefined ? '' : '/if-graph-commit'}`,
      body,
      ...(call.ifCommit !== undefined && { headers: { 'groundplane-if-graph-commit': call.ifCommit } }),
      ...pick(call),
    })
  const page = ({ limit, pageToken }: Page) => ({ limit, page_token: pageToken })

  return {
    createBranch: (request: BranchCreateRequest, call?: Call) =>
      post<BranchCreateOutput>('/branches', request, call),
    deleteBranch: (name: string, call: Call = {}) =>
      json<BranchDeleteOutput>({
        method: 'DELETE',
        path: `${base}/branches/${encodeURIComponent(name)}`,
        ...pick(call),
      }),
    /** Rejects with status 409 and `merge_conflicts` when there are conflicts, unless it is a dry run. */
    mergeBranch: (request: BranchMergeRequest, call?: Conditional) =>
      post<BranchMergeOutput>('/branches/merge', request, call),
    /** One page of the feed; its `cursor` or `next_page_token` goes on. */
    pollChanges: (
      q: { branch?: string; start?: string; cursor?: string; page_token?: string; limit?: number } = {},
      call?: Call,
    ) => get<ChangeFeed>('/changes', q, call),
    snapshot: (q: { branch?: string } = {}, call?: Call) => get<Snapshot>('/snapshot', q, call),
    schema: (call?: Call) => get<GraphSchema>('/schema', {}, call),
    branches: (call?: Call) => get<BranchList>('/branches', {}, call),
    commits: ({ branch, ...rest }: { branch?: string } & Page = {}) =>
      get<CommitList>('/commits', { branch, ...page(rest) }, rest),
    commit: (commit: string, call?: Call) => get<Commit>(`/commits/${encodeURIComponent(commit)}`, {}, call),
    changes: (commit: string, rest: Page = {}) =>
      get<CommitChanges>(`/commits/${encodeURIComponent(commit)}/changes`, page(rest), rest),
    query: (request: QueryRequest, call: Call = {}) => post<ReadOutput>('/query', request, call),
    mutate: (request: MutateRequest, call: Conditional = {}) => post<ChangeOutput>('/mutate', request, call),
    queries: (call?: Call) => get<StoredQueryList>('/queries', {}, call),
    invoke: (name: string, request: InvokeRequest = {}, call: Conditional = {}) =>
      post<InvokeOutput>(`/queries/${encodeURIComponent(name)}`, request, call),
    /** `lines` is NDJSON. A stream needs a `fetch` that sends streams (Node; browsers over HTTP/2). */
    load: (
      lines: string | ReadableStream<Uint8Array>,
      { mode, branch, ...call }: { mode?: LoadMode; branch?: string } & Call = {},
    ) =>
      json<LoadOutput>({
        method: 'POST',
        path: `${base}/load/ndjson`,
        query: { mode, branch },
        rawBody: { type: 'application/x-ndjson', content: lines },
        ...pick(call),
      }),
    /** One parsed line at a time, read as the caller takes them. Throws when the server broke off midway. */
    async *export(request: ExportRequest = {}, call: Call = {}): AsyncGenerator<unknown> {
      const response = await send(transport, {
        method: 'POST',
        path: `${base}/export`,
        accept: 'application/x-ndjson',
        body: request,
        ...pick(call),
      })
      if (!response.body)
        throw new ApiError(
          502,
          'empty_export',
          'The export has no body.',
          'Ask again; if it stays so, look for a proxy between here and the server that drops bodies.',
          undefined,
          [],
          {},
          undefined,
        )
      for await (const line of linesOf(response.body)) if (line !== '') yield JSON.parse(line)
    },
  }
}

function pick(call: Call): { signal?: AbortSignal } {
  return call.signal ? { signal: call.signal } : {}
}
