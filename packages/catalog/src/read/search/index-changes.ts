import type { CommitInfo, EntityChange } from '@groundplane/graph'
import { GraphError } from '@groundplane/graph'
import { tryFieldParts } from '../../urn/entity-urns.js'
import type { Snapshot } from '../snapshot.js'
import { collectAll, collectOne } from './collect.js'
import { LABEL_FIELDS } from './fields.js'
import { TextIndex } from './text-index.js'

/** Beyond so many changed entities reading them costs more than building anew. */
const MAX_CHANGES = 200_000

/** The index of a snapshot, from all of its documents. */
export function buildIndex(snapshot: Snapshot): TextIndex {
  const index = new TextIndex()
  for (const document of collectAll(snapshot)) index.put(document)
  index.settle()
  return index
}

/** How many changes the commits from one to another made together; null when the one is no ancestor by first parents. */
export function changesSince(
  from: string,
  { graph, commit: to, principal }: Snapshot,
  most: number,
): number | null {
  const who = principal === undefined ? {} : { principal }
  let changes = 0
  for (let commit: CommitInfo = to; commit.id !== from; ) {
    const { inserted, updated, deleted } = commit.changes
    // A commit costs a look, whatever it changed.
    changes += 1 + inserted + updated + deleted
    const parent = commit.parents[0]
    if (parent === undefined || commit.parents.length > 1 || changes > most) return null
    commit = graph.commit(parent, who)
  }
  return changes
}

/**
 * Brings an index from the commit it shows to a snapshot, by what is otherwise there. Gives how many documents it looked
 * at again, or null when it must be built anew: the commit is not in the graph or its data is gone, another schema is in
 * force, or too much has changed. Nothing was changed then. When it throws, the index is of no commit any more.
 */
export function followIndex(index: TextIndex, from: string, snapshot: Snapshot): number | null {
  const changes = changesTo(from, snapshot)
  if (!changes) return null
  const touched = new Set<string>()
  const labels = new Set<string>()
  for (const change of changes) {
    if (LABEL_NODES.has(change.type)) {
      touched.add(change.id)
      if (change.op !== 'inserted') labels.add(change.id)
    }
    for (const urn of documentsOf(change)) touched.add(urn)
  }
  for (const urn of carriersOf(index, labels)) touched.add(urn)
  for (const urn of touched) {
    const document = collectOne(snapshot, urn)
    if (document) index.put(document)
    else index.remove(urn)
  }
  return touched.size
}

function changesTo(from: string, { graph, commit, principal }: Snapshot): EntityChange[] | undefined {
  const who = principal === undefined ? {} : { principal }
  try {
    if (graph.commit(from, who).schemaDigest !== commit.schemaDigest) return undefined
    const changes: EntityChange[] = []
    for (let pageToken: string | undefined; ; ) {
      const page = graph.diff({
        from,
        to: commit.id,
        limit: PAGE,
        types: FOLLOWED,
        ...who,
        ...(pageToken !== undefined && { pageToken }),
      })
      changes.push(...page.changes)
      if (page.nextPageToken === null) return changes
      if (changes.length > MAX_CHANGES) return undefined
      pageToken = page.nextPageToken
    }
  } catch (error) {
    if (error instanceof GraphError && (error.kind === 'not-found' || error.kind === 'gone')) return undefined
    throw error
  }
}

const PAGE = 8192

/** URNs of the documents that carry one of these labels: what a label is called is told of each of them. */
function carriersOf(index: TextIndex, labels: ReadonlySet<string>): string[] {
  if (labels.size === 0) return []
  const found = new Set<string>()
  for (const field of LABEL_FIELDS)
    index
      .passing(field, ({ value }) => labels.has(value))
      .forEach((carries, number) => {
        if (carries === 1) found.add(index.urnOf(number))
      })
  return [...found]
}

const LABEL_NODES: ReadonlySet<string> = new Set(['Tag', 'Term', 'Owner', 'Domain', 'Container', 'Document'])
const FROM_DATASET: ReadonlySet<string> = new Set([
  'TaggedWith',
  'TermedWith',
  'OwnedBy',
  'InDomain',
  'UpstreamOf',
  'HasProperty',
])
const FROM_CONSUMER: ReadonlySet<string> = new Set([
  'ConsumerOwnedBy',
  'ConsumerTaggedWith',
  'ConsumerTermedWith',
  'ConsumerInDomain',
  'ConsumerHasProperty',
])
const TO_DATASET: ReadonlySet<string> = new Set(['ContainsDataset', 'QueryReads'])
const FROM_FIELD: ReadonlySet<string> = new Set(['FieldTaggedWith', 'FieldTermedWith'])
const FOLLOWED: readonly string[] = [
  ...LABEL_NODES,
  'Dataset',
  'Field',
  'Consumer',
  ...FROM_DATASET,
  ...FROM_CONSUMER,
  ...TO_DATASET,
  ...FROM_FIELD,
]

/** URNs of datasets, dashboards and charts whose search documents a change may alter. */
function documentsOf({ type, id, before, after }: EntityChange): string[] {
  if (type === 'Dataset' || type === 'Consumer') return [id]
  const values = [before, after].filter((value) => value !== null)
  if (type === 'Field') return values.map((value) => String(value['dataset']))
  if (FROM_DATASET.has(type) || FROM_CONSUMER.has(type)) return values.map((value) => String(value['from']))
  if (TO_DATASET.has(type)) return values.map((value) => String(value['to']))
  if (!FROM_FIELD.has(type)) return []
  return values.flatMap((value) => {
    const field = tryFieldParts(String(value['from']))
    return typeof field === 'string' ? [] : [field.dataset]
  })
}
