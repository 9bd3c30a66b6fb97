import { lazy, Suspense } from 'react'
import type { GroundplaneClient } from '../wire/types'
import type { CatalogPlace } from './catalog-route'
import { EntityPage } from './entity-page'
import { SearchPage } from './search-page'

const ExplorerPage = lazy(() => import('../explorer/explorer-page'))

/** The page of the catalog that the address names. A bundle of its own, fetched when it is first asked for. */
export default function CatalogPages({ client, place }: { client: GroundplaneClient; place: CatalogPlace }) {
  if (place.page === 'search') return <SearchPage client={client} place={place} />
  if (place.page === 'entity') return <EntityPage key={place.urn} client={client} place={place} />
  return (
    <Suspense fallback={null}>
      <ExplorerPage key={place.urn} client={client} place={place} />
    </Suspense>
  )
}
