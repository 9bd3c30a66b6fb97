import { setImmediate } from 'node:timers/promises'

/**
 * Lets one piece of work follow the other with a turn of the event loop between them: writes, of which a sink
 * sends from fifteen threads, and the results of a search, of which each may be asked for hundreds of fields.
 * All of it takes its time on the thread that answers everybody.
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
