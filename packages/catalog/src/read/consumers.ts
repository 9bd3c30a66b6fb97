import type { JsonObject } from '../aspect/proposal.js'
import { compact, type Row, text, texts } from '../aspect/row.js'
import { urnName } from '../urn/entity-urns.js'
import type { ConsumerHit, Consumers, ImpactConsumer } from './answers.js'
import { refOf } from './entity-lookup.js'
import type { ImpactChange } from './questions.js'
import type { Snapshot } from './snapshot.js'

/** Dashboards and charts that are named; how many there are is told. */
const MAX_CONSUMERS = 30
/** From so many datasets on, what is made from any of them is one query; fewer are asked one by one. */
const MANY = 500

/** Datasets by URN with their degree, the one asked about with 0. A `Map` is one. */
export interface Degrees {
  readonly size: number
  get(urn: string): number | undefined
  keys(): Iterable<string>
}

interface Reached {
  readonly node: Row
  readonly degree: number
  /** The dataset it is made from, or the chart that it shows. */
  readonly via: string
}

/**
 * Dashboards and charts that are made from datasets, and the dashboards those are shown on, by URN, each at its fewest
 * hops; soft-deleted ones are left out.
 */
function reach(snapshot: Snapshot, datasets: Degrees, maxHops: number): ReadonlyMap<string, Reached> {
  const found = new Map<string, Reached>()
  // A commit of before there were any has another schema.
  if (!snapshot.knows('consumers_of')) return found
  for (const { dataset, node } of direct(snapshot, datasets))
    offer(found, node, (datasets.get(dataset) as number) + 1, dataset)
  let frontier = [...found.values()].sort((a, b) => a.degree - b.degree)
  while (frontier.length > 0) {
    const next: Reached[] = []
    for (const { node, degree } of frontier) {
      const urn = String(node['urn'])
      for (const row of snapshot.rows('shown_on', { urn })) {
        const board = offer(found, row['entity'] as Row, degree + 1, urn)
        if (board) next.push(board)
      }
    }
    frontier = next
  }
  return new Map([...found].filter(([, { degree, node }]) => degree <= maxHops && node['removed'] !== true))
}

/** Undefined when it was reached as near before; of equally near ones the way by the first URN is told. */
function offer(found: Map<string, Reached>, node: Row, degree: number, via: string): Reached | undefined {
  const urn = String(node['urn'])
  const known = found.get(urn)
  if (known && (known.degree < degree || (known.degree === degree && known.via <= via))) return undefined
  const reached = { node, degree, via }
  found.set(urn, reached)
  return known?.degree === degree ? undefined : reached
}

function direct(snapshot: Snapshot, datasets: Degrees): { readonly dataset: string; readonly node: Row }[] {
  const one = (dataset: string) =>
    snapshot.rows('consumers_of', { urn: dataset }).map((row) => ({ dataset, node: row['entity'] as Row }))
  if (datasets.size < MANY) return [...datasets.keys()].flatMap(one)
  return snapshot
    .rows('consumption')
    .map((row) => ({ dataset: String(row['dataset']), node: row['entity'] as Row }))
    .filter(({ dataset }) => datasets.get(dataset) !== undefined)
}

function nearestFirst(found: ReadonlyMap<string, Reached>): (readonly [string, Reached])[] {
  return [...found].sort(([a, x], [b, y]) => x.degree - y.degree || (a < b ? -1 : 1))
}

function hitOf(snapshot: Snapshot, urn: string, { node, degree, via }: Reached): ConsumerHit {
  return {
    entity: refOf(urn, node),
    degree,
    via,
    ...compact({ externalUrl: text(node['externalUrl']), owners: ownersOfConsumer(snapshot, urn) }),
  }
}

/** Once each, in order of URN. */
export function ownersOfConsumer(snapshot: Snapshot, urn: string): { urn: string; name: string }[] {
  const rows = snapshot.rows('consumer_owners', { urn })
  const byUrn = new Map(rows.map((row) => [String(row['urn']), text(row['name'])]))
  return [...byUrn]
    .map(([owner, name]) => ({ urn: owner, name: name ?? urnName(owner) }))
    .sort((a, b) => (a.urn < b.urn ? -1 : 1))
}

