import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Catalog } from '@groundplane/catalog'
import type { AppliedGraph } from '@groundplane/cluster'
import { canonicalJson } from '@groundplane/core'
import type { GraphService } from '@groundplane/graph'
import type { FollowedCatalog } from './followed-catalog.js'

interface Shared {
  readonly service: Promise<GraphService>
  users: number
  catalog?: FollowedCatalog
}

/** One use of a graph's service; `release` gives it back, the last one closes it. */
export interface ServiceUse {
  readonly service: GraphService
  /** The catalog on the graph, made when it is first asked for; it goes with the service. */
  catalog(make: (service: GraphService) => FollowedCatalog): Catalog
  release(): Promise<void>
}

/**
 * The running services by what they are made of, so that a new revision goes on with the
 * threads, caches and queued writes of every graph that is still the same. A graph that was
 * deleted and made again at the same place is another one: its file is.
 */
export class GraphServices {
  readonly #shared = new Map<string, Shared>()
  readonly #start: (graph: AppliedGraph) => Promise<GraphService>

  constructor(start: (graph: AppliedGraph) => Promise<GraphService>) {
    this.#start = start
  }

  async use(graph: AppliedGraph): Promise<ServiceUse> {
    const key = identityOf(graph)
    const shared = this.#shared.get(key) ?? { service: this.#start(graph), users: 0 }
    this.#shared.set(key, shared)
    shared.users++
    let used = true
    const release = async () => {
      if (!used) return
      used = false
      if (--shared.users > 0) return
      this.#shared.delete(key)
      await shared.catalog?.close()
      await (await shared.service).close()
    }
    try {
      const service = await shared.service
      return {
        service,
        release,
        catalog(make) {
          shared.catalog ??= make(service)
          return shared.catalog.catalog
        },
      }
    } catch (error) {
      if (--shared.users === 0) this.#shared.delete(key)
      throw error
    }
  }
}

/** What a service keeps for as long as it runs; queries and policies are looked up anew and are not in it. */
function identityOf({ id, root, embedding, externalBlobs }: AppliedGraph): string {
  const file = statSync(join(root, 'graph.db'), { bigint: true, throwIfNoEntry: false })
  return canonicalJson({
    // What is measured and logged of a service is under the id it was started for.
    id,
    root,
    file: String(file?.ino),
    born: String(file?.birthtimeNs),
    embedding: embedding ?? null,
    externalBlobs: externalBlobs ?? [],
  })
}
