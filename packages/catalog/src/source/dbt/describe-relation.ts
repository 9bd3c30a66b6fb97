import type { AspectProposal, Json, JsonObject } from '../../aspect/proposal.js'
import { platformUrn, schemaFieldUrn } from '../../urn/entity-urns.js'
import {
  groupUrn,
  instanceAspect,
  platformProposals,
  proposal,
  proposals,
  STAMP,
  schemaMetadata,
  tagUrn,
} from '../aspect-proposals.js'
import { schemaFieldType } from '../printed-type.js'
import { fineGrainedLineages, type LineageTable } from '../relational/lineage-aspect.js'
import { relationsBelow } from './dependencies.js'
import type { DbtGroup, DbtManifest, DbtRelation } from './manifest.js'
import type { ResolvedRelation } from './model-lineage.js'
import type { RelationColumn } from './relation-columns.js'
import {
  type DbtTarget,
  dbtDatasetUrn,
  isInWarehouse,
  PLATFORM,
  upstreamUrn,
  userUrn,
  warehouseUrn,
} from './target.js'

/** The platform dbt, and the project as an instance of it. */
export function projectProposals(target: DbtTarget, manifest: DbtManifest): AspectProposal[] {
  const { platformInstance, env, warehouse, warehouseInstance } = target
  return platformProposals({ ...PLATFORM, type: 'OTHERS' }, platformInstance, {
    env,
    adapter: manifest.adapter,
    target_platform: warehouse,
    ...(warehouseInstance !== undefined && { target_platform_instance: warehouseInstance }),
  })
}

export function groupProposals(groups: ReadonlyMap<string, DbtGroup>): AspectProposal[] {
  return [...groups.values()].map(({ name, ownerName, ownerEmail }) =>
    proposal(groupUrn(name), 'corpGroupInfo', {
      displayName: ownerName ?? name,
      ...(ownerEmail !== undefined && { email: ownerEmail }),
      admins: [],
      members: [],
      groups: [],
    }),
  )
}

/** The relation as dbt knows it, and what dbt alone can say of it as the warehouse knows it. */
export function relationProposals(
  target: DbtTarget,
  manifest: DbtManifest,
  resolved: ReadonlyMap<string, ResolvedRelation>,
  { relation, inCatalog, columns, lineage }: ResolvedRelation,
): AspectProposal[] {
  const urn = dbtDatasetUrn(target, relation.id)
  const known = (id: string): LineageTable | undefined => {
    const table = resolved.get(id)
    return (
      table && {
        urn: upstreamUrn(target, table.relation),
        columns: new Set(table.columns?.map((c) => c.name)),
      }
    )
  }
  const needed = [...new Set([...relationsBelow(manifest, relation.dependsOn), ...(lineage?.tables ?? [])])]
  const upstreams = needed.flatMap((id) => known(id)?.urn ?? [])
  const fine = lineage ? fineGrainedLineages(urn, lineage, known) : []
  return [
    ...proposals(urn, [
      ['datasetProperties', properties(relation, manifest, inCatalog?.type, inCatalog?.comment)],
      ['subTypes', { typeNames: [SUB_TYPES[relation.kind]] }],
      ['dataPlatformInstance', instanceAspect(PLATFORM.name, target.platformInstance)],
      ['schemaMetadata', columns && schema(relation, columns)],
      ['viewProperties', definition(relation)],
      [
        'upstreamLineage',
        relation.kind === 'source'
          ? copyOf(warehouseUrn(target, relation), urn, columns)
          : {
              upstreams: upstreams.sort().map(transformed),
              ...(fine.length > 0 && { fineGrainedLineages: fine }),
            },
      ],
      ['ownership', ownership(relation)],
      ['globalTags', { tags: relation.tags.map((tag) => ({ tag: tagUrn(tag) })) }],
      [
        'siblings',
        isInWarehouse(relation) ? { siblings: [warehouseUrn(target, relation)], primary: true } : undefined,
      ],
      ['status', { removed: false }],
    ]),
    ...inWarehouse(target, relation),
  ]
}

const SUB_TYPES = { model: 'Model', seed: 'Seed', snapshot: 'Snapshot', source: 'Source' } as const

/**
 * What stands on the warehouse's own dataset: that it is the same. Its schema, its description and whether it
 * is there are for the warehouse's own source to say. Of a source, dbt is not the maker, and says nothing.
 */
