import { Problem } from './problem'

/** What an infinite query says of its next page. */
interface Pages {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  isFetchNextPageError: boolean
  error: unknown
  fetchNextPage: () => Promise<unknown>
}

/** The way to the next page of a list, where there is one; what kept it from coming is said in its place. */
export function ShowMore({ pages }: { pages: Pages }) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, error, fetchNextPage } = pages
  const more = () => {
    if (!isFetchingNextPage) void fetchNextPage()
  }
  if (isFetchNextPageError) return <Problem error={error} title="The rest cannot be shown." onRetry={more} />
  if (!hasNextPage) return null
  return (
    <button type="button" className="button" aria-disabled={isFetchingNextPage} onClick={more}>
      {isFetchingNextPage ? 'Fetching…' : 'Show more'}
    </button>
  )
}
