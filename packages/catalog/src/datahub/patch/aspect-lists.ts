import type { KeyedArray } from './keyed-array.js'

/** Lists of an aspect, as `list`, `list:key` or `list:key1+key2`. */
function lists(...specs: readonly string[]): readonly KeyedArray[] {
  return specs.map((spec) => {
    const [list, keys] = spec.split(':') as [string, string?]
    return { path: [list], keys: keys === undefined ? [] : keys.split('+') }
  })
}

/**
 * Which lists patches address by keys, by aspect, where the patch itself does not say
 * (`arrayPrimaryKeys`): as DataHub's server has it for each aspect.
 */
const LISTS: Readonly<Record<string, readonly KeyedArray[]>> = {
  globalTags: lists('tags:tag'),
  glossaryTerms: lists('terms:urn'),
  ownership: lists('owners:owner+type+typeUrn'),
  domains: lists('domains'),
  siblings: lists('siblings'),
  structuredProperties: lists('properties:propertyUrn'),
  propertyDefinition: lists('entityTypes'),
  institutionalMemory: lists('elements:url'),
  datasetProperties: lists('tags'),
  upstreamLineage: lists('upstreams:dataset'),
  editableSchemaMetadata: [
    {
      path: ['editableSchemaFieldInfo'],
      keys: ['fieldPath'],
      within: [
        { path: ['globalTags', 'tags'], keys: ['tag'] },
        { path: ['glossaryTerms', 'terms'], keys: ['urn'] },
      ],
    },
  ],
  dataJobInputOutput: lists(
    'inputDatajobEdges:destinationUrn',
    'inputDatasetEdges:destinationUrn',
    'outputDatasetEdges:destinationUrn',
    'inputDatasetFields',
    'outputDatasetFields',
  ),
  chartInfo: lists('inputEdges:destinationUrn', 'inputs'),
  dashboardInfo: lists(
    'chartEdges:destinationUrn',
    'datasetEdges:destinationUrn',
    'dashboards:destinationUrn',
    'datasets',
    'charts',
  ),
  dataProductProperties: lists('assets:destinationUrn'),
}

export function keyedListsOf(aspectName: string): readonly KeyedArray[] {
  return Object.hasOwn(LISTS, aspectName) ? (LISTS[aspectName] as readonly KeyedArray[]) : []
}

/** Aspects that hold column lineage in `fineGrainedLineages`. */
export function hasFineGrained(aspectName: string): boolean {
  return aspectName === 'upstreamLineage' || aspectName === 'dataJobInputOutput'
}
