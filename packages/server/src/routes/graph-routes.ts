import { Readable } from 'node:stream'
import { GroundplaneError } from '@groundplane/core'
import type { LoadMode, LoadResult } from '@groundplane/graph'
import { parseQueries } from '@groundplane/lang'
import type { Receipt } from '@groundplane/protocol'
import { limitBody } from '../http/body-limit.js'
import { fromPageToken, toPageToken } from '../http/page-token.js'
import type { Call, Handlers } from '../http/route.js'
import { graphOf, type ServedGraph, type ServedQuery } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import {
  causeToWire,
  changeToWire,
  commitToWire,
  loadToWire,
  mutationToWire,
  queryToWire,
  readToWire,
  receiptOf,
  snapshotToWire,
} from './graph-wire.js'

type ReadIds = 'getSnapshot' | 'getSchema' | 'listBranches' | 'listCommits' | 'getCommit' | 'getCommitChanges'
type QueryIds = 'runQuery' | 'runMutation' | 'runMutationIf' | 'listQueries' | 'invokeQuery' | 'invokeQueryIf'

const DEFAULT_PAGE = 100
const NDJSON = 'application/x-ndjson; charset=utf-8'

type AnyCall = Pick<Call, 'params' | 'principal' | 'provenance' | 'request' | 'reply'>

const principalOf = ({ principal }: AnyCall) => (principal ? { principal } : {})

/** Where a request reads: a branch or a commit (`snapshot`), not both. */
export function targetOf(at: { branch?: string | null | undefined; snapshot?: string | null | undefined }) {
  if (at.branch != null && at.snapshot != null) {
    throw new ServerError('invalid', 'target_ambiguous', 'Both `branch` and `snapshot` are given.', {
      remedy: 'Read at a branch or at a commit, not both.',
    })
  }
  return {
    ...(at.branch != null && { branch: at.branch }),
    ...(at.snapshot != null && { commit: at.snapshot }),
  }
}

/** For what the graph itself does not gate: its commits by id, and the list of its queries. */
function allowRead(deps: RouteDeps, call: AnyCall): void {
  const { id } = graphOf(deps.revision, call.params['graph_id'] as string)
  deps.authorize({ action: 'read', graph: id, branch: 'main', ...principalOf(call) })
}

/** History and structure of one graph. The graph's own gate decides each read. */
export function graphReadHandlers(deps: RouteDeps): Handlers<ReadIds> {
  const graph = (call: AnyCall) => graphOf(deps.revision, call.params['graph_id'] as string)
  return {
    async getSnapshot(call) {
      const { id, service } = graph(call)
      return snapshotToWire(id, await service.snapshot({ ...targetOf(call.query), ...principalOf(call) }))
    },

    async getSchema(call) {
      const { id, service } = graph(call)
      const { commit } = await service.snapshot(principalOf(call))
      // At that commit, whatever is applied meanwhile: the receipt is of what is answered.
      const { source, digest } = await service.schema({ commit: commit.id, ...principalOf(call) })
      return { schema_source: source, schema_digest: digest, receipt: receiptOf(id, commit) }
    },

    async listBranches(call) {
      const branches = await graph(call).service.branches(principalOf(call))
      return { branches: branches.map(({ name }) => name) }
    },

    async listCommits(call) {
      const { branch, limit = DEFAULT_PAGE, page_token } = call.query
      const commits = await graph(call).service.commits({
        ...targetOf({ branch }),
        limit: limit + 1,
        ...(page_token !== undefined && { before: fromPageToken(page_token) }),
        ...principalOf(call),
      })
      const page = commits.slice(0, limit)
      const last = page.at(-1)
      return {
        commits: page.map(commitToWire),
        next_page_token: commits.length > limit && last ? toPageToken(last.id) : null,
      }
    },

    async getCommit(call) {
      allowRead(deps, call)
      return commitToWire(
        await graph(call).service.commit(call.params['commit_id'] as string, principalOf(call)),
      )
    },

    async getCommitChanges(call) {
      const { limit = DEFAULT_PAGE, page_token } = call.query
      allowRead(deps, call)
      const { service } = graph(call)
      const commitId = call.params['commit_id'] as string
      const cause = causeToWire(await service.commit(commitId, principalOf(call)))
      const offset = page_token === undefined ? 0 : Number(fromPageToken(page_token))
      const changes = await service.changes(commitId, principalOf(call))
      const more = changes.length > offset + limit
      return {
        cause,
        changes: changes.slice(offset, offset + limit).map(changeToWire),
        next_page_token: more ? toPageToken(String(offset + limit)) : null,
      }
    },
  }
}

