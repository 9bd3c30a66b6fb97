import { quoteIdent } from '../compile/sql.js'
import type { BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import type { History } from '../storage/history.js'
import { isRemoved } from '../storage/removed-commits.js'
import { type View, visible } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'
import { relate } from './commit-graph.js'
import { type EntityImage, type Image, mergeImages, UNSETTLED } from './image.js'

/** One state of the graph, read entity by entity. */
export interface State {
  image(type: BoundType, id: string): Image
}

/** The state of a view, in the columns of the schema that `type` belongs to. */
export class ViewState implements State {
  readonly #db: Db
  readonly #view: View
  readonly #readers = new Map<BoundType, { get(id: string): unknown }>()

  constructor(db: Db, view: View) {
    this.#db = db
    this.#view = view
  }

  image(type: BoundType, id: string): EntityImage | null {
    let reader = this.#readers.get(type)
    if (!reader) {
      const ends = type.kind === 'edge' ? 't.src, t.dst' : '0, 0'
      const values = type.properties.map((p) => `, ${p.codec.select(`t.${quoteIdent(p.column)}`)}`).join('')
      reader = this.#db
        .prepare(
          `SELECT ${ends}${values} FROM ${quoteIdent(type.table)} t WHERE t.id = ? AND ${visible(this.#view, 't', type.tid).text}`,
        )
        .raw(true)
      this.#readers.set(type, reader)
    }
    const row = reader.get(id) as [number, number, ...SqlValue[]] | undefined
    if (row === undefined) return null
    const [src, dst, ...values] = row
    return { src, dst, values }
  }
}

/** What merging two states would give: the base where histories criss-cross. */
class MergedState implements State {
  readonly #base: State
  readonly #target: State
  readonly #source: State
  readonly #known = new Map<string, Image>()

  constructor(base: State, target: State, source: State) {
    this.#base = base
    this.#target = target
    this.#source = source
  }

  image(type: BoundType, id: string): Image {
    const key = `${type.tid}:${id}`
    let image = this.#known.get(key)
    if (image === undefined) {
      image = mergeImages(
        this.#base.image(type, id),
        this.#target.image(type, id),
        this.#source.image(type, id),
      ).image
      this.#known.set(key, image)
    }
    return image
  }
}

/** A state that a cleanup removed: whatever both sides do not agree on since conflicts. */
const FORGOTTEN: State = { image: () => UNSETTLED }

/**
 * The state to merge against. With one base, that commit. With several
 * (criss-cross), their own merge, made the same way down to the first common
 * commit; what they disagree on there is unsettled and conflicts unless both
 * sides have since come to agree.
 */
export function baseState(db: Db, history: History, bases: readonly number[]): State {
  const last = bases[bases.length - 1]
  if (last === undefined) throw new Error('assertion failed: two commits of a graph without a common one')
  const commit = history.at(last)
  const state = isRemoved(db, last) ? FORGOTTEN : new ViewState(db, history.viewAt(commit.br, commit.seq))
  if (bases.length === 1) return state
  const rest = bases.slice(0, -1)
  const below = relate(db, rest, [last]).bases
  return new MergedState(baseState(db, history, below), baseState(db, history, rest), state)
}
