import { Graph } from '@groundplane/graph'
import { CatalogQueries } from '../../model/queries.js'
import { readAt } from '../snapshot.js'
import { BackgroundIndex, type BroughtIndex } from './background-index.js'
import { IndexKeeper } from './index-keeper.js'
import { SearchIndexPending } from './index-pending.js'

/** An index that was made on the other thread: of which commit, and how. */
export type IndexMade = Omit<BroughtIndex, 'index'>

/** So many times as long as the thread took it is left alone. */
const REST = 4

/**
 * The index of a catalog that serves: made on a thread, and kept at the head of main before anybody asks. It looks on a
 * connection of its own, as nobody asks here and policy lets nobody read nothing: what is found is shown by those who do ask.
 */
export class IndexBehind {
  readonly keeper: IndexKeeper
  readonly #background: BackgroundIndex
  readonly #graph: Graph
  readonly #queries: CatalogQueries
  #closed = false
  /** Until when, by `performance.now()`, nothing is begun that nobody waits for. */
  #restUntil = 0

  readonly #onFailed: ((error: unknown) => void) | undefined

  constructor(root: string, onIndex?: (made: IndexMade) => void, onFailed?: (error: unknown) => void) {
    this.#onFailed = onFailed
    this.#background = new BackgroundIndex(root)
    this.keeper = new IndexKeeper(this.#background, onIndex)
    this.#graph = Graph.open(root, { readOnly: true })
    this.#queries = new CatalogQueries(this.#graph)
  }

  /**
   * Follows what is quickly followed and begins what is not; nothing when the index is at the head of main, or on its way
   * there. What took a while rests for a multiple of it, so that a load of hours does not keep a processor busy beside.
   */
  refresh(): void {
    if (this.#closed || performance.now() < this.#restUntil) return
    if (!this.keeper.isBehind(this.#graph.head().id)) return
    const begun = performance.now()
    try {
      readAt(this.#graph, this.#queries, {}, (snapshot) => this.keeper.at(snapshot, false, true))
    } catch (error) {
      if (!(error instanceof SearchIndexPending)) throw error
      const rest = () => {
        this.#restUntil = performance.now() + REST * (performance.now() - begun)
      }
      error.ready.then(rest, (failure) => {
        rest()
        if (!this.#closed) this.#onFailed?.(failure)
      })
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#background.close()
    this.#graph.close()
  }
}