/** Queries given as text, and stored ones by name. */
export function graphQueryHandlers(deps: RouteDeps): Handlers<QueryIds> {
  const graph = (call: AnyCall) => graphOf(deps.revision, call.params['graph_id'] as string)
  const receipts = new Map<string, Receipt>()

  /** A commit never changes, so when it was made is looked up once. */
  const receipt = async (
    call: AnyCall,
    { id, service }: ServedGraph,
    commitId: string,
    branch: string | undefined,
  ): Promise<Receipt> => {
    const known = receipts.get(commitId)
    if (known) return known
    const made = receiptOf(
      id,
      await service.commit(commitId, { ...targetOf({ branch }), ...principalOf(call) }),
    )
    if (receipts.size > 1000) receipts.clear()
    receipts.set(commitId, made)
    return made
  }

  const read = async (
    call: AnyCall,
    query: { text: string; name: string | undefined; params: Record<string, unknown> },
    target: { branch?: string; commit?: string },
  ) => {
    const served = graph(call)
    const abort = new AbortController()
    call.reply.raw.once('close', () => {
      if (!call.reply.raw.writableFinished) abort.abort() // the caller has gone
    })
    const result = await served.service.query(query.text, query.params as never, {
      ...target,
      ...principalOf(call),
      ...(query.name !== undefined && { name: query.name }),
      deadlineMs: deps.limits.queryMs,
      signal: abort.signal,
    })
    const made = await receipt(call, served, result.commit, target.branch)
    return readToWire(nameOf(query), target, result, made)
  }

  const write = async (
    call: AnyCall,
    query: { text: string; name: string | undefined; params: Record<string, unknown> },
    context: { branch?: string; message?: string; ifCommit?: string },
  ) => {
    const result = await graph(call).service.mutate(query.text, query.params as never, {
      ...context,
      ...principalOf(call),
      provenance: call.provenance,
      ...(query.name !== undefined && { name: query.name }),
    })
    const actor = call.principal?.actor ?? null
    return mutationToWire(nameOf(query), context.branch ?? 'main', actor, result)
  }

  const runMutation = (call: Call<'runMutation'> | Call<'runMutationIf'>, ifCommit?: string) => {
    const { query, name, params, branch, message } = call.body
    return write(
      call,
      { text: query, name: name ?? undefined, params: params ?? {} },
      {
        ...(branch != null && { branch }),
        ...(message != null && { message }),
        ...(ifCommit !== undefined && { ifCommit }),
      },
    )
  }

  const invoke = (call: Call<'invokeQuery'> | Call<'invokeQueryIf'>, ifCommit?: string) => {
    const stored = storedQueryOf(deps, graph(call), call)
    const mutation = stored.checked.kind === 'write'
    if ((call.body.expect_mutation ?? (ifCommit !== undefined || mutation)) !== mutation) {
      const is = mutation ? 'writes' : 'only reads'
      throw new ServerError('invalid', 'query_kind_mismatch', `The stored query "${stored.name}" ${is}.`, {
        remedy: 'Leave out expect_mutation, or call the query that was meant.',
      })
    }
    const query = { text: stored.source, name: stored.name, params: call.body.params ?? {} }
    const target = targetOf(call.body)
    if (!mutation) return read(call, query, target)
    if (target.commit !== undefined) {
      throw new ServerError('invalid', 'snapshot_not_writable', 'A past commit cannot be written to.', {
        remedy: 'Leave out `snapshot`.',
      })
    }
    return write(call, query, { ...target, ...(ifCommit !== undefined && { ifCommit }) })
  }

  return {
    runQuery: (call) => {
      const { query, name, params } = call.body
      return read(call, { text: query, name: name ?? undefined, params: params ?? {} }, targetOf(call.body))
    },
    runMutation: (call) => runMutation(call),
    runMutationIf: (call) => runMutation(call, ifCommitOf(call)),
    listQueries: (call) => {
      const { id, queries } = graph(call)
      allowRead(deps, call)
      // Whoever may not call them is not told of them either.
      return { queries: mayInvoke(deps, id, call) ? [...queries.values()].map(queryToWire) : [] }
    },
    invokeQuery: (call) => invoke(call),
    invokeQueryIf: (call) => invoke(call, ifCommitOf(call)),
  }
}

