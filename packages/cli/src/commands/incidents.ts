import { catalogOf } from '../catalog-target.js'
import { openCluster, withCatalog } from '../cluster-target.js'
import { datasetName } from '../incident-view.js'
import { showRows, type Wanted } from '../listing.js'
import { print, printJson } from '../output.js'

interface IncidentsOptions extends Wanted {
  readonly cluster: string
  readonly graph?: string
  readonly as?: string
  readonly all?: boolean
  readonly message?: string
}

/** Open incidents, newest first; with `all`, resolved ones too. */
export async function runIncidentList(options: IncidentsOptions): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const question = { count: 100, ...(options.all ? {} : { state: 'ACTIVE' as const }) }
  const answer = await withCatalog(cluster, catalogOf(cluster, options.graph), async (catalog) =>
    catalog.listIncidents(question),
  )
  const rows = answer.incidents.map((i) => ({
    incident: i.urn,
    state: i.state,
    priority: i.priority ?? null,
    on: i.datasets.map((d) => datasetName(d.urn)).join(', '),
    title: i.title,
  }))
  const columns = ['incident', 'state', 'priority', 'on', 'title']
  await showRows(answer, columns, rows, options, 'No open incident.')
  return 0
}

/** Resolving what is resolved already changes nothing and is no failure. */
export async function runIncidentResolve(urn: string, options: IncidentsOptions): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const commit = await withCatalog(cluster, catalogOf(cluster, options.graph), async (catalog) =>
    catalog.resolveIncident(
      { urn, ...(options.message !== undefined && { message: options.message }) },
      cluster.principal ? { principal: cluster.principal } : {},
    ),
  )
  if (options.json) printJson({ ok: true, incident: urn, commit })
  else
    print(commit ? `Resolved ${urn}; commit ${commit.id}` : `${urn} is resolved already; nothing to commit`)
  return 0
}
