import { schemaFieldUrn, sqliteDatasetUrn } from '../../urn/entity-urns.js'
import { type ContainerKey, containerUrn } from '../aspect-proposals.js'
import type { SqlLineage } from '../lineage/column-lineage.js'
import type { SourceMetadata } from '../metadata/source-metadata.js'
import type { DatasetDescription, ForeignKeyDescription } from '../relational/dataset-proposals.js'
import { upstreamLineage } from '../relational/lineage-aspect.js'
import { schemaFieldType } from './native-type.js'
import type { ObservedForeignKey, ObservedTable } from './observe-schema.js'

export interface HarvestTarget {
  readonly platformInstance: string
  readonly env: string
}

/** A SQLite file is one database, `main`. */
export function databaseKey(instance: string): ContainerKey {
  return { platform: 'sqlite', instance, database: 'main' }
}

export interface HarvestedTable extends HarvestTarget {
  readonly table: ObservedTable
  /** Every table of the source by lower-case name. */
  readonly tables: ReadonlyMap<string, ObservedTable>
  readonly metadata: SourceMetadata
  readonly rowCount: number | undefined
  /** For views. */
  readonly lineage: SqlLineage | undefined
  readonly profiledAtMs: number
}

export function describeTable(harvested: HarvestedTable): DatasetDescription {
  const { table, tables, platformInstance, env, lineage } = harvested
  const urn = sqliteDatasetUrn(platformInstance, table.name, env)
  return {
    urn,
    platform: 'sqlite',
    platformInstance,
    container: containerUrn(databaseKey(platformInstance)),
    name: table.name,
    qualifiedName: `${platformInstance}.main.${table.name}`,
    schemaName: table.name,
    subType: table.kind === 'view' ? 'View' : 'Table',
    customProperties: {
      ...(table.withoutRowid && { without_rowid: 'true' }),
      ...(table.kind === 'virtual' && { virtual_table: 'true' }),
    },
    columns:
      table.broken === undefined
        ? table.columns.map((c) => ({
            name: c.name,
            nativeType: c.declaredType,
            type: schemaFieldType(c.declaredType),
            nullable: c.nullable,
            partOfKey: c.keyPosition > 0,
          }))
        : undefined,
    primaryKey: table.primaryKey,
    foreignKeys: table.foreignKeys.flatMap((key, i) => foreignKey(harvested, urn, key, i)),
    rawSchema: table.sql,
    ...(table.kind === 'view' && { view: { materialized: false, logic: table.sql } }),
    lineage:
      lineage &&
      upstreamLineage(urn, lineage, (name) => {
        const upstream = tables.get(name.toLowerCase())
        return (
          upstream && {
            urn: sqliteDatasetUrn(platformInstance, upstream.name, env),
            columns: new Set(upstream.columns.map((c) => c.name)),
          }
        )
      }),
    rowCount: harvested.rowCount,
    columnCount: table.columns.length,
    profiledAtMs: harvested.profiledAtMs,
    metadata: harvested.metadata.datasets.get(table.name),
  }
}

/** A key to a table that does not exist (SQLite allows it) or of unknown columns is left out. */
function foreignKey(
  { table, tables, platformInstance, env }: HarvestedTable,
  urn: string,
  key: ObservedForeignKey,
  index: number,
): ForeignKeyDescription[] {
  const parent = tables.get(key.table.toLowerCase())
  if (!parent || key.foreignColumns.length !== key.columns.length) return []
  const parentUrn = sqliteDatasetUrn(platformInstance, parent.name, env)
  return [
    {
      name: `${table.name}_fk_${index + 1}`,
      foreignFields: key.foreignColumns.map((c) => schemaFieldUrn(parentUrn, columnNamed(parent, c))),
      sourceFields: key.columns.map((c) => schemaFieldUrn(urn, columnNamed(table, c))),
      foreignDataset: parentUrn,
    },
  ]
}

/** SQLite compares names without regard to case; URNs do not. */
function columnNamed(table: ObservedTable, name: string): string {
  return table.columns.find((c) => c.name.toLowerCase() === name.toLowerCase())?.name ?? name
}
