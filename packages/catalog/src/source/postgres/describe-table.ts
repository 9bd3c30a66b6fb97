import type { AspectProposal, JsonObject } from '../../aspect/proposal.js'
import { schemaFieldUrn } from '../../urn/entity-urns.js'
import {
  type ContainerKey,
  containerProposals,
  containerUrn,
  platformProposals,
} from '../aspect-proposals.js'
import type { SqlLineage } from '../lineage/column-lineage.js'
import type { SourceMetadata } from '../metadata/source-metadata.js'
import type { DatasetDescription } from '../relational/dataset-proposals.js'
import { type LineageTable, upstreamLineage } from '../relational/lineage-aspect.js'
import type { ObservedColumn, ObservedDatabase, ObservedTable } from './observe-schema.js'
import { postgresDatasetUrn } from './postgres-names.js'

export const PLATFORM = { name: 'postgres', displayName: 'PostgreSQL' } as const

/** The source and the database that a harvest describes. */
export interface HarvestTarget {
  readonly platformInstance: string
  readonly env: string
  readonly observed: ObservedDatabase
  /** Every table by its qualified name. */
  readonly tables: ReadonlyMap<string, ObservedTable>
  /** Under qualified names. */
  readonly metadata: SourceMetadata
  readonly observedAt: number
}

/** Rows of a table: counted, or as the planner estimates them. */
export interface RowCount {
  readonly rows: number
  readonly estimated: boolean
}

export function urnOf(target: HarvestTarget, qualified: string): string {
  return postgresDatasetUrn(target.platformInstance, target.observed.database, qualified, target.env)
}

/** What lineage may lead to, by qualified name. */
export function lineageTable(target: HarvestTarget, qualified: string): LineageTable | undefined {
  const table = target.tables.get(qualified)
  return table && { urn: urnOf(target, qualified), columns: new Set(table.columns.map((c) => c.name)) }
}

/** The platform, the instance, its database and the schemas that hold something. */
export function sourceProposals(target: HarvestTarget): AspectProposal[] {
  const { platformInstance, env, observed } = target
  const database = databaseKey(target)
  return [
    ...platformProposals(PLATFORM, platformInstance, { env }),
    ...containerProposals({
      key: database,
      kind: 'Database',
      name: observed.database,
      qualifiedName: `${platformInstance}.${observed.database}`,
      env,
      ...(observed.comment !== undefined && { description: observed.comment }),
    }),
    ...observed.schemas.flatMap(({ name, comment }) =>
      containerProposals({
        key: { ...database, schema: name },
        kind: 'Schema',
        name,
        qualifiedName: `${platformInstance}.${observed.database}.${name}`,
        env,
        inside: containerUrn(database),
        ...(comment !== undefined && { description: comment }),
      }),
    ),
  ]
}

function databaseKey({ platformInstance, observed }: HarvestTarget): ContainerKey {
  return { platform: PLATFORM.name, instance: platformInstance, database: observed.database }
}

const SUB_TYPES: Readonly<Record<ObservedTable['kind'], string>> = {
  table: 'Table',
  partitioned: 'Table',
  foreign: 'Table',
  view: 'View',
  materialized: 'Materialized View',
}

export function describeTable(
  target: HarvestTarget,
  table: ObservedTable,
  count: RowCount | undefined,
  lineage: SqlLineage | undefined,
): DatasetDescription {
  const urn = urnOf(target, table.name)
  const isView = table.kind === 'view' || table.kind === 'materialized'
  return {
    urn,
    platform: PLATFORM.name,
    platformInstance: target.platformInstance,
    container: containerUrn({ ...databaseKey(target), schema: table.schema }),
    name: table.table,
    qualifiedName: `${target.platformInstance}.${target.observed.database}.${table.name}`,
    schemaName: table.name,
    subType: SUB_TYPES[table.kind],
    customProperties: properties(table, count),
    ...(table.comment !== undefined && { description: table.comment }),
    columns: table.columns.map((column) => describeColumn(column, table.primaryKey)),
    primaryKey: table.primaryKey,
    foreignKeys: table.foreignKeys.map((key) => {
      const parent = urnOf(target, key.table)
      return {
        name: key.name,
        foreignDataset: parent,
        foreignFields: key.foreignColumns.map((c) => schemaFieldUrn(parent, c)),
        sourceFields: key.columns.map((c) => schemaFieldUrn(urn, c)),
      }
    }),
    rawSchema: table.sql,
    ...(isView && { view: { materialized: table.kind === 'materialized', logic: table.sql } }),
    lineage:
      lineage &&
      upstreamLineage(urn, { ...lineage, tables: upstreams(lineage, table) }, (name) =>
        lineageTable(target, name),
      ),
    rowCount: count?.rows,
    columnCount: table.columns.length,
    profiledAtMs: target.observedAt,
    metadata: target.metadata.datasets.get(table.name),
  }
}

/** What the database recorded that the view reads is so, even where its SQL could not be followed. */
function upstreams(lineage: SqlLineage, table: ObservedTable): string[] {
  return [...new Set([...lineage.tables, ...table.reads])].sort()
}

function properties(table: ObservedTable, count: RowCount | undefined): Record<string, string> {
  return {
    ...(table.kind === 'foreign' && { foreign_table: 'true' }),
    ...(table.partitionKey !== undefined && { partition_key: table.partitionKey }),
    ...Object.fromEntries(
      [...table.uniqueKeys].map(([name, columns]) => [`unique.${name}`, columns.join(', ')]),
    ),
    ...(count?.estimated && { row_count: 'estimated' }),
  }
}

function describeColumn(column: ObservedColumn, primaryKey: readonly string[]) {
  const { identity, generated, comment } = column
  const properties: JsonObject = { ...(identity && { identity }), ...(generated && { generated }) }
  return {
    name: column.name,
    nativeType: column.nativeType,
    type: column.type,
    nullable: column.nullable,
    partOfKey: primaryKey.includes(column.name),
    ...(comment !== undefined && { description: comment }),
    ...(Object.keys(properties).length > 0 && { properties }),
  }
}
