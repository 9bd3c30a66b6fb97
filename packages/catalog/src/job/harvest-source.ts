import type { AspectProposal, Json, RejectedProposal } from '../aspect/proposal.js'
import type { CatalogRecords, CatalogWrites } from '../catalog-api.js'
import type { CasingConflict } from '../ingest/result.js'
import { isBuiltByDbt } from '../source/dbt/describe-relation.js'
import type { HarvestOptions } from '../source/harvest.js'
import type { HarvestNote } from '../source/harvest-notes.js'
import { type BoundSource, type JobContext, writeContext } from './source-binding.js'
import { requireHealthy } from './source-health.js'
import { harvestAny } from './source-kinds.js'

export interface HarvestReport {
  readonly source: string
  readonly tables: number
  readonly views: number
  readonly datasets: number
  /** Rows of all tables, counted inside the source. */
  readonly rows: number
  /** What a source that is no database has of each kind. */
  readonly counts?: Readonly<Record<string, number>>
  /** Aspects inserted or changed, and those that were there already. */
  readonly written: number
  readonly unchanged: number
  readonly rejected: readonly RejectedProposal[]
  readonly casing: readonly CasingConflict[]
  readonly notes: readonly HarvestNote[]
  /** Null when the catalog said all of it already. */
  readonly commit: string | null
}

/**
 * Reads one source and writes what it says as one commit: the catalog is never left
 * half-written, and a second harvest of an unchanged source writes nothing. Throws
 * `SourceError` when the source is not healthy or cannot be read; then nothing is written.
 */
export async function harvestSource(
  catalog: CatalogWrites & Pick<CatalogRecords, 'aspectRecord' | 'hasRecord'>,
  source: BoundSource,
  context: JobContext = {},
  options: HarvestOptions = {},
): Promise<HarvestReport> {
  await requireHealthy(source)
  const harvest = await harvestAny(source, options)
  await context.confirm?.()
  const { platform, platformInstance: instance, fingerprint, observedAt: at } = harvest
  const yielded = (harvest.yielding ?? []).filter((p) => !isStatedByOthers(catalog, p))
  const result = catalog.ingest(
    [...harvest.proposals, ...yielded],
    writeContext(context, `harvest ${source.name}`),
    {
      complete: { platform, instance, fingerprint, at, ...harvest.alsoWhole },
    },
  )
  return {
    source: source.name,
    tables: harvest.tables,
    views: harvest.views,
    datasets: harvest.datasets.length,
    rows: harvest.rows,
    ...(harvest.counts && { counts: harvest.counts }),
    written: result.written,
    unchanged: result.unchanged,
    rejected: result.rejected,
    casing: result.casing,
    notes: [...harvest.notes, ...undescribed(catalog, harvest.about ?? [])],
    commit: result.commit?.id ?? null,
  }
}

/** Said about what nobody describes, it is not found by anyone who asks about the dataset. */
function undescribed(catalog: Pick<CatalogRecords, 'hasRecord'>, datasets: readonly string[]): HarvestNote[] {
  return datasets
    .filter((dataset) => !catalog.hasRecord(dataset))
    .map((dataset) => ({
      code: 'great_expectations_dataset_unknown',
      dataset,
      message:
        'nothing in the catalog describes the table: harvest its own source, or correct the target_… keys',
    }))
}

/** Whether the source that the dataset belongs to has found out its lineage itself. */
function isStatedByOthers(
  catalog: Pick<CatalogRecords, 'aspectRecord'>,
  { entityUrn, aspectName }: AspectProposal,
): boolean {
  const record = catalog.aspectRecord(entityUrn, aspectName)
  return record !== undefined && !isBuiltByDbt(JSON.parse(record.text) as Json)
}
