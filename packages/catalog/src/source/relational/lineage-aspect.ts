import type { Json, JsonObject } from '../../aspect/proposal.js'
import { schemaFieldUrn } from '../../urn/entity-urns.js'
import { STAMP } from '../aspect-proposals.js'
import type { SqlLineage } from '../lineage/column-lineage.js'

const OPERATIONS = { identity: 'IDENTITY', derived: 'TRANSFORM', aggregate: 'AGGREGATE' } as const

/** A dataset that lineage may lead to. */
export interface LineageTable {
  readonly urn: string
  readonly columns: ReadonlySet<string>
}

/**
 * The aspect `upstreamLineage` of a view; undefined when it comes from nothing known.
 * Upstreams outside the source, or columns it does not have, are not stated: the notes of the harvest name them.
 */
export function upstreamLineage(
  urn: string,
  lineage: Pick<SqlLineage, 'tables' | 'columns'>,
  known: (table: string) => LineageTable | undefined,
): Json | undefined {
  const upstreams = lineage.tables.flatMap((name) => known(name) ?? [])
  const fine = fineGrainedLineages(urn, lineage, known)
  if (upstreams.length === 0) return undefined
  return {
    upstreams: upstreams.map((table) => ({ auditStamp: STAMP, dataset: table.urn, type: 'VIEW' })),
    ...(fine.length > 0 && { fineGrainedLineages: fine }),
  }
}

/** The column level of it: one entry for each column whose sources are known. */
export function fineGrainedLineages(
  urn: string,
  { columns }: Pick<SqlLineage, 'columns'>,
  known: (table: string) => LineageTable | undefined,
): JsonObject[] {
  return columns.flatMap((column) => {
    const sources = column.sources.flatMap((s) => {
      const table = known(s.table)
      return table?.columns.has(s.column) ? [schemaFieldUrn(table.urn, s.column)] : []
    })
    if (sources.length === 0 || column.transform === 'constant' || column.transform === 'unresolved')
      return []
    return [
      {
        upstreamType: 'FIELD_SET',
        upstreams: sources,
        downstreamType: 'FIELD',
        downstreams: [schemaFieldUrn(urn, column.output)],
        transformOperation: OPERATIONS[column.transform],
        // Below 1 when a part of the column could not be traced.
        confidenceScore: column.complete ? 1 : 0.5,
      },
    ]
  })
}
