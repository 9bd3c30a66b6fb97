import type { OutgoingChange } from './outgoing-change.js'
import type { Publication, RefusedRecord } from './publication.js'

/** Proposals in a request, as DataHub's own sink has it. */
const BATCH = 100
/** Characters in a request; its own client stays below 15 MB. */
const BATCH_CHARS = 4_000_000
/** Records without anything to send for them, after which their place is kept too. */
const AT_REST = 5000

/** A change that is said to the target. */
export type Sendable = Exclude<OutgoingChange, { op: 'withheld' }>

/** A proposal that the target refused. */
export interface RefusedProposal extends RefusedRecord {
  /** What the target said. */
  readonly message: string
}

/** What is sent, and acknowledged, together. */
export class Batch {
  readonly changes: Sendable[] = []
  /** Records that were refused before and are gone since: nothing is sent for them. */
  readonly forgotten: RefusedRecord[] = []
  /** Place of the last change. */
  done: number
  #chars = 0
  /** Place up to which the state has moved. */
  #kept: number

  constructor(done: number) {
    this.done = done
    this.#kept = done
  }

  add(change: Sendable): void {
    this.changes.push(change)
    if (change.op === 'upsert') this.#chars += change.text.length
  }

  get size(): number {
    return this.changes.length
  }

  get isFull(): boolean {
    return this.size >= BATCH || this.#chars >= BATCH_CHARS || this.done - this.#kept >= AT_REST
  }

  get proposals(): Sendable[] {
    return this.changes.filter(({ op }) => op !== 'delete')
  }

  get deletions(): Sendable[] {
    return this.changes.filter(({ op }) => op === 'delete')
  }

  clear(): void {
    this.changes.length = 0
    this.forgotten.length = 0
    this.#chars = 0
    this.#kept = this.done
  }
}

/** The state after a batch was acknowledged. Without `pending` the target is at the commit. */
export function stateAfter(
  before: Publication,
  batch: Batch,
  refused: readonly RefusedProposal[],
  { commit, pending }: { readonly commit: string; readonly pending: Publication['pending'] },
): Publication {
  const { pending: _, ...rest } = before
  const failed = new Set(refused.map(keyOf))
  const removed = { ...before.removed }
  for (const change of batch.changes) {
    if (change.op === 'upsert' && !change.event) delete removed[change.urn]
    if (change.op === 'remove' && !failed.has(keyOf(change))) removed[change.urn] = change.aspects
  }
  const settled = new Set([...batch.changes, ...batch.forgotten].map(keyOf))
  const open = before.refused.filter((record) => !settled.has(keyOf(record)))
  const all = [...open, ...refused.map(({ message: __, ...record }) => record)]
  return { ...rest, ...(pending ? { pending } : { commit }), removed, refused: all }
}

/** The record that a change is about. */
export function recordOf(change: Sendable): RefusedRecord {
  const { urn, aspectName } = change
  return { urn, aspectName, ...(change.op === 'upsert' && change.event && { event: change.event }) }
}

/** Tells records apart, whatever is said of them. */
export function keyOf(change: RefusedRecord | Sendable): string {
  const event = 'event' in change ? change.event : undefined
  return `${change.urn} ${change.aspectName} ${event ? `${event.at} ${event.part}` : ''}`
}
