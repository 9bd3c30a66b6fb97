import { fromPageToken, toPageToken } from './page-token.js'

export interface PageQuery {
  readonly limit?: number | undefined
  readonly page_token?: string | undefined
}

export interface NamedPage<T> {
  readonly items: readonly T[]
  /** Only of a list that was asked for in pages: null with the last. */
  readonly next?: string | null
}

/**
 * One page of a list in the order of `keyOf`, a text that is not empty and that no two have. The token holds the
 * key of the last item given, so what is made or removed between two pages moves nothing else. Without
 * a limit and a token it is the whole list, as it came.
 */
export function namedPage<T>(
  list: readonly T[],
  keyOf: (item: T) => string,
  { limit, page_token }: PageQuery,
): NamedPage<T> {
  if (limit === undefined && page_token === undefined) return { items: list }
  const after = page_token === undefined ? undefined : fromPageToken(page_token)
  const sorted = [...list].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const rest = after === undefined ? sorted : sorted.filter((item) => keyOf(item) > after)
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  return { items, next: last !== undefined && items.length < rest.length ? toPageToken(keyOf(last)) : null }
}

/** The member of an answer. */
export function nextToken({ next }: NamedPage<unknown>): { next_page_token?: string | null } {
  return next === undefined ? {} : { next_page_token: next }
}
