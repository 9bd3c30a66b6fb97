import { AsyncLocalStorage } from 'node:async_hooks'
import { SearchIndexPending } from './index-pending.js'

/** When a question that is asked again was first asked, by `performance.now()`. */
const ASKED = new AsyncLocalStorage<number>()

/** When the question was first asked that is being asked again; undefined for one that is asked for the first time. */
export function firstAsked(): number | undefined {
  return ASKED.getStore()
}

/**
 * Does what may need a search index, and waits up to `withinMs` for one that is being made: `work` is done again then, so
 * it must do nothing twice before it searches. What waits too long throws `search_index_not_ready`. Without a promise when
 * there was nothing to wait for.
 */
export function whenIndexed<T>(withinMs: number, work: () => T | Promise<T>): T | Promise<T> {
  try {
    const found = work()
    return found instanceof Promise ? found.catch((error) => retryWhenIndexed(withinMs, work, error)) : found
  } catch (error) {
    if (!(error instanceof SearchIndexPending)) throw error
    return retryWhenIndexed(withinMs, work, error)
  }
}

/** `whenIndexed` for who has seen the first attempt fail. Throws what is no matter of the index. */
export async function retryWhenIndexed<T>(
  withinMs: number,
  work: () => T | Promise<T>,
  first: unknown,
): Promise<T> {
  if (!(first instanceof SearchIndexPending)) throw first
  const { asked } = first
  for (let pending = first; ; ) {
    const left = asked + withinMs - performance.now()
    if (left <= 0 || !(await settlesWithin(pending.ready, left))) throw pending
    try {
      return await ASKED.run(asked, work)
    } catch (error) {
      if (!(error instanceof SearchIndexPending)) throw error
      pending = error
    }
  }
}

/** False when it takes longer; throws when it fails. */
async function settlesWithin(ready: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([ready.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
