import type { Clock, UlidSource } from '@groundplane/core'
import type { Authorizer } from '@groundplane/policy'
import type { Limits } from './http/limits.js'
import type { Metrics } from './http/metrics.js'
import type { IncidentRuns } from './incident-runs.js'
import type { Refusal } from './reloader.js'
import type { ServedRevision } from './served-revision.js'

/** What the routes stand on. Built by the composition root. */
export interface RouteDeps {
  readonly version: string
  /** The one that is current when it is asked for; what it holds stays open until the request has ended. */
  readonly revision: ServedRevision
  readonly authorize: Authorizer
  readonly runs: IncidentRuns
  readonly metrics: Metrics
  /** As they are at this moment. */
  readonly limits: Limits
  readonly clock: Clock
  readonly ids: UlidSource
  /** Asked by /readyz; `stopping` from the moment a shutdown begins. */
  readonly state: () => 'ready' | 'starting' | 'stopping'
  /** Why the newest recorded revision is not the one that is served; null when it is. */
  readonly refusal: () => Refusal | null
}
