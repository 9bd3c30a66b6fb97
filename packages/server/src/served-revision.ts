import type { CatalogApi, DeclaredNames } from '@groundplane/catalog'
import type { AppliedAssertionSet, AppliedSource, CrewConfig, Schedule } from '@groundplane/cluster'
import type { GraphService } from '@groundplane/graph'
import type { CheckedQuery } from '@groundplane/lang'
import { ServerError } from './server-error.js'

/** A stored query of a revision, checked against the live schema. */
export interface ServedQuery {
  readonly name: string
  readonly source: string
  readonly checked: CheckedQuery
}

export interface ServedGraph {
  readonly id: string
  readonly kind: 'graph' | 'catalog'
  readonly service: GraphService
  /** Of a graph of kind `catalog`. */
  readonly catalog?: CatalogApi
  /** Of a graph of kind `catalog`: which of its sources the datasets of OpenLineage events belong to. */
  readonly names?: DeclaredNames
  /** Exposed stored queries by name. */
  readonly queries: ReadonlyMap<string, ServedQuery>
  /** Branches that its policy names as protected. */
  readonly protectedBranches: readonly string[]
}

export interface ServedCatalog {
  readonly graphId: string
  /** Directory of its graph. */
  readonly root: string
  readonly catalog: CatalogApi
  readonly crew?: CrewConfig
}

/** Everything one ledger revision serves. What is not healthy is not in it. */
export interface ServedRevision {
  readonly name: string
  readonly revision: number
  readonly graphs: ReadonlyMap<string, ServedGraph>
  readonly catalog?: ServedCatalog
  readonly schedules: readonly Schedule[]
  /** Of the catalogs that are served. */
  readonly sources: readonly AppliedSource[]
  readonly assertionSets: readonly AppliedAssertionSet[]
  readonly quarantined: readonly { readonly graph: string; readonly code: string; readonly message: string }[]
  close(): Promise<void>
}

/** A graph that is quarantined and one that never was look the same from outside. */
export function graphOf(revision: ServedRevision, id: string): ServedGraph {
  const graph = revision.graphs.get(id)
  if (graph) return graph
  throw new ServerError('not-found', 'graph_not_found', `There is no graph "${id}" on this server.`, {
    remedy: 'GET /graphs lists the graphs that are served.',
  })
}

export function catalogOf(revision: ServedRevision): ServedCatalog {
  if (revision.catalog) return revision.catalog
  throw new ServerError('not-found', 'catalog_not_served', 'This server has no catalog graph.', {
    remedy: 'Declare a graph of `kind: catalog` in cluster.yaml and apply it.',
  })
}

/** The catalog that stands on one graph. */
export function catalogOn(revision: ServedRevision, id: string): CatalogApi {
  const { catalog } = graphOf(revision, id)
  if (catalog) return catalog
  throw new ServerError('not-found', 'graph_no_catalog', `The graph "${id}" is not a catalog.`, {
    remedy: 'Name a graph that cluster.yaml declares with `kind: catalog`.',
  })
}
