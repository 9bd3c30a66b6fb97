import type { OutgoingChange } from './outgoing-change.js'

export interface ChangeCount {
  readonly op: 'upsert' | 'remove' | 'delete' | 'withheld'
  readonly entityType: string
  readonly aspectName: string
  /** Of what is withheld. */
  readonly reason?: string
  readonly count: number
}

/** Counts changes by what is done to which aspect of which entity type. Memory follows the number of kinds, not of changes. */
export class ChangeCounts {
  readonly #counts = new Map<string, ChangeCount>()

  add(change: OutgoingChange): void {
    const { op, entityType, aspectName } = change
    const reason = change.op === 'withheld' ? change.reason : undefined
    const key = [op, entityType, aspectName, reason ?? ''].join(' ')
    const count = (this.#counts.get(key)?.count ?? 0) + 1
    this.#counts.set(key, { op, entityType, aspectName, ...(reason !== undefined && { reason }), count })
  }

  /** By what is done, then by entity type, then by aspect. */
  list(): ChangeCount[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count)
  }
}
