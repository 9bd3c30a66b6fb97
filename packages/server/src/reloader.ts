import type { FastifyBaseLogger } from 'fastify'
import type { SwitchedOver } from './live-revision.js'

export interface ReloaderOptions {
  /** Digest of the ledger that is recorded now, null when there is none. Cheap: it is asked at every look. */
  readonly recorded: () => Promise<string | null>
  /** Opens what is recorded and serves it from then on; throws and changes nothing when it cannot be served. */
  readonly switchOver: () => Promise<SwitchedOver>
  /** False when what is served may change while the ledger does not: it is then tried again too. */
  readonly settled: () => boolean
  /** Digest of the ledger that is served at the start. */
  readonly served: string
  /** Between two looks, in milliseconds; 0 looks only when asked to. */
  readonly everyMs: number
  readonly log: FastifyBaseLogger
  readonly onOutcome?: (outcome: ReloadOutcome) => void
}

/** `refused`: what is recorded cannot be served, and what was served still is. */
export type ReloadOutcome = 'switched' | 'unchanged' | 'refused'

export interface Refusal {
  readonly code: string
  readonly message: string
}

/** A revision that is refused, or not settled, is tried again after so many times the interval at most, doubling. */
const MAX_BACKOFF = 16

/**
 * Follows the ledger: when an apply has moved it, the server switches to what it records,
 * without a restart. A revision that cannot be served is refused, what is served stays, and it is
 * tried again: an apply may be between its ledger and its last step. One look at a time.
 */
export class Reloader {
  readonly #options: ReloaderOptions
  #served: string
  #refusal: Refusal | null = null
  #backoff = 1
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<ReloadOutcome> | undefined
  #stopped = false

  constructor(options: ReloaderOptions) {
    this.#options = options
    this.#served = options.served
  }

  /** Why the newest recorded revision is not the one that is served; null when it is. */
  get refusal(): Refusal | null {
    return this.#refusal
  }

  start(): void {
    this.#schedule()
  }

  /** Looks now. A look under way is joined. */
  reload(): Promise<ReloadOutcome> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** No look begins after this; the one under way has ended when it resolves. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#looking
  }

  #schedule(): void {
    const { everyMs } = this.#options
    if (everyMs === 0 || this.#stopped) return
    this.#timer = setTimeout(
      () => void this.reload().finally(() => this.#schedule()),
      everyMs * this.#backoff,
    )
    this.#timer.unref()
  }

  async #look(): Promise<ReloadOutcome> {
    const outcome = await this.#attempt()
    const again = outcome === 'refused' || (outcome === 'unchanged' && !this.#options.settled())
    this.#backoff = again ? Math.min(this.#backoff * 2, MAX_BACKOFF) : 1
    this.#options.onOutcome?.(outcome)
    return outcome
  }

  async #attempt(): Promise<ReloadOutcome> {
    try {
      const recorded = await this.#options.recorded()
      if (recorded === this.#served && this.#options.settled()) {
        this.#refusal = null
        return 'unchanged'
      }
      const { cas, switched } = await this.#options.switchOver()
      this.#served = cas
      this.#refusal = null
      return switched ? 'switched' : 'unchanged'
    } catch (error) {
      this.#refuse(error)
      return 'refused'
    }
  }

  /** Logged once for each reason, not at every try. */
  #refuse(error: unknown): void {
    const { code = 'reload_failed', message } = error as { code?: string; message: string }
    if (this.#refusal?.message !== message)
      this.#options.log.error(
        { err: error, code },
        'the recorded revision is not served; the one before it still is',
      )
    this.#refusal = { code, message }
  }
}
