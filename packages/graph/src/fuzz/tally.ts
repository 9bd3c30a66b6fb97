import type { Stage } from './judge.js'

/** Below these shares a run tests the checkers, not the store. */
const LEAST = { checked: 0.7, executed: 0.55, refused: 0.05, changed: 0.02 } as const

/** How far the inputs of a run came. */
export class Tally {
  total = 0
  readonly #byKind = new Map<string, Map<Stage, number>>()

  note(kind: string, stage: Stage): void {
    this.total++
    let stages = this.#byKind.get(kind)
    if (!stages) {
      stages = new Map()
      this.#byKind.set(kind, stages)
    }
    stages.set(stage, (stages.get(stage) ?? 0) + 1)
  }

  #count(...wanted: readonly Stage[]): number {
    let sum = 0
    for (const stages of this.#byKind.values()) for (const stage of wanted) sum += stages.get(stage) ?? 0
    return sum
  }

  /** Cases that came so far, each stage those of the later ones included; `executed` ran to their end. */
  get reached() {
    return {
      parsed: this.#count('unchecked', 'checked', 'refused', 'ran', 'changed'),
      checked: this.#count('checked', 'refused', 'ran', 'changed'),
      refused: this.#count('refused'),
      executed: this.#count('ran', 'changed'),
      changed: this.#count('changed'),
    }
  }

  share(of: keyof Tally['reached']): number {
    return this.reached[of] / Math.max(1, this.total)
  }

  /** What too few of the inputs reached. */
  get shortfalls(): string[] {
    return Object.entries(LEAST).flatMap(([stage, least]) => {
      const share = this.share(stage as keyof typeof LEAST)
      return share >= least ? [] : [`${stage}: ${(100 * share).toFixed(1)} % of ${Math.round(100 * least)} %`]
    })
  }

  /** A line for all, and one for each kind of input. */
  report(): string {
    const percent = (n: number, all: number): string => `${((100 * n) / Math.max(1, all)).toFixed(1)} %`
    const all = Object.entries(this.reached).map(([name, n]) => `${name} ${percent(n, this.total)}`)
    const kinds = [...this.#byKind].sort().map(([kind, stages]) => {
      const sum = [...stages.values()].reduce((a, b) => a + b, 0)
      return `  ${kind}: ${sum} (${[...stages].map(([stage, n]) => `${stage} ${percent(n, sum)}`).join(', ')})`
    })
    return [`${this.total} cases: ${all.join(', ')}`, ...kinds].join('\n')
  }
}
