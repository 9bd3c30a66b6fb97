import type { EntityRef } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import type { CatalogPicture, IncidentReport, PictureEdge, PictureNode } from '@groundplane/protocol'
import type { ServedCatalog } from '../served-revision.js'

/** Datasets beyond this many are left out: a picture of more says nothing to a person. */
const MAX_NODES = 200

/**
 * The lineage a run looked at: the affected datasets, the culprits (what the run
 * holds to be the cause) and everything upstream of them, with every direct edge
 * between two of these.
 */
export function pictureOf(
  { catalog }: ServedCatalog,
  report: IncidentReport,
  at: ReadContext,
): CatalogPicture {
  const failing = new Map<string, number>()
  for (const check of report.checks) {
    if (check.verdict === 'production-only') failing.set(check.dataset, (failing.get(check.dataset) ?? 0) + 1)
  }
  const refs = new Map<string, EntityRef>()
  const upstreams = new Map<string, readonly string[]>()
  const causes = new Set(report.causes)
  const queue = [...new Set([...report.affected, ...causes])]
  for (let urn = queue.shift(); urn !== undefined && upstreams.size < MAX_NODES; urn = queue.shift()) {
    if (upstreams.has(urn)) continue
    const hits = catalog.getLineage({ urn, upstream: true, max_hops: 1, max_results: 100 }, at).upstreams
      ?.searchResults
    for (const { entity } of hits ?? []) refs.set(entity.urn, entity)
    upstreams.set(
      urn,
      (hits ?? []).map((hit) => hit.entity.urn),
    )
    queue.push(...(upstreams.get(urn) ?? []))
  }
  const unnamed = [...upstreams.keys()].filter((urn) => !refs.has(urn))
  for (const ref of catalog.getEntities(unnamed, at).entities) refs.set(ref.urn, ref as unknown as EntityRef)

  const affected = new Set([...report.affected, ...downstreamOf(causes, upstreams)])
  const statusOf = (urn: string): PictureNode['status'] => {
    if (causes.has(urn)) return 'culprit'
    if (failing.has(urn)) return 'failing'
    return affected.has(urn) ? 'affected' : 'healthy'
  }
  const nodes = [...upstreams.keys()].map((urn) =>
    nodeOf(urn, refs.get(urn), statusOf(urn), failing.get(urn) ?? 0),
  )
  const edges: PictureEdge[] = []
  for (const [target, sources] of upstreams) {
    for (const source of sources) if (upstreams.has(source)) edges.push({ source, target })
  }
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  nodes.sort((a, b) => byText(a.urn, b.urn))
  edges.sort((a, b) => byText(a.source, b.source) || byText(a.target, b.target))
  return { nodes, edges, receipt: report.receipt }
}

/** Everything that takes from one of `origins`, through any number of hops. */
function downstreamOf(
  origins: ReadonlySet<string>,
  upstreams: ReadonlyMap<string, readonly string[]>,
): Set<string> {
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

function nodeOf(
  urn: string,
  ref: EntityRef | undefined,
  status: PictureNode['status'],
  failing: number,
): PictureNode {
  const isView = ref?.subTypes?.some((subType) => subType.toLowerCase() === 'view') ?? false
  return {
    urn,
    name: (ref?.properties?.name ?? urn).split('.').at(-1) ?? urn,
    kind: isView ? 'view' : 'table',
    instance: ref?.platformInstance?.match(/,([^,)]+)\)$/)?.[1] ?? ref?.platformInstance ?? '',
    status,
    failing,
  }
}
