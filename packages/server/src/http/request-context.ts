import { type Principal, type Provenance, pooledHex, type UlidSource } from '@groundplane/core'
import type { FastifyRequest } from 'fastify'

/** What is known of a request before a handler sees it. */
export interface RequestContext {
  readonly requestId: string
  /** 32 hex digits: the caller's trace when it sent one, else a new one. */
  readonly traceId: string
  /** The trace as this server continues it. */
  readonly traceparent: string
  /** Absent on public routes and in the open mode. Resolved from the token, never from anything else. */
  principal: Principal | undefined
  /** Whose quota it is counted in; set when it has been let in. */
  account: string | undefined
  /** On the clock of `performance.now()`. */
  readonly startedAtMs: number
}

declare module 'fastify' {
  interface FastifyRequest {
    context: RequestContext
  }
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/

/** A request id is taken from the caller only when it cannot break a log line or a header. */
export function contextOf({ headers }: Pick<FastifyRequest, 'headers'>, ids: UlidSource): RequestContext {
  const asked = headers['x-request-id']
  const sent = headers['traceparent']
  const trace = typeof sent === 'string' ? TRACEPARENT.exec(sent) : null
  // A trace and a span in one draw.
  const random = pooledHex(24)
  const traceId = trace?.[1] ?? random.slice(16)
  return {
    requestId: typeof asked === 'string' && REQUEST_ID.test(asked) ? asked : ids.next(),
    traceId,
    traceparent: `00-${traceId}-${random.slice(0, 16)}-${trace?.[2] ?? '01'}`,
    principal: undefined,
    account: undefined,
    startedAtMs: performance.now(),
  }
}

export function provenanceOf({ principal, traceId }: RequestContext): Provenance {
  if (!principal) return { traceId }
  const { actor, tenant, clusterId } = principal
  return clusterId === undefined ? { actor, tenant, traceId } : { actor, tenant, clusterId, traceId }
}
