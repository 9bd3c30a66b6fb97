import type { Diagnostic } from '@groundplane/core'
import type { DesiredState } from './desired.js'
import type { GraphObservation, Ledger, ResourceStatus } from './ledger.js'
import type { LedgerEntry } from './ledger-entry.js'
import type { Observations, ObservedGraph } from './observe.js'
import { failure, warning } from './problem.js'
import { addressesByGraph, recordComposite } from './recover.js'

export interface Recorded {
  readonly ledger: Ledger
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The ledger corrected to what is: live schema digests, missing roots and
 * damaged payloads lose their digests (so that a plan puts them back), what
 * cannot be looked at keeps its digest and is an error. Nothing is recorded that
 * was not seen: query and policy digests are never invented.
 */
export function recordObservations(ledger: Ledger, desired: DesiredState, seen: Observations): Recorded {
  const resources: Record<string, LedgerEntry> = { ...ledger.applied_revision.resources }
  const statuses: Record<string, ResourceStatus> = { ...ledger.resource_statuses }
  const observations: Record<string, GraphObservation> = { ...ledger.observations }
  const diagnostics: Diagnostic[] = []
  const addresses = addressesByGraph(resources)
  for (const [id, graph] of seen.graphs) {
    const want = desired.graphs.get(id)?.model.digest
    const known = resources[`graph.${id}`] !== undefined
    observations[`graph.${id}`] = observation(graph, want)
    const found = recordGraph(id, graph, known, want, {
      resources,
      statuses,
      addresses: addresses.get(id) ?? [],
    })
    if (found) diagnostics.push(found)
    if (graph.state === 'absent' && !known) delete observations[`graph.${id}`]
  }
  for (const [address, damage] of seen.payloads) {
    if (damage === 'unreadable') statuses[address] = { status: 'error', conditions: ['payload_read_error'] }
    else {
      const recorded = resources[address]?.digest
      const found = seen.altered.get(address)
      delete resources[address]
      statuses[address] = {
        status: 'drifted',
        conditions: [`payload_${damage}`],
        ...(found !== undefined && {
          message: `its content has the digest ${found}, applied was ${recorded}`,
        }),
      }
    }
  }
  const applied_revision = { ...ledger.applied_revision, resources }
  return { ledger: { ...ledger, applied_revision, resource_statuses: statuses, observations }, diagnostics }
}

function recordGraph(
  id: string,
  graph: ObservedGraph,
  known: boolean,
  want: string | undefined,
  into: {
    resources: Record<string, LedgerEntry>
    statuses: Record<string, ResourceStatus>
    addresses: readonly string[]
  },
): Diagnostic | undefined {
  const { resources, statuses, addresses } = into
  const [address, schema] = [`graph.${id}`, `schema.${id}`]
  if (graph.state === 'unopenable') {
    statuses[address] = { status: 'error', conditions: ['graph_observation_error'] }
    return failure(
      'graph_observation_error',
      { path: address },
      `graph ${id} cannot be opened`,
      graph.error,
      'Restore its directory from a copy, or move it away, then refresh again.',
    )
  }
  if (graph.state === 'absent') {
    if (!known) return undefined
    delete resources[address]
    delete resources[schema]
    statuses[address] = { status: 'drifted', conditions: ['graph_missing'] }
    delete statuses[schema]
    return warning(
      'graph_missing',
      { path: address },
      `the root of graph ${id} is gone`,
      'Restore it from a copy and refresh again; the next apply would create it anew and empty.',
    )
  }
  resources[schema] = { ...resources[schema], digest: graph.schemaDigest }
  const matches = want === undefined || want === graph.schemaDigest
  statuses[address] = { status: 'applied' }
  statuses[schema] = matches ? { status: 'applied' } : { status: 'drifted', conditions: ['schema_mismatch'] }
  recordComposite(resources, id, undefined, addresses)
  if (matches) return undefined
  return warning(
    'schema_mismatch',
    { path: schema },
    `the live schema of graph ${id} is not the declared one`,
    'Run plan to see the migration back; or declare the live schema.',
  )
}

function observation(graph: ObservedGraph, want: string | undefined): GraphObservation {
  if (graph.state === 'absent')
    return { exists: false, ...(want !== undefined && { desired_schema_digest: want }) }
  if (graph.state === 'unopenable') return { exists: true, error: (graph.error as Error).message }
  return {
    exists: true,
    schema_digest: graph.schemaDigest,
    commit: graph.commit,
    ...(want !== undefined && { desired_schema_digest: want, schema_match: want === graph.schemaDigest }),
  }
}
