import type { Clock } from '@groundplane/core'

export interface RetryOptions {
  /** Requests for one thing, the first included. Default 6. */
  readonly attempts?: number
  /** Wait before the second request, at most; doubles from then on. Default 500. */
  readonly backoffMs?: number
  /** No wait of our own is longer. Default 30 000. */
  readonly maxBackoffMs?: number
  /** For one request, its answer included. Default 30 000, as DataHub's client has it. */
  readonly timeoutMs?: number
  readonly clock?: Clock
  /** From 0 to 1. */
  readonly random?: () => number
  readonly sleep?: (ms: number) => Promise<void>
  /** Aborts when the time is over. */
  readonly timeout?: (ms: number) => AbortSignal
}

/** A server that says to come back later than this is not waited for. */
export const MAX_RETRY_AFTER_MS = 120_000

/**
 * Milliseconds to wait before the next request, `attempt` having been made: anything up to a bound that doubles ("full
 * jitter", so that publishers that failed together do not come back together), but never less than the server asks for.
 */
export function waitMs(
  attempt: number,
  retryAfterMs: number,
  { backoffMs = 500, maxBackoffMs = 30_000, random = Math.random }: RetryOptions,
): number {
  const bound = Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1))
  return Math.max(Math.ceil(random() * bound), retryAfterMs)
}

/** `Retry-After` (RFC 9110, 10.2.3) in milliseconds from now: seconds or a date; 0 when there is none. */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? 0 : Math.max(0, at - now)
}
