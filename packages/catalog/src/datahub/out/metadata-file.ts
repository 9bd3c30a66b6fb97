import type { Principal } from '@groundplane/core'
import type { Catalog } from '../../catalog.js'
import { type ChangeCount, ChangeCounts } from './change-counts.js'
import { outgoingChanges } from './outgoing-changes.js'
import { fileProposal, originOf } from './proposal-text.js'

export interface MetadataFileQuestion {
  /** Commit that is exported. */
  readonly commit: string
  /** Commit: only what differs from it. */
  readonly changedSince?: string
  readonly principal?: Principal
}

export interface MetadataFileReport {
  readonly graph: string
  readonly commit: string
  readonly changedSince: string | null
  /** In the file. */
  readonly proposals: number
  readonly counts: readonly ChangeCount[]
}

/**
 * A metadata file of DataHub, piece by piece: a JSON list of change proposals, one on a line. What
 * is gone since `changedSince` is in it as `status` of the entity; the deletion of one aspect has no form
 * in such a file (DataHub's sink refuses it) and is only counted. The same commits give the same bytes. Memory: a page of changes.
 */
export function* metadataFile(
  catalog: Catalog,
  { commit, changedSince, principal }: MetadataFileQuestion,
): Generator<string, MetadataFileReport> {
  const who = principal === undefined ? {} : { principal }
  const { graph } = catalog
  const info = graph.commit(commit, who)
  const since = changedSince === undefined ? null : graph.commit(changedSince, who).id
  const origin = originOf(graph.id, info)
  const counts = new ChangeCounts()
  let proposals = 0
  yield '['
  for (const change of outgoingChanges(catalog, { from: since, to: info.id, ...who })) {
    counts.add(change)
    if (change.op === 'withheld' || change.op === 'delete') continue
    yield `${proposals === 0 ? '\n' : ',\n'}${fileProposal(change, origin)}`
    proposals++
  }
  yield '\n]\n'
  return {
    graph: graph.id,
    commit: info.id,
    changedSince: since,
    proposals,
    counts: counts.list(),
  }
}