/** The name of a query that ran: the one asked for, else of the only one its text holds. */
function nameOf({ name, text }: { readonly name: string | undefined; readonly text: string }): string {
  return name ?? parseQueries(text).document.queries[0]?.name ?? ''
}

function mayInvoke(deps: RouteDeps, graph: string, call: AnyCall): boolean {
  try {
    deps.authorize({ action: 'invoke_query', graph, ...principalOf(call) })
    return true
  } catch (error) {
    if (error instanceof GroundplaneError && error.kind === 'denied') return false
    throw error
  }
}

/** A query that does not exist and one that may not be called give the same answer, byte for byte. */
function storedQueryOf(deps: RouteDeps, { id, queries }: ServedGraph, call: AnyCall): ServedQuery {
  const name = call.params['name'] as string
  const query = queries.get(name)
  if (mayInvoke(deps, id, call) && query) return query
  throw new ServerError('not-found', 'query_not_found', `There is no stored query "${name}".`, {
    remedy: `GET /graphs/${id}/queries lists the stored queries.`,
  })
}

export function ifCommitOf({ request }: Pick<Call, 'request'>): string {
  const header =
    request.headers['groundplane-if-graph-commit'] ??
    request.headers['omnigraph-if-graph-commit'] /* clients of the reference server */
  if (typeof header === 'string' && header !== '') return header
  throw new ServerError(
    'invalid',
    'precondition_missing',
    'The header Groundplane-If-Graph-Commit is missing.',
    {
      remedy: 'Send the commit the branch is expected to be at, or use the route without a condition.',
    },
  )
}

/** Loads and exports. Streams in both directions follow the slower side. */
export function graphBulkHandlers(deps: RouteDeps): Handlers<'load' | 'exportGraph'> {
  return {
    load: (call) => {
      const { data, mode, branch } = call.body
      return loadInto(deps, call, [Buffer.from(data)], mode ?? 'append', branch ?? 'main')
    },

    async exportGraph(call) {
      const { service } = graphOf(deps.revision, call.params['graph_id'] as string)
      const { type_names } = call.body
      const lines = service
        .export({ ...targetOf(call.body), ...principalOf(call), ...(type_names && { types: type_names }) })
        [Symbol.asyncIterator]()
      // The first line is taken before the status is sent, so that a refusal is a refusal and not a broken stream.
      const first = await lines.next()
      call.reply.type(NDJSON).send(Readable.from(chunksOf(first, lines), { objectMode: false }))
    },
  }
}

/** Its body is not parsed but passed on, so it is registered where only that media type is taken. */
export function graphStreamHandlers(deps: RouteDeps): Handlers<'loadNdjson'> {
  return {
    loadNdjson: (call) => {
      const { mode, branch } = call.query
      // Leaving the loop early must not destroy the socket: the refusal still has to be sent through it.
      const body = call.request.raw.iterator({ destroyOnReturn: false })
      const { streamBytes: maxBytes, bodyIdleMs: idleMs } = deps.limits
      return loadInto(deps, call, limitBody(body, { maxBytes, idleMs }), mode ?? 'append', branch ?? 'main')
    },
  }
}

async function loadInto(
  deps: RouteDeps,
  call: AnyCall,
  lines: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  mode: LoadMode,
  branch: string,
) {
  const { id, service } = graphOf(deps.revision, call.params['graph_id'] as string)
  const source = Symbol.asyncIterator in lines ? lines : Readable.from(lines, { objectMode: true })
  const result: LoadResult = await service.load(source, {
    mode,
    branch,
    ...principalOf(call),
    provenance: call.provenance,
  })
  return loadToWire(id, branch, mode, call.principal?.actor ?? null, result)
}

/** Lines joined into chunks of about 64 KiB: one write to the socket a line would cost more than the line. */
async function* chunksOf(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  let chunk = ''
  for (let line = first; !line.done; line = await rest.next()) {
    chunk += line.value.endsWith('\n') ? line.value : `${line.value}\n`
    if (chunk.length >= 65_536) {
      yield chunk
      chunk = ''
    }
  }
  if (chunk !== '') yield chunk
}
