import type { SqlValue } from '../value/codec.js'
import { sameValue } from '../write/row.js'

/** A value, or a whole entity, that the histories below a merge do not agree on: equal to nothing, itself included. */
export const UNSETTLED: unique symbol = Symbol('unsettled')

export interface EntityImage {
  readonly src: Settled<number>
  readonly dst: Settled<number>
  readonly values: readonly Settled<SqlValue>[]
}

export type Settled<T> = T | typeof UNSETTLED

/** What an entity is in one state; null: it does not exist there. */
export type Image = EntityImage | null | typeof UNSETTLED

export type EntityConflict = 'divergent-insert' | 'divergent-update' | 'delete-vs-update'

export interface MergedImage {
  /** Where both sides disagree, `UNSETTLED` stands. */
  readonly image: Image
  readonly conflict: EntityConflict | null
  /** Places of the disagreement: property positions, -2 for `from`, -1 for `to`. */
  readonly places: readonly number[]
  /** A mixture of both sides, which neither has had as a whole. */
  readonly mixed: boolean
}

/**
 * Three-way merge of one entity. A side that is as the base was yields to the
 * other; equal changes agree; two different changes of an entity are merged
 * property by property, and only a property both changed differently conflicts.
 */
export function mergeImages(base: Image, target: Image, source: Image): MergedImage {
  if (sameImage(target, source) || sameImage(base, source)) return settled(target)
  if (sameImage(base, target)) return settled(source)
  if (target === UNSETTLED || source === UNSETTLED) return unsettled('divergent-update')
  if (target === null || source === null) return unsettled('delete-vs-update')
  const merged = mergeMembers(base === null || base === UNSETTLED ? null : base, target, source)
  if (merged.places.length === 0) return { ...merged, conflict: null, mixed: true }
  return { ...merged, conflict: base === null ? 'divergent-insert' : 'divergent-update', mixed: true }
}

function settled(image: Image): MergedImage {
  return { image, conflict: null, places: [], mixed: false }
}

function unsettled(conflict: EntityConflict): MergedImage {
  return { image: UNSETTLED, conflict, places: [], mixed: false }
}

function mergeMembers(
  base: EntityImage | null,
  target: EntityImage,
  source: EntityImage,
): { image: EntityImage; places: number[] } {
  const places: number[] = []
  const pick = <T extends SqlValue>(
    place: number,
    b: Settled<T> | undefined,
    t: Settled<T>,
    s: Settled<T>,
  ): Settled<T> => {
    if (same(t, s)) return t
    if (b !== undefined && same(b, s)) return t
    if (b !== undefined && same(b, t)) return s
    places.push(place)
    return UNSETTLED
  }
  const image: EntityImage = {
    src: pick<number>(-2, base?.src, target.src, source.src),
    dst: pick<number>(-1, base?.dst, target.dst, source.dst),
    values: target.values.map((value, i) =>
      pick<SqlValue>(i, base?.values[i], value, source.values[i] as Settled<SqlValue>),
    ),
  }
  return { image, places }
}

function same(a: Settled<SqlValue>, b: Settled<SqlValue>): boolean {
  return a !== UNSETTLED && b !== UNSETTLED && sameValue(a, b)
}

export function sameImage(a: Image, b: Image): boolean {
  if (a === UNSETTLED || b === UNSETTLED) return false
  if (a === null || b === null) return a === b
  return (
    same(a.src, b.src) &&
    same(a.dst, b.dst) &&
    a.values.every((v, i) => same(v, b.values[i] as Settled<SqlValue>))
  )
}
