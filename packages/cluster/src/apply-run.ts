import { type Diagnostic, hasErrors } from '@groundplane/core'
import { byApplyOrder, unapprovedDeletes } from './change.js'
import type { ClusterRoot } from './cluster-root.js'
import type { DesiredGraph, DesiredState } from './desired.js'
import type { ApplyDocument, Change, ChangeReason } from './documents.js'
import { DurableSteps } from './durable-steps.js'
import type { Environment } from './environment.js'
import { newIntent, type StoredIntent } from './intent.js'
import {
  type GraphObservation,
  isDiagnostic,
  type Ledger,
  type ResourceStatus,
  type StoredLedger,
  sameLedger,
} from './ledger.js'
import { graphOf, kindOf, type LedgerEntry } from './ledger-entry.js'
import type { LockRecord } from './lock.js'
import { observeGraph } from './observe.js'
import { computePlan, type Planned } from './plan.js'
import { failure, warning } from './problem.js'
import { type Recovery, recordComposite } from './recover.js'
import { stateObservations } from './state-observations.js'

type Outcome = Omit<ApplyDocument, 'ok' | 'config_dir'>

/**
 * One execution of a plan: recovery, graph creates, schema migrations, catalog
 * writes, ledger, clearing of intents, in that order. Holds what has been done
 * so far; the ledger is written once, from it.
 */
export class ApplyRun {
  readonly #steps: DurableSteps
  readonly #recorded: Record<string, LedgerEntry>
  readonly #observations: Record<string, GraphObservation>
  readonly #failed = new Map<string, ChangeReason>()
  readonly #diagnostics: Diagnostic[]
  /** To be removed once the ledger is written. */
  readonly #open: StoredIntent[]
  #planned: Planned | undefined

  constructor(
    readonly root: ClusterRoot,
    readonly env: Environment,
    readonly desired: DesiredState,
    readonly stored: StoredLedger,
    readonly recovery: Recovery,
    readonly lock: LockRecord | undefined,
  ) {
    this.#steps = new DurableSteps(root, env)
    this.#recorded = { ...recovery.recorded }
    this.#observations = { ...stored.ledger.observations, ...recovery.observations }
    this.#diagnostics = [...recovery.diagnostics]
    this.#open = [...recovery.rolledForward]
  }

