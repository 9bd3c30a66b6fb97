import { useInfiniteQuery } from '@tanstack/react-query'
import { CopyButton } from '../shell/copy-button'
import { Problem } from '../shell/problem'
import { ShowMore } from '../shell/show-more'
import type { GroundplaneClient } from '../wire/types'
import { ask, type DatasetQuery } from './answers'
import { fragmentOfEntity } from './catalog-route'
import { nameOfUrn } from './names'

const PAGE = 10

/** SQL that mentions the dataset: recorded queries, then the definitions of views made from it. */
export function QueriesTab({ client, urn }: { client: GroundplaneClient; urn: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['catalog', 'queries', urn],
    queryFn: ({ signal, pageParam }) =>
      ask(client, 'get_dataset_queries', { urn, start: pageParam, count: PAGE }, signal),
    initialPageParam: 0,
    getNextPageParam: ({ start, count, total }) =>
      count > 0 && start + count < total ? start + count : undefined,
  })
  if (pages.isPending) return <span className="skeleton tab-skeleton" aria-hidden="true" />
  if (!pages.data) return <Problem error={pages.error} onRetry={() => void pages.refetch()} />
  const queries = pages.data.pages.flatMap((page) => page.queries)
  if (queries.length === 0) return <p className="absent">No query that mentions it is recorded.</p>
  return (
    <>
      <ul className="cards">
        {queries.map((query) => (
          <QueryCard key={query.urn} query={query} about={urn} />
        ))}
      </ul>
      <ShowMore pages={pages} />
    </>
  )
}

function QueryCard({ query, about }: { query: DatasetQuery; about: string }) {
  const { properties, definitionOf, subjects } = query
  const sql = properties.statement.value
  const others = subjects.filter((subject) => subject !== about && subject !== definitionOf)
  return (
    <li className="card">
      <div className="card-head">
        <h3>
          {definitionOf ? (
            <>
              Definition of{' '}
              <a href={fragmentOfEntity(definitionOf)}>
                <code>{nameOfUrn(definitionOf)}</code>
              </a>
            </>
          ) : (
            (properties.name ?? 'Observed query')
          )}
        </h3>
        {sql === undefined ? null : <CopyButton text={sql} label="Copy SQL" />}
      </div>
      {sql === undefined ? (
        <p className="absent">Its text is too long to be shown here.</p>
      ) : (
        <pre className="code">{sql}</pre>
      )}
      {others.length > 0 ? (
        <p className="faint">
          with{' '}
          {others.map((subject, index) => (
            <span key={subject}>
              {index > 0 ? ', ' : ''}
              <a href={fragmentOfEntity(subject)}>{nameOfUrn(subject)}</a>
            </span>
          ))}
        </p>
      ) : null}
    </li>
  )
}
