export const INCIDENT_PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const
export type IncidentPriority = (typeof INCIDENT_PRIORITIES)[number]

export interface RaiseIncident {
  /** URNs of the datasets concerned; each must exist. */
  readonly datasets: readonly string[]
  readonly title: string
  readonly description?: string
  /** URN of the failing assertion: the cause that deduplicates. Without it the title does. */
  readonly assertion?: string
  /** Crew run that found it. */
  readonly runId?: string
  /** Default HIGH. */
  readonly priority?: IncidentPriority
  /** DataHub incident type; default `OPERATIONAL`. */
  readonly type?: string
}

export interface RaisedIncident {
  readonly urn: string
  /** False when an ACTIVE incident for the same dataset and cause was there already: nothing was written. */
  readonly created: boolean
  readonly datasets: readonly string[]
}