/** What lineage ends in, downstream: undefined when there is none. */
export function consumersDownstream(
  snapshot: Snapshot,
  datasets: Degrees,
  maxHops = Number.POSITIVE_INFINITY,
): Consumers | undefined {
  const found = nearestFirst(reach(snapshot, datasets, maxHops))
  if (found.length === 0) return undefined
  return {
    total: found.length,
    first: found.slice(0, MAX_CONSUMERS).map(([urn, reached]) => hitOf(snapshot, urn, reached)),
  }
}

/**
 * What a change does to dashboards and charts. Which columns they take is not recorded, so of a change of one column
 * it is unknown for all of them.
 */
export function consumersAffected(
  snapshot: Snapshot,
  datasets: Degrees,
  change: ImpactChange,
  column: string | undefined,
): { readonly total: number; readonly first: readonly ImpactConsumer[] } | undefined {
  const found = consumersDownstream(snapshot, datasets)
  return (
    found && {
      total: found.total,
      first: found.first.map((hit) => ({ ...hit, ...effectOn(hit, change, column) })),
    }
  )
}

function effectOn(
  { degree, via }: ConsumerHit,
  change: ImpactChange,
  column: string | undefined,
): Pick<ImpactConsumer, 'effect' | 'why'> {
  if (column !== undefined)
    return {
      effect: 'unknown',
      why: 'It is made from what may change; which columns it takes is not recorded.',
    }
  if (change !== 'drop' && change !== 'rename')
    return { effect: 'changes', why: 'It is made from the table.' }
  return degree === 1
    ? { effect: 'breaks', why: 'It reads the table.' }
    : {
        effect: 'affected',
        why: via.startsWith('urn:li:dataset:') ? 'It is made from what breaks.' : 'It shows what breaks.',
      }
}

/** Those that are made from one dataset itself, as its document names them. */
export function directConsumers(snapshot: Snapshot, urn: string): JsonObject[] {
  return nearestFirst(reach(snapshot, new Map([[urn, 0]]), 1)).map(
    ([consumer, { node }]) =>
      compact({
        urn: consumer,
        name: String(node['name']),
        owners: ownersOfConsumer(snapshot, consumer),
      }) as JsonObject,
  )
}

/** The names of those that are made from one dataset, with their owners: what is read at a glance. */
export function consumerLines(snapshot: Snapshot, urn: string): string[] {
  const found = nearestFirst(reach(snapshot, new Map([[urn, 0]]), 1))
  return found.map(([consumer, { node }]) => {
    const kind = kindsOfConsumer(node).join(', ')
    const owners = ownersOfConsumer(snapshot, consumer).map((owner) => owner.name)
    return `${kind} ${String(node['name'])} (${consumer})${owners.length > 0 ? `, owned by ${owners.join(', ')}` : ''}`
  })
}

/** Its subtypes as they are stated, else what it is. */
export function kindsOfConsumer(node: Row): readonly string[] {
  const stated = texts(node['subTypes'])
  return stated.length > 0 ? stated : [node['kind'] === 'chart' ? 'Chart' : 'Dashboard']
}

/** What hangs on a dashboard or a chart. */
export function consumerLinks(snapshot: Snapshot, urn: string): JsonObject {
  const nodes = (query: string) =>
    snapshot
      .rows(query, { urn })
      .map((row) => row['entity'] as Row)
      .map((node) => ({ urn: String(node['urn']), name: String(node['name']) }))
      .sort((a, b) => (a.urn < b.urn ? -1 : 1))
  return {
    owners: ownersOfConsumer(snapshot, urn),
    upstreams: snapshot
      .rows('consumed_by', { urn })
      .map((row) => String(row['urn']))
      .sort(),
    shows: nodes('shown_by'),
    shownOn: nodes('shown_on'),
  }
}
