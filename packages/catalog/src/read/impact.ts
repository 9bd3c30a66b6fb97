import { compact, entityOf, type Row, text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import type { AffectedDataset, ImpactAnswer, ImpactEffect, ImpactOwner } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { assetKind } from './asset-lineage.js'
import { consumersAffected } from './consumers.js'
import { refOf, removedStatus, requireColumn, requireDataset } from './entity-lookup.js'
import { byUrn, walkColumns, walkDatasets } from './lineage-walk.js'
import type { ImpactChange, ImpactQuestion } from './questions.js'
import type { FacetValue } from './search/document.js'
import type { TextIndex } from './search/text-index.js'
import type { Snapshot } from './snapshot.js'
import { oneStep, type Steps } from './steps.js'

/** Queries and checks named at most; how many there are is told. */
const MAX_NAMED = 20

interface Affected {
  readonly urn: string
  readonly degree: number
  readonly effect: ImpactEffect
  readonly why: string
  readonly columns: readonly string[]
  /** Found out for those that are shown. */
  readonly path: () => Steps<readonly string[]>
}

/**
 * What a change of a table or a column would do downstream. By column lineage where it is recorded; a
 * direct reader whose SQL names the column outside of its results is found by that SQL; one whose
 * columns nobody recorded is told as unknown, never as safe.
 */
export function* impact(
  snapshot: Snapshot,
  index: () => TextIndex,
  question: ImpactQuestion,
): Steps<ImpactAnswer> {
  const urn = question.urn.trim()
  refuseOtherThanDatasets(urn)
  const node = requireDataset(snapshot, urn)
  const column = optionalText(question.column)
  const field = column === undefined ? undefined : requireColumn(snapshot, urn, column)
  const change = changeOf(question, column)
  const offset = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const limit = clampInteger('max_results', question.max_results, { default: 30, min: 1, max: 1000 })
  const found =
    column === undefined || field === undefined
      ? yield* ofTable(snapshot, urn, change)
      : yield* ofColumn(snapshot, urn, column, field, change)
  found.sort((a, b) => a.degree - b.degree || (a.urn < b.urn ? -1 : 1))
  const asked = found.slice(offset, offset + limit)
  const paths: (readonly string[])[] = []
  for (const { path } of asked) paths.push(yield* path())
  snapshot.hold()
  const affected = asked.map((a, i) => shown(snapshot, index(), a, paths[i] as readonly string[]))
  const count = (effect: ImpactEffect) => found.filter((a) => a.effect === effect).length
  return {
    urn,
    ...(column !== undefined && { column }),
    change,
    summary: {
      datasets: found.length,
      breaks: count('breaks'),
      affected: count('affected'),
      changes: count('changes'),
      unknown: count('unknown'),
    },
    affected,
    offset,
    returned: affected.length,
    hasMore: offset + affected.length < found.length,
    ...removedStatus(node),
    ...compact({
      partOfKey: column !== undefined && primaryKeyHas(node, snapshot, field) ? true : undefined,
      consumers: consumersAffected(
        snapshot,
        new Map([[urn, 0], ...found.map((a) => [a.urn, a.degree] as const)]),
        change,
        column,
      ),
      references: references(snapshot, urn, column),
      assertions: assertionsOn(snapshot, urn, column),
      queries: queriesOf(snapshot, urn, field),
      owners: ownersOf(index(), [urn, ...found.map((a) => a.urn)]),
    }),
    receipt: snapshot.receipt,
  }
}

/** What dashboards, charts and jobs feed has no columns and no checks to tell of. */
function refuseOtherThanDatasets(urn: string): void {
  const kind = assetKind(urn)
  if (kind === 'dataset' || kind === undefined) return
  throw new CatalogError(
    'invalid',
    'argument_invalid',
    `Impact is told of changes of datasets, and ${urn} is none.`,
    {
      remedy: 'get_lineage with upstream=false names what depends on it.',
    },
  )
}

function changeOf({ change = 'drop' }: ImpactQuestion, column: string | undefined): ImpactChange {
  if (column !== undefined || (change !== 'change_type' && change !== 'make_nullable')) return change
  throw new CatalogError(
    'invalid',
    'argument_invalid',
    `A table has nothing to ${change.replace('_', ' ')}.`,
    {
      remedy: 'Name the column, or ask about drop, rename or change_meaning.',
    },
  )
}

/** Whether what names it fails; otherwise its values are others. */
function isStructural(change: ImpactChange): boolean {
  return change === 'drop' || change === 'rename'
}

function* ofTable(snapshot: Snapshot, urn: string, change: ImpactChange): Steps<Affected[]> {
  const walk = yield* walkDatasets(snapshot, urn, false, Number.POSITIVE_INFINITY)
  return walk.found.map(({ urn: found, degree }) => ({
    urn: found,
    degree,
    columns: [],
    path: () => walk.pathTo(snapshot, found),
    ...(isStructural(change)
      ? degree === 1
        ? { effect: 'breaks', why: 'It reads the table.' }
        : { effect: 'affected', why: 'It is made from what breaks.' }
      : { effect: 'changes', why: 'It is made from the table.' }),
  }))
}

function* ofColumn(
  snapshot: Snapshot,
  urn: string,
  column: string,
  field: string,
  change: ImpactChange,
): Steps<Affected[]> {
  const walk = yield* walkColumns(snapshot, field, urn, false, Number.POSITIVE_INFINITY)
  const byDataset = new Map<string, Affected>()
  for (const { urn: found, degree, columns } of walk.found) {
    const from = degree === 1 ? 'the column' : 'columns made from it'
    byDataset.set(found, {
      urn: found,
      degree,
      effect: isStructural(change) ? (degree === 1 ? 'breaks' : 'affected') : 'changes',
      why: `Its columns are computed from ${from}.`,
      columns: [...columns].sort(),
      path: () => walk.pathTo(snapshot, found),
    })
  }
  const followed = new Set<string>()
  for (const row of byUrn(snapshot.rows('downstream_step', { urn }))) {
    const reader = String(row['urn'])
    if (byDataset.has(reader)) continue
    const use = otherUse(snapshot, urn, reader, column, change)
    if (use) yield* addWithItsDownstream(snapshot, byDataset, followed, urn, reader, use)
    yield
  }
  return [...byDataset.values()]
}

type Use = Pick<Affected, 'effect' | 'why'>

/** What a direct reader does with a column that none of its own columns is computed from. */
function otherUse(
  snapshot: Snapshot,
  urn: string,
  reader: string,
  column: string,
  change: ImpactChange,
): Use | undefined {
  const sql = text(entityOf(snapshot.row('dataset', { urn: reader }))?.['viewLogic'])
  if (sql !== undefined && namesIn(sql).has(column.toLowerCase()))
    return {
      effect: isStructural(change) ? 'breaks' : 'changes',
      why: 'Its SQL names the column, to join, filter, group or sort.',
    }
  if (snapshot.row('column_lineage_between', { source: urn, target: reader })) return undefined
  if (sql !== undefined && !sql.includes('*')) return undefined
  return { effect: 'unknown', why: 'It reads the table; which columns it takes is not recorded.' }
}

/** Names in a text of SQL, quoted or not, in lower case. */
function namesIn(sql: string): Set<string> {
  const quoted = [...sql.matchAll(/"([^"]+)"|`([^`]+)`|\[([^\]]+)\]/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '')
  return new Set([...quoted, ...(sql.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? [])].map((n) => n.toLowerCase()))
}

/** What is `followed` has its whole downstream told already: each dataset is followed for one reader only. */
function* addWithItsDownstream(
  snapshot: Snapshot,
  byDataset: Map<string, Affected>,
  followed: Set<string>,
  urn: string,
  reader: string,
  use: Use,
): Steps<void> {
  const further =
    use.effect === 'breaks'
      ? { effect: 'affected' as const, why: 'It is made from what breaks.' }
      : {
          effect: use.effect,
          why: `It is made from what ${use.effect === 'unknown' ? 'may change' : 'changes'}.`,
        }
  byDataset.set(reader, {
    urn: reader,
    degree: 1,
    columns: [],
    path: () => oneStep(() => [urn, reader]),
    ...use,
  })
  const beyond = yield* walkDatasets(snapshot, reader, false, Number.POSITIVE_INFINITY, { known: followed })
  followed.add(reader)
  for (const { urn: found, degree } of beyond.found) {
    followed.add(found)
    if (found === urn || byDataset.has(found)) continue
    byDataset.set(found, {
      urn: found,
      degree: degree + 1,
      columns: [],
      *path() {
        return [urn, ...(yield* beyond.pathTo(snapshot, found))]
      },
      ...further,
    })
  }
}

function shown(
  snapshot: Snapshot,
  index: TextIndex,
  affected: Affected,
  path: readonly string[],
): AffectedDataset {
  const { urn, degree, effect, why, columns } = affected
  const owners = ownersIn(index, urn).map((o) => o.value)
  return {
    entity: refOf(urn, entityOf(snapshot.row('dataset', { urn }))),
    degree,
    effect,
    why,
    ...compact({ columns, owners }),
    path,
  }
}

function primaryKeyHas(node: Row, snapshot: Snapshot, field: string | undefined): boolean {
  const row = field === undefined ? undefined : entityOf(snapshot.row('field', { urn: field }))
  return row?.['partOfKey'] === true || texts(node['primaryKeys']).includes(String(row?.['path']))
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function references(snapshot: Snapshot, urn: string, column: string | undefined): ImpactAnswer['references'] {
  return snapshot
    .rows('references_to', { urn })
    .filter((r) => (column === undefined || r['targetColumn'] === column) && r['dataset'] !== urn)
    .map((r) => ({
      dataset: String(r['dataset']),
      column: String(r['column']),
      targetColumn: String(r['targetColumn']),
    }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

function assertionsOn(
  snapshot: Snapshot,
  urn: string,
  column: string | undefined,
): ImpactAnswer['assertions'] {
  const found = snapshot
    .rows('assertions_of', { urn })
    .map((r) => r['entity'] as Row)
    .filter((a) => column === undefined || a['column'] === column)
  return named(found, (a) => text(a['name']) ?? text(a['description']))
}

function queriesOf(snapshot: Snapshot, urn: string, field: string | undefined): ImpactAnswer['queries'] {
  const rows =
    field === undefined
      ? snapshot.rows('queries_of', { urn })
      : snapshot.rows('queries_of_field', { urn: field })
  const byUrn = new Map(rows.map((r) => r['entity'] as Row).map((q) => [String(q['urn']), q]))
  return named(
    [...byUrn.values()].filter((q) => q['removed'] !== true),
    (q) => text(q['name']),
  )
}

function named(
  rows: readonly Row[],
  nameOf: (row: Row) => string | undefined,
): { total: number; first: readonly { urn: string; name?: string }[] } | undefined {
  if (rows.length === 0) return undefined
  const first = [...rows]
    .sort((a, b) => (String(a['urn']) < String(b['urn']) ? -1 : 1))
    .slice(0, MAX_NAMED)
    .map((row) => ({ urn: String(row['urn']), ...compact({ name: nameOf(row) }) }))
  return { total: rows.length, first }
}

/** Who is responsible for the dataset itself and for what it affects, those of most datasets first. */
function ownersOf(index: TextIndex, urns: readonly string[]): ImpactOwner[] {
  const owners = new Map<string, { name: string; datasets: number }>()
  for (const urn of urns)
    for (const { value, label } of ownersIn(index, urn)) {
      const known = owners.get(value)
      if (known) known.datasets++
      else owners.set(value, { name: label, datasets: 1 })
    }
  return [...owners]
    .map(([urn, { name, datasets }]) => ({ urn, name, datasets }))
    .sort((a, b) => b.datasets - a.datasets || (a.urn < b.urn ? -1 : 1))
}

function ownersIn(index: TextIndex, urn: string): readonly FacetValue[] {
  const number = index.number(urn)
  return number === undefined ? [] : index.valuesOf(number, 'owners')
}
