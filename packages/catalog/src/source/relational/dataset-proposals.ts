import type { AspectProposal, Json, JsonObject } from '../../aspect/proposal.js'
import { platformUrn } from '../../urn/entity-urns.js'
import {
  domainUrn,
  groupUrn,
  instanceAspect,
  proposals,
  STAMP,
  schemaMetadata,
  tagUrn,
  termUrn,
} from '../aspect-proposals.js'
import type { ColumnMetadata, DatasetMetadata } from '../metadata/source-metadata.js'
import type { SchemaFieldType } from './schema-field-type.js'

/** A table or view of a database as the catalog is to know it, whatever the kind of the source. */
export interface DatasetDescription {
  readonly urn: string
  readonly platform: string
  readonly platformInstance: string
  /** URN of the container it lies in. */
  readonly container: string
  readonly name: string
  readonly qualifiedName: string
  readonly schemaName: string
  readonly subType: string
  readonly customProperties: Readonly<Record<string, string>>
  /** What the database itself says it is; the metadata file goes before it. */
  readonly description?: string
  /** Undefined when the database cannot describe its columns. */
  readonly columns: readonly ColumnDescription[] | undefined
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly ForeignKeyDescription[]
  /** Text of its definition; '' when there is none. */
  readonly rawSchema: string
  readonly view?: { readonly materialized: boolean; readonly logic: string }
  /** The aspect `upstreamLineage`. */
  readonly lineage?: Json | undefined
  /** Undefined when the rows could not or should not be counted. */
  readonly rowCount: number | undefined
  readonly columnCount: number
  /** Time of the profile in milliseconds since 1970. */
  readonly profiledAtMs: number
  readonly metadata: DatasetMetadata | undefined
}

export interface ColumnDescription {
  readonly name: string
  /** As the database prints it. */
  readonly nativeType: string
  readonly type: SchemaFieldType
  readonly nullable: boolean
  readonly partOfKey: boolean
  readonly description?: string
  /** What DataHub has no member for, e.g. how the value is generated. */
  readonly properties?: JsonObject
}

export interface ForeignKeyDescription {
  readonly name: string
  readonly foreignDataset: string
  /** URNs of schema fields. */
  readonly foreignFields: readonly string[]
  readonly sourceFields: readonly string[]
}

/**
 * All aspects of one table or view, in a fixed order. A dataset the metadata
 * file describes gets its owners, tags, terms and domain even when there are
 * none, so that removing the last one in the file removes it in the catalog.
 */
export function datasetProposals(dataset: DatasetDescription): AspectProposal[] {
  const { urn, metadata: known, view } = dataset
  return proposals(urn, [
    ['datasetProperties', datasetProperties(dataset)],
    ['subTypes', { typeNames: [dataset.subType] }],
    ['dataPlatformInstance', instanceAspect(dataset.platform, dataset.platformInstance)],
    ['container', { container: dataset.container }],
    ['schemaMetadata', dataset.columns && schemaOf(dataset, dataset.columns)],
    [
      'viewProperties',
      view && { materialized: view.materialized, viewLogic: view.logic, viewLanguage: 'SQL' },
    ],
    ['upstreamLineage', dataset.lineage],
    ['datasetProfile', datasetProfile(dataset)],
    ['ownership', known && ownership(known.owners)],
    ['globalTags', known && tagsAspect(known.tags)],
    ['glossaryTerms', known && termsAspect(known.terms)],
    ['domains', known && { domains: known.domain === undefined ? [] : [domainUrn(known.domain)] }],
    ['status', { removed: false }],
  ])
}

function datasetProperties(dataset: DatasetDescription): Json {
  const description = dataset.metadata?.description ?? dataset.description
  return {
    customProperties: dataset.customProperties,
    name: dataset.name,
    qualifiedName: dataset.qualifiedName,
    ...(description !== undefined && { description }),
    tags: [],
  }
}

function schemaOf(dataset: DatasetDescription, columns: readonly ColumnDescription[]): Json {
  const fields = columns.map((column) => schemaField(column, dataset.metadata?.columns.get(column.name)))
  const foreignKeys: JsonObject[] = dataset.foreignKeys.map((key) => ({
    name: key.name,
    foreignFields: key.foreignFields,
    sourceFields: key.sourceFields,
    foreignDataset: key.foreignDataset,
  }))
  const stated = { fields, primaryKeys: [...dataset.primaryKey], foreignKeys }
  return {
    ...schemaMetadata({
      schemaName: dataset.schemaName,
      platform: platformUrn(dataset.platform),
      rawSchema: dataset.rawSchema,
      fields,
      hashed: stated,
    }),
    ...(dataset.primaryKey.length > 0 && { primaryKeys: stated.primaryKeys }),
    ...(foreignKeys.length > 0 && { foreignKeys }),
  }
}

function schemaField(column: ColumnDescription, known: ColumnMetadata | undefined): JsonObject {
  const description = known?.description ?? column.description
  return {
    fieldPath: column.name,
    nullable: column.nullable,
    ...(description !== undefined && { description }),
    type: { type: { [`com.linkedin.schema.${column.type}`]: {} } },
    nativeDataType: column.nativeType,
    recursive: false,
    ...(known?.tags.length && { globalTags: tagsAspect(known.tags) }),
    ...(known?.terms.length && { glossaryTerms: termsAspect(known.terms) }),
    isPartOfKey: column.partOfKey,
    ...(column.properties && { jsonProps: JSON.stringify(column.properties) }),
  }
}

function datasetProfile({ rowCount, columnCount, profiledAtMs }: DatasetDescription): Json | undefined {
  if (rowCount === undefined) return undefined
  return {
    timestampMillis: profiledAtMs,
    partitionSpec: { partition: 'FULL_TABLE_SNAPSHOT', type: 'FULL_TABLE' },
    rowCount,
    columnCount,
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
