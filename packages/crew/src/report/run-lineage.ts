import { type CatalogReads, type EntityRef, isUrn, urnName } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import type { CatalogPicture, IncidentReport, PictureNode } from '@groundplane/protocol'
import { localName } from '../role/reading.js'

/** Datasets beyond this many are left out: a picture of more says nothing to a person. */
const MAX_DATASETS = 200

export type LineageReads = Pick<CatalogReads, 'getLineage' | 'getEntities'>

/** Direct upstreams of each dataset of a walk, and what the catalog says of the datasets. */
interface Walk {
  readonly upstreams: ReadonlyMap<string, readonly string[]>
  readonly refs: ReadonlyMap<string, EntityRef>
}

/**
 * The lineage a run is about: the affected datasets, the causes and everything upstream
 * of them, with every direct edge between two of these, sorted by URN. What fails in
 * production is `culprit` when the run holds it to be a cause and `failing` when not;
 * `affected` is what the sentence is about or what takes from a cause; of the rest,
 * `healthy` is what assertions vouch for, and `unwatched` what they do not.
 */
export function runLineage(
  reads: LineageReads,
  report: IncidentReport,
  at: ReadContext,
): Pick<CatalogPicture, 'nodes' | 'edges'> {
  const failing = new Map<string, number>()
  const vouched = new Map<string, boolean>()
  for (const { production, dataset } of report.checks) {
    if (production.assertion === null) continue
    if (production.result === 'FAILURE') failing.set(dataset, (failing.get(dataset) ?? 0) + 1)
    vouched.set(dataset, (vouched.get(dataset) ?? true) && production.result === 'SUCCESS')
  }
  const causes = new Set(report.causes)
  const { upstreams, refs } = walkUpstream(reads, [...report.affected, ...causes], at)
  const affected = new Set([...report.affected, ...downstreamOf(causes, upstreams)])
  const statusOf = (urn: string): PictureNode['status'] => {
    if (causes.has(urn)) return 'culprit'
    if (failing.has(urn)) return 'failing'
    if (affected.has(urn)) return 'affected'
    return vouched.get(urn) ? 'healthy' : 'unwatched'
  }
  const nodes = [...upstreams.keys()].map((urn) => ({
    ...describe(urn, refs.get(urn)),
    status: statusOf(urn),
    failing: failing.get(urn) ?? 0,
  }))
  const edges = [...upstreams].flatMap(([target, sources]) =>
    sources.filter((source) => upstreams.has(source)).map((source) => ({ source, target })),
  )
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return {
    nodes: nodes.sort((a, b) => byText(a.urn, b.urn)),
    edges: edges.sort((a, b) => byText(a.source, b.source) || byText(a.target, b.target)),
  }
}

function walkUpstream(reads: LineageReads, starts: readonly string[], at: ReadContext): Walk {
  const refs = new Map<string, EntityRef>()
  const upstreams = new Map<string, readonly string[]>()
  const queue = [...new Set(starts)]
  for (let urn = queue.shift(); urn !== undefined && upstreams.size < MAX_DATASETS; urn = queue.shift()) {
    if (upstreams.has(urn)) continue
    const question = { urn, upstream: true, max_hops: 1, max_results: 100 }
    const hits = reads.getLineage(question, at).upstreams?.searchResults ?? []
    for (const { entity } of hits) refs.set(entity.urn, entity)
    const sources = hits.map((hit) => hit.entity.urn)
    upstreams.set(urn, sources)
    queue.push(...sources)
  }
  const unnamed = [...upstreams.keys()].filter((urn) => !refs.has(urn))
  for (const ref of reads.getEntities(unnamed, at).entities) refs.set(ref.urn, ref as unknown as EntityRef)
  return { upstreams, refs }
}

/** Everything that takes from one of `origins`, through any number of hops. */
function downstreamOf(origins: ReadonlySet<string>, upstreams: Walk['upstreams']): Set<string> {
  const reached = new Set<string>()
  for (let grew = true; grew; ) {
    grew = false
    for (const [urn, sources] of upstreams) {
      if (reached.has(urn) || !sources.some((s) => origins.has(s) || reached.has(s))) continue
      reached.add(urn)
      grew = true
    }
  }
  return reached
}

function describe(
  urn: string,
  ref: EntityRef | undefined,
): Pick<PictureNode, 'urn' | 'name' | 'kind' | 'instance'> {
  const isView = ref?.subTypes?.some((subType) => /view/i.test(subType)) ?? false
  const instance = ref?.platformInstance ?? ''
  return {
    urn,
    name: localName(urn, ref?.properties?.name),
    kind: isView ? 'view' : 'table',
    instance: isUrn(instance) ? urnName(instance) : instance,
  }
}