function inWarehouse(target: DbtTarget, relation: DbtRelation): AspectProposal[] {
  if (relation.kind === 'source' || !isInWarehouse(relation)) return []
  const { warehouse, warehouseInstance } = target
  return proposals(warehouseUrn(target, relation), [
    [
      'dataPlatformInstance',
      warehouseInstance === undefined ? undefined : instanceAspect(warehouse, warehouseInstance),
    ],
    ['siblings', { siblings: [dbtDatasetUrn(target, relation.id)], primary: false }],
  ])
}

/** That the warehouse's relation is what dbt makes: yields to what the warehouse's own source finds out. */
export function builtProposals(target: DbtTarget, resolved: Iterable<ResolvedRelation>): AspectProposal[] {
  return [...resolved]
    .filter(({ relation }) => relation.kind !== 'source' && isInWarehouse(relation))
    .map(({ relation, columns }) => {
      const urn = warehouseUrn(target, relation)
      return proposal(urn, 'upstreamLineage', copyOf(dbtDatasetUrn(target, relation.id), urn, columns))
    })
}

/** Whether an `upstreamLineage` says only that dbt makes the dataset. */
export function isBuiltByDbt(lineage: Json): boolean {
  const { upstreams } = lineage as { readonly upstreams?: Json }
  const prefix = `urn:li:dataset:(${platformUrn(PLATFORM.name)},`
  return (
    Array.isArray(upstreams) &&
    upstreams.every((u) => String((u as { readonly dataset?: Json } | null)?.dataset).startsWith(prefix))
  )
}

export const transformed = (dataset: string): JsonObject => ({
  auditStamp: STAMP,
  dataset,
  type: 'TRANSFORMED',
})

function copyOf(from: string, to: string, columns: readonly RelationColumn[] | undefined): Json {
  return {
    upstreams: [{ auditStamp: STAMP, dataset: from, type: 'COPY' }],
    ...(columns && {
      fineGrainedLineages: columns.map(({ name }) => ({
        upstreamType: 'FIELD_SET',
        upstreams: [schemaFieldUrn(from, name)],
        downstreamType: 'FIELD',
        downstreams: [schemaFieldUrn(to, name)],
        transformOperation: 'IDENTITY',
        confidenceScore: 1,
      })),
    }),
  }
}

function properties(
  relation: DbtRelation,
  manifest: DbtManifest,
  catalogType: string | undefined,
  comment: string | undefined,
): Json {
  const { meta, kind, materialized, group, modelVersion, database, schema: inSchema, identifier } = relation
  const description = relation.description ?? comment
  return {
    customProperties: {
      // What people wrote goes under what dbt says, should both use a name.
      ...meta,
      dbt_unique_id: relation.id,
      node_type: kind,
      ...(materialized !== undefined && { materialization: materialized }),
      dbt_package_name: relation.project,
      dbt_file_path: relation.file,
      language: relation.language,
      manifest_version: String(manifest.version),
      ...(catalogType !== undefined && { catalog_type: catalogType }),
      ...(group !== undefined && { group }),
      ...(modelVersion !== undefined && { version: modelVersion }),
    },
    name: relation.name,
    qualifiedName: [database, inSchema, identifier].filter((part) => part !== undefined).join('.'),
    ...(description !== undefined && { description }),
    tags: [],
  }
}

function schema(relation: DbtRelation, columns: readonly RelationColumn[]): Json {
  const fields = columns.map(({ name, type, description, tags }) => ({
    fieldPath: name,
    nullable: true,
    ...(description !== undefined && { description }),
    type: { type: { [`com.linkedin.schema.${schemaFieldType(type)}`]: {} } },
    nativeDataType: type,
    recursive: false,
    ...(tags.length > 0 && { globalTags: { tags: tags.map((tag) => ({ tag: tagUrn(tag) })) } }),
    isPartOfKey: false,
  }))
  return schemaMetadata({ schemaName: relation.name, platform: platformUrn(PLATFORM.name), fields })
}

/** The SQL that was compiled, as `impact` can read it; what the author wrote where there is none. */
function definition({ kind, materialized, language, rawCode, compiledCode }: DbtRelation): Json | undefined {
  const logic = compiledCode ?? rawCode
  if (logic === undefined || kind === 'seed' || kind === 'source') return undefined
  return {
    materialized: materialized !== 'view' && materialized !== 'ephemeral',
    viewLogic: logic,
    viewLanguage: language === 'sql' ? 'SQL' : language.toUpperCase(),
  }
}

export function ownership({ owners, group }: { owners: readonly string[]; group?: string }): Json {
  const urns = [...owners.map(userUrn), ...(group === undefined ? [] : [groupUrn(group)])]
  return { owners: urns.map((owner) => ({ owner, type: 'DATAOWNER' })), lastModified: STAMP }
}
