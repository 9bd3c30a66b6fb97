import { CatalogError } from '../../model/error.js'

/**
 * What a search throws whose index is being made: `ready` resolves when it is there, so that the search can be done again,
 * and rejects when it could not be made. For who does not wait it is an error to try again later.
 */
export class SearchIndexPending extends CatalogError {
  readonly ready: Promise<void>
  /** When it was asked for, by `performance.now()`. */
  readonly asked: number

  constructor(ready: Promise<void>, asked: number) {
    super('unavailable', 'search_index_not_ready', 'The search index of this catalog is being made.', {
      remedy: 'Ask again in a few seconds. Everything that needs no search is answered meanwhile.',
      retry: { afterMs: 2000 },
    })
    this.ready = ready
    this.asked = asked
    // Who does not wait does not want to know either.
    ready.catch(() => undefined)
  }
}

/**
 * Thrown to read at an earlier commit of main instead of its head: the index cannot keep up with what is being written, and shows
 * everything that was there when the question was asked.
 */
export class ReadEarlier extends Error {
  readonly commit: string

  constructor(commit: string) {
    super(`the index is at ${commit}`)
    this.commit = commit
  }
}
