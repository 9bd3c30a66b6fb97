import { GroundplaneError } from '@groundplane/core'
import type { OperationOrigin, QueryOptions, QueryParams, QueryResult } from '@groundplane/graph'
import { parseQueries } from '@groundplane/lang'
import type { Authorizer } from '@groundplane/policy'
import type {
  ChangeOutput,
  ExplainOutput,
  InvokeOutput,
  ReadOutput,
  Receipt,
  StoredQuery,
} from '@groundplane/protocol'
import { explanationToWire } from '../routes/explain-wire.js'
import { mutationToWire, queryToWire, readToWire, receiptOf } from '../routes/graph-wire.js'
import type { ServedGraph, ServedQuery } from '../served-revision.js'
import { ServerError } from '../server-error.js'
import { type Caller, mayDo, targetOf, whoOf } from './caller.js'

/** A query as text; `name` chooses one of several. */
export interface QueryText {
  readonly text: string
  readonly name?: string | undefined
  readonly params: Readonly<Record<string, unknown>>
  /** Whether it is a stored query, under that name. */
  readonly stored?: boolean
}

export interface ReadAt {
  readonly branch?: string
  readonly ifCommit?: string
  readonly commit?: string
}

export interface WriteAt {
  readonly branch?: string
  readonly ifCommit?: string
  readonly message?: string
}

/** What calls a stored query, as the wire has it. */
export interface Invocation {
  readonly params?: Readonly<Record<string, unknown>> | null | undefined
  readonly branch?: string | null | undefined
  readonly snapshot?: string | null | undefined
  readonly expect_mutation?: boolean | null | undefined
  readonly message?: string | null | undefined
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export interface QueryAccessDeps {
  readonly authorize: Authorizer
  /** Deadline of one query, milliseconds. */
  readonly queryMs: number
}

/** Receipts remembered; past this many they are looked up again. */
const RECEIPTS = 1000

/**
 * Queries on the graphs of a server, for HTTP and MCP alike: as text, or stored ones
 * by name. The graph's own gate decides each read and write; a stored query needs
 * `invoke_query` besides.
 */
export class QueryAccess {
  readonly #deps: QueryAccessDeps
  /** By commit id: a commit never changes, so when it was made is looked up once. */
  readonly #receipts = new Map<string, Receipt>()

  constructor(deps: QueryAccessDeps) {
    this.#deps = deps
  }

  /** Deadline of one query, milliseconds. */
  get queryMs(): number {
    return this.#deps.queryMs
  }

  /** A promise only when there is something to wait for. */
  read(
    caller: Caller,
    served: ServedGraph,
    query: QueryText,
    at: ReadAt,
    maxRows?: number,
  ): ReadOutput | Promise<ReadOutput> {
    const options = this.#queryOptions(caller, query, at)
    if (maxRows !== undefined) options.maxRows = maxRows
    const answer = served.service.answer(query.text, query.params as QueryParams, options)
    if (!(answer instanceof Promise)) {
      const receipt = this.#receipts.get(answer.commit)
      if (receipt) return readToWire(nameOf(query), at, answer, receipt)
    }
    return this.#withReceipt(caller, served, query, at, answer)
  }

  async #withReceipt(
    caller: Caller,
    served: ServedGraph,
    query: QueryText,
    at: ReadAt,
    answer: QueryResult | Promise<QueryResult>,
  ): Promise<ReadOutput> {
    const result = await answer
    const receipt = await this.receipt(caller, served, result.commit, at.branch)
    return readToWire(nameOf(query), at, result, receipt)
  }

  /** `read` at a branch or commit as the wire names them. */
  readText(
    caller: Caller,
    served: ServedGraph,
    query: QueryText,
    at: Pick<Invocation, 'branch' | 'snapshot'>,
    maxRows?: number,
  ): ReadOutput | Promise<ReadOutput> {
    return this.read(caller, served, query, targetOf(at), maxRows)
  }

  /** How a query is answered; the right it needs is that of the query. A write is planned and not done. */
  async explain(caller: Caller, served: ServedGraph, query: QueryText, at: ReadAt): Promise<ExplainOutput> {
    const options = this.#queryOptions(caller, query, at)
    const explanation = await served.service.explain(query.text, query.params as QueryParams, options)
    return explanationToWire(explanation, at)
  }

