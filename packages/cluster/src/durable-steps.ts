import { actorPrincipal, type Diagnostic } from '@groundplane/core'
import { detachGraph, Graph, removeDetached, type WriteContext } from '@groundplane/graph'
import { StorageError } from '@groundplane/storage'
import { type Approval, consumeApproval, writeApproval } from './approval.js'
import { type ClusterRoot, graphRoot, REVISION_PREFIX } from './cluster-root.js'
import type { DesiredGraph, DesiredResource } from './desired.js'
import type { Environment } from './environment.js'
import { type StoredIntent, writeIntent } from './intent.js'
import { type ApprovalRecord, isDiagnostic, type Ledger, type StoredLedger, writeLedger } from './ledger.js'
import { payloadKey } from './ledger-entry.js'
import { acquireLock, type HeldLock } from './lock.js'
import { failure } from './problem.js'
import { archiveRevision } from './revisions.js'

/**
 * Every durable effect a mutating command can have, and nothing else. Each is
 * announced before and after to `onStep`, so that tests can end the process on
 * either side of each of them; a step that throws is not announced as done.
 */
export class DurableSteps {
  constructor(
    readonly root: ClusterRoot,
    readonly env: Environment,
  ) {}

  lock(operation: string): Promise<HeldLock | Diagnostic> {
    return this.#step('lock', () => acquireLock(this.root, operation, this.env))
  }

  unlock(held: HeldLock): Promise<Diagnostic | undefined> {
    return this.#step('unlock', () => held.release())
  }

  writeIntent(stored: StoredIntent): Promise<void> {
    return this.#step(`intent ${stored.intent.resource}`, () => writeIntent(this.root, stored))
  }

  /** Undefined when the intent is gone. A failure to remove it is a warning: the next sweep retires it. */
  async removeIntent({ key, intent }: StoredIntent): Promise<Diagnostic | undefined> {
    try {
      await this.#step(`retire ${intent.resource}`, () => this.root.storage.delete(key))
      return undefined
    } catch (error) {
      const found = failure(
        'recovery_sidecar_cleanup_failed',
        { path: key },
        `the finished intent ${key} was not removed`,
        error,
        'The next apply removes it.',
      )
      return { ...found, severity: 'warning' }
    }
  }

  createGraph(graph: DesiredGraph): Promise<{ commit: string }> {
    return this.#step(`create graph.${graph.id}`, () => {
      const { clock, ids } = this.env
      const created = Graph.create(graphRoot(this.root, graph.id), {
        schema: graph.schema,
        graphId: graph.id,
        context: this.#context(`create graph ${graph.id}`),
        clock,
        ids,
      })
      try {
        return { commit: created.head().id }
      } finally {
        created.close()
      }
    })
  }

  migrateSchema(graph: DesiredGraph): Promise<{ commit: string }> {
    return this.#step(`migrate schema.${graph.id}`, () => {
      const { clock, ids } = this.env
      const open = Graph.open(graphRoot(this.root, graph.id), { clock, ids })
      try {
        open.applySchema(graph.schema, this.#context(`apply the declared schema of ${graph.id}`))
        return { commit: open.head().id }
      } finally {
        open.close()
      }
    })
  }

  /** Takes the graph away from its root: the point of no return of a delete. `heads` as they were when it was approved. */
  detachGraph(id: string, heads: Readonly<Record<string, string>> | undefined): Promise<void> {
    return this.#step(`delete graph.${id}`, () =>
      detachGraph(graphRoot(this.root, id), heads ? { ifHeads: heads } : {}),
    )
  }

  /** Clears what a delete has left beside the root. */
  async removeRemains(id: string): Promise<Diagnostic | undefined> {
    try {
      await this.#step(`clear graph.${id}`, () => removeDetached(graphRoot(this.root, id)))
      return undefined
    } catch (error) {
      const found = failure(
        'graph_delete_incomplete',
        { path: `graph.${id}` },
        `graph ${id} is deleted, but not everything of it was removed from the disk`,
        error,
        'Correct the cause; the next apply removes the rest.',
      )
      return { ...found, severity: 'warning' }
    }
  }

  writeApproval(approval: Approval): Promise<void> {
    return this.#step(`approve ${approval.resource}`, () => writeApproval(this.root, approval))
  }

  /** Undefined when the artifact says that it was used. A failure is a warning: the intent stays, and the next sweep tries again. */
  async consumeApproval(id: string, used: ApprovalRecord): Promise<Diagnostic | undefined> {
    try {
      await this.#step(`consume ${used.resource}`, () => consumeApproval(this.root, id, used))
      return undefined
    } catch (error) {
      const found = failure(
        'approval_write_error',
        { path: used.resource },
        `the approval ${id} was used, and its file does not say so`,
        error,
        'Correct the cause; the next apply writes it.',
      )
      return { ...found, severity: 'warning' }
    }
  }

  /** Publishes content under its digest. An intact blob is left alone; a damaged one is replaced. */
  publishPayload(resource: DesiredResource): Promise<void> {
    return this.#step(`payload ${resource.address}`, async () => {
      const key = payloadKey(resource.address, resource.entry)
      if (key === undefined || resource.payload === undefined) return
      const body = Buffer.from(resource.payload, 'utf8')
      try {
        await this.root.storage.put(key, body, { ifNoneMatch: true })
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'precondition_failed') throw error
        const present = await this.root.storage.get(key)
        if (!present || !body.equals(present.body)) await this.root.storage.put(key, body)
      }
    })
  }

  async writeLedger(before: StoredLedger | null, next: Ledger): Promise<StoredLedger | Diagnostic> {
    if (before) {
      const trouble = await this.#archive(before)
      if (trouble) return trouble
    }
    this.env.onStep('before ledger')
    const written = await writeLedger(this.root, before, next, this.env.clock(), this.env.actor)
    if (!isDiagnostic(written)) this.env.onStep('after ledger')
    return written
  }

  /** The outgoing ledger is put aside first: what `diff` and `gc` know of the past. */
  async #archive(before: StoredLedger): Promise<Diagnostic | undefined> {
    try {
      await this.#step('archive', () => archiveRevision(this.root, before))
      return undefined
    } catch (error) {
      return failure(
        'state_write_error',
        { path: REVISION_PREFIX },
        `revision ${before.ledger.state_revision} of the ledger was not put aside, so the next was not written`,
        error,
        'Check free space and permissions, then run the command again.',
      )
    }
  }

  removeUnreferenced(key: string): Promise<boolean> {
    return this.#step(`remove ${key}`, () => this.root.storage.delete(key))
  }

  #context(message: string): WriteContext {
    const { actor } = this.env
    return { message, ...(actor !== undefined && { principal: actorPrincipal(actor) }) }
  }

  async #step<T>(name: string, effect: () => T | Promise<T>): Promise<T> {
    this.env.onStep(`before ${name}`)
    const result = await effect()
    this.env.onStep(`after ${name}`)
    return result
  }
}
