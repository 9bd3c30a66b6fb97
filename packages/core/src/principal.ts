/**
 * Who acts. Resolved by the server from a bearer token, never taken from a
 * header, query or body field. `tenant` and `clusterId` exist from the start so
 * that the fabric can fill them without a change of the commit format.
 */
export interface Principal {
  readonly actor: string
  readonly tenant: string
  readonly clusterId?: string
  readonly env?: string
  readonly roles: readonly string[]
}

/** Recorded on every commit and event. `traceId` is the W3C trace id (32 hex digits). */
export interface Provenance {
  readonly actor?: string
  readonly tenant?: string
  readonly clusterId?: string
  readonly agent?: string
  readonly runId?: string
  readonly traceId?: string
}
