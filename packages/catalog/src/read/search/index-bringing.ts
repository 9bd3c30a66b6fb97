import { Graph } from '@groundplane/graph'
import { CatalogQueries } from '../../model/queries.js'
import { Snapshot } from '../snapshot.js'
import { buildIndex, followIndex } from './index-changes.js'
import { type IndexAt, loadIndex, saveIndex } from './index-file.js'

/** Which state an index is wanted of: the head of a branch, or a commit. */
export type IndexTarget = { readonly branch: string } | { readonly commit: string }

/** How an index came about, for who watches the server. */
export interface IndexOrigin {
  /** `kept`: read from its file and brought up to date; `built`: from all documents. */
  readonly from: 'kept' | 'built'
  /** Documents that were looked at again, or all. */
  readonly documents: number
  /** Why it could not be written to its file, when it was to be. */
  readonly unsaved?: string
}

/** So many documents are looked at again before the file is written anew. */
const SAVE_FROM = 500
/** Passes after which a head that moves on is no longer run after: what is read is read as of one commit, which is slower. */
const MAX_PASSES = 8

/**
 * The index of a state of a graph: the kept one brought there by what has changed, else from all documents. The head of
 * main is kept for the next start. On a connection of its own, without asking policy: what is found is shown by those who
 * do ask. Takes as long as it takes, so it is for a thread of its own; readers and writers of the graph go on meanwhile.
 */
export function bringIndex(root: string, target: IndexTarget): IndexAt & { readonly origin: IndexOrigin } {
  const graph = Graph.open(root, { readOnly: true })
  try {
    const queries = new CatalogQueries(graph)
    const kept = loadIndex(graph)
    const { built, looked, ...found } =
      'commit' in target
        ? brought(kept, new Snapshot(graph, queries.at(target), target, graph.commit(target.commit)))
        : atHead(graph, queries, target.branch, kept)
    const isMain = 'branch' in target && target.branch === 'main'
    const unsaved = isMain && (built || looked >= SAVE_FROM) ? saved(graph, found) : undefined
    const origin: IndexOrigin = { from: built ? 'built' : 'kept', documents: looked }
    return { ...found, origin: unsaved === undefined ? origin : { ...origin, unsaved } }
  } finally {
    graph.close()
  }
}

interface Brought extends IndexAt {
  readonly built: boolean
  readonly looked: number
}

/** A head is read as it is at each moment; what was committed meanwhile is looked at again until nothing was. */
function atHead(graph: Graph, queries: CatalogQueries, branch: string, kept: IndexAt | undefined): Brought {
  let at: Brought | undefined
  for (let pass = 1; ; pass++) {
    const head = graph.head(branch)
    if (at?.commit === head.id) return at
    const where = pass < MAX_PASSES ? { branch } : { branch, commit: head.id }
    const next = brought(at ?? kept, new Snapshot(graph, queries.at(where), where, head))
    at = { ...next, built: next.built || at?.built === true, looked: next.looked + (at?.looked ?? 0) }
    if (pass >= MAX_PASSES) return at
  }
}

function brought(from: IndexAt | undefined, snapshot: Snapshot): Brought {
  const { id: commit } = snapshot.commit
  if (from?.commit === commit) return { ...from, built: false, looked: 0 }
  const looked = from ? followIndex(from.index, from.commit, snapshot) : null
  if (from && looked !== null) return { index: from.index, commit, built: false, looked }
  const index = buildIndex(snapshot)
  return { index, commit, built: true, looked: index.size }
}

/** Why it could not be saved; a directory that cannot be written to is no reason not to answer. */
function saved(graph: Graph, found: IndexAt): string | undefined {
  try {
    saveIndex(graph, found)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
