import { GroundplaneError } from '@groundplane/core'
import { type Approval, approvalRecord } from './approval.js'
import type { ClusterRoot } from './cluster-root.js'
import type { DesiredGraph, DesiredState } from './desired.js'
import type { ChangeReason } from './documents.js'
import type { DurableSteps } from './durable-steps.js'
import type { Environment } from './environment.js'
import { forgetGraph } from './forget-graph.js'
import { newIntent, type StoredIntent } from './intent.js'
import type { LedgerEntry } from './ledger-entry.js'
import { observeGraph } from './observe.js'
import { failure, problem, warning } from './problem.js'
import { recordComposite } from './recover.js'
import type { RunState } from './run-state.js'

/**
 * The changes that touch a graph, each behind an intent. When a graph reports an
 * error, a look at it decides: it moved all the same (recorded as done), it did
 * not move (the intent is withdrawn), or it cannot be told (the intent stays for
 * the sweep).
 */
export class GraphMoves {
  constructor(
    readonly root: ClusterRoot,
    readonly env: Environment,
    readonly steps: DurableSteps,
    readonly desired: DesiredState,
    readonly state: RunState,
  ) {}

  async create(graph: DesiredGraph): Promise<void> {
    const intent = this.#intent('graph_create', graph.id, { after: graph.model.digest })
    if (!(await this.#announce(intent, 'graph_create_failed'))) return
    const error = await attempt(() => this.steps.createGraph(graph))
    await this.#settle(intent, graph, 'graph_create_failed', `graph ${graph.id} was not created`, error)
  }

  async migrate(graph: DesiredGraph): Promise<void> {
    const before = this.state.recorded[`schema.${graph.id}`]?.digest
    const digests = { ...(before !== undefined && { before }), after: graph.model.digest }
    const intent = this.#intent('schema_apply', graph.id, digests)
    if (!(await this.#announce(intent, 'schema_apply_failed'))) return
    const error = await attempt(() => this.steps.migrateSchema(graph))
    await this.#settle(
      intent,
      graph,
      'schema_apply_failed',
      `the schema of ${graph.id} was not applied`,
      error,
    )
  }

  /** Deletes a graph with everything of it, as `approval` allows. Nothing is forgotten unless the root is gone. */
  async delete(id: string, approval: Approval): Promise<void> {
    const intent = this.#intent('graph_delete', id, {}, approval)
    if (!(await this.#announce(intent, 'graph_delete_failed'))) return
    const error = await attempt(() => this.steps.detachGraph(id, approval.graph_heads))
    if ((await observeGraph(this.root, id)).state === 'absent') {
      const { state, env } = this
      Object.assign(state.tombstones, forgetGraph(state.recorded, id, approval, env.clock(), env.actor))
      state.approvals[approval.approval_id] = approvalRecord(approval, env.clock(), env.actor)
      delete state.observations[`graph.${id}`]
      state.open.push(intent)
      return
    }
    this.#reportUndeleted(id, approval, error)
    this.state.report(await this.steps.removeIntent(intent))
  }

  #reportUndeleted(id: string, approval: Approval, error: unknown): void {
    const path = `graph.${id}`
    const cause = error instanceof GroundplaneError ? error.code : undefined
    if (cause === 'graph_moved') {
      this.state.failed.set(path, 'approval_required')
      this.state.report(
        warning(
          'approval_stale',
          { path },
          `the approval ${approval.approval_id} of ${path} authorises nothing any more: the graph was written to a moment ago`,
          `Look at it; if the delete is still wanted: groundplane cluster approve ${path}`,
        ),
      )
      return
    }
    this.state.failed.set(path, 'graph_delete_failed')
    const why = error instanceof Error ? error.message : 'its root is still there'
    const then = `The ledger moves with this report, so then approve again: groundplane cluster approve ${path}`
    this.state.report(
      cause === 'graph_export_in_progress'
        ? problem(
            'graph_delete_export_in_progress',
            { path },
            `graph ${id} was not deleted: ${why}`,
            `Wait until the export has ended, or end it. ${then}`,
          )
        : problem(
            'graph_delete_failed',
            { path },
            `graph ${id} was not deleted: ${why}`,
            `Correct the cause. ${then}`,
          ),
    )
  }

  #intent(
    operation: StoredIntent['intent']['operation'],
    id: string,
    digests: { before?: string; after?: string },
    approval?: Approval,
  ): StoredIntent {
    return newIntent(operation, id, { ...digests, config: this.desired.configDigest }, this.env, approval)
  }

  /** False when the intent could not be made durable: then nothing may be done. */
  async #announce(intent: StoredIntent, reason: ChangeReason): Promise<boolean> {
    try {
      await this.steps.writeIntent(intent)
      return true
    } catch (error) {
      const { resource } = intent.intent
      this.state.failed.set(resource, reason)
      this.state.report(
        failure(
          'recovery_sidecar_write_error',
          { path: intent.key },
          `the intent of ${resource} was not written, so nothing was done to it`,
          error,
          'Check free space and permissions, then run apply again.',
        ),
      )
      return false
    }
  }

  async #settle(
    intent: StoredIntent,
    graph: DesiredGraph,
    code: 'graph_create_failed' | 'schema_apply_failed',
    doing: string,
    error: unknown,
  ): Promise<void> {
    const { resource, after_schema_digest, before_schema_digest, operation } = intent.intent
    const seen = await observeGraph(this.root, graph.id)
    if (seen.state === 'open' && seen.schemaDigest === after_schema_digest) {
      this.state.recorded[`schema.${graph.id}`] = { digest: seen.schemaDigest }
      this.state.observations[`graph.${graph.id}`] = {
        exists: true,
        schema_digest: seen.schemaDigest,
        commit: seen.commit,
      }
      recordComposite(this.state.recorded, graph.id, this.bindings(graph.id))
      this.state.open.push(intent)
      return
    }
    this.state.failed.set(resource, code)
    this.state.report(
      failure(
        code,
        { path: resource },
        doing,
        error ?? new Error('it reported success, but the graph does not show it'),
        'Correct the cause and run apply again.',
      ),
    )
    const unmoved =
      operation === 'graph_create'
        ? seen.state === 'absent'
        : seen.state === 'open' && seen.schemaDigest === before_schema_digest
    if (unmoved) this.state.report(await this.steps.removeIntent(intent))
  }

  /** What the declaration binds a graph to, beside its content. */
  bindings(id: string): Omit<LedgerEntry, 'digest'> {
    const { digest: _digest, ...bindings } = this.desired.resources.get(`graph.${id}`)?.entry ?? {
      digest: '',
    }
    return bindings
  }
}

async function attempt(effect: () => Promise<unknown>): Promise<unknown> {
  try {
    await effect()
    return undefined
  } catch (error) {
    return error
  }
}
