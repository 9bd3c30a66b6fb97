import type { Principal } from '@groundplane/core'
import type { CommitInfo, EntityChange, Graph } from '@groundplane/graph'
import { tryFieldParts } from '../../urn/entity-urns.js'
import type { Snapshot } from '../snapshot.js'
import { collectAll, collectDataset, collectOthers } from './collect.js'
import { TextIndex } from './text-index.js'

/** Beyond this many changes reading them costs more than building anew. */
const MAX_CHANGES = 20_000
const MAX_COMMITS = 50

/** Branches besides main whose indexes are kept: those read last. */
const MAX_BRANCHES = 4

interface Kept {
  readonly index: TextIndex
  readonly commit: string
}

/**
 * Keeps one search index at the head of main, of each of the branches read last, and one for the last past commit
 * asked about. An index follows its head by the changes of the commits between;
 * it is built anew when they are too many or cannot be followed.
 */
export class IndexKeeper {
  readonly #graph: Graph
  readonly #heads = new Map<string, Kept>()
  #past: Kept | null = null

  constructor(graph: Graph) {
    this.#graph = graph
  }

  at(snapshot: Snapshot, past: boolean): TextIndex {
    const { commit } = snapshot
    const head = this.#heads.get(commit.branch)
    if (head?.commit === commit.id) return head.index
    const kept = past ? this.#past : head
    if (kept?.commit === commit.id) return kept.index
    const index = (!past && kept && this.#follow(kept, snapshot)) || build(snapshot)
    if (past) this.#past = { index, commit: commit.id }
    else this.#keepHead(commit.branch, { index, commit: commit.id })
    return index
  }

  #keepHead(branch: string, kept: Kept): void {
    this.#heads.delete(branch)
    this.#heads.set(branch, kept)
    const others = [...this.#heads.keys()].filter((name) => name !== 'main')
    if (others.length > MAX_BRANCHES) this.#heads.delete(others[0] as string)
  }

  /** The kept index brought to the snapshot, or undefined when it must be built anew. */
  #follow(kept: Kept, snapshot: Snapshot): TextIndex | undefined {
    const commits = this.#between(kept.commit, snapshot.commit, principalOf(snapshot))
    if (!commits) return undefined
    const touched = new Set<string>()
    let others = false
    for (const commit of commits)
      for (const change of this.#graph.changes(commit.id, principalOf(snapshot))) {
        if (renamesLabel(change)) return undefined
        if (LABEL_NODES.has(change.type)) others = true
        for (const dataset of datasetsOf(change)) touched.add(dataset)
      }
    for (const urn of touched) {
      const document = collectDataset(snapshot, urn)
      if (document) kept.index.put(document)
      else kept.index.remove(urn)
    }
    if (others) for (const document of collectOthers(snapshot)) kept.index.put(document)
    return kept.index
  }

  /** Commits after `from` up to `to`, or undefined when there are too many or `from` is no ancestor by first parents. */
  #between(from: string, to: CommitInfo, principal: { principal?: Principal }): CommitInfo[] | undefined {
    const commits: CommitInfo[] = []
    let changes = 0
    for (let commit = to; commit.id !== from; ) {
      changes += commit.changes.inserted + commit.changes.updated + commit.changes.deleted
      commits.push(commit)
      const parent = commit.parents[0]
      if (parent === undefined || commit.parents.length > 1) return undefined
      if (commit.kind === 'schema' || changes > MAX_CHANGES || commits.length > MAX_COMMITS) return undefined
      commit = this.#graph.commit(parent, principal)
    }
    return commits
  }
}

function principalOf({ principal }: Snapshot): { principal?: Principal } {
  return principal === undefined ? {} : { principal }
}

function build(snapshot: Snapshot): TextIndex {
  const index = new TextIndex()
  for (const document of collectAll(snapshot)) index.put(document)
  index.settle()
  return index
}

const LABEL_NODES: ReadonlySet<string> = new Set(['Tag', 'Term', 'Owner', 'Domain', 'Container', 'Document'])

/** A changed or deleted label shows in every dataset that carries it. */
function renamesLabel(change: EntityChange): boolean {
  if (!LABEL_NODES.has(change.type) || change.op === 'inserted') return false
  return (
    change.op === 'deleted' ||
    change.before?.['name'] !== change.after?.['name'] ||
    change.after?.['removed'] === true
  )
}

const FROM_DATASET: ReadonlySet<string> = new Set([
  'HasField',
  'TaggedWith',
  'TermedWith',
  'OwnedBy',
  'InDomain',
  'UpstreamOf',
])
const TO_DATASET: ReadonlySet<string> = new Set(['ContainsDataset', 'QueryReads'])
const FROM_FIELD: ReadonlySet<string> = new Set(['FieldTaggedWith', 'FieldTermedWith'])

/** Datasets whose search documents a change may alter. */
function datasetsOf({ type, id, before, after }: EntityChange): string[] {
  const value = after ?? before
  if (type === 'Dataset') return [id]
  if (type === 'Field') return [String(value?.['dataset'])]
  if (FROM_DATASET.has(type)) return [String(value?.['from'])]
  if (TO_DATASET.has(type)) return [String(value?.['to'])]
  if (!FROM_FIELD.has(type)) return []
  const field = tryFieldParts(String(value?.['from']))
  return typeof field === 'string' ? [] : [field.dataset]
}
