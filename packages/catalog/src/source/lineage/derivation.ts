/**
 * How a value came to be: `identity` it is the source's value unchanged,
 * `derived` it is computed from it row by row, `aggregate` from many rows of it.
 */
export type Transform = 'identity' | 'derived' | 'aggregate'

export interface ColumnSource {
  readonly table: string
  readonly column: string
  readonly transform: Transform
}

const STRENGTH: Readonly<Record<Transform, number>> = { identity: 0, derived: 1, aggregate: 2 }

export function strongest(a: Transform, b: Transform): Transform {
  return STRENGTH[a] >= STRENGTH[b] ? a : b
}

/**
 * The base columns one value is made of. `complete` is false as soon as one
 * part of the value could not be traced: then `sources` is a lower bound.
 */
export class Derivation {
  readonly #sources = new Map<string, ColumnSource>()
  complete = true

  static of(table: string, column: string): Derivation {
    const d = new Derivation()
    d.add({ table, column, transform: 'identity' })
    return d
  }

  add(source: ColumnSource): void {
    const key = JSON.stringify([source.table, source.column])
    const known = this.#sources.get(key)
    if (!known) this.#sources.set(key, source)
    else if (STRENGTH[source.transform] > STRENGTH[known.transform]) this.#sources.set(key, source)
  }

  /** Adds another value's sources as seen through `transform`. */
  absorb(other: Derivation, transform: Transform = 'identity'): void {
    for (const source of other.sources()) {
      this.add({ ...source, transform: strongest(source.transform, transform) })
    }
    if (!other.complete) this.complete = false
  }

  sources(): Iterable<ColumnSource> {
    return this.#sources.values()
  }

  get size(): number {
    return this.#sources.size
  }

  /** Sorted by table, then column: independent of the order of the text. */
  sorted(): ColumnSource[] {
    return [...this.#sources.values()].sort(
      (a, b) => compare(a.table, b.table) || compare(a.column, b.column),
    )
  }
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
