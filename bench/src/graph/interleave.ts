import { median, type Spread, spreadOf } from '../row.js'

/** One operation under measurement. */
export interface Timed {
  readonly name: string
  /** `i` counts up over the whole measurement; choose the argument by it. */
  run(i: number): unknown
}

/** For durable commits: one at a time, in turn. */
export const COMMITS = { rounds: 201, roundMs: 0 }

/** Microseconds per operation by contender: the median over rounds, and how far the rounds lie apart. */
export interface Figures {
  readonly medians: Readonly<Record<string, number>>
  readonly spreads: Readonly<Record<string, Spread>>
}

/**
 * Contenders take turns within each round, so that a machine that is slow for a
 * while is slow for all. Of each turn the first half is not timed: what is timed
 * finds its own data in the processor's caches, and not what the contender before
 * left there. `roundMs` is the half that is timed; 0: one operation a turn, for
 * those that wait for the disk: what one waits, the next does too.
 */
export async function interleave(
  contenders: readonly Timed[],
  options: { readonly rounds: number; readonly roundMs: number },
): Promise<Figures> {
  const found = new Map<string, number[]>(contenders.map((c) => [c.name, []]))
  const counts = new Map<string, number>()
  for (let round = -1; round < options.rounds; round++) {
    for (const { name, run } of contenders) {
      const from = counts.get(name) ?? 0
      const warm = options.roundMs > 0 ? await turn(run, from, options.roundMs) : { n: 0 }
      const { n, ms } = await turn(run, from + warm.n, options.roundMs)
      counts.set(name, from + warm.n + n)
      // The first round warms up.
      if (round >= 0) found.get(name)?.push((ms * 1000) / n)
    }
  }
  const entries = [...found]
  return {
    medians: Object.fromEntries(entries.map(([name, values]) => [name, median(values)])),
    spreads: Object.fromEntries(entries.map(([name, values]) => [name, spreadOf(values)])),
  }
}

/** Operations from the `from`th on, for about so long. */
async function turn(
  run: Timed['run'],
  from: number,
  roundMs: number,
): Promise<{ readonly n: number; readonly ms: number }> {
  const startedAt = performance.now()
  const until = startedAt + roundMs
  let n = 0
  // The clock is read after every eighth of a millisecond or so, not after every operation.
  let batch = 1
  do {
    const batchAt = performance.now()
    for (let k = 0; k < batch; k++) {
      const pending = run(from + n + k)
      if (pending instanceof Promise) await pending
    }
    n += batch
    if (performance.now() - batchAt < 0.06) batch *= 2
  } while (performance.now() < until)
  return { n, ms: performance.now() - startedAt }
}
