import { datasetUrn } from '../../urn/entity-urns.js'
import type { Urn } from '../../urn/urn.js'
import type { SourceMetadata } from '../metadata/source-metadata.js'
import { SourceError } from '../source-error.js'

/** Where a table is looked for when a file names it without a schema. */
export const DEFAULT_SCHEMA = 'public'

/** `orders` → `public.orders`; a name that has a schema stays as it is. */
export function qualifiedName(written: string): string {
  return written.includes('.') ? written : `${DEFAULT_SCHEMA}.${written}`
}

/** How a file may name a table: without the schema when that is the default one. */
export function shortName(qualified: string): string {
  return qualified.startsWith(`${DEFAULT_SCHEMA}.`) ? qualified.slice(DEFAULT_SCHEMA.length + 1) : qualified
}

/** The dataset of a table or view, named as DataHub's own PostgreSQL source does: `<instance>.<database>.<schema>.<table>`. */
export function postgresDatasetUrn(instance: string, database: string, qualified: string, env: string): Urn {
  return datasetUrn('postgres', `${instance}.${database}.${qualified}`, env)
}

/** The metadata with every dataset under its qualified name. Throws `SourceError` when two entries are of one dataset. */
export function qualifiedMetadata(metadata: SourceMetadata, platformInstance: string): SourceMetadata {
  const datasets = new Map(metadata.datasets)
  for (const [written, described] of metadata.datasets) {
    const qualified = qualifiedName(written)
    if (qualified === written) continue
    if (metadata.datasets.has(qualified)) {
      throw new SourceError(
        'invalid',
        'source_metadata_invalid',
        `the metadata of ${platformInstance} describes one dataset twice, as "${written}" and as "${qualified}"`,
        { remedy: 'Keep one of the two entries.' },
      )
    }
    datasets.delete(written)
    datasets.set(qualified, described)
  }
  return { ...metadata, datasets }
}
