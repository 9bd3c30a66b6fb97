import type { Row } from '../aspect/row.js'
import { isConsumer } from '../ingest/project/consumer-aspects.js'
import { CatalogError } from '../model/error.js'
import { parseUrn } from '../urn/urn.js'
import { entityNotFound, readNode, requireDataset } from './entity-lookup.js'
import type { Reached, Walk } from './lineage-walk.js'
import type { Snapshot } from './snapshot.js'
import { allAtOnce, oneStep, type Steps } from './steps.js'

/** Lineage that begins at a dashboard, a chart or a job: what is made from datasets, or makes them, and is none. */

/** Reads of one step of a walk. */
const READS_OF_A_STEP = 64
/** Hops from a dashboard over the charts on it to what these are made from. */
const NEAR = 2
const NO_COLUMNS: ReadonlySet<string> = new Set()

/** Where lineage may begin and end. */
export type AssetKind = 'dataset' | 'consumer' | 'job'

export function assetKind(urn: string): AssetKind | undefined {
  const { entityType } = parseUrn(urn)
  if (entityType === 'dataset') return 'dataset'
  if (entityType === 'dataJob') return 'job'
  return isConsumer(entityType) ? 'consumer' : undefined
}

/** What lineage can begin at and is described. `CatalogError` `urn_invalid`, `argument_invalid`, `entity_not_found`. */
export function requireAsset(snapshot: Snapshot, urn: string): AssetKind {
  const kind = assetKind(urn)
  if (kind === undefined)
    throw new CatalogError(
      'invalid',
      'argument_invalid',
      `A ${parseUrn(urn).entityType} has no lineage: ${urn}.`,
      { remedy: 'Give the URN of a dataset, a dashboard, a chart or a dataJob.' },
    )
  if (kind === 'dataset') requireDataset(snapshot, urn)
  else {
    // A commit of before there were dashboards has another schema.
    const node = kind === 'consumer' && !snapshot.knows('consumer') ? undefined : readNode(snapshot, urn)
    if (node?.['described'] !== true) throw entityNotFound(urn, node !== undefined)
  }
  return kind
}

/** Columns are those of datasets. `CatalogError` `argument_invalid` when one is asked for of something else. */
export function refuseColumnOf(kind: AssetKind, column: string | undefined, urn: string): void {
  if (kind === 'dataset' || column === undefined) return
  throw new CatalogError('invalid', 'argument_invalid', `${urn} is no dataset and has no columns.`, {
    remedy: 'Leave the column out.',
  })
}

/** What an asset is made from itself, each once, in order of URN; soft-deleted dashboards and charts are left out. */
export function assetSources(snapshot: Snapshot, urn: string): string[] {
  switch (assetKind(urn)) {
    case 'dataset':
      return urnsOf(snapshot.rows('upstream_step', { urn }))
    case 'job':
      return urnsOf(snapshot.rows('read_by', { urn }))
    case 'consumer':
      return urnsOf([
        ...snapshot.rows('consumed_by', { urn }),
        ...present(snapshot.rows('shown_by', { urn })),
      ])
    default:
      return []
  }
}

/** What is made from an asset itself. */
function resultsOf(snapshot: Snapshot, urn: string): string[] {
  switch (assetKind(urn)) {
    case 'dataset': {
      const consumers = snapshot.knows('consumers_of') ? snapshot.rows('consumers_of', { urn }) : []
      return urnsOf([...snapshot.rows('downstream_step', { urn }), ...present(consumers)])
    }
    case 'job':
      return writtenBy(snapshot, urn)
    case 'consumer':
      return urnsOf(present(snapshot.rows('shown_on', { urn })))
    default:
      return []
  }
}

/** Datasets that a job writes. */
export function writtenBy(snapshot: Snapshot, job: string): string[] {
  return urnsOf(snapshot.rows('written_by', { urn: job }))
}

/** Datasets that a dashboard, a chart or a job is made from or writes, those that are nearest first, what is written before what is read. */
export function nearestDatasets(snapshot: Snapshot, urn: string): string[] {
  const { found } = allAtOnce(walkAssets(snapshot, urn, true, NEAR))
  const sources = found.map((reached) => reached.urn).filter((one) => assetKind(one) === 'dataset')
  const written = assetKind(urn) === 'job' ? writtenBy(snapshot, urn) : []
  return [...new Set([...written, ...sources])]
}

/** Entities that are not removed. */
function present(rows: readonly Row[]): Row[] {
  return rows.map((row) => row['entity'] as Row).filter((node) => node['removed'] !== true)
}

function urnsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map((row) => String(row['urn'])))].sort()
}

/** Everything within so many hops of a dashboard, a chart or a job, of whatever kind; cycles end. */
export function* walkAssets(
  snapshot: Snapshot,
  start: string,
  upstream: boolean,
  maxHops: number,
): Steps<Walk> {
  const next = upstream ? assetSources : resultsOf
  const reached = new Map<string, Reached & { readonly before: string }>()
  let reads = 0
  for (let frontier = [start], degree = 1; frontier.length > 0 && degree <= maxHops; degree++) {
    const found: string[] = []
    // In order of URN: of several shortest paths the same one is taken always.
    for (const before of frontier) {
      for (const urn of next(snapshot, before)) {
        if (urn === start || reached.has(urn)) continue
        reached.set(urn, { urn, degree, columns: NO_COLUMNS, before })
        found.push(urn)
      }
      if (++reads % READS_OF_A_STEP === 0) yield
    }
    frontier = found.sort()
  }
  return {
    found: [...reached.values()].sort((a, b) => a.degree - b.degree || (a.urn < b.urn ? -1 : 1)),
    at: (urn) => reached.get(urn),
    pathTo: (_snapshot, urn) =>
      oneStep(() => {
        const path = [urn]
        for (let at = urn; at !== start; path.push(at)) at = (reached.get(at) as { before: string }).before
        return path.reverse()
      }),
  }
}
