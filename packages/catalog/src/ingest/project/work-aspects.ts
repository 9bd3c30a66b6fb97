import type { Shape } from '../shape.js'
import { toTargets } from './dataset-aspects.js'
import type { Projection } from './projection.js'

/** Pipelines, their jobs, and the runs of those. */

export const dataFlowInfo: Projection = ({ urn, parsed, aspect }) => [
  {
    op: 'node',
    urn,
    patch: {
      orchestrator: parsed.parts[0] ?? null,
      name: aspect.string('name') ?? null,
      description: aspect.string('description') ?? null,
    },
  },
]

export const dataJobInfo: Projection = ({ urn, parsed, aspect }) => {
  const flow = aspect.urn('flowUrn', 'dataFlow') ?? parsed.parts[0]
  return [
    {
      op: 'node',
      urn,
      patch: {
        name: aspect.string('name') ?? null,
        description: aspect.string('description') ?? null,
        kind: kindOf(aspect.raw('type')),
      },
    },
    {
      op: 'edges',
      edge: 'PartOfFlow',
      side: 'from',
      anchor: urn,
      targets: flow?.startsWith('urn:li:dataFlow:') ? [{ urn: flow }] : [],
    },
  ]
}

/** `{"string": "COMMAND"}`, or the text of one of DataHub's own types. */
function kindOf(type: unknown): string | null {
  const value = typeof type === 'object' && type !== null ? Object.values(type)[0] : type
  return typeof value === 'string' ? value : null
}

export const dataJobInputOutput: Projection = ({ urn, aspect }) => [
  { op: 'edges', edge: 'Reads', side: 'from', anchor: urn, targets: datasetsOf(aspect, 'inputDataset') },
  { op: 'edges', edge: 'Writes', side: 'from', anchor: urn, targets: datasetsOf(aspect, 'outputDataset') },
]

/** Both forms that DataHub has for them: URNs, and edges with a destination. */
function datasetsOf(aspect: Shape, kind: 'inputDataset' | 'outputDataset') {
  const edges = aspect.objects(`${kind}Edges`).map((edge) => edge.requiredUrn('destinationUrn'))
  return toTargets([...aspect.urns(`${kind}s`), ...edges].filter((urn) => urn.startsWith('urn:li:dataset:')))
}

export const dataProcessInstanceProperties: Projection = ({ urn, aspect }) => [
  { op: 'node', urn, patch: { name: aspect.string('name') ?? null } },
]

export const dataProcessInstanceRelationships: Projection = ({ urn, aspect }) => {
  const template = aspect.urn('parentTemplate')
  const targets = template?.startsWith('urn:li:dataJob:') ? [{ urn: template }] : []
  return [{ op: 'edges', edge: 'RunOfJob', side: 'from', anchor: urn, targets }]
}

export const dataProcessInstanceOutput: Projection = ({ urn, aspect }) => {
  const edges = aspect.objects('outputEdges').map((edge) => edge.requiredUrn('destinationUrn'))
  const datasets = [...aspect.urns('outputs'), ...edges].filter((of) => of.startsWith('urn:li:dataset:'))
  return [{ op: 'edges', edge: 'ProducedBy', side: 'to', anchor: urn, targets: toTargets(datasets) }]
}

const RESULTS: Readonly<Record<string, string>> = { COMPLETE: 'SUCCESS', ABORT: 'ABORTED', FAIL: 'FAILURE' }

/** When a run began and how it ended, as all its OpenLineage events together say. */
export const groundplaneOpenlineage: Projection = ({ urn, aspect }) => {
  const end = aspect.object('end')
  const time = (instant: string | undefined) => (instant === undefined ? null : `${instant.slice(0, 23)}Z`)
  return [
    {
      op: 'node',
      urn,
      patch: {
        startedAt: time(aspect.string('start') ?? aspect.string('first')),
        endedAt: time(end?.requiredString('at')),
        result: end ? (RESULTS[end.requiredString('transition')] ?? null) : null,
      },
    },
  ]
}
