import { classifyFailure } from './s3-failure.js'

export interface RetryOptions {
  /** How often a request is sent at most. */
  readonly attempts?: number
  readonly pause?: (ms: number) => Promise<void>
  /** In [0, 1). */
  readonly random?: () => number
}

/** When a request that may be repeated is repeated: full jitter, doubling from 100 ms to 5 s. */
export class Retry {
  readonly attempts: number
  readonly #pause: (ms: number) => Promise<void>
  readonly #random: () => number

  constructor({ attempts = 6, pause = sleep, random = Math.random }: RetryOptions = {}) {
    this.attempts = attempts
    this.#pause = pause
    this.#random = random
  }

  /** After the given attempt, counting from 1. */
  wait(attempt: number): Promise<void> {
    return this.#pause(this.#random() * Math.min(5000, 100 * 2 ** (attempt - 1)))
  }

  /** Sends a request that does no harm twice until it is answered or the attempts are used up. */
  async idempotent<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request()
      } catch (error) {
        const failure = classifyFailure(error)
        if ((failure !== 'busy' && failure !== 'unknown') || attempt >= this.attempts) throw error
        await this.wait(attempt)
      }
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
