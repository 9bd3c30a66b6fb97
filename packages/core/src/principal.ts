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

/** The tenant of everybody as long as nobody declares another. */
export const DEFAULT_TENANT = 'default'

/**
 * A principal of whom only the name is known: whoever runs a command, or holds a token
 * with nothing else declared. The same name is the same principal through every door.
 */
export function actorPrincipal(actor: string): Principal {
  return { actor, tenant: DEFAULT_TENANT, roles: [] }
}

/** Recorded on every commit and event. `traceId` is the W3C trace id (32 hex digits). */
export interface Provenance {
  readonly actor?: string
  readonly tenant?: string
  readonly clusterId?: string
  readonly agent?: string
  readonly runId?: string
  /** The tool that wrote, where that decides what a commit can hold. */
  readonly tool?: string
  readonly traceId?: string
}
