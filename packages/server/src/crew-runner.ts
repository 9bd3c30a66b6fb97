import { Catalog, whenIndexed } from '@groundplane/catalog'
import type { Clock, UlidSource } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import type { RunCrew } from './incident-runs.js'
import type { RevisionSlot } from './revision-slot.js'
import { catalogOf, type ServedRevision } from './served-revision.js'
import { ServerError } from './server-error.js'

export interface CrewOptions {
  readonly revisions: RevisionSlot
  readonly clock: Clock
  readonly ids: UlidSource
  /** How long a run waits for a search index that is being made, in milliseconds. */
  readonly queryMs: () => number
}

/**
 * The crew, run inside the server on the served catalog. It acts as the caller: the
 * graph's gate sees the caller's name on every read and write.
 */
export function crewRunner({ revisions, clock, ids, queryMs }: CrewOptions): RunCrew {
  return async ({ sentence, principal, provenance, onEvent, signal }) => {
    const { catalog, crew } = catalogOf(revisions.current)
    if (!crew) {
      throw new ServerError('invalid', 'crew_not_configured', 'This cluster has no on-call crew.', {
        remedy: 'Add a `crew:` section with reference and production to cluster.yaml and apply it.',
      })
    }
    // A run outlives the request that began it, and ends on the catalog it began on.
    const release = revisions.lease()
    try {
      const { runIncident } = await import('@groundplane/crew')
      // The roles search again and again: a run begins when they can.
      const at = { ...(principal && { principal }) }
      await whenIndexed(queryMs(), () => catalog.search({ num_results: 0 }, at))
      return await runIncident({
        sentence,
        catalog,
        reference: crew.reference,
        production: crew.production,
        ...(crew.roles && { roles: crew.roles }),
        ...(principal && { principal }),
        provenance,
        onEvent,
        clock,
        ids,
        signal,
      })
    } finally {
      release()
    }
  }
}

/**
 * Marks runs that a process which is gone left at work. No caller asks for this, so it
 * goes around the gate, on a handle of its own.
 */
export function sweepRuns(
  revision: ServedRevision,
  { clock, ids }: Omit<CrewOptions, 'revisions' | 'queryMs'>,
): void {
  if (!revision.catalog) return
  const graph = Graph.open(revision.catalog.root, { clock, ids })
  try {
    new Catalog(graph, { clock, ids }).sweepRuns({ provenance: { agent: 'groundplane-server' } })
  } finally {
    graph.close()
  }
}
