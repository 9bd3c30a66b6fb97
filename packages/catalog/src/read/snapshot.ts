import type { Principal, Receipt } from '@groundplane/core'
import type { CommitInfo, EntityVersion, Graph, ReadContext } from '@groundplane/graph'
import type { Row } from '../aspect/row.js'
import type { CatalogQueries, QuerySet } from '../model/queries.js'
import { allAtOnce, oneStep, type Steps } from './steps.js'

/** The catalog as of one commit. */
export class Snapshot {
  readonly graph: Graph
  readonly commit: CommitInfo
  readonly principal: Principal | undefined
  readonly #queries: QuerySet
  readonly #context: ReadContext

  constructor(graph: Graph, queries: QuerySet, context: ReadContext, commit: CommitInfo) {
    this.graph = graph
    this.commit = commit
    this.#queries = queries
    this.#context = context
    this.principal = context.principal
  }

  /** Whether walks of many hops may run over adjacency arrays, which are kept of the head of main alone. */
  get hasArrays(): boolean {
    const { commit, branch = 'main' } = this.#context
    return commit === undefined && branch === 'main'
  }

  /**
   * Goes on only while what was read so far is of the commit: when the head has moved, the whole answer
   * begins anew. For work in steps, before it relies on something else that is of the commit.
   */
  hold(): void {
    if (this.#context.commit !== undefined) return
    if (this.graph.head(this.#context.branch, this.#context).id !== this.commit.id) throw new HeadMoved()
  }

  /** Rows of a packaged query. */
  rows(query: string, params: Readonly<Record<string, string | number>> = {}): Row[] {
    return this.#queries.prepared(query).all(params, this.#context) as Row[]
  }

  /** Whether the schema at the commit has what a packaged query asks for. */
  knows(query: string): boolean {
    return this.#queries.knows(query)
  }

  row(query: string, params: Readonly<Record<string, string | number>> = {}): Row | undefined {
    return this.rows(query, params)[0]
  }

  /** Versions of a node up to the commit, or up to an earlier one, newest first. */
  versions(
    node: { readonly type: string; readonly id: string },
    limit: number,
    upTo?: string,
  ): EntityVersion[] {
    if (upTo === undefined) return this.graph.versions(node, { ...this.#context, limit })
    const who = this.principal === undefined ? {} : { principal: this.principal }
    return this.graph.versions(node, { ...who, commit: upTo, limit })
  }

  get receipt(): Receipt {
    return { graph: this.graph.id, commit: this.commit.id, at: this.commit.at }
  }
}

/** Ends an attempt to answer from the head; never seen outside of `readInSteps`. */
class HeadMoved extends Error {}

/** Head reads tried before the commit is pinned: pinning is slower than reading the head. */
const HEAD_ATTEMPTS = 3

/**
 * Reads everything of one answer at one commit. Head reads are the fast ones, so
 * they are done optimistically and done again when another process moved the head
 * meanwhile; after a few times the commit is pinned.
 */
export function readAt<T>(
  graph: Graph,
  queries: CatalogQueries,
  at: ReadContext,
  body: (snapshot: Snapshot) => T,
): T {
  return allAtOnce(readInSteps(graph, queries, at, (snapshot) => oneStep(() => body(snapshot))))
}

/** The same of an answer that is worked out in steps, between which this process may move the head too. */
export function* readInSteps<T>(
  graph: Graph,
  queries: CatalogQueries,
  at: ReadContext,
  body: (snapshot: Snapshot) => Steps<T>,
): Steps<T> {
  if (at.commit !== undefined)
    return yield* body(new Snapshot(graph, queries.at(at), at, graph.commit(at.commit, at)))
  for (let attempt = 0; attempt < HEAD_ATTEMPTS; attempt++) {
    const snapshot = new Snapshot(graph, queries.at(at), at, graph.head(at.branch, at))
    try {
      const answer = yield* body(snapshot)
      snapshot.hold()
      return answer
    } catch (error) {
      if (!(error instanceof HeadMoved)) throw error
    }
  }
  const head = graph.head(at.branch, at)
  const pinned = { ...at, commit: head.id }
  return yield* body(new Snapshot(graph, queries.at(pinned), pinned, head))
}
