import { parseUrn } from '../../urn/urn.js'
import type { EdgeTarget, Effect } from '../effect.js'
import type { Shape } from '../shape.js'
import { isConsumer } from './consumer-aspects.js'
import { toTargets } from './dataset-aspects.js'
import type { Projection } from './projection.js'

export const status: Projection = ({ urn, aspect }) => [
  { op: 'node', urn, patch: { removed: aspect.bool('removed') ?? false } },
]

/** Only datasets, dashboards and charts have typed owner edges; of other entities the aspect alone is kept. */
export const ownership: Projection = ({ urn, parsed, aspect }) => {
  const owners = new Map<string, EdgeTarget>()
  for (const o of aspect.objects('owners')) {
    const owner = o.requiredUrn('owner', 'corpuser', 'corpGroup')
    owners.set(owner, { urn: owner, data: { role: o.string('type') ?? null } })
  }
  const edge = labelEdge(parsed.entityType, { dataset: 'OwnedBy', consumer: 'ConsumerOwnedBy' })
  return edge ? [{ op: 'edges', edge, side: 'from', anchor: urn, targets: [...owners.values()] }] : []
}

/** The edge to a label from a dataset, a dashboard or chart, or a field; undefined for other entities. */
function labelEdge(
  entityType: string,
  edges: { readonly dataset: string; readonly consumer: string; readonly field?: string },
): string | undefined {
  if (entityType === 'dataset') return edges.dataset
  if (isConsumer(entityType)) return edges.consumer
  return entityType === 'schemaField' ? edges.field : undefined
}

export const globalTags: Projection = ({ urn, parsed, aspect }) => {
  const tags = aspect.objects('tags').map((t) => t.requiredUrn('tag', 'tag'))
  const edge = labelEdge(parsed.entityType, {
    dataset: 'TaggedWith',
    consumer: 'ConsumerTaggedWith',
    field: 'FieldTaggedWith',
  })
  return edge ? [{ op: 'edges', edge, side: 'from', anchor: urn, targets: toTargets(tags) }] : []
}

export const glossaryTerms: Projection = ({ urn, parsed, aspect }) => {
  const terms = aspect.objects('terms').map((t) => t.requiredUrn('urn', 'glossaryTerm'))
  const edge = labelEdge(parsed.entityType, {
    dataset: 'TermedWith',
    consumer: 'ConsumerTermedWith',
    field: 'FieldTermedWith',
  })
  return edge ? [{ op: 'edges', edge, side: 'from', anchor: urn, targets: toTargets(terms) }] : []
}

export const domains: Projection = ({ urn, parsed, aspect }) => {
  const targets = toTargets(aspect.urns('domains', 'domain'))
  const edge = labelEdge(parsed.entityType, { dataset: 'InDomain', consumer: 'ConsumerInDomain' })
  return edge ? [{ op: 'edges', edge, side: 'from', anchor: urn, targets }] : []
}

export const container: Projection = ({ urn, parsed, aspect }) => {
  const targets = [{ urn: aspect.requiredUrn('container', 'container') }]
  if (parsed.entityType === 'dataset')
    return [{ op: 'edges', edge: 'ContainsDataset', side: 'to', anchor: urn, targets }]
  if (parsed.entityType === 'container')
    return [{ op: 'edges', edge: 'ContainsContainer', side: 'to', anchor: urn, targets }]
  return []
}

/** Sets the named properties of the entity from members of the same, or the given, name. */
function plain(members: Readonly<Record<string, string>>): Projection {
  return ({ urn, aspect }) => [
    {
      op: 'node',
      urn,
      patch: Object.fromEntries(
        Object.entries(members).map(([to, from]) => [to, aspect.string(from) ?? null]),
      ),
    },
  ]
}

/** Like `plain`, but a name that is absent keeps the one the URN gives. */
function named(
  read: (aspect: Shape) => string | undefined,
  members: Readonly<Record<string, string>>,
): Projection {
  const rest = plain(members)
  return (input) => {
    const name = read(input.aspect)
    const [effect] = rest(input) as [Extract<Effect, { op: 'node' }>]
    return [{ ...effect, patch: { ...effect.patch, ...(name && { name }) } }]
  }
}

export const tagProperties = named((a) => a.string('name'), { description: 'description' })
export const glossaryTermInfo = named((a) => a.string('name'), { definition: 'definition' })
export const corpGroupInfo = named((a) => a.string('displayName'), {
  email: 'email',
  description: 'description',
})
export const corpUserInfo = named((a) => a.string('displayName') ?? a.string('fullName'), {
  email: 'email',
  description: 'title',
})
export const containerProperties = plain({
  name: 'name',
  qualifiedName: 'qualifiedName',
  description: 'description',
})
export const dataPlatformInfo = named((a) => a.string('name'), { displayName: 'displayName' })
export const dataPlatformInstanceProperties = plain({ description: 'description' })

/** Our own record of a complete harvest, on the platform instance; see `aspect/harvest-record.ts`. */
export const groundplaneHarvest: Projection = ({ urn, aspect }) => {
  aspect.integer('at')
  return [{ op: 'node', urn, patch: { fingerprint: aspect.requiredString('fingerprint') } }]
}

export const domainProperties: Projection = ({ urn, aspect }) => {
  const parent = aspect.urn('parentDomain', 'domain')
  return [
    {
      op: 'node',
      urn,
      patch: { name: aspect.string('name') ?? null, description: aspect.string('description') ?? null },
    },
    { op: 'edges', edge: 'SubdomainOf', side: 'from', anchor: urn, targets: parent ? [{ urn: parent }] : [] },
  ]
}

/** Of what a document is related to, datasets alone have typed edges; the aspect keeps the others. */
export const documentInfo: Projection = ({ urn, aspect }) => {
  const assets = aspect.objects('relatedAssets').map((related) => related.requiredUrn('asset'))
  const datasets = assets.filter((asset) => parseUrn(asset).entityType === 'dataset')
  return [
    {
      op: 'node',
      urn,
      patch: {
        title: aspect.string('title') ?? null,
        content: aspect.object('contents')?.string('text') ?? null,
      },
    },
    { op: 'edges', edge: 'DescribedBy', side: 'to', anchor: urn, targets: toTargets(datasets) },
  ]
}
