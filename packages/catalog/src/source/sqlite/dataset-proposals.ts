import { jsonDigest } from '@groundplane/core'
import type { AspectProposal, Json, JsonObject } from '../../aspect/proposal.js'
import { platformUrn, schemaFieldUrn, sqliteDatasetUrn } from '../../urn/entity-urns.js'
import type { SqlLineage } from '../lineage/column-lineage.js'
import type { ColumnMetadata, DatasetMetadata, SourceMetadata } from '../metadata/source-metadata.js'
import { schemaFieldType } from './native-type.js'
import type { ObservedColumn, ObservedForeignKey, ObservedTable } from './observe-schema.js'
import {
  databaseContainerUrn,
  domainUrn,
  groupUrn,
  type HarvestTarget,
  instanceAspect,
  proposal,
  STAMP,
  tagUrn,
  termUrn,
} from './source-proposals.js'

export interface ObservedDataset extends HarvestTarget {
  readonly table: ObservedTable
  /** Every table of the source by lower-case name. */
  readonly tables: ReadonlyMap<string, ObservedTable>
  readonly metadata: SourceMetadata
  /** Undefined when the rows could not or should not be counted. */
  readonly rowCount: number | undefined
  /** For views. */
  readonly lineage: SqlLineage | undefined
  readonly profiledAtMs: number
}

/**
 * All aspects of one table or view, in a fixed order. A dataset the metadata
 * file describes gets its owners, tags, terms and domain even when there are
 * none, so that removing the last one in the file removes it in the catalog.
 */
export function datasetProposals(dataset: ObservedDataset): AspectProposal[] {
  const { table, platformInstance, env } = dataset
  const urn = sqliteDatasetUrn(platformInstance, table.name, env)
  const known = dataset.metadata.datasets.get(table.name)
  const aspects: [string, Json | undefined][] = [
    ['datasetProperties', datasetProperties(dataset, known)],
    ['subTypes', { typeNames: [table.kind === 'view' ? 'View' : 'Table'] }],
    ['dataPlatformInstance', instanceAspect(platformInstance)],
    ['container', { container: databaseContainerUrn(platformInstance) }],
    ['schemaMetadata', table.broken === undefined ? schemaMetadata(dataset, urn, known) : undefined],
    [
      'viewProperties',
      table.kind === 'view' ? { materialized: false, viewLogic: table.sql, viewLanguage: 'SQL' } : undefined,
    ],
    ['upstreamLineage', upstreamLineage(dataset, urn)],
    ['datasetProfile', datasetProfile(dataset)],
    ['ownership', known && ownership(known.owners)],
    ['globalTags', known && tagsAspect(known.tags)],
    ['glossaryTerms', known && termsAspect(known.terms)],
    ['domains', known && { domains: known.domain === undefined ? [] : [domainUrn(known.domain)] }],
    ['status', { removed: false }],
  ]
  return aspects.flatMap(([name, aspect]) => (aspect === undefined ? [] : [proposal(urn, name, aspect)]))
}

function datasetProperties(
  { table, platformInstance }: ObservedDataset,
  known: DatasetMetadata | undefined,
): Json {
  return {
    customProperties: {
      ...(table.withoutRowid && { without_rowid: 'true' }),
      ...(table.kind === 'virtual' && { virtual_table: 'true' }),
    },
    name: table.name,
    qualifiedName: `${platformInstance}.main.${table.name}`,
    ...(known?.description !== undefined && { description: known.description }),
    tags: [],
  }
}

function schemaMetadata(dataset: ObservedDataset, urn: string, known: DatasetMetadata | undefined): Json {
  const { table } = dataset
  const fields = table.columns.map((column) => schemaField(column, known?.columns.get(column.name)))
  const foreignKeys = table.foreignKeys.flatMap((key, i) => foreignKey(dataset, urn, key, i))
  const stated = { fields, primaryKeys: [...table.primaryKey], foreignKeys }
  return {
    schemaName: table.name,
    platform: platformUrn('sqlite'),
    version: 0,
    created: STAMP,
    lastModified: STAMP,
    hash: jsonDigest(stated),
    platformSchema: { 'com.linkedin.schema.OtherSchema': { rawSchema: table.sql } },
    fields,
    ...(table.primaryKey.length > 0 && { primaryKeys: stated.primaryKeys }),
    ...(foreignKeys.length > 0 && { foreignKeys }),
  }
}

function schemaField(column: ObservedColumn, known: ColumnMetadata | undefined): JsonObject {
  return {
    fieldPath: column.name,
    nullable: column.nullable,
    ...(known?.description !== undefined && { description: known.description }),
    type: { type: { [`com.linkedin.schema.${schemaFieldType(column.declaredType)}`]: {} } },
    nativeDataType: column.declaredType,
    recursive: false,
    ...(known?.tags.length && { globalTags: tagsAspect(known.tags) }),
    ...(known?.terms.length && { glossaryTerms: termsAspect(known.terms) }),
    isPartOfKey: column.keyPosition > 0,
  }
}

/** A key to a table that does not exist (SQLite allows it) or of unknown columns is left out. */
function foreignKey(
  dataset: ObservedDataset,
  urn: string,
  key: ObservedForeignKey,
  index: number,
): JsonObject[] {
  const { table, tables, platformInstance, env } = dataset
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

const OPERATIONS = { identity: 'IDENTITY', derived: 'TRANSFORM', aggregate: 'AGGREGATE' } as const

/** Upstreams outside the source, or columns it does not have, are not stated: the notes of the harvest name them. */
function upstreamLineage(dataset: ObservedDataset, urn: string): Json | undefined {
  const { lineage, tables, platformInstance, env } = dataset
  if (!lineage) return undefined
  const known = (name: string): ObservedTable | undefined => tables.get(name.toLowerCase())
  const upstreamUrn = (table: ObservedTable): string => sqliteDatasetUrn(platformInstance, table.name, env)
  const upstreams = lineage.tables.flatMap((name) => known(name) ?? [])
  const fine = lineage.columns.flatMap((column) => {
    const sources = column.sources.flatMap((s) => {
      const table = known(s.table)
      return table?.columns.some((c) => c.name === s.column)
        ? [schemaFieldUrn(upstreamUrn(table), s.column)]
        : []
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
  if (upstreams.length === 0) return undefined
  return {
    upstreams: upstreams.map((table) => ({ auditStamp: STAMP, dataset: upstreamUrn(table), type: 'VIEW' })),
    ...(fine.length > 0 && { fineGrainedLineages: fine }),
  }
}

function datasetProfile({ table, rowCount, profiledAtMs }: ObservedDataset): Json | undefined {
  if (rowCount === undefined) return undefined
  return {
    timestampMillis: profiledAtMs,
    partitionSpec: { partition: 'FULL_TABLE_SNAPSHOT', type: 'FULL_TABLE' },
    rowCount,
    columnCount: table.columns.length,
  }
}

function ownership(owners: readonly string[]): Json {
  return { owners: owners.map((o) => ({ owner: groupUrn(o), type: 'DATAOWNER' })), lastModified: STAMP }
}

function tagsAspect(tags: readonly string[]): JsonObject {
  return { tags: tags.map((t) => ({ tag: tagUrn(t) })) }
}

function termsAspect(terms: readonly string[]): JsonObject {
  return { terms: terms.map((t) => ({ urn: termUrn(t) })), auditStamp: STAMP }
}
