/** One measured figure. `ratio` is ours to the best peer where there is one, else ours to the bound. */
export interface BenchRow {
  readonly row: string
  readonly unit: string
  readonly ours: number
  readonly peers: Readonly<Record<string, number>>
  readonly ratio: number
  /** The most that `ours` (or, with peers, `ratio`) may be; null for a figure that is only told. */
  readonly bound: number | null
  /** The bound is the least that `ours` may be, not the most. */
  readonly atLeast?: true
  readonly holds: boolean
  /** By system; ours as `groundplane`. */
  readonly spreads?: Readonly<Record<string, Spread>>
}

/** The tenth and the ninetieth hundredth of a figure's rounds, in its unit. */
export type Spread = readonly [number, number]

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => round(sorted[Math.floor(sorted.length * share)] as number)
  return [at(0.1), at(0.9)]
}

/** A figure held to an absolute bound in its own unit. */
export function bounded(row: string, unit: string, ours: number, bound: number): BenchRow {
  return { row, unit, ours: round(ours), peers: {}, ratio: round(ours / bound), bound, holds: ours <= bound }
}

/** A figure that may not be lower than the bound. */
export function atLeast(row: string, unit: string, ours: number, bound: number): BenchRow {
  return {
    row,
    unit,
    ours: round(ours),
    peers: {},
    ratio: round(ours / bound),
    bound,
    atLeast: true,
    holds: ours >= bound,
  }
}

/** A figure without a bound and without peers. */
export function told(row: string, unit: string, ours: number): BenchRow {
  return { row, unit, ours: round(ours), peers: {}, ratio: 1, bound: null, holds: true }
}

/** A figure that the design holds to nothing, with its ratio to the best peer. */
export function informed(
  row: string,
  unit: string,
  ours: number,
  peers: Readonly<Record<string, number>>,
  spreads: Readonly<Record<string, Spread>>,
): BenchRow {
  const shown = Object.fromEntries(Object.entries(peers).map(([name, value]) => [name, round(value)]))
  const ratio = round(ours / Math.min(...Object.values(peers)))
  return { row, unit, ours: round(ours), peers: shown, ratio, bound: null, holds: true, spreads }
}

export function round(value: number): number {
  return Number(value.toPrecision(4))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}

export function printRows(rows: readonly BenchRow[], json: boolean): void {
  if (json) {
    for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
    return
  }
  const width = Math.max(...rows.map((r) => r.row.length))
  for (const r of rows) {
    const spread = (name: string): string => {
      const found = r.spreads?.[name]
      return found ? ` [${found.join('–')}]` : ''
    }
    const peers = Object.entries(r.peers)
      .map(([name, value]) => `${name} ${value}${spread(name)}`)
      .join(', ')
    process.stdout.write(
      `${mark(r)} ${r.row.padEnd(width)}  ${String(r.ours).padStart(9)} ${r.unit}${spread('groundplane')}  ${shownBound(r)}${peers ? `  (${peers}; ratio ${r.ratio})` : ''}\n`,
    )
  }
}

function shownBound({ bound, atLeast: least }: BenchRow): string {
  if (bound === null) return 'no bound'
  return least ? `at least ${bound}` : `bound ${bound}`
}

function mark({ bound, holds }: BenchRow): string {
  if (bound === null) return '·'
  return holds ? '✓' : '✗'
}
