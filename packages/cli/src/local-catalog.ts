import type { Catalog } from '@groundplane/catalog'
import type { Principal } from '@groundplane/core'
import { catalogOf } from './catalog-target.js'
import { type ClusterTarget, openCluster } from './cluster-target.js'
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
  /** The cluster it is of. */
  readonly cluster: ClusterTarget
}

/**
 * Opens a catalog of a cluster here to be read, under the cluster's policies, and closes it afterwards, whatever
 * happens. `graphOf` finds the one that is meant where the options do not name it.
 */
export async function onLocalCatalog<T>(
  options: LocalCatalogOptions,
  body: (local: LocalCatalog) => Promise<T>,
  graphOf: (cluster: ClusterTarget, named: string | undefined) => string = catalogOf,
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
  const cluster = await openCluster(place.cluster ?? '.', place.as)
  const [{ Catalog }, graph] = await Promise.all([
    import('@groundplane/catalog'),
    cluster.open(graphOf(cluster, place.graph), 'read'),
  ])
  try {
    const { principal } = cluster
    return await body({ catalog: new Catalog(graph), cluster, ...(principal && { principal }) })
  } finally {
    graph.close()
  }
}
