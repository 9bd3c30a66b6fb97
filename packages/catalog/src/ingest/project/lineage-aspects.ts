import type { EdgeTarget, Effect } from '../effect.js'
import type { Shape } from '../shape.js'
import type { Projection } from './projection.js'

/**
 * `upstreamLineage` is stated by the downstream dataset: its edges come in to it
 * (dataset level) and to its fields (column level).
 */
export const upstreamLineage: Projection = ({ urn, parsed, aspect, previous }) => {
  if (parsed.entityType !== 'dataset') return []
  const upstreams = new Map<string, EdgeTarget>()
  for (const u of aspect.objects('upstreams')) {
    const dataset = u.requiredUrn('dataset', 'dataset')
    upstreams.set(dataset, {
      urn: dataset,
      data: { kind: u.string('type') ?? null, query: u.urn('query', 'query') ?? null },
    })
  }
  const effects: Effect[] = [
    { op: 'edges', edge: 'UpstreamOf', side: 'to', anchor: urn, targets: [...upstreams.values()] },
  ]
  const columns = columnEdges(aspect)
  if (previous)
    for (const column of columnEdges(previous).keys())
      if (!columns.has(column)) columns.set(column, new Map())
  for (const [anchor, targets] of columns)
    effects.push({ op: 'edges', edge: 'FieldUpstreamOf', side: 'to', anchor, targets: [...targets.values()] })
  return effects
}

/** Downstream field → its upstream fields. Only field-to-field statements have column edges. */
function columnEdges(aspect: Shape): Map<string, Map<string, EdgeTarget>> {
  const edges = new Map<string, Map<string, EdgeTarget>>()
  for (const lineage of aspect.objects('fineGrainedLineages')) {
    if (lineage.string('upstreamType') !== 'FIELD_SET') continue
    const upstreams = lineage.urns('upstreams', 'schemaField')
    const data = {
      transform: lineage.string('transformOperation') ?? null,
      query: lineage.urn('query', 'query') ?? null,
      confidence: lineage.number('confidenceScore') ?? null,
    }
    for (const down of lineage.urns('downstreams', 'schemaField')) {
      const targets = edges.get(down) ?? new Map<string, EdgeTarget>()
      for (const up of upstreams) targets.set(up, { urn: up, data })
      edges.set(down, targets)
    }
  }
  return edges
}

export const queryProperties: Projection = ({ urn, aspect }) => {
  const modified = aspect.object('lastModified')?.integer('time')
  return [
    {
      op: 'node',
      urn,
      patch: {
        name: aspect.string('name') ?? null,
        description: aspect.string('description') ?? null,
        statement: aspect.object('statement')?.string('value') ?? null,
        language: aspect.object('statement')?.string('language') ?? null,
        source: aspect.string('source') ?? null,
        lastModified: modified === undefined ? null : new Date(modified).toISOString(),
      },
    },
  ]
}

export const querySubjects: Projection = ({ urn, aspect }) => {
  const subjects = aspect.objects('subjects').map((s) => s.requiredUrn('entity', 'dataset', 'schemaField'))
  const ofType = (type: string) =>
    [...new Set(subjects.filter((s) => s.startsWith(`urn:li:${type}:`)))].map((s) => ({ urn: s }))
  return [
    { op: 'edges', edge: 'QueryReads', side: 'from', anchor: urn, targets: ofType('dataset') },
    { op: 'edges', edge: 'QueryReadsField', side: 'from', anchor: urn, targets: ofType('schemaField') },
  ]
}
