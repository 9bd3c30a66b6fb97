import { GraphError } from '../error.js'

/** One write's place in the queue of the writer thread: it begins in time, or never. */
export class WriteTurn {
  /** Rejects with `graph_busy` when the turn has not come in time; else never settles. */
  readonly late: Promise<never>
  #timer: NodeJS.Timeout | undefined
  #over = false

  constructor(waitMs: number) {
    this.late = new Promise((_, reject) => {
      this.#timer = setTimeout(() => {
        this.#over = true
        reject(busy(waitMs))
      }, waitMs)
    })
    this.late.catch(() => undefined)
  }

  /** False when the caller has been told already that it was too late. */
  begin(): boolean {
    clearTimeout(this.#timer)
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
