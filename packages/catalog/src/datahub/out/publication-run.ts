import type { Principal } from '@groundplane/core'
import { eventPart } from '../../aspect/timeseries.js'
import type { Catalog } from '../../catalog.js'
import { CatalogError } from '../../model/error.js'
import { hasStatus, withheldReason } from '../entity-registry.js'
import { wireText } from '../wire-text.js'
import { Batch, keyOf, type RefusedProposal, recordOf, type Sendable, stateAfter } from './batch.js'
import { ChangeCounts } from './change-counts.js'
import type { GmsClient } from './gms-client.js'
import { type AspectDeletion, statusText } from './outgoing-change.js'
import { outgoingChanges } from './outgoing-changes.js'
import { originOf, type ProposalOrigin, wireProposal } from './proposal-text.js'
import type { KeptPublication, Publication, RefusedRecord } from './publication.js'
import { ProposalSender } from './send-batch.js'

/** Records kept as refused, where the caller does not say. */
const MAX_REFUSED = 1000

interface RunOptions {
  readonly principal?: Principal
  readonly maxRefused?: number
  readonly onProgress?: (progress: { readonly done: number; readonly sent: number }) => void
}

/** One run of a publisher: brings the target from commit to commit, and the kept state with it. */
export class PublicationRun {
  readonly counts = new ChangeCounts()
  readonly refused: RefusedProposal[] = []
  sent = 0
  readonly #catalog: Catalog
  readonly #client: GmsClient
  readonly #sender: ProposalSender
  readonly #kept: KeptPublication
  readonly #options: RunOptions

  constructor(catalog: Catalog, client: GmsClient, kept: KeptPublication, options: RunOptions) {
    this.#catalog = catalog
    this.#client = client
    this.#sender = new ProposalSender(client)
    this.#kept = kept
    this.#options = options
  }

