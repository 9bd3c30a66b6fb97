import { type Row, text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import type { LineagePathAnswer, PathStep, Removed } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import {
  type AssetKind,
  assetKind,
  assetSources,
  refuseColumnOf,
  requireAsset,
  writtenBy,
} from './asset-lineage.js'
import { readNode, refOf, removedStatus, requireColumn } from './entity-lookup.js'
import type { LineagePathQuestion } from './questions.js'
import type { Snapshot } from './snapshot.js'
import type { Steps } from './steps.js'

/** Paths given at most; between two ends there may be exponentially many. */
const MAX_PATHS = 100
/** Prefixes of paths looked at at most. */
const MAX_PREFIXES = 20_000

/** Entities whose sources are read in one step. */
const READS_OF_A_STEP = 64

/** One end: a dataset or a column of it, a dashboard, a chart or a job. */
interface End extends Removed {
  readonly asset: string
  readonly kind: AssetKind
  readonly column: string | undefined
  /** URN of the column, else of the asset: what lineage connects. */
  readonly node: string
}

/**
 * All paths of lineage between two columns, or two of datasets, dashboards, charts and jobs, shortest first, then by URN. Lineage is
 * walked upstream only, from whichever end lies downstream: an entity has few sources, and may have
 * any number of consumers. `CatalogError` `lineage_path_not_found`.
 */
export function* getLineagePathsBetween(
  snapshot: Snapshot,
  question: LineagePathQuestion,
): Steps<LineagePathAnswer> {
  const columns = columnsOf(question)
  const source = endOf(snapshot, question.source_urn, columns?.source)
  const target = endOf(snapshot, question.target_urn, columns?.target)
  if (source.node === target.node)
    throw new CatalogError('invalid', 'argument_invalid', 'The source and the target are the same.', {
      remedy: 'Name two different ends.',
    })
  const offset = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const asked = question.direction ?? undefined
  for (const direction of asked === undefined ? (['downstream', 'upstream'] as const) : [asked]) {
    const found = yield* pathsIn(snapshot, source, target, direction)
    if (found) return answerOf(snapshot, source, target, asked, direction, found, offset)
  }
  throw pathNotFound(source, target, asked)
}

function columnsOf(question: LineagePathQuestion): { source: string; target: string } | undefined {
  const source = optionalText(question.source_column)
  const target = optionalText(question.target_column)
  if (source !== undefined && target !== undefined) return { source, target }
  if (source === undefined && target === undefined) return undefined
  throw new CatalogError(
    'invalid',
    'argument_invalid',
    'Both source_column and target_column must be given, or neither.',
    { remedy: 'Name a column at both ends to follow columns, or at none to follow datasets.' },
  )
}

function endOf(snapshot: Snapshot, urn: string, column: string | undefined): End {
  const asset = urn.trim()
  const kind = requireAsset(snapshot, asset)
  refuseColumnOf(kind, column, asset)
  return {
    asset,
    kind,
    column,
    node: column === undefined ? asset : requireColumn(snapshot, asset, column),
    ...removedStatus(readNode(snapshot, asset)),
  }
}

/** How one entity is made from another. */
interface Edge {
  readonly query: string | undefined
  readonly transform: string | undefined
}

interface FoundPaths {
  /** Each from the source to the target. */
  readonly paths: readonly (readonly string[])[]
  readonly cutOff: boolean
  /** Of each entity: its sources on the way. */
  readonly sourcesOf: ReadonlyMap<string, ReadonlyMap<string, Edge>>
}

function* pathsIn(
  snapshot: Snapshot,
  source: End,
  target: End,
  direction: 'upstream' | 'downstream',
): Steps<FoundPaths | undefined> {
  const [origin, result] = direction === 'downstream' ? [source, target] : [target, source]
  const sources = sourcesFor(snapshot, origin)
  const known = new Map<string, Map<string, Edge>>()
  for (const pending = [result.node]; pending.length > 0; ) {
    const node = pending.pop() as string
    if (known.has(node)) continue
    // What is upstream of the origin is on no path to it, but through it again.
    const found = new Map(node === origin.node ? [] : sources(node))
    known.set(node, found)
    pending.push(...found.keys())
    if (known.size % READS_OF_A_STEP === 0) yield
  }
  if (!known.has(origin.node)) return undefined
  const { paths, cutOff } = yield* simplePaths(origin.node, result.node, known)
  const ordered = direction === 'downstream' ? paths : paths.map((path) => [...path].reverse())
  return { paths: ordered, cutOff, sourcesOf: known }
}

const PLAIN: Edge = { query: undefined, transform: undefined }

/** What each asset or column is made from, on a walk that looks for the origin. */
function sourcesFor(snapshot: Snapshot, origin: End): (node: string) => [urn: string, edge: Edge][] {
  const edges = (step: string, urn: string) =>
    snapshot.rows(step, { urn }).map((row): [string, Edge] => [String(row['urn']), edgeOf(row)])
  if (origin.column !== undefined) return (node) => edges('field_upstream_step', node)
  // No walk leads up to a job, so that it is looked for among the writers of datasets only where it is asked for.
  const written = new Set(origin.kind === 'job' ? writtenBy(snapshot, origin.node) : [])
  return (node) => {
    if (assetKind(node) !== 'dataset') return assetSources(snapshot, node).map((urn) => [urn, PLAIN])
    const upstreams = edges('upstream_step', node)
    return written.has(node) ? [...upstreams, [origin.node, PLAIN]] : upstreams
  }
}

function edgeOf(row: Row): Edge {
  return { query: text(row['query']), transform: text(row['transform']) }
}

/** Paths without repeats from `origin` to `result`, in order of length, then of URNs. */
function* simplePaths(
  origin: string,
  result: string,
  sourcesOf: ReadonlyMap<string, ReadonlyMap<string, Edge>>,
): Steps<{ paths: string[][]; cutOff: boolean }> {
  const madeFrom = new Map<string, string[]>()
  for (const [node, sources] of sourcesOf)
    for (const source of sources.keys()) {
      const nodes = madeFrom.get(source)
      if (nodes) nodes.push(node)
      else madeFrom.set(source, [node])
    }
  for (const nodes of madeFrom.values()) nodes.sort()
  const paths: string[][] = []
  let looked = 0
  let level = [[origin]]
  while (level.length > 0) {
    const longer: string[][] = []
    for (const path of level) {
      for (const next of madeFrom.get(path.at(-1) as string) ?? []) {
        if (path.includes(next)) continue
        if (paths.length === MAX_PATHS || ++looked > MAX_PREFIXES) return { paths, cutOff: true }
        if (next === result) paths.push([...path, next])
        else longer.push([...path, next])
      }
      yield
    }
    level = longer
  }
  return { paths, cutOff: false }
}

function answerOf(
  snapshot: Snapshot,
  source: End,
  target: End,
  asked: 'upstream' | 'downstream' | undefined,
  direction: 'upstream' | 'downstream',
  { paths, cutOff, sourcesOf }: FoundPaths,
  offset: number,
): LineagePathAnswer {
  const steps = new Map<string, PathStep>()
  const stepAt = (urn: string): PathStep => {
    const known = steps.get(urn) ?? entityStep(snapshot, urn, source.column !== undefined)
    steps.set(urn, known)
    return known
  }
  const shown = paths.slice(offset).map((path) => ({
    path: path.flatMap((urn, i) => {
      const after = path[i + 1]
      if (after === undefined) return [stepAt(urn)]
      const edge = (sourcesOf.get(after)?.get(urn) ?? sourcesOf.get(urn)?.get(after)) as Edge
      return [stepAt(urn), ...between(edge)]
    }),
  }))
  return {
    metadata: {
      queryType: 'lineage-path-trace',
      direction: asked ?? `auto-discovered-${direction}`,
      pathType: source.column === undefined ? 'dataset-level' : 'column-level',
      fields: {
        paths: {
          description: 'From the source to the target, shortest first',
          structure:
            'Entities (DATASET or SCHEMA_FIELD; at an end also DASHBOARD, CHART or DATA_JOB); between two of them the QUERY that makes one of the other, where it is known',
        },
      },
      ...(cutOff && { note: `There are more paths; these are the ${paths.length} shortest.` }),
    },
    source: endShown(source),
    target: endShown(target),
    pathCount: paths.length,
    paths: shown,
    receipt: snapshot.receipt,
  }
}

function entityStep(snapshot: Snapshot, urn: string, isColumn: boolean): PathStep {
  const node = readNode(snapshot, urn)
  const { exists, ...ref } = refOf(urn, node)
  if (!isColumn) return { ...ref, ...(exists === false && { exists }) }
  return {
    urn,
    type: ref.type,
    fieldPath: String(node?.['path']),
    dataset: String(node?.['dataset']),
    ...(exists === false && { exists }),
  }
}

function between({ query, transform }: Edge): PathStep[] {
  if (query === undefined && transform === undefined) return []
  return [
    {
      type: 'QUERY',
      ...(query !== undefined && { urn: query }),
      ...(transform !== undefined && { transform }),
    },
  ]
}

function endShown({ asset, column, status }: End): LineagePathAnswer['source'] {
  return { urn: asset, ...(column !== undefined && { column }), ...(status && { status }) }
}

function pathNotFound(source: End, target: End, asked: string | undefined): CatalogError {
  const name = ({ asset, column }: End) => (column === undefined ? asset : `${asset}.${column}`)
  const ends =
    asked === undefined
      ? `between ${name(source)} and ${name(target)}`
      : `from ${name(source)} to ${name(target)} ${asked}`
  return new CatalogError('not-found', 'lineage_path_not_found', `No lineage path found ${ends}.`, {
    remedy:
      asked === undefined
        ? 'Look with get_lineage at what each of them is connected to.'
        : 'Leave out direction to look both ways.',
    details: { source: source.node, target: target.node },
  })
}
