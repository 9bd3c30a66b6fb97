import type { Diagnostic } from '@groundplane/core'
import type { GraphDiagnosticCode } from '../error-codes.js'

export interface RepairReport {
  /** Nothing differed and nothing is wrong. */
  readonly healthy: boolean
  readonly dryRun: boolean
  /** What was verified, and how many of each. */
  readonly checked: Readonly<Record<string, number>>
  /** What differed from the versions, and was rebuilt from them. */
  readonly repaired: readonly {
    readonly structure: string
    readonly subject: string
    readonly action: string
  }[]
  /** What the versions themselves contradict. Nothing was done about these. */
  readonly unrepairable: readonly Diagnostic[]
}

/** Findings of one kind reported one by one; more are only counted. */
const MAX_EACH = 20

/** Collects what a repair finds and does. */
export class Findings {
  readonly checked: Record<string, number> = {}
  readonly repaired: { structure: string; subject: string; action: string }[] = []
  readonly unrepairable: Diagnostic[] = []
  /** Commits whose record of changes had to be rebuilt: their counts prove nothing. */
  readonly rebuiltSeqs = new Set<number>()
  readonly #each = new Map<string, number>()

  count(what: string, n = 1): void {
    this.checked[what] = (this.checked[what] ?? 0) + n
  }

  fixed(structure: string, subject: string, action: string): void {
    this.repaired.push({ structure, subject, action })
  }

  wrong(code: GraphDiagnosticCode, subject: string, message: string): void {
    const n = (this.#each.get(code) ?? 0) + 1
    this.#each.set(code, n)
    if (n > MAX_EACH) return
    this.unrepairable.push({
      code,
      severity: 'error',
      message,
      path: subject,
      remedy: 'Restore the graph from a backup or an export; a repair does not guess.',
    })
  }

  has(code: GraphDiagnosticCode): boolean {
    return this.#each.has(code)
  }
}
