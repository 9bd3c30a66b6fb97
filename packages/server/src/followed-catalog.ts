import { Catalog, type CatalogOptions } from '@groundplane/catalog'
import type { GraphService } from '@groundplane/graph'
import type { FastifyBaseLogger } from 'fastify'

/** How often it is looked whether the search index is behind the graph: a look costs some microseconds. */
const LOOK_MS = 1000

export interface FollowOptions extends Pick<CatalogOptions, 'clock' | 'ids'> {
  readonly log?: FastifyBaseLogger
}

/** A catalog that is served, whose search index follows the graph before anybody asks. */
export interface FollowedCatalog {
  readonly catalog: Catalog
  close(): Promise<void>
}

/**
 * Begins to make the search index, or to bring the kept one up to date, as soon as the graph is opened, and looks from then
 * on whether others have written. Nothing waits for it: a search that comes earlier waits for itself.
 */
export function followCatalog(service: GraphService, { log, ...options }: FollowOptions): FollowedCatalog {
  const graph = service.graph.id
  const catalog = new Catalog(service.graph, {
    ...options,
    serving: true,
    onIndex: ({ commit, origin }) => {
      log?.info({ graph, commit, ...origin }, 'the search index was made')
      if (origin.unsaved !== undefined)
        log?.warn({ graph, reason: origin.unsaved }, 'the search index is not kept for the next start')
    },
    onIndexFailed: (err) => log?.error({ graph, err }, 'the search index could not be made'),
  })
  const look = () => {
    try {
      catalog.refreshIndex()
    } catch (err) {
      // Whoever searches is told; here nobody waits.
      log?.debug({ graph, err }, 'the search index could not follow the graph')
    }
  }
  const begin = setImmediate(look)
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  return {
    catalog,
    close() {
      clearImmediate(begin)
      clearInterval(timer)
      return catalog.close()
    },
  }
}
