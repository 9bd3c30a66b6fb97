import type { QuotaLimits } from './actor-quotas.js'

/** Sizes in bytes, times in milliseconds. */
export interface Limits extends QuotaLimits {
  readonly bodyBytes: number
  /** Of `POST load`, whose text is held in memory. */
  readonly loadBytes: number
  /** Of `POST load/ndjson`, which is streamed. */
  readonly streamBytes: number
  /** Within which a request must have arrived whole, streamed bodies apart; a slow sender is cut off. */
  readonly requestMs: number
  /** Within which a streamed body must have arrived whole. */
  readonly streamMs: number
  /** How long the sender of a streamed body may pause. */
  readonly bodyIdleMs: number
  /** How long the receiver of an export or a baseline may take nothing: it holds a past state of the graph. */
  readonly receiveIdleMs: number
  /** Of one query. */
  readonly queryMs: number
  readonly heartbeatMs: number
  /** How long a shutdown waits for work under way. */
  readonly shutdownMs: number
  /** Incident runs at the same time. */
  readonly runs: number
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 1024 * 1024,
  loadBytes: 32 * 1024 * 1024,
  streamBytes: 16 * 1024 * 1024 * 1024,
  requestMs: 60_000,
  streamMs: 600_000,
  bodyIdleMs: 10_000,
  receiveIdleMs: 60_000,
  queryMs: 15_000,
  heartbeatMs: 15_000,
  shutdownMs: 10_000,
  runs: 4,
  actorConcurrent: 128,
  actorPerSecond: 0,
}
