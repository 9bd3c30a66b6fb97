import { didYouMean } from './did-you-mean.js'
import type { SourceMetadata } from './metadata/source-metadata.js'

/** Something a harvest left out, and why. Never stops the harvest. */
export interface HarvestNote {
  readonly code:
    | 'columns_unreadable'
    | 'rows_unreadable'
    | 'lineage_unresolved'
    | 'metadata_unknown_dataset'
    | 'metadata_unknown_column'
    | 'queries_unavailable'
    | 'dbt_test_unattached'
    | 'dbt_result_unknown'
    | 'great_expectations_dataset_unknown'
  /** Empty when it is about the source as a whole. */
  readonly dataset: string
  readonly message: string
  /** For `lineage_unresolved`: the reason code of the reference, or `not_compiled`, `not_sql` of a dbt model. */
  readonly reason?: string
}

interface NamedTable {
  readonly name: string
  readonly columns: readonly { readonly name: string }[]
  readonly broken?: string | undefined
}

/** Datasets and columns the metadata file describes and the source does not have. */
export function metadataNotes(metadata: SourceMetadata, tables: readonly NamedTable[]): HarvestNote[] {
  const notes: HarvestNote[] = []
  const byName = new Map(tables.map((t) => [t.name, t]))
  for (const [dataset, { columns }] of metadata.datasets) {
    const table = byName.get(dataset)
    if (!table) {
      const message = `the metadata describes the dataset "${dataset}", which the source does not have.${didYouMean(dataset, [...byName.keys()])}`
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
