import { hasErrors } from '@groundplane/core'
import { byApplyOrder, isGraphDeleted, unapprovedDeletes } from './change.js'
import { type ClusterRoot, isLocal } from './cluster-root.js'
import type { DesiredState } from './desired.js'
import type { ApplyDocument, Change, ChangeReason } from './documents.js'
import { DurableSteps } from './durable-steps.js'
import type { Environment } from './environment.js'
import { finishIntents } from './finish-intents.js'
import { GraphMoves } from './graph-moves.js'
import { isDiagnostic, type Ledger, type ResourceStatus, type StoredLedger, sameLedger } from './ledger.js'
import { graphOf, kindOf } from './ledger-entry.js'
import type { LockRecord } from './lock.js'
import { computePlan, type Planned } from './plan.js'
import { failure, warning } from './problem.js'
import { addressesByGraph, type Recovery, recordComposite } from './recover.js'
import { RunState } from './run-state.js'
import { heldBindings, standingPolicies } from './standing-policies.js'
import { stateObservations } from './state-observations.js'

type Outcome = Omit<ApplyDocument, 'ok' | 'config_dir'>

/**
 * One execution of a plan: recovery, graph creates, schema migrations, catalog
 * writes, approved deletes, ledger, clearing of intents, in that order.
 */
export class ApplyRun {
  readonly #steps: DurableSteps
  readonly #state: RunState
  readonly #moves: GraphMoves

  constructor(
    readonly root: ClusterRoot,
    readonly env: Environment,
    readonly desired: DesiredState,
    readonly stored: StoredLedger,
    readonly recovery: Recovery,
    readonly lock: LockRecord | undefined,
  ) {
    this.#steps = new DurableSteps(root, env)
    this.#state = new RunState(stored.ledger, recovery)
    this.#moves = new GraphMoves(root, env, this.#steps, desired, this.#state)
  }

  async execute(): Promise<Outcome> {
    this.#state.report(...(await finishIntents(this.#steps, this.recovery.settled, this.stored.ledger)))
    const planned = await computePlan(this.root, this.desired, this.stored, this.recovery, true)
    this.#state.report(...planned.diagnostics)
    this.#state.correct(planned.recorded)
    // A payload that cannot be read may be intact: nothing is changed until it can be verified.
    if (![...planned.observations.payloads.values()].includes('unreadable')) await this.#applyAll(planned)
    return this.#conclude(planned)
  }

  async #applyAll({ changes, approved }: Planned): Promise<void> {
    const sorted = [...changes].sort((a, b) => byApplyOrder(a.resource, b.resource))
    const deleted = [...approved].filter(([id]) =>
      changes.some((c) => c.resource === `graph.${id}` && c.disposition === 'applied'),
    )
    if (deleted.length > 0 && !isLocal(this.root))
      await this.env.consent(
        `This deletes ${deleted.map(([id]) => `graph.${id}`).join(', ')} of ${this.root.storage.location}, with all data.`,
      )
    const inSubtree = (change: Change) => deleted.some(([id]) => graphOf(change.resource) === id)
    const last = new Set(sorted.filter((change) => this.#isForLast(change)))
    for (const change of sorted) if (!inSubtree(change) && !last.has(change)) await this.#apply(change)
    for (const [id, approval] of deleted) await this.#moves.delete(id, approval)
    for (const change of last) {
      if (kindOf(change.resource) === 'provider') this.#dropProvider(change)
      else await this.#settlePolicy(change)
    }
    this.#recordComposites(changes)
  }

  async #apply(change: Change): Promise<void> {
    if (change.disposition !== 'applied') return
    const { resource: address, operation } = change
    if (operation === 'delete') {
      delete this.#state.recorded[address]
      return
    }
    if (this.#dependsOnFailure(address)) return
    const kind = kindOf(address)
    const graph = this.desired.graphs.get(graphOf(address) ?? '')
    if (kind === 'graph' && graph) await this.#moves.create(graph)
    else if (kind === 'schema' && graph) {
      // A create has already given the graph its schema.
      if (operation === 'update') await this.#moves.migrate(graph)
    } else await this.#publish(address)
  }

  /** What a graph needs for as long as it is there: looked at once it is known which deletes have happened. */
  #isForLast({ resource, operation }: Change): boolean {
    const kind = kindOf(resource)
    if (kind === 'provider') return operation === 'delete'
    const before = this.#state.recorded[resource]
    return kind === 'policy' && before !== undefined && heldBindings(before, this.#isLeaving).length > 0
  }

  /** Whether a graph is there and declared no more. */
  readonly #isLeaving = (id: string): boolean => isGraphDeleted(id, this.desired, this.#state.recorded)

  /** A policy that spoke for a graph whose delete has failed, or awaits its approval, speaks for it still. */
  async #settlePolicy(change: Change): Promise<void> {
    const { resource: address, disposition, operation } = change
    if (disposition !== 'applied') return
    const { recorded, failed } = this.#state
    const kept = standingPolicies(this.desired, recorded, this.#isLeaving).get(address)
    if (operation === 'update') await this.#apply(change)
    if (failed.has(address)) return
    if (kept) recorded[address] = kept
    else if (operation === 'delete') delete recorded[address]
    if (kept && operation === 'delete') failed.set(address, 'dependency_not_applied')
  }

  /** After the graphs that used it: one whose delete has failed is served on, and needs it. */
  #dropProvider({ resource, disposition }: Change): void {
    const { recorded, failed } = this.#state
    if (disposition !== 'applied') return
    const used = Object.entries(recorded).some(
      ([address, entry]) => entry.embedding_provider === resource && !this.desired.resources.has(address),
    )
    if (used) failed.set(resource, 'dependency_not_applied')
    else delete recorded[resource]
  }

