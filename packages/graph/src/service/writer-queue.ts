import { closed } from './closed.js'
import { WorkerHandle } from './worker-handle.js'
import { WriteTurn } from './write-turn.js'

export interface WriterQueueOptions {
  readonly root: string
  readonly externalBlobs: readonly string[]
}

/**
 * The writes of a service, one after the other on one writer thread, which starts with the first and is replaced
 * when it has died. A write whose turn does not come in time is not begun.
 */
export class WriterQueue {
  readonly #options: WriterQueueOptions
  #writer: WorkerHandle | null = null
  #last: Promise<unknown> = Promise.resolve()
  #pending = 0
  #closed = false

  constructor(options: WriterQueueOptions) {
    this.#options = options
  }

  /** Writes that wait for their turn or are at work. */
  get pending(): number {
    return this.#pending
  }

  /** `graph_busy` when the turn has not come within `waitMs`, `query_cancelled` (signal) while it waits, `graph_closed`. */
  run(
    body: (writer: WorkerHandle) => Promise<unknown>,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (this.#closed) return Promise.reject(closed())
    const turn = new WriteTurn(waitMs, signal)
    this.#pending++
    const run = this.#last.then(() => {
      if (!turn.begin()) return undefined
      if (this.#closed) throw closed()
      this.#writer ??= new WorkerHandle({ ...this.#options, role: 'writer' }, () => {
        this.#writer = null
      })
      return body(this.#writer)
    })
    this.#last = run.catch(() => undefined).finally(() => this.#pending--)
    return Promise.race([run, turn.late])
  }

  /** Those that wait are refused. */
  refuse(): void {
    this.#closed = true
  }

  /** Waits for the write in progress, then ends the thread. */
  async close(): Promise<void> {
    this.refuse()
    await this.#last
    await this.#writer?.terminate(closed())
  }
}
