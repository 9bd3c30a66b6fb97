import { didYouMean } from '../did-you-mean.js'
import type { SourceMetadata } from '../metadata/source-metadata.js'
import type { ObservedTable } from './observe-schema.js'

/** Something a harvest left out, and why. Never stops the harvest. */
export interface HarvestNote {
  readonly code:
    | 'columns_unreadable'
    | 'rows_unreadable'
    | 'lineage_unresolved'
    | 'metadata_unknown_dataset'
    | 'metadata_unknown_column'
  readonly dataset: string
  readonly message: string
  /** For `lineage_unresolved`: the reason code of the reference. */
  readonly reason?: string
}

/** Datasets and columns the metadata file describes and the source does not have. */
export function metadataNotes(metadata: SourceMetadata, tables: readonly ObservedTable[]): HarvestNote[] {
  const notes: HarvestNote[] = []
  const names = tables.map((t) => t.name)
  for (const [dataset, { columns }] of metadata.datasets) {
    const table = tables.find((t) => t.name === dataset)
    if (!table) {
      const message = `the metadata describes the dataset "${dataset}", which the source does not have.${didYouMean(dataset, names)}`
      notes.push({ code: 'metadata_unknown_dataset', dataset, message })
      continue
    }
    if (table.broken !== undefined) continue
    const known = table.columns.map((c) => c.name)
    for (const column of columns.keys()) {
      if (known.includes(column)) continue
      const message = `the metadata describes the column "${column}" of ${dataset}, which it does not have.${didYouMean(column, known)}`
      notes.push({ code: 'metadata_unknown_column', dataset, message })
    }
  }
  return notes
}
