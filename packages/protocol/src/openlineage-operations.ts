import * as openlineage from './openlineage.js'
import type { Operation } from './operation.js'

/** What a client of OpenLineage takes for `OPENLINEAGE_URL`; it adds `/api/v1/lineage` to it. */
const BASE = '/graphs/{graph_id}/openlineage'

const event = {
  method: 'POST',
  tag: 'openlineage',
  body: openlineage.lineageEvent,
  bodyText: true,
  bodyGzip: true,
  status: 200,
  response: openlineage.lineageAnswer,
} as const
const batch = { ...event, body: openlineage.lineageBatch } as const
const ONE = 'Record one event about a run, a job or a dataset'
const SEVERAL = 'Record events; those that are not in order are named, and the others recorded'
/** The Python client resolves its endpoint against the address by RFC 3986: without a slash at the end, what comes last in the address is replaced. */
const RESOLVED = '/graphs/{graph_id}/api/v1/lineage'

/** Where OpenLineage's clients send their events. */
export const openlineageOperations = {
  openlineageEvent: { ...event, path: `${BASE}/api/v1/lineage`, summary: ONE },
  openlineageBatch: { ...batch, path: `${BASE}/api/v1/lineage/batch`, summary: SEVERAL },
  openlineageEventResolved: {
    ...event,
    path: RESOLVED,
    summary: `${ONE}, from a client that resolves its address without a final slash`,
  },
  openlineageBatchResolved: {
    ...batch,
    path: `${RESOLVED}/batch`,
    summary: `${SEVERAL}, from a client that resolves its address without a final slash`,
  },
} as const satisfies Record<string, Operation>