  /** Filled in member by member: a point read comes through here, and spreading costs as much as it does. */
  #queryOptions(caller: Caller, query: QueryText, at: ReadAt): Writable<QueryOptions> {
    const options: Writable<QueryOptions> = {
      deadlineMs: this.#deps.queryMs,
      origin: originOf(caller, query),
    }
    if (query.name !== undefined) options.name = query.name
    if (caller.principal) options.principal = caller.principal
    if (caller.signal) options.signal = caller.signal
    if (at.branch !== undefined) options.branch = at.branch
    if (at.commit !== undefined) options.commit = at.commit
    if (at.ifCommit !== undefined) options.ifCommit = at.ifCommit
    return options
  }

  async write(caller: Caller, served: ServedGraph, query: QueryText, at: WriteAt): Promise<ChangeOutput> {
    const result = await served.service.mutate(query.text, query.params as QueryParams, {
      ...at,
      ...whoOf(caller),
      provenance: caller.provenance,
      ...(query.name !== undefined && { name: query.name }),
      origin: originOf(caller, query),
      ...(caller.signal && { signal: caller.signal }),
    })
    return mutationToWire(nameOf(query), at.branch ?? 'main', caller.principal?.actor ?? null, result)
  }

  /** A query that does not exist and one that may not be called give the same answer, byte for byte. */
  stored(caller: Caller, { id, queries }: ServedGraph, name: string): ServedQuery {
    const query = queries.get(name)
    if (this.#mayInvoke(caller, id) && query) return query
    throw new ServerError('not-found', 'query_not_found', `There is no stored query "${name}".`, {
      remedy: `GET /graphs/${id}/queries lists the stored queries.`,
    })
  }

  /** Not a probe: the refusal of a call belongs in the log. */
  #mayInvoke(caller: Caller, graph: string): boolean {
    try {
      const { principal } = caller
      const action = 'invoke_query'
      this.#deps.authorize(principal ? { action, graph, principal } : { action, graph })
      return true
    } catch (error) {
      if (error instanceof GroundplaneError && error.kind === 'denied') return false
      throw error
    }
  }

  /** Whoever may not call the stored queries is not told of them either. */
  list(caller: Caller, { id, queries }: ServedGraph): StoredQuery[] {
    this.#deps.authorize({ action: 'read', graph: id, branch: 'main', ...whoOf(caller) })
    return mayDo(this.#deps.authorize, caller, 'invoke_query', id)
      ? [...queries.values()].map(queryToWire)
      : []
  }

  /** A promise only when there is something to wait for. */
  invoke(
    caller: Caller,
    served: ServedGraph,
    stored: ServedQuery,
    call: Invocation,
    { ifCommit, maxRows }: { ifCommit?: string; maxRows?: number } = {},
  ): InvokeOutput | Promise<InvokeOutput> {
    const mutation = stored.checked.kind === 'write'
    // A condition is of a write alone: a read would leave it out in silence.
    if ((call.expect_mutation ?? mutation) !== mutation || (ifCommit !== undefined && !mutation))
      throw kindMismatch(stored)
    const query = textOf(stored, call)
    const at = targetOf(call)
    if (!mutation) return this.read(caller, served, query, at, maxRows)
    if (at.commit !== undefined) {
      throw new ServerError('invalid', 'snapshot_not_writable', 'A past commit cannot be written to.', {
        remedy: 'Leave out `snapshot`.',
      })
    }
    return this.write(caller, served, query, {
      ...(at.branch !== undefined && { branch: at.branch }),
      ...(call.message != null && { message: call.message }),
      ...(ifCommit !== undefined && { ifCommit }),
    })
  }

  /** As `explain`, of a stored query. */
  async explainStored(
    caller: Caller,
    served: ServedGraph,
    stored: ServedQuery,
    call: Invocation,
    ifCommit?: string,
  ): Promise<ExplainOutput> {
    const at = { ...targetOf(call), ...(ifCommit !== undefined && { ifCommit }) }
    return this.explain(caller, served, textOf(stored, call), at)
  }

  /** What was read at a commit, for an answer to show; judged as a read of the branch when one is given. */
  async receipt(
    caller: Caller,
    { id, service }: ServedGraph,
    commit: string,
    branch: string | undefined,
  ): Promise<Receipt> {
    const known = this.#receipts.get(commit)
    if (known) return known
    const on = branch === undefined ? {} : { branch }
    const made = receiptOf(id, await service.commit(commit, { ...on, ...whoOf(caller) }))
    if (this.#receipts.size >= RECEIPTS) this.#receipts.clear()
    this.#receipts.set(commit, made)
    return made
  }
}

function textOf(stored: ServedQuery, call: Invocation): QueryText {
  return { text: stored.source, name: stored.name, params: call.params ?? {}, stored: true }
}

/** What a log or a meter is told of a request. Only names of stored queries: others are the callers' to choose. */
function originOf({ requestId }: Caller, { name, stored }: QueryText): OperationOrigin {
  const storedQuery = stored ? name : undefined
  if (requestId === undefined) return storedQuery === undefined ? {} : { storedQuery }
  return storedQuery === undefined ? { requestId } : { requestId, storedQuery }
}

function kindMismatch({ name, checked }: ServedQuery): ServerError {
  const is = checked.kind === 'write' ? 'writes' : 'only reads'
  return new ServerError('invalid', 'query_kind_mismatch', `The stored query "${name}" ${is}.`, {
    remedy: 'Leave out expect_mutation and the condition, or call the query that was meant.',
  })
}

/** The name of a query that ran: the one asked for, else of the only one its text holds. */
function nameOf({ name, text }: QueryText): string {
  return name ?? parseQueries(text).document.queries[0]?.name ?? ''
}
