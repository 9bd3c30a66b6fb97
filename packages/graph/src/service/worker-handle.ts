import { Worker } from 'node:worker_threads'
import type { CheckedQuery } from '@groundplane/lang'
import type { AdjacencyArrays } from '../adjacency/arrays.js'
import type { LoadProgress } from '../api.js'
import { GraphError } from '../error.js'
import type { WorkerAnswer, WorkerRequest, WorkerStart, WorkerValue } from './messages.js'
import { deserializeError } from './serialize-error.js'

type Answer = WorkerValue

type QueryRequest = Extract<WorkerRequest, { kind: 'query' }>

interface Pending {
  readonly resolve: (value: Answer) => void
  readonly reject: (error: unknown) => void
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined
}

/** Queries that a worker keeps; beyond them the one sent longest ago gives up its slot. */
const SLOTS = 500

/** One worker thread and the request it is busy with. */
export class WorkerHandle {
  readonly #worker: Worker
  readonly #flag: Int32Array<SharedArrayBuffer>
  readonly #onExit: () => void
  readonly #onAdjacency: (arrays: AdjacencyArrays) => void
  readonly #slots = new Map<CheckedQuery, number>()
  #nextSlot = 0
  #pending: Pending | null = null
  dead = false

  constructor(
    from: Pick<WorkerStart, 'root' | 'role' | 'externalBlobs'>,
    onExit: () => void,
    onAdjacency: (arrays: AdjacencyArrays) => void = () => undefined,
  ) {
    this.#onAdjacency = onAdjacency
    const shared = new SharedArrayBuffer(4)
    this.#flag = new Int32Array(shared)
    this.#onExit = onExit
    const start: WorkerStart = { ...from, flag: shared }
    this.#worker = new Worker(new URL('./worker-main.js', import.meta.url), {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 },
    })
    this.#worker.unref()
    this.#worker.on('message', (message: WorkerAnswer) => this.#receive(message))
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', () => this.#fail(null))
  }

  get busy(): boolean {
    return this.#pending !== null
  }

  /** Runs a read query; its text crosses to the thread once. */
  query(query: CheckedQuery, run: Omit<QueryRequest, 'kind' | 'slot' | 'query'>): Promise<Answer> {
    const known = this.#slots.get(query)
    if (known !== undefined) return this.request({ kind: 'query', slot: known, ...run })
    const slot = this.#nextSlot++ % SLOTS
    const answer = this.request({ kind: 'query', slot, query, ...run })
    if (!this.busy) return answer // It was not sent: the thread knows nothing of the slot.
    for (const [other, taken] of this.#slots) if (taken === slot) this.#slots.delete(other)
    this.#slots.set(query, slot)
    return answer
  }

  /** Hands over arrays that another thread built. */
  offerAdjacency(arrays: AdjacencyArrays): void {
    this.#worker.postMessage({ kind: 'adjacency', arrays } satisfies WorkerRequest)
  }

  request(request: WorkerRequest, onProgress?: (progress: LoadProgress) => void): Promise<Answer> {
    Atomics.store(this.#flag, 0, 0)
    this.#worker.ref()
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject, onProgress }
      try {
        this.#worker.postMessage(request)
      } catch (cause) {
        this.#pending = null
        this.#worker.unref()
        reject(notSendable(cause))
      }
    })
  }

  /** Asks the running statement to stop at its next check. */
  cancel(): void {
    Atomics.store(this.#flag, 0, 1)
  }

  /** Ends the thread; a request it is busy with fails with `error`. */
  async terminate(error: GraphError | null = null): Promise<void> {
    this.#fail(error)
    await this.#worker.terminate()
  }

  #receive(message: WorkerAnswer): void {
    if (message.kind === 'adjacency') {
      this.#onAdjacency(message.arrays)
      return
    }
    const pending = this.#pending
    if (!pending) return
    if (message.kind === 'progress') pending.onProgress?.(message.progress)
    else {
      this.#pending = null
      this.#worker.unref()
      if (message.kind === 'done') pending.resolve(message.value)
      else pending.reject(deserializeError(message.error))
    }
  }

  #fail(error: unknown): void {
    if (!this.dead) {
      this.dead = true
      this.#onExit()
    }
    const pending = this.#pending
    this.#pending = null
    pending?.reject(
      error instanceof GraphError
        ? error
        : new GraphError('unavailable', 'graph_worker_failed', 'The thread working on the request ended.', {
            remedy:
              'Try again; a write that was not answered may or may not have happened: look at the commits.',
            cause: error ?? undefined,
          }),
    )
  }
}

/** A function or a symbol among the parameters: JSON has neither, so only a caller in this process can give one. */
function notSendable(cause: unknown): GraphError {
  return new GraphError('invalid', 'param_invalid', `A parameter is no value: ${(cause as Error).message}`, {
    remedy: 'Give values that JSON has.',
    cause,
  })
}
