import type { Consumers, LineageAnswer, LineageHit, LineagePage } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { assetKind, refuseColumnOf, requireAsset, walkAssets } from './asset-lineage.js'
import { fitItem } from './budget/fit-answer.js'
import { LINEAGE_HIT } from './budget/tool-budgets.js'
import { consumersDownstream } from './consumers.js'
import { readNode, refOf, removedStatus, requireColumn } from './entity-lookup.js'
import type { KeptWalk, KeptWalks } from './kept-walks.js'
import { type Reached, type Walk, walkColumns, walkDatasets } from './lineage-walk.js'
import type { LineageQuestion } from './questions.js'
import { evaluateQuery, facetsOf, filterOf, hintsOn } from './search/search.js'
import type { TextIndex } from './search/text-index.js'
import type { Snapshot } from './snapshot.js'
import type { Steps } from './steps.js'
import { ANSWER_TOKENS, estimateTokens } from './token-budget.js'

/** Three hops and more mean the whole lineage, as in DataHub's tool. */
const UNLIMITED_FROM = 3

/** Answers' worth of paths that are looked for, of which as many may be too long to be shown. */
const WORK = 20

/** What is asked, with everything that may be left out. */
interface Asked {
  readonly urn: string
  /** Absent when lineage is between datasets. */
  readonly column: string | undefined
  readonly upstream: boolean
  readonly maxHops: number
}

/**
 * Walks lineage breadth first, so that `degree` is the fewest hops and cycles end.
 * With a column the walk is over columns and is reported by dataset. Results are in
 * order of degree, then URN. From a dataset they are datasets, and what the walk ends in is told
 * beside them; from a dashboard, a chart or a job they are whatever it leads to.
 */
export function* getLineage(
  snapshot: Snapshot,
  index: () => TextIndex,
  walks: KeptWalks,
  question: LineageQuestion,
): Steps<LineageAnswer> {
  const urn = question.urn.trim()
  const kind = requireAsset(snapshot, urn)
  const column = optionalText(question.column)
  refuseColumnOf(kind, column, urn)
  const upstream = question.upstream ?? true
  const hops = clampInteger('max_hops', question.max_hops, { default: 1, min: 1, max: UNLIMITED_FROM })
  const maxHops = hops >= UNLIMITED_FROM ? Number.POSITIVE_INFINITY : hops
  const kept = yield* walked(snapshot, walks, { urn, column, upstream, maxHops })
  const hints = question.filter === undefined ? [] : hintsOn(index(), question.filter)
  const page = yield* pageOf(snapshot, index, question, kept, column !== undefined)
  const consumers =
    upstream || column || kind !== 'dataset' ? undefined : consumersOf(snapshot, urn, kept, maxHops)
  return {
    urn,
    ...(upstream ? { upstreams: page } : { downstreams: page }),
    ...(consumers && { consumers }),
    ...(column && {
      metadata: {
        queryType: 'column-level-lineage' as const,
        groupedBy: 'dataset' as const,
        column,
        fields: {
          lineageColumns: `Columns of the entity that ${upstream ? 'feed' : 'are fed by'} ${column}`,
          degree: 'Fewest column hops from the start',
        },
      },
    }),
    ...(hints.length > 0 && { hints }),
    ...removedStatus(readNode(snapshot, urn)),
    receipt: snapshot.receipt,
  }
}

/** What the walk ends in; read once for all pages. */
function consumersOf(
  snapshot: Snapshot,
  start: string,
  kept: KeptWalk,
  maxHops: number,
): Consumers | undefined {
  if (kept.consumers !== undefined) return kept.consumers ?? undefined
  const { walk } = kept
  const degrees = {
    size: walk.found.length + 1,
    get: (urn: string) => (urn === start ? 0 : walk.at(urn)?.degree),
    keys: () => [start, ...walk.found.map(({ urn }) => urn)],
  }
  const consumers = consumersDownstream(snapshot, degrees, maxHops)
  snapshot.hold()
  kept.consumers = consumers ?? null
  return consumers
}

function* walked(snapshot: Snapshot, walks: KeptWalks, asked: Asked): Steps<KeptWalk> {
  const key = JSON.stringify([snapshot.commit.id, asked])
  const kept = walks.find(key)
  if (kept) return kept
  const { urn, column, upstream, maxHops } = asked
  const walk = column
    ? yield* walkColumns(snapshot, requireColumn(snapshot, urn, column), urn, upstream, maxHops)
    : yield* walkOf(snapshot, urn, upstream, maxHops)
  snapshot.hold()
  return walks.keep(key, walk)
}

function walkOf(snapshot: Snapshot, urn: string, upstream: boolean, maxHops: number): Steps<Walk> {
  const walk = assetKind(urn) === 'dataset' ? walkDatasets : walkAssets
  return walk(snapshot, urn, upstream, maxHops)
}

function* pageOf(
  snapshot: Snapshot,
  index: () => TextIndex,
  question: LineageQuestion,
  kept: KeptWalk,
  columns: boolean,
): Steps<LineagePage> {
  const offset = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const limit = clampInteger('max_results', question.max_results, { default: 30, min: 1, max: 10_000 })
  const { walk } = kept
  const found = narrow(snapshot, index, question, walk.found)
  const facets = (found === walk.found && kept.facets) || facetsOver(index(), found)
  if (found === walk.found) kept.facets = facets
  const wanted = found.slice(offset, offset + limit)
  const results: LineageHit[] = []
  let [spent, worked] = [0, 0]
  for (const reached of wanted) {
    const node = readNode(snapshot, reached.urn)
    const hit: LineageHit = {
      entity: refOf(reached.urn, node),
      degree: reached.degree,
      ...(columns && { lineageColumns: [...reached.columns].sort() }),
      path: yield* walk.pathTo(snapshot, reached.urn),
    }
    spent += estimateTokens(fitItem(hit, LINEAGE_HIT))
    worked += estimateTokens(hit)
    // What lies farther has the longer paths: what nobody is shown is not even looked for.
    if ((spent > ANSWER_TOKENS || worked > WORK * ANSWER_TOKENS) && results.length > 0) break
    results.push(hit)
  }
  return {
    total: found.length,
    facets,
    searchResults: results,
    offset,
    returned: results.length,
    hasMore: offset + results.length < found.length,
    ...(results.length < wanted.length && { truncatedDueToTokenBudget: true as const }),
  }
}

function facetsOver(index: TextIndex, found: readonly Reached[]) {
  return facetsOf(index, Uint32Array.from(found.flatMap(({ urn }) => index.number(urn) ?? [])))
}

/** Applies query and filter. An entity that search does not know, because nothing describes it, matches neither. */
function narrow(
  snapshot: Snapshot,
  index: () => TextIndex,
  question: LineageQuestion,
  found: readonly Reached[],
): readonly Reached[] {
  const query = optionalText(question.query)
  const filter = optionalText(question.filter)
  const asked = query !== undefined && query !== '*'
  if (!asked && filter === undefined) return found
  const scores = asked ? evaluateQuery(index(), query).scores : null
  const keep = filterOf(snapshot, index(), filter)
  return found.filter(({ urn }) => {
    const number = index().number(urn)
    if (number === undefined) return false
    return (scores === null || scores[number] !== 0) && (keep === null || keep[number] === 1)
  })
}
