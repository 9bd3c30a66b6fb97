import type { AdjacencyArrays } from '../adjacency/arrays.js'
import { GraphError } from '../error.js'
import { stopped } from '../query/deadline.js'
import { closed } from './closed.js'
import type { WorkerValue } from './messages.js'
import { WorkerHandle } from './worker-handle.js'

/** How long after its deadline a thread may stay silent before it is replaced. */
const GRACE_MS = 1000
/** The longest deadline a timer can wait for; more would end at once. */
export const MAX_DEADLINE_MS = 2 ** 31 - 1 - 2 * GRACE_MS

export interface ReaderPoolOptions {
  /** Of the graph. */
  readonly root: string
  /** Threads at most; they start when needed. */
  readonly readers: number
  /** Requests that may wait for a thread; more are refused with `graph_overloaded`. */
  readonly maxQueued: number
}

/** One piece of work for a reader. */
export interface ReaderTask {
  /** On the clock of `performance.now()`: waiting for a thread counts against the deadline. */
  readonly startedAt: number
  /** `MAX_DEADLINE_MS` at most. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  readonly work: (worker: WorkerHandle, leftMs: number) => Promise<WorkerValue>
}

/**
 * The reader threads of a service. Each does one thing at a time; who finds all of them busy waits
 * in line. A thread that does not stop when told to is ended and replaced.
 */
export class ReaderPool {
  readonly #options: ReaderPoolOptions
  readonly #pool: WorkerHandle[] = []
  readonly #reserved = new Set<WorkerHandle>()
  readonly #waiting: ((worker: WorkerHandle | null) => void)[] = []
  /** The newest arrays of each edge type: one copy in shared memory for all readers, later ones too. */
  readonly #adjacency = new Map<number, AdjacencyArrays>()
  #closed = false

  constructor(options: ReaderPoolOptions) {
    this.#options = options
  }

  /** Threads at work. */
  get busy(): number {
    return this.#reserved.size
  }

  /** Requests that wait for a thread. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Waits for a reader and lets it work, for what is left of the deadline. `query_deadline_exceeded`, `query_cancelled`, `graph_overloaded`. */
  async run({ startedAt, deadlineMs, signal, work }: ReaderTask): Promise<WorkerValue> {
    const worker = await this.#reader(deadlineMs, signal)
    const left = Math.max(1, deadlineMs - (performance.now() - startedAt))
    try {
      return await watched(worker, left, deadlineMs, signal, () => work(worker, left))
    } finally {
      this.#release(worker)
    }
  }

  /** Refuses what comes, and those in line. */
  refuse(): void {
    this.#closed = true
    for (const waiting of this.#waiting.splice(0)) waiting(null)
  }

  /** Ends all threads; what they are at fails with `graph_closed`. */
  async close(): Promise<void> {
    this.refuse()
    await Promise.all([...this.#pool].map((worker) => worker.terminate(closed())))
  }

  async #reader(deadlineMs: number, signal?: AbortSignal): Promise<WorkerHandle> {
    if (this.#closed) throw closed()
    if (signal?.aborted) throw stopped('cancelled')
    const idle = this.#pool.find((w) => !w.busy && !this.#reserved.has(w))
    if (idle) return this.#reserve(idle)
    if (this.#pool.length < this.#options.readers) return this.#reserve(this.#spawn())
    if (this.#waiting.length >= this.#options.maxQueued) throw overloaded(this.#waiting.length)
    return this.#wait(deadlineMs, signal)
  }

  #reserve(worker: WorkerHandle): WorkerHandle {
    this.#reserved.add(worker)
    return worker
  }

  #spawn(): WorkerHandle {
    const left = (): void => {
      const at = this.#pool.indexOf(worker)
      if (at >= 0) this.#pool.splice(at, 1)
    }
    const built = (arrays: AdjacencyArrays): void => {
      this.#adjacency.set(arrays.tid, arrays)
      for (const other of this.#pool) if (other !== worker) other.offerAdjacency(arrays)
    }
    const worker: WorkerHandle = new WorkerHandle(
      { root: this.#options.root, role: 'reader', externalBlobs: [] },
      left,
      built,
    )
    for (const arrays of this.#adjacency.values()) worker.offerAdjacency(arrays)
    this.#pool.push(worker)
    return worker
  }

  #wait(deadlineMs: number, signal?: AbortSignal): Promise<WorkerHandle> {
    return new Promise((resolve, reject) => {
      const leave = (error: GraphError): void => {
        const at = this.#waiting.indexOf(take)
        if (at >= 0) this.#waiting.splice(at, 1)
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        reject(error)
      }
      const abort = (): void => leave(stopped('cancelled'))
      const timer = setTimeout(() => leave(stopped('deadline', deadlineMs)), deadlineMs)
      const take = (worker: WorkerHandle | null): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        if (worker) resolve(this.#reserve(worker))
        else reject(closed())
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.push(take)
    })
  }

  #release(worker: WorkerHandle): void {
    this.#reserved.delete(worker)
    if (this.#waiting.length === 0 || this.#closed) return
    const next = this.#waiting.shift() as (worker: WorkerHandle | null) => void
    next(worker.dead ? this.#spawn() : worker)
  }
}

/** Cancels the work at its deadline or its signal, and ends the thread when that does not help. */
async function watched(
  worker: WorkerHandle,
  leftMs: number,
  deadlineMs: number,
  signal: AbortSignal | undefined,
  body: () => Promise<WorkerValue>,
): Promise<WorkerValue> {
  const abort = (): void => worker.cancel()
  let cancelledFor: 'deadline' | null = null
  const late = setTimeout(
    () => {
      cancelledFor = 'deadline'
      worker.cancel()
    },
    leftMs + GRACE_MS / 4,
  )
  const stuck = setTimeout(() => void worker.terminate(stopped('deadline', deadlineMs)), leftMs + GRACE_MS)
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  try {
    const running = body()
    if (signal?.aborted) abort()
    return await running
  } catch (error) {
    const code = error instanceof GraphError ? error.code : ''
    if (code === 'query_cancelled' && cancelledFor === 'deadline') throw stopped('deadline', deadlineMs)
    if (code === 'query_deadline_exceeded') throw stopped('deadline', deadlineMs)
    throw error
  } finally {
    clearTimeout(late)
    clearTimeout(stuck)
    signal?.removeEventListener('abort', abort)
  }
}

function overloaded(waiting: number): GraphError {
  return new GraphError('limited', 'graph_overloaded', `${waiting} queries are waiting already.`, {
    remedy: 'Send fewer queries at a time.',
    retry: { afterMs: 500 },
  })
}
