import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Problem } from '../shell/problem'
import type { GroundplaneClient } from '../wire/types'
import { ask, type EntityDocument } from './answers'
import { AssertionsTab } from './assertions-tab'
import { type EntityPlace, fragmentOfSearch } from './catalog-route'
import { ChangesTab } from './changes-tab'
import { EntityHead } from './entity-head'
import { EntityTabs, shownTab } from './entity-tabs'
import { IncidentsTab } from './incidents-tab'
import { LineageTab } from './lineage-tab'
import { nameOf } from './names'
import { PropertiesPanel } from './properties-panel'
import { QueriesTab } from './queries-tab'
import { SchemaTab } from './schema-tab'

/** Everything the server tells of one entity. What it does not tell is said to be absent, not left blank. */
export function EntityPage({ client, place }: { client: GroundplaneClient; place: EntityPlace }) {
  const { urn } = place
  const answer = useQuery({
    queryKey: ['catalog', 'entity', urn],
    queryFn: ({ signal }) => ask(client, 'get_entities', { urns: urn }, signal),
    staleTime: 10_000,
  })
  const entity = answer.data
  const name = entity ? nameOf(entity) : null
  useEffect(() => {
    document.title = name ? `${name} · Catalog · Groundplane` : 'Catalog · Groundplane'
  }, [name])

  if (answer.isPending) return <EntitySkeleton />
  if (!entity) {
    return (
      <>
        <Problem
          error={answer.error}
          title="This entity cannot be shown."
          onRetry={() => void answer.refetch()}
        />
        <p>
          <a href={fragmentOfSearch()}>Search the catalog</a>
        </p>
      </>
    )
  }
  const tab = shownTab(entity, place.tab)
  return (
    <article className="entity">
      <EntityHead client={client} entity={entity} />
      <EntityTabs entity={entity} tab={tab} />
      <div
        className="tab-panel"
        role="tabpanel"
        id="entity-panel"
        aria-labelledby={`tab-${tab}`}
        key={`${urn} ${tab}`}
      >
        <Panel client={client} entity={entity} tab={tab} />
      </div>
    </article>
  )
}

function Panel({
  client,
  entity,
  tab,
}: {
  client: GroundplaneClient
  entity: EntityDocument
  tab: ReturnType<typeof shownTab>
}) {
  switch (tab) {
    case 'properties':
      return <PropertiesPanel entity={entity} />
    case 'schema':
      return <SchemaTab client={client} entity={entity} />
    case 'lineage':
      return <LineageTab client={client} entity={entity} />
    case 'assertions':
      return <AssertionsTab client={client} urn={entity.urn} />
    case 'incidents':
      return <IncidentsTab client={client} urn={entity.urn} />
    case 'queries':
      return <QueriesTab client={client} urn={entity.urn} />
    case 'changes':
      return <ChangesTab client={client} entity={entity} />
  }
}

function EntitySkeleton() {
  return (
    <div className="results-skeleton" aria-hidden="true">
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  )
}
