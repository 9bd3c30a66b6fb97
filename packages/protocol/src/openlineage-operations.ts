import * as openlineage from './openlineage.js'
import type { Operation } from './operation.js'

/** What a client of OpenLineage takes for `OPENLINEAGE_URL`; it adds `api/v1/lineage` to it. */
const BASE = '/graphs/{graph_id}/openlineage'

/** Where OpenLineage's clients send their events. */
export const openlineageOperations = {
  openlineageEvent: {
    method: 'POST',
    path: `${BASE}/api/v1/lineage`,
    tag: 'openlineage',
    summary: 'Record one event about a run, a job or a dataset',
    body: openlineage.lineageEvent,
    bodyText: true,
    status: 200,
    response: openlineage.lineageAnswer,
  },
  openlineageBatch: {
    method: 'POST',
    path: `${BASE}/api/v1/lineage/batch`,
    tag: 'openlineage',
    summary: 'Record events; those that are not in order are named, and the others recorded',
    body: openlineage.lineageBatch,
    bodyText: true,
    status: 200,
    response: openlineage.lineageAnswer,
  },
} as const satisfies Record<string, Operation>