  /** Goes on where an earlier run to this commit was interrupted. Nothing when the target is there. */
  async to(commit: string): Promise<void> {
    const { value } = this.#kept
    const { pending } = value
    if (!pending && value.commit === commit) return
    const { from, done } = pending ?? { from: value.commit, done: 0 }
    const batch = new Batch(done)
    const restored = new Set<string>()
    let place = 0
    for (const change of outgoingChanges(this.#catalog, { from, to: commit, ...this.#who })) {
      if (++place <= done) continue
      if (change.op === 'withheld') this.counts.add(change)
      else for (const each of this.#withRestored(change, commit, restored)) batch.add(each)
      batch.done = place
      if (batch.isFull) await this.#flush(batch, commit, { from, to: commit, done: place })
    }
    await this.#flush(batch, commit, undefined)
  }

  /** Sends again what was refused before this run, as it is at a commit now; what is gone by then is forgotten. */
  async again(records: readonly RefusedRecord[], commit: string): Promise<void> {
    const now = new Set(this.refused.map(keyOf))
    const batch = new Batch(0)
    const kept = new Set(this.#kept.value.refused.map(keyOf))
    for (const record of records) {
      const key = keyOf(record)
      if (now.has(key) || !kept.has(key)) continue
      const change = this.#asItIs(record, commit)
      if (change) batch.add(change)
      else batch.forgotten.push(record)
      if (batch.isFull) await this.#flush(batch, commit, this.#kept.value.pending)
    }
    if (batch.size > 0 || batch.forgotten.length > 0)
      await this.#flush(batch, commit, this.#kept.value.pending)
  }

  get #who(): { principal?: Principal } {
    const { principal } = this.#options
    return principal === undefined ? {} : { principal }
  }

  /** An entity that was marked as removed and is there again: what the target still has of before goes, the mark too. */
  #withRestored(change: Sendable, commit: string, restored: Set<string>): Sendable[] {
    const { urn, entityType } = change
    const before = this.#kept.value.removed
    if (change.op !== 'upsert' || change.event || restored.has(urn) || !Object.hasOwn(before, urn))
      return [change]
    restored.add(urn)
    const at = { commit, ...this.#who }
    const names = new Set(this.#catalog.aspectRecords(urn, at).map(({ name }) => name))
    const stale = (before[urn] as readonly string[]).filter((name) => name !== 'status' && !names.has(name))
    const deletions = stale.map(
      (aspectName): AspectDeletion => ({ op: 'delete', urn, entityType, aspectName }),
    )
    if (names.has('status') || !hasStatus(entityType)) return [...deletions, change]
    const mark = { urn, entityType, aspectName: 'status', text: statusText(false), isNew: false } as const
    return [...deletions, { op: 'upsert', ...mark }, change]
  }

  #asItIs({ urn, aspectName, event }: RefusedRecord, commit: string): Sendable | undefined {
    const at = { commit, ...this.#who }
    const entityType = urn.split(':')[2] as string
    const head = { urn, entityType, aspectName }
    if (withheldReason(entityType, aspectName)) return undefined
    const record = event
      ? this.#catalog
          .eventRecords(urn, aspectName, { from: event.at, to: event.at }, at)
          .find(({ text }) => eventPart(JSON.parse(text)) === event.part)
      : this.#catalog.aspectRecord(urn, aspectName, at)
    if (record)
      return { op: 'upsert', ...head, text: wireText(record.text), isNew: false, ...(event && { event }) }
    if (event) return undefined
    if (this.#catalog.hasRecord(urn, at)) return { op: 'delete', ...head }
    return hasStatus(entityType) ? { op: 'remove', ...head, aspectName: 'status', aspects: [] } : undefined
  }

  /** Sends, and moves the state when all of it is acknowledged. */
  async #flush(batch: Batch, commit: string, pending: Publication['pending']): Promise<void> {
    const origin = originOf(this.#catalog.graph.id, this.#catalog.graph.commit(commit, this.#who))
    const refused = [
      ...(await this.#sendProposals(batch.proposals, origin)),
      ...(await this.#sendDeletions(batch.deletions)),
    ]
    const next = stateAfter(this.#kept.value, batch, refused, { commit, pending })
    if (next.refused.length > (this.#options.maxRefused ?? MAX_REFUSED)) throw refusesMost(next, refused)
    await this.#kept.move(next)
    const failed = new Set(refused.map(keyOf))
    for (const change of batch.changes) if (!failed.has(keyOf(change))) this.#count(change)
    this.refused.push(...refused)
    this.#options.onProgress?.({ done: batch.done, sent: this.sent })
    batch.clear()
  }

  #count(change: Sendable): void {
    this.counts.add(change)
    this.sent++
  }

  async #sendProposals(changes: readonly Sendable[], origin: ProposalOrigin): Promise<RefusedProposal[]> {
    if (changes.length === 0) return []
    const texts = changes.map((change) => wireProposal(change as Exclude<Sendable, AspectDeletion>, origin))
    const refused = await this.#sender.send(texts)
    return refused.map(({ index, message }) => ({ ...recordOf(changes[index] as Sendable), message }))
  }

  /**
   * By an address that names the aspect: servers of before it existed say that it is not there, while of a query that
   * names the aspect older ones know nothing, and delete the entity.
   */
  async #sendDeletions(changes: readonly Sendable[]): Promise<RefusedProposal[]> {
    const refused: RefusedProposal[] = []
    for (const change of changes) {
      const { urn, entityType, aspectName } = change
      const answer = await this.#client.request(
        'DELETE',
        `/openapi/v3/entity/${entityType}/${encodeURIComponent(urn)}/${aspectName}`,
      )
      // What is not there need not be deleted.
      if (answer.status >= 300 && answer.status !== 404)
        refused.push({ ...recordOf(change), message: this.#client.words(answer) })
    }
    return refused
  }
}

function refusesMost(next: Publication, refused: readonly RefusedProposal[]): CatalogError {
  return new CatalogError(
    'unavailable',
    'gms_refuses_most',
    `The target refused ${next.refused.length} records; the last one: ${refused.at(-1)?.message}`,
    {
      remedy:
        'See what the target says of them; publish again when that is mended: it goes on where it stopped.',
    },
  )
}
