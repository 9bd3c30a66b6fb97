import { Counter, type CounterConfiguration, type LabelValues } from 'prom-client'

/** Of one combination of labels. */
export interface Tally {
  total: number
}

/** A counter whose labels are resolved once and not at each increment; see `RecordedHistogram`. */
export class RecordedCounter<T extends string> extends Counter<T> {
  readonly #names: readonly T[]
  readonly #about: { readonly name: string; readonly help: string }
  readonly #tallies = new Map<string, Tally & { readonly labels: LabelValues<T> }>()

  constructor(about: CounterConfiguration<T> & { readonly labelNames: readonly T[] }) {
    super(about)
    this.#names = about.labelNames
    this.#about = about
  }

  /** What counts under these label values, in the order of the names; the same one every time. */
  tally(...values: readonly string[]): Tally {
    const key = JSON.stringify(values)
    const known = this.#tallies.get(key)
    if (known) return known
    const labels = Object.fromEntries(this.#names.map((name, i) => [name, values[i]])) as LabelValues<T>
    const tally = { labels, total: 0 }
    this.#tallies.set(key, tally)
    return tally
  }

  override async get(): ReturnType<Counter<T>['get']> {
    const { name, help } = this.#about
    const values = [...this.#tallies.values()].map(({ labels, total }) => ({ value: total, labels }))
    return { name, help, type: 'counter', aggregator: 'sum', values } as unknown as Awaited<
      ReturnType<Counter<T>['get']>
    >
  }

  override reset(): void {
    // The base class resets itself while it is being made.
    if (#tallies in this) this.#tallies.clear()
  }
}
