import { GraphError } from '../error.js'
import { stopped } from '../query/deadline.js'

/** One write's place in the queue of the writer thread: it begins in time and while its caller waits, or never. */
export class WriteTurn {
  /** Rejects with `graph_busy` when the turn has not come in time, with `query_cancelled` when the caller has left; else never settles. */
  readonly late: Promise<never>
  #timer: NodeJS.Timeout | undefined
  #leave: (() => void) | undefined
  #over = false

  constructor(
    waitMs: number,
    readonly signal?: AbortSignal,
  ) {
    this.late = new Promise((_, reject) => {
      const end = (error: GraphError): void => {
        this.begin()
        this.#over = true
        reject(error)
      }
      this.#timer = setTimeout(() => end(busy(waitMs)), waitMs)
      if (!signal) return
      this.#leave = () => end(stopped('cancelled'))
      signal.addEventListener('abort', this.#leave, { once: true })
      if (signal.aborted) this.#leave()
    })
    this.late.catch(() => undefined)
  }

  /** From here on nothing stops it. False when it was too late already, and the caller knows. */
  begin(): boolean {
    clearTimeout(this.#timer)
    if (this.#leave) this.signal?.removeEventListener('abort', this.#leave)
    return !this.#over
  }
}

function busy(waitMs: number): GraphError {
  return new GraphError(
    'unavailable',
    'graph_busy',
    `Another write into this graph has not finished within ${waitMs} ms.`,
    { remedy: 'Nothing was written; write again in a moment.', retry: { afterMs: 1000 } },
  )
}
