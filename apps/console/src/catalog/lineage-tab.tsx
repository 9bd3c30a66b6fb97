import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem } from '../shell/problem'
import { ShowMore } from '../shell/show-more'
import { plural } from '../text/format'
import { Identifier } from '../text/identifier'
import type { GroundplaneClient } from '../wire/types'
import { ask, type EntityDocument, type LineagePage } from './answers'
import { fragmentOfEntity, fragmentOfLineage } from './catalog-route'
import { kindOf, nameOf, nameOfUrn, pathOf } from './names'

const PAGE = 50

/** Where it comes from and what is made from it, for all of it or for one column of a dataset. */
export function LineageTab({ client, entity }: { client: GroundplaneClient; entity: EntityDocument }) {
  const [column, setColumn] = useState('')
  const [hops, setHops] = useState(1)
  const fields = entity.schemaMetadata?.fields ?? []
  const dataset = entity.type === 'DATASET'
  const counted = dataset ? (['dataset'] as const) : (['entity', 'entities'] as const)
  return (
    <>
      <div className="tab-tools">
        {dataset ? (
          <label className="picker">
            Lineage of{' '}
            <select value={column} onChange={(event) => setColumn(event.target.value)}>
              <option value="">all columns</option>
              {fields.map((field) => (
                <option key={field.fieldPath}>{field.fieldPath}</option>
              ))}
            </select>
          </label>
        ) : null}
        <fieldset className="chips">
          <legend className="visually-hidden">How far</legend>
          {([1, 2, 3] as const).map((one) => (
            <button
              key={one}
              type="button"
              className="chip"
              aria-pressed={hops === one}
              onClick={() => setHops(one)}
            >
              {one === 1 ? 'Direct' : one === 2 ? 'Two hops' : 'All'}
            </button>
          ))}
        </fieldset>
        {dataset ? (
          <a className="button" href={fragmentOfLineage(entity.urn, { column: column || null })}>
            Open in the explorer
          </a>
        ) : null}
      </div>
      <div className="lineage-sides">
        <Side client={client} urn={entity.urn} column={column} hops={hops} counted={counted} upstream />
        <Side
          client={client}
          urn={entity.urn}
          column={column}
          hops={hops}
          counted={counted}
          upstream={false}
        />
      </div>
    </>
  )
}

interface SideProps {
  client: GroundplaneClient
  urn: string
  column: string
  hops: number
  /** What the results are called: of a dataset they are datasets. */
  counted: readonly [one: string, many?: string]
  upstream: boolean
}

function Side({ client, urn, column, hops, counted, upstream }: SideProps) {
  const args = { urn, upstream, max_hops: hops, max_results: PAGE, ...(column && { column }) }
  const pages = useInfiniteQuery({
    queryKey: ['catalog', 'lineage', args],
    queryFn: async ({ signal, pageParam }) => {
      const answer = await ask(client, 'get_lineage', { ...args, offset: pageParam }, signal)
      return (upstream ? answer.upstreams : answer.downstreams) as LineagePage
    },
    initialPageParam: 0,
    getNextPageParam: (last) => (last.hasMore && last.returned > 0 ? last.offset + last.returned : undefined),
  })
  const hits = pages.data?.pages.flatMap((page) => page.searchResults) ?? []
  const total = pages.data?.pages[0]?.total
  const id = upstream ? 'upstream-title' : 'downstream-title'
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>
        {upstream ? 'Made from' : 'Feeds'}{' '}
        {total === undefined ? null : <span className="faint">{plural(total, ...counted)}</span>}
      </h2>
      {pages.isError && !pages.data ? (
        <Problem error={pages.error} onRetry={() => void pages.refetch()} />
      ) : null}
      {pages.isPending ? <span className="skeleton tab-skeleton" aria-hidden="true" /> : null}
      {total === 0 ? (
        <p className="absent">
          {upstream ? 'No source' : 'No reader'}
          {column ? ` of ${column}` : ''} is recorded.
        </p>
      ) : null}
      <ul className="lineage-hits">
        {hits.map((hit) => (
          <LineageRow key={hit.entity.urn} hit={hit} />
        ))}
      </ul>
      <ShowMore pages={pages} />
    </section>
  )
}

function LineageRow({ hit }: { hit: LineagePage['searchResults'][number] }) {
  const { entity, degree, lineageColumns, path } = hit
  const between = path.slice(1, -1)
  return (
    <li>
      <a href={fragmentOfEntity(entity.urn, 'lineage')}>
        <Identifier name={nameOf(entity)} />
      </a>{' '}
      <span className="faint">
        {entity.exists === false ? 'only mentioned by others' : kindOf(entity)}
        {degree > 1 ? `, ${degree} hops away` : ''}
      </span>
      {lineageColumns?.length ? (
        <p>
          {plural(lineageColumns.length, 'column').replace(/^\d+ /, '')}{' '}
          <code>{lineageColumns.join(', ')}</code>
        </p>
      ) : null}
      <p className="faint">
        <code>{pathOf(entity.urn)}</code>
        {between.length > 0 ? ` by way of ${between.map(nameOfUrn).join(', ')}` : ''}
      </p>
    </li>
  )
}
