import type { Diagnostic } from '@groundplane/core'
import type { ChangeReason } from './documents.js'
import type { StoredIntent } from './intent.js'
import type { ApprovalRecord, GraphObservation, Ledger, Tombstone } from './ledger.js'
import type { LedgerEntry } from './ledger-entry.js'
import type { Recovery } from './recover.js'

/** What one apply has done so far, in memory: the ledger is written once, from it. */
export class RunState {
  readonly recorded: Record<string, LedgerEntry>
  readonly observations: Record<string, GraphObservation>
  readonly tombstones: Record<string, Tombstone>
  readonly approvals: Record<string, ApprovalRecord>
  /** Changes that were tried and not made, by address. */
  readonly failed = new Map<string, ChangeReason>()
  readonly diagnostics: Diagnostic[]
  /** To be ended once the ledger is written. */
  readonly open: StoredIntent[]

  constructor(ledger: Ledger, recovery: Recovery) {
    this.recorded = { ...recovery.recorded }
    this.observations = { ...ledger.observations, ...recovery.observations }
    this.tombstones = { ...ledger.tombstones, ...recovery.tombstones }
    this.approvals = { ...ledger.approval_records, ...recovery.approvals }
    for (const address of Object.keys(recovery.tombstones)) delete this.observations[address]
    this.diagnostics = [...recovery.diagnostics]
    this.open = [...recovery.rolledForward]
  }

  report(...found: readonly (Diagnostic | undefined)[]): void {
    for (const diagnostic of found) if (diagnostic) this.diagnostics.push(diagnostic)
  }

  /** Takes over the plan's view of what is applied: what it found missing or altered is not. */
  correct(recorded: Readonly<Record<string, LedgerEntry>>): void {
    for (const address of Object.keys(this.recorded)) if (!recorded[address]) delete this.recorded[address]
    Object.assign(this.recorded, recorded)
  }

  /** Of what is recorded under an address again, no tombstone stays. */
  standingTombstones(): Record<string, Tombstone> | undefined {
    const left = Object.entries(this.tombstones).filter(([address]) => !this.recorded[address])
    return left.length === 0 ? undefined : Object.fromEntries(left)
  }
}
