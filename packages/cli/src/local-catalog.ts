import type { Catalog } from '@groundplane/catalog'
import type { Principal } from '@groundplane/core'
import { catalogOf } from './catalog-target.js'
import { openCluster } from './cluster-target.js'
import { CommandError } from './errors.js'
import { resolvePlace } from './operator/scope.js'

/** How a command line names a catalog of a cluster on this machine. */
export interface LocalCatalogOptions {
  readonly cluster?: string
  readonly profile?: string
  readonly graph?: string
  readonly as?: string
}

export interface LocalCatalog {
  readonly catalog: Catalog
  readonly principal?: Principal
  /** The cluster directory, as it was named. */
  readonly dir: string
}

/** Opens a catalog of a cluster here to be read, under the cluster's policies, and closes it afterwards, whatever happens. */
export async function onLocalCatalog<T>(
  options: LocalCatalogOptions,
  body: (local: LocalCatalog) => Promise<T>,
): Promise<T> {
  const place = await resolvePlace<LocalCatalogOptions & { server?: string; store?: string }>(options)
  const elsewhere = place.server ?? place.store
  if (elsewhere !== undefined && place.cluster === undefined) {
    throw new CommandError(
      'cluster_only',
      `The place in use is ${elsewhere}; this works on the catalog of a cluster here.`,
      {
        remedy: 'Name the cluster with --cluster <dir>, or a --profile that has one.',
      },
    )
  }
  const dir = place.cluster ?? '.'
  const cluster = await openCluster(dir, place.as)
  const [{ Catalog }, graph] = await Promise.all([
    import('@groundplane/catalog'),
    cluster.open(catalogOf(cluster, place.graph), 'read'),
  ])
  try {
    const { principal } = cluster
    return await body({ catalog: new Catalog(graph), dir, ...(principal && { principal }) })
  } finally {
    graph.close()
  }
}
