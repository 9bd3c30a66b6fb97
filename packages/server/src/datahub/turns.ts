import { setImmediate } from 'node:timers/promises'

/**
 * Lets one write follow the other with a turn of the event loop between them. A sink sends from
 * fifteen threads, and each batch takes its time on the thread that answers everybody.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** In the order of the calls; what one throws is its own caller's only. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(() => setImmediate()).then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