  async execute(): Promise<Outcome> {
    for (const intent of this.recovery.settled) this.#report(await this.#steps.removeIntent(intent))
    const planned = await computePlan(this.root, this.desired, this.stored.ledger, this.recovery, true)
    this.#planned = planned
    this.#diagnostics.push(...planned.diagnostics)
    for (const address of Object.keys(this.#recorded))
      if (!planned.recorded[address]) delete this.#recorded[address]
    Object.assign(this.#recorded, planned.recorded)
    // A payload that cannot be read may be intact: nothing is changed until it can be verified.
    if (![...planned.observations.payloads.values()].includes('unreadable')) {
      for (const change of [...planned.changes].sort((a, b) => byApplyOrder(a.resource, b.resource)))
        await this.#apply(change)
      this.#recordComposites()
    }
    return this.#conclude(planned)
  }

  async #apply(change: Change): Promise<void> {
    if (change.disposition !== 'applied') return
    const { resource: address, operation } = change
    if (operation === 'delete') {
      delete this.#recorded[address]
      return
    }
    if (this.#dependsOnFailure(address)) return
    const kind = kindOf(address)
    const graph = this.desired.graphs.get(graphOf(address) ?? '')
    if (kind === 'graph' && graph) await this.#createGraph(graph)
    else if (kind === 'schema' && graph) {
      // A create has already given the graph its schema.
      if (operation === 'update') await this.#migrate(graph)
    } else await this.#publish(address)
  }

  #dependsOnFailure(address: string): boolean {
    const resource = this.desired.resources.get(address)
    const held = resource?.dependsOn.some((to) => this.#failed.has(to))
    if (held) this.#failed.set(address, 'dependency_not_applied')
    return held ?? false
  }

  async #createGraph(graph: DesiredGraph): Promise<void> {
    const after = graph.model.digest
    await this.#move(graph, 'graph_create', 'graph_create_failed', { after }, () =>
      this.#steps.createGraph(graph),
    )
  }

  async #migrate(graph: DesiredGraph): Promise<void> {
    const before = this.#recorded[`schema.${graph.id}`]?.digest
    const digests = { ...(before !== undefined && { before }), after: graph.model.digest }
    await this.#move(graph, 'schema_apply', 'schema_apply_failed', digests, () =>
      this.#steps.migrateSchema(graph),
    )
  }

  /**
   * Changes a graph behind an intent. When the graph reports an error, a look at
   * it decides: it moved all the same (recorded as done), it did not move (the
   * intent is withdrawn), or it cannot be told (the intent stays for the sweep).
   */
  async #move(
    graph: DesiredGraph,
    operation: 'graph_create' | 'schema_apply',
    code: 'graph_create_failed' | 'schema_apply_failed',
    digests: { before?: string; after: string },
    effect: () => Promise<{ commit: string }>,
  ): Promise<void> {
    const address = operation === 'graph_create' ? `graph.${graph.id}` : `schema.${graph.id}`
    const intent = newIntent(operation, graph.id, { ...digests, config: this.desired.configDigest }, this.env)
    try {
      await this.#steps.writeIntent(intent)
    } catch (error) {
      this.#failed.set(address, code)
      this.#report(
        failure(
          'recovery_sidecar_write_error',
          { path: intent.key },
          `the intent of ${address} was not written, so nothing was done to it`,
          error,
          'Check free space and permissions, then run apply again.',
        ),
      )
      return
    }
    let error: unknown
    try {
      await effect()
    } catch (thrown) {
      error = thrown
    }
    const seen = await observeGraph(this.root, graph.id)
    if (seen.state === 'open' && seen.schemaDigest === digests.after) {
      this.#recorded[`schema.${graph.id}`] = { digest: seen.schemaDigest }
      this.#observations[`graph.${graph.id}`] = {
        exists: true,
        schema_digest: seen.schemaDigest,
        commit: seen.commit,
      }
      recordComposite(this.#recorded, graph.id, this.#bindings(graph.id))
      this.#open.push(intent)
      return
    }
    this.#failed.set(address, code)
    const doing =
      operation === 'graph_create'
        ? `graph ${graph.id} was not created`
        : `the schema of ${graph.id} was not applied`
    this.#report(
      failure(
        code,
        { path: address },
        doing,
        error ?? new Error('it reported success, but the graph does not show it'),
        'Correct the cause and run apply again.',
      ),
    )
    const unmoved =
      operation === 'graph_create'
        ? seen.state === 'absent'
        : seen.state === 'open' && seen.schemaDigest === digests.before
    if (unmoved) this.#report(await this.#steps.removeIntent(intent))
  }

  async #publish(address: string): Promise<void> {
    const resource = this.desired.resources.get(address)
    if (!resource) return
    try {
      await this.#steps.publishPayload(resource)
      this.#recorded[address] = resource.entry
    } catch (error) {
      this.#failed.set(address, 'resource_payload_write_error')
      this.#report(
        failure(
          'resource_payload_write_error',
          { path: address },
          `the content of ${address} was not published`,
          error,
          'Check free space and permissions, then run apply again.',
        ),
      )
    }
  }

  #bindings(id: string): Omit<LedgerEntry, 'digest'> {
    const { digest: _digest, ...bindings } = this.desired.resources.get(`graph.${id}`)?.entry ?? {
      digest: '',
    }
    return bindings
  }

  /** The digest of each declared graph follows from what is recorded of its parts. */
  #recordComposites(): void {
    for (const id of this.desired.graphs.keys()) {
      const barred = this.#planned?.changes.some(
        (c) => c.resource === `graph.${id}` && c.disposition === 'blocked',
      )
      if (this.#recorded[`graph.${id}`] && !barred) recordComposite(this.#recorded, id, this.#bindings(id))
    }
  }

  async #conclude(planned: Planned): Promise<Outcome> {
    const changes = planned.changes.map((change) => this.#outcomeOf(change))
    const held = changes.filter((c) => c.disposition === 'blocked' || c.disposition === 'deferred')
    const failed = hasErrors(this.#diagnostics)
    const unseen = planned.drift.some((d) => d.condition === 'graph_observation_error')
    const reached = held.length === 0 && this.recovery.kept.length === 0 && !failed && !unseen
    this.#warnBlocked(held)
    const next = this.#ledger(changes, reached)
    const changed = !sameLedger(this.stored.ledger, next)
    const written = changed ? await this.#steps.writeLedger(this.stored, next) : this.stored
    const broken = isDiagnostic(written)
    if (broken) this.#report(written)
    else for (const intent of this.#open) this.#report(await this.#steps.removeIntent(intent))
    const current = broken ? this.stored : written
    return {
      ...(this.env.actor !== undefined && { actor: this.env.actor }),
      desired_revision: { config_digest: this.desired.configDigest },
      state_observations: await stateObservations(this.root, current, this.env, this.lock),
      changes,
      applied_count: broken ? 0 : changes.filter((c) => c.disposition === 'applied').length,
      deferred_count: held.length,
      converged: reached && !broken,
      state_written: changed && !broken,
      resource_statuses: current.ledger.resource_statuses,
      diagnostics: this.#diagnostics,
    }
  }

  #outcomeOf(change: Change): Change {
    const reason = this.#failed.get(change.resource)
    if (reason !== undefined) return { ...change, disposition: 'blocked', reason }
    const id = graphOf(change.resource)
    if (change.disposition !== 'derived' || id === undefined) return change
    const partFailed = [...this.#failed.keys()].some((address) => graphOf(address) === id)
    return partFailed ? { ...change, disposition: 'blocked', reason: 'dependency_not_applied' } : change
  }

  #warnBlocked(held: readonly Change[]): void {
    for (const found of unapprovedDeletes(held)) this.#report(found)
    for (const { resource, reason } of held) {
      if (reason !== 'dependency_not_applied') continue
      this.#report(
        warning(
          'apply_dependency_blocked',
          { path: resource },
          `${resource} waits for something it depends on`,
          'Resolve what is reported above, then run apply again.',
        ),
      )
    }
  }

  #ledger(changes: readonly Change[], converged: boolean): Ledger {
    const { ledger } = this.stored
    const statuses: Record<string, ResourceStatus> = {}
    for (const address of Object.keys(this.#recorded)) statuses[address] = { status: 'applied' }
    for (const { resource, disposition, reason } of changes) {
      if (disposition !== 'blocked' || reason === undefined) continue
      statuses[resource] = { status: STATUS[reason], conditions: [reason] }
    }
    Object.assign(statuses, this.recovery.statuses)
    for (const { resource, condition } of this.#planned?.drift ?? []) {
      if (condition === 'graph_observation_error')
        statuses[resource] = { status: 'error', conditions: [condition] }
    }
    const digest = converged ? this.desired.configDigest : ledger.applied_revision.config_digest
    return {
      ...ledger,
      name: this.desired.config.name,
      applied_revision: {
        ...ledger.applied_revision,
        ...(digest !== undefined && { config_digest: digest }),
        resources: this.#recorded,
      },
      resource_statuses: statuses,
      recovery_records: { ...ledger.recovery_records, ...this.recovery.records },
      observations: this.#observations,
    }
  }

  #report(diagnostic: Diagnostic | undefined): void {
    if (diagnostic) this.#diagnostics.push(diagnostic)
  }
}

const STATUS: Record<ChangeReason, ResourceStatus['status']> = {
  approval_required: 'blocked',
  dependency_not_applied: 'blocked',
  cluster_recovery_pending: 'blocked',
  graph_missing: 'drifted',
  graph_create_failed: 'error',
  schema_apply_failed: 'error',
  resource_payload_write_error: 'error',
}
