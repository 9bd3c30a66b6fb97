import {
  Histogram,
  type HistogramConfiguration,
  type LabelValues,
  type MetricValueWithName,
} from 'prom-client'

/** Of one combination of labels. */
export interface Recorder {
  observe(value: number): void
}

/**
 * A histogram whose labels are resolved once and not at each observation, where
 * prom-client hashes them anew: as much as the rest of a fast request's bookkeeping.
 */
export class RecordedHistogram<T extends string> extends Histogram<T> {
  readonly #names: readonly T[]
  readonly #about: { readonly name: string; readonly help: string }
  /** Upper bounds, rising. */
  readonly #bounds: readonly number[]
  readonly #series = new Map<string, Series>()

  constructor(
    about: HistogramConfiguration<T> & { readonly labelNames: readonly T[]; readonly buckets: number[] },
  ) {
    super(about)
    this.#names = about.labelNames
    this.#about = about
    this.#bounds = about.buckets
  }

  /** The recorder of these label values, in the order of the names; the same one every time. */
  recorder(...values: readonly string[]): Recorder {
    const key = JSON.stringify(values)
    const known = this.#series.get(key)
    if (known) return known
    const labels = Object.fromEntries(this.#names.map((name, i) => [name, values[i]])) as LabelValues<T>
    const series = new Series(labels, this.#bounds)
    this.#series.set(key, series)
    return series
  }

  override async get(): ReturnType<Histogram<T>['get']> {
    const values = [...this.#series.values()].flatMap((series) => this.#valuesOf(series))
    const { name, help } = this.#about
    return { name, help, type: 'histogram', aggregator: 'sum', values } as unknown as Awaited<
      ReturnType<Histogram<T>['get']>
    >
  }

  /** What prom-client's registry asks for when it is there; the base class has one of its own. */
  getForPromString(): ReturnType<Histogram<T>['get']> {
    return this.get()
  }

  /** Forgets every series; recorders given out before count into series that are no longer shown. */
  override reset(): void {
    // The base class resets itself while it is being made.
    if (#series in this) this.#series.clear()
  }

  #valuesOf({ labels, counts, sum }: Series): MetricValueWithName<T>[] {
    const { name } = this.#about
    const value = (suffix: string, value: number, le?: number | '+Inf') => ({
      metricName: `${name}_${suffix}`,
      value,
      labels: (le === undefined ? labels : { le, ...labels }) as LabelValues<T>,
    })
    let total = 0
    const buckets = counts.map((count, i) => {
      total += count
      return value('bucket', total, this.#bounds[i] ?? '+Inf')
    })
    return [...buckets, value('sum', sum), value('count', total)]
  }
}

class Series implements Recorder {
  readonly labels: object
  /** By bucket; the last has what is above every bound. */
  readonly counts: number[]
  sum = 0
  readonly #bounds: readonly number[]

  constructor(labels: object, bounds: readonly number[]) {
    this.labels = labels
    this.#bounds = bounds
    this.counts = new Array(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let at = 0
    while (at < bounds.length && value > (bounds[at] as number)) at++
    ;(this.counts[at] as number)++
    this.sum += value
  }
}
