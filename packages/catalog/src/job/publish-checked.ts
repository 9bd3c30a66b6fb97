import type { Catalog } from '../catalog.js'
import type { GmsTarget } from '../datahub/out/gms-client.js'
import type { PublicationStore } from '../datahub/out/publication.js'
import { type PublishOptions, type PublishReport, publishCatalog } from '../datahub/out/publish.js'
import type { BoundSource, JobContext } from './source-binding.js'
import { requireHealthy } from './source-health.js'

/**
 * Publishes a catalog when each of the sources is healthy now; else nothing is sent, and the `SourceError` says why.
 * The sources are asked one after the other. Else as `publishCatalog`.
 */
export async function publishChecked(
  catalog: Catalog,
  target: GmsTarget,
  store: PublicationStore,
  sources: readonly BoundSource[],
  { confirm, principal }: JobContext = {},
  options: Omit<PublishOptions, 'principal'> = {},
): Promise<PublishReport> {
  for (const source of sources) await requireHealthy(source)
  await confirm?.()
  return publishCatalog(catalog, target, store, { ...options, ...(principal && { principal }) })
}
