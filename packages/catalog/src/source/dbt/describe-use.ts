import type { AspectProposal } from '../../aspect/proposal.js'
import { instanceAspect, proposals, STAMP, tagUrn } from '../aspect-proposals.js'
import { relationsBelow } from './dependencies.js'
import { ownership, transformed } from './describe-relation.js'
import type { DbtExposure, DbtManifest, DbtMetric, DbtRelation } from './manifest.js'
import { type DbtTarget, dbtDatasetUrn, exposureUrn, PLATFORM, upstreamUrn } from './target.js'

/** What an exposure is for: a dashboard of DataHub, whatever its type; the type is the sub-type. */
export function exposureProposals(
  target: DbtTarget,
  manifest: DbtManifest,
  exposure: DbtExposure,
): AspectProposal[] {
  const { id, type, url, maturity, label, project, file, meta } = exposure
  return proposals(exposureUrn(target, id), [
    [
      'dashboardInfo',
      {
        customProperties: {
          ...meta,
          dbt_unique_id: id,
          exposure_type: type,
          ...(maturity !== undefined && { maturity }),
          dbt_package_name: project,
          dbt_file_path: file,
        },
        ...(url !== undefined && { externalUrl: url }),
        title: label ?? exposure.name,
        description: exposure.description ?? '',
        charts: [],
        datasets: upstreamsOf(target, manifest, exposure.dependsOn),
        lastModified: { created: STAMP, lastModified: STAMP },
      },
    ],
    ['subTypes', { typeNames: [SUB_TYPES.get(type) ?? type] }],
    ['dataPlatformInstance', instanceAspect(PLATFORM.name, target.platformInstance)],
    ['ownership', ownership(exposure)],
    ['globalTags', { tags: exposure.tags.map((tag) => ({ tag: tagUrn(tag) })) }],
    ['status', { removed: false }],
  ])
}

const SUB_TYPES: ReadonlyMap<string, string> = new Map([
  ['dashboard', 'Dashboard'],
  ['notebook', 'Notebook'],
  ['analysis', 'Analysis'],
  ['ml', 'ML Model'],
  ['application', 'Application'],
])

/** A metric is a dataset that dbt computes when it is asked for: its lineage is that of the models below it. */
export function metricProposals(
  target: DbtTarget,
  manifest: DbtManifest,
  metric: DbtMetric,
): AspectProposal[] {
  const { id, name, label, description, computation, meta, project, file } = metric
  return proposals(dbtDatasetUrn(target, id), [
    [
      'datasetProperties',
      {
        customProperties: {
          ...meta,
          ...computation,
          ...(label !== undefined && { label }),
          dbt_unique_id: id,
          node_type: 'metric',
          dbt_package_name: project,
          dbt_file_path: file,
        },
        name,
        qualifiedName: id,
        ...(description !== undefined && { description }),
        tags: [],
      },
    ],
    ['subTypes', { typeNames: ['Metric'] }],
    ['dataPlatformInstance', instanceAspect(PLATFORM.name, target.platformInstance)],
    [
      'upstreamLineage',
      { upstreams: upstreamsOf(target, manifest, metric.dependsOn).sort().map(transformed) },
    ],
    ['ownership', ownership(metric)],
    ['globalTags', { tags: metric.tags.map((tag) => ({ tag: tagUrn(tag) })) }],
    ['status', { removed: false }],
  ])
}

/** Of the relations below; a relation that is not in the warehouse is there as dbt knows it. */
function upstreamsOf(target: DbtTarget, manifest: DbtManifest, ids: readonly string[]): string[] {
  return relationsBelow(manifest, ids).map((id) =>
    upstreamUrn(target, manifest.relations.get(id) as DbtRelation),
  )
}
