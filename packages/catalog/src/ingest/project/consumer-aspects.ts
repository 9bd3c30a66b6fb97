import type { Effect } from '../effect.js'
import { type Shape, ShapeError } from '../shape.js'
import { toTargets } from './dataset-aspects.js'
import type { Projection } from './projection.js'

/** Dashboards and charts: what is made from datasets and is none. */

export const isConsumer = (entityType: string): boolean =>
  entityType === 'dashboard' || entityType === 'chart'

export const dashboardInfo: Projection = ({ urn, aspect }) => [
  about(urn, aspect, 'dashboardUrl'),
  consumes(urn, [...aspect.urns('datasets'), ...destinations(aspect, 'datasetEdges')]),
  {
    op: 'edges',
    edge: 'ShownOn',
    side: 'to',
    anchor: urn,
    targets: toTargets([
      ...aspect.urns('charts', 'chart'),
      ...destinations(aspect, 'chartEdges'),
      ...destinations(aspect, 'dashboards'),
    ]),
  },
]

export const chartInfo: Projection = ({ urn, aspect }) => [
  about(urn, aspect, 'chartUrl'),
  consumes(urn, [...inputs(aspect), ...destinations(aspect, 'inputEdges')]),
]

function about(urn: string, aspect: Shape, url: string): Effect {
  const title = aspect.string('title')
  return {
    op: 'node',
    urn,
    patch: {
      ...(title !== undefined && title !== '' && { name: title }),
      description: aspect.string('description') || null,
      externalUrl: aspect.string('externalUrl') ?? aspect.string(url) ?? null,
    },
  }
}

function consumes(urn: string, sources: readonly string[]): Effect {
  const datasets = sources.filter((source) => source.startsWith('urn:li:dataset:'))
  return { op: 'edges', edge: 'ConsumedBy', side: 'to', anchor: urn, targets: toTargets(datasets) }
}

function destinations(aspect: Shape, member: string): string[] {
  return aspect.objects(member).map((edge) => edge.requiredUrn('destinationUrn'))
}

/** A URN, or as Avro writes a union with one member: `{"string": "urn:…"}`. */
function inputs(aspect: Shape): string[] {
  const list = aspect.raw('inputs') ?? []
  if (!Array.isArray(list)) throw new ShapeError(`${aspect.path} inputs must be a list`)
  return list.map((input: unknown) => {
    const value = typeof input === 'object' && input !== null ? Object.values(input)[0] : input
    if (typeof value === 'string') return value
    throw new ShapeError('inputs must be URNs')
  })
}
