import { Worker } from 'node:worker_threads'
import { CatalogError } from '../../model/error.js'
import type { IndexOrigin, IndexTarget } from './index-bringing.js'
import type { IndexAt } from './index-file.js'
import type { BroughtArrays, IndexWork } from './index-worker-main.js'
import { TextIndex } from './text-index.js'

/** What a thread's own heap may grow to; the arrays of the index lie outside of it. */
const HEAP_MB = 768

export interface BroughtIndex extends IndexAt {
  readonly origin: IndexOrigin
}

/**
 * Brings indexes on threads, one thread for each and gone when it is done. The arrays are handed over and not shared: the index
 * changes with each commit, on the thread that searches, and what has one owner needs no lock; handing over costs
 * nothing either. The thread has a connection of its own, and the graph's file lets readers be.
 */
export class BackgroundIndex {
  readonly #root: string
  readonly #running = new Map<string, { readonly worker: Worker; readonly brought: Promise<BroughtIndex> }>()
  #closed = false

  constructor(root: string) {
    this.#root = root
  }

  /** The same work is not done twice at a time. `CatalogError` `search_index_failed`. */
  bring(target: IndexTarget): Promise<BroughtIndex> {
    const key = JSON.stringify(target)
    const known = this.#running.get(key)
    if (known) return known.brought
    if (this.#closed) return Promise.reject(failed(undefined))
    const workerData: IndexWork = { root: this.#root, target }
    const worker = new Worker(new URL('./index-worker-main.js', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    // A process that has nothing else to do does not wait for it.
    worker.unref()
    const brought = new Promise<BroughtIndex>((resolve, reject) => {
      worker.once('message', ({ arrays, ...rest }: BroughtArrays) =>
        resolve({ index: new TextIndex(arrays), ...rest }),
      )
      worker.once('error', (cause) => reject(failed(cause)))
      worker.once('exit', () => reject(failed(undefined)))
    }).finally(() => this.#running.delete(key))
    this.#running.set(key, { worker, brought })
    return brought
  }

  /** Ends what is under way; who waits for it gets `search_index_failed`. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(Array.from(this.#running.values(), ({ worker }) => worker.terminate()))
  }
}

function failed(cause: unknown): CatalogError {
  const why = cause instanceof Error ? `: ${cause.message}` : '.'
  return new CatalogError(
    'unavailable',
    'search_index_failed',
    `The search index of this catalog could not be made${why}`,
    {
      remedy: 'Ask again. If it fails again, its message says what of the graph could not be read.',
      retry: { afterMs: 5000 },
      ...(cause !== undefined && { cause }),
    },
  )
}
