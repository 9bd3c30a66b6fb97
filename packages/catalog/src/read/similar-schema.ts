import { compact, entityOf, type Row, text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import type { Removed, SimilarDataset, SimilarSchemaAnswer } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { refOf, removedStatus, requireDataset } from './entity-lookup.js'
import type { SimilarSchemaQuestion } from './questions.js'
import type { TextIndex } from './search/text-index.js'
import { words } from './search/words.js'
import type { Snapshot } from './snapshot.js'

/** Datasets looked at closely come from the rarest columns, until so many datasets hold one of them. */
const MAX_HOLDERS = 5_000
/** Of a score: how much the name counts beside the columns, when a name is asked. */
const NAME_WEIGHT = 0.15
/** How much a column that was not asked counts against one that is missing. */
const EXTRA_WEIGHT = 0.25
const SAME_FROM = 0.9
const SIMILAR_FROM = 0.5
/** Below this nothing is alike but a common column or two. */
const LEAST_SCORE = 0.15

interface AskedColumn {
  readonly name: string
  readonly key: string
  readonly type: string | undefined
}

interface Scored {
  /** Number of the dataset in the index. */
  readonly document: number
  readonly score: number
  readonly matched: readonly AskedColumn[]
}

/**
 * Datasets whose columns are those of a table someone is about to make, or of one that is there. A column
 * counts by how few datasets have it, so that `id` and `created_at` alone make nothing alike. Names are
 * compared by their words: `customerId` is `customer_id`.
 */
export function findSimilarSchema(
  snapshot: Snapshot,
  index: TextIndex,
  question: SimilarSchemaQuestion,
): SimilarSchemaAnswer {
  const asked = askedOf(snapshot, question)
  const limit = clampInteger('max_results', question.max_results, { default: 10, min: 1, max: 50 })
  const offset = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const rarity = new Rarity(index)
  const found = candidates(index, asked.columns)
    .filter((document) => index.urnOf(document) !== asked.urn)
    .map((document) => score(index, document, asked, rarity))
    .filter((scored) => scored.score >= LEAST_SCORE)
    .sort((a, b) => b.score - a.score || (index.urnOf(a.document) < index.urnOf(b.document) ? -1 : 1))
  const best = found[0]?.score ?? 0
  return {
    asked: {
      ...compact({ urn: asked.urn, name: asked.name }),
      columns: asked.columns.map((c) => c.name),
      ...asked.status,
    },
    verdict: best >= SAME_FROM ? 'exists' : best >= SIMILAR_FROM ? 'similar' : 'new',
    total: found.length,
    results: found.slice(offset, offset + limit).map((scored) => resultOf(snapshot, index, scored, asked)),
    receipt: snapshot.receipt,
  }
}

interface Asked {
  readonly urn?: string
  readonly name?: string
  readonly columns: readonly AskedColumn[]
  /** Of the dataset. */
  readonly status?: Removed
}

function askedOf(snapshot: Snapshot, question: SimilarSchemaQuestion): Asked {
  const urn = optionalText(question.urn)
  const name = optionalText(question.name)
  if ((urn === undefined) === (question.columns === undefined))
    throw invalid('Either a dataset or a list of columns is to be given.')
  if (urn === undefined) return { ...compact({ name }), columns: distinct(question.columns ?? []) }
  const node = requireDataset(snapshot, urn)
  const fields = snapshot.rows('fields_of', { urn }).map((row) => row['field'] as Row)
  const columns = fields.map((f) => ({
    name: String(f['path']),
    ...compact({ type: text(f['nativeType']) }),
  }))
  if (columns.length === 0) throw invalid(`No columns of ${urn} are recorded.`)
  const status = removedStatus(node)
  return { urn, name: name ?? String(node['name']), columns: distinct(columns), status }
}

function distinct(columns: NonNullable<SimilarSchemaQuestion['columns']>): AskedColumn[] {
  const all = columns.map((c) => (typeof c === 'string' ? { name: c } : c))
  const byKey = new Map<string, AskedColumn>()
  for (const { name, type } of all) {
    const key = keyOf(name)
    if (key !== '' && !byKey.has(key)) byKey.set(key, { name, key, type: optionalText(type) })
  }
  if (byKey.size === 0) throw invalid('No column is named.')
  return [...byKey.values()]
}

function invalid(message: string): CatalogError {
  return new CatalogError('invalid', 'argument_invalid', message, {
    remedy: 'Give `columns`, e.g. ["order_id", "amount"], or the `urn` of a dataset that has some.',
  })
}

/** Keys of column names that were asked for lately; the same few names are met again and again. */
const KEYS = new Map<string, string>()
const MAX_KEYS = 50_000

/** What is compared of a column name. Of a nested path the last part. */
function keyOf(path: string): string {
  const known = KEYS.get(path)
  if (known !== undefined) return known
  const key = words(path.slice(path.lastIndexOf(']') + 1)).join('_')
  if (KEYS.size >= MAX_KEYS) KEYS.clear()
  KEYS.set(path, key)
  return key
}

/** How much a column tells: by how few datasets hold its words. */
class Rarity {
  readonly #index: TextIndex
  readonly #known = new Map<string, number>()

  constructor(index: TextIndex) {
    this.#index = index
  }

  of(key: string): number {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const holders = rarestWord(this.#index, key)?.holders.length ?? 0
    const weight = Math.log(1 + this.#index.size / (holders + 1))
    this.#known.set(key, weight)
    return weight
  }
}

function rarestWord(index: TextIndex, key: string): { readonly holders: readonly number[] } | undefined {
  const all = key.split('_').map((word) => ({ holders: index.holding(word) }))
  return all.sort((a, b) => a.holders.length - b.holders.length)[0]
}

/** Datasets that may hold the columns: those that hold the rarest of them. */
function candidates(index: TextIndex, columns: readonly AskedColumn[]): number[] {
  const lists = columns
    .map((column) => rarestWord(index, column.key)?.holders ?? [])
    .sort((a, b) => a.length - b.length)
  const isDataset = index.ofType('DATASET')
  const found = new Set<number>()
  let held = 0
  for (const holders of lists) {
    held += holders.length
    if (held > MAX_HOLDERS && found.size > 0) break
    for (const document of holders) if (isDataset(document)) found.add(document)
  }
  return [...found]
}

function score(index: TextIndex, document: number, asked: Asked, rarity: Rarity): Scored {
  const have = new Set(index.valuesOf(document, 'fieldPaths').map((f) => keyOf(f.value)))
  const matched = asked.columns.filter((c) => have.has(c.key))
  const weight = (keys: Iterable<string>) => [...keys].reduce((sum, key) => sum + rarity.of(key), 0)
  const own = weight(matched.map((c) => c.key))
  if (own === 0) return { document, score: 0, matched }
  for (const column of asked.columns) have.delete(column.key)
  const columns = own / (weight(asked.columns.map((c) => c.key)) + EXTRA_WEIGHT * weight(have))
  const total =
    asked.name === undefined
      ? columns
      : (1 - NAME_WEIGHT) * columns + NAME_WEIGHT * likeness(asked.name, index.nameOf(document))
  return { document, score: Math.round(total * 1000) / 1000, matched }
}

/** Words two names share, of all their words. */
function likeness(a: string, b: string): number {
  const [left, right] = [new Set(words(a)), new Set(words(b))]
  const shared = [...left].filter((w) => right.has(w)).length
  const all = left.size + right.size - shared
  return all === 0 ? 0 : shared / all
}

function resultOf(
  snapshot: Snapshot,
  index: TextIndex,
  { document, score, matched }: Scored,
  asked: Asked,
): SimilarDataset {
  const urn = index.urnOf(document)
  const fields = snapshot.rows('fields_of', { urn }).map((row) => row['field'] as Row)
  const byKey = new Map(fields.map((f) => [keyOf(String(f['path'])), f]))
  const keys = new Set(asked.columns.map((c) => c.key))
  const otherTypes = matched.flatMap((column) => {
    const has = byKey.get(column.key)
    return column.type !== undefined && has && !isType(has, column.type)
      ? [{ column: String(has['path']), asked: column.type, has: text(has['nativeType']) ?? '' }]
      : []
  })
  const missing = asked.columns.filter((c) => !matched.includes(c)).map((c) => c.name)
  const extra = fields.map((f) => String(f['path'])).filter((path) => !keys.has(keyOf(path)))
  return {
    entity: refOf(urn, entityOf(snapshot.row('dataset', { urn }))),
    score,
    reasons: reasonsOf(index.nameOf(document), asked, matched.length, otherTypes.length, byKey, matched),
    matched: matched.map((c) => String(byKey.get(c.key)?.['path'] ?? c.name)),
    ...compact({ missing, extra, otherTypes }),
  }
}

function isType(field: Row, type: string): boolean {
  const plain = (t: string | undefined) =>
    t
      ?.toLowerCase()
      .replace(/\(.*\)/, '')
      .trim()
  return [text(field['nativeType']), text(field['logicalType'])].some((t) => plain(t) === plain(type))
}

function reasonsOf(
  name: string,
  asked: Asked,
  matched: number,
  otherTypes: number,
  byKey: ReadonlyMap<string, Row>,
  columns: readonly AskedColumn[],
): string[] {
  const keys = columns.filter((c) => byKey.get(c.key)?.['partOfKey'] === true).map((c) => c.name)
  const alike = asked.name === undefined ? 0 : likeness(asked.name, name)
  return [
    `It has ${matched} of the ${asked.columns.length} columns.`,
    ...(alike === 1 ? ['It has the same name.'] : alike > 0 ? ['Its name has words of the name asked.'] : []),
    ...(keys.length > 0 ? [`Its key has ${keys.join(', ')}.`] : []),
    ...(otherTypes > 0 ? [`${otherTypes} of the columns have another type.`] : []),
  ]
}
