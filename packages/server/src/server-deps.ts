import type { Schedule, ScheduleView } from '@groundplane/cluster'
import type { Clock, UlidSource } from '@groundplane/core'
import type { Authorizer } from '@groundplane/policy'
import type { Readiness } from '@groundplane/protocol'
import type { ActorQuotas } from './http/actor-quotas.js'
import type { Limits } from './http/limits.js'
import type { Metrics } from './http/metrics.js'
import type { OpenStreams } from './http/open-streams.js'
import type { IncidentRuns } from './incident-runs.js'
import type { Refusal } from './reloader.js'
import type { ServedRevision } from './served-revision.js'
import type { TokensInForce } from './tokens.js'

/** What the routes stand on. Built by the composition root. */
export interface RouteDeps {
  readonly version: string
  /** The one that is current when it is asked for; what it holds stays open until the request has ended. */
  readonly revision: ServedRevision
  readonly authorize: Authorizer
  /** Whether the tools of the catalog that write are to be had at all. */
  readonly catalogWrites: boolean
  readonly runs: IncidentRuns
  /** How schedules stand now, as the storage root records it. */
  readonly schedules: (schedules: readonly Schedule[]) => Promise<readonly ScheduleView[]>
  /** Begins the run of a schedule in the name of who asks for it; false when one that was asked for so is under way. Null: this process runs none. */
  readonly runNow: ((schedule: string, askedBy?: string) => boolean) | null
  readonly metrics: Metrics
  /** As they are at this moment. */
  readonly limits: Limits
  readonly clock: Clock
  readonly ids: UlidSource
  readonly streams: OpenStreams
  readonly quotas: ActorQuotas
  /** Asked by /readyz; `stopping` from the moment a shutdown begins, `no_tokens` while nobody could be let in. */
  readonly state: () => Readiness['status']
  /** Null serves everyone. */
  readonly tokens: TokensInForce | null
  /** Why the newest recorded revision is not the one that is served; null when it is. */
  readonly refusal: () => Refusal | null
}