  #dependsOnFailure(address: string): boolean {
    const resource = this.desired.resources.get(address)
    const held = resource?.dependsOn.some((to) => this.#state.failed.has(to))
    if (held) this.#state.failed.set(address, 'dependency_not_applied')
    return held ?? false
  }

  async #publish(address: string): Promise<void> {
    const resource = this.desired.resources.get(address)
    if (!resource) return
    try {
      await this.#steps.publishPayload(resource)
      this.#state.recorded[address] = resource.entry
    } catch (error) {
      this.#state.failed.set(address, 'resource_payload_write_error')
      this.#state.report(
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

  /** The digest of each declared graph follows from what is recorded of its parts. */
  #recordComposites(changes: readonly Change[]): void {
    const { recorded } = this.#state
    const addresses = addressesByGraph(recorded)
    const blocked = new Set(changes.filter((c) => c.disposition === 'blocked').map((c) => c.resource))
    for (const id of this.desired.graphs.keys()) {
      const address = `graph.${id}`
      if (recorded[address] && !blocked.has(address))
        recordComposite(recorded, id, this.#moves.bindings(id), addresses.get(id))
    }
  }

  async #conclude(planned: Planned): Promise<Outcome> {
    const state = this.#state
    const changes = planned.changes.map((change) => this.#outcomeOf(change))
    const held = changes.filter((c) => c.disposition === 'blocked' || c.disposition === 'deferred')
    const failed = hasErrors(state.diagnostics)
    const unseen = planned.drift.some(
      (d) => d.condition === 'graph_observation_error' && !this.#isGone(d.resource),
    )
    const reached = held.length === 0 && this.recovery.kept.length === 0 && !failed && !unseen
    this.#warnBlocked(held)
    const next = this.#ledger(changes, reached, planned)
    const changed = !sameLedger(this.stored.ledger, next)
    const written = changed ? await this.#steps.writeLedger(this.stored, next) : this.stored
    const broken = isDiagnostic(written)
    if (broken) state.report(written)
    else state.report(...(await finishIntents(this.#steps, state.open, written.ledger)))
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
      diagnostics: state.diagnostics,
    }
  }

  /** Deleted in this run. */
  #isGone(address: string): boolean {
    return this.#state.tombstones[address] !== undefined && !this.#state.recorded[address]
  }

  #outcomeOf(change: Change): Change {
    const { failed } = this.#state
    const reason = failed.get(change.resource)
    if (reason !== undefined) return { ...change, disposition: 'blocked', reason }
    const id = graphOf(change.resource)
    if (id === undefined) return change
    const kept = change.operation === 'delete' && failed.has(`graph.${id}`)
    const partFailed =
      change.disposition === 'derived' && [...failed.keys()].some((address) => graphOf(address) === id)
    return kept || partFailed
      ? { ...change, disposition: 'blocked', reason: 'dependency_not_applied' }
      : change
  }

  #warnBlocked(held: readonly Change[]): void {
    this.#state.report(...unapprovedDeletes(held))
    for (const { resource, reason } of held) {
      if (reason !== 'dependency_not_applied') continue
      this.#state.report(
        warning(
          'apply_dependency_blocked',
          { path: resource },
          `${resource} waits for something it depends on`,
          'Resolve what is reported above, then run apply again.',
        ),
      )
    }
  }

  #ledger(changes: readonly Change[], converged: boolean, planned: Planned): Ledger {
    const { ledger } = this.stored
    const { recorded, observations, approvals } = this.#state
    const { tombstones: _before, ...kept } = ledger
    const tombstones = this.#state.standingTombstones()
    const digest = converged ? this.desired.configDigest : ledger.applied_revision.config_digest
    return {
      ...kept,
      name: this.desired.config.name,
      applied_revision: {
        ...ledger.applied_revision,
        ...(digest !== undefined && { config_digest: digest }),
        resources: recorded,
      },
      resource_statuses: this.#statuses(changes, planned),
      approval_records: approvals,
      recovery_records: { ...ledger.recovery_records, ...this.recovery.records },
      observations,
      ...(tombstones && { tombstones }),
    }
  }

  #statuses(changes: readonly Change[], planned: Planned): Record<string, ResourceStatus> {
    const statuses: Record<string, ResourceStatus> = {}
    for (const address of Object.keys(this.#state.recorded)) statuses[address] = { status: 'applied' }
    for (const { resource, disposition, reason } of changes) {
      if (disposition !== 'blocked' || reason === undefined) continue
      statuses[resource] = { status: STATUS[reason], conditions: [reason] }
    }
    Object.assign(statuses, this.recovery.statuses)
    for (const { resource, condition } of planned.drift) {
      if (condition === 'graph_observation_error' && !this.#isGone(resource))
        statuses[resource] = { status: 'error', conditions: [condition] }
    }
    return statuses
  }
}

const STATUS: Record<ChangeReason, ResourceStatus['status']> = {
  approval_required: 'blocked',
  dependency_not_applied: 'blocked',
  cluster_recovery_pending: 'blocked',
  graph_missing: 'drifted',
  graph_create_failed: 'error',
  schema_apply_failed: 'error',
  graph_delete_failed: 'error',
  resource_payload_write_error: 'error',
}
