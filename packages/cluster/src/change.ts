import { isDeepStrictEqual } from 'node:util'
import type { Diagnostic } from '@groundplane/core'
import type { Approval } from './approval.js'
import type { DesiredResource, DesiredState } from './desired.js'
import type { ApprovalGate, Change, ChangeReason, MigrationView } from './documents.js'
import { graphOf, kindOf, type LedgerEntry, recordedDependencies } from './ledger-entry.js'
import { warning } from './problem.js'
import { standingPolicies } from './standing-policies.js'

export interface PlanInput {
  readonly desired: DesiredState
  /** What is applied, corrected by what was seen live. */
  readonly recorded: Readonly<Record<string, LedgerEntry>>
  /** Graphs nothing may be done to, with the reason. */
  readonly barred: ReadonlyMap<string, ChangeReason>
  /** By graph id, where a preview could be made. */
  readonly migrations: ReadonlyMap<string, MigrationView>
  /** By graph id: deletes that are approved as they stand. */
  readonly approved: ReadonlyMap<string, Approval>
}

/** What stands between the recorded and the desired resources, in address order, each with what apply will do about it. Pure. */
export function planChanges(input: PlanInput): Change[] {
  const { desired, recorded, barred } = input
  const changes = new Map<string, Change>()
  const addresses = new Set([...desired.resources.keys(), ...Object.keys(recorded)])
  for (const [id, reason] of barred) if (reason === 'graph_missing') addresses.add(`graph.${id}`)
  const unmet = new Set([...barred.keys()].map((id) => `graph.${id}`))
  const standing = standingPolicies(desired, recorded, (id) => awaitsDelete(id, input))
  for (const address of [...addresses].sort(byApplyOrder)) {
    const resource = desired.resources.get(address)
    const missing = barred.get(graphOf(address) ?? '') === 'graph_missing' && kindOf(address) === 'graph'
    const kept = standing.get(address)
    const before = missing ? undefined : recorded[address]
    const leaves = !resource && isDeepStrictEqual(kept, before)
    const change = difference(address, before, leaves ? undefined : (kept ?? resource?.entry))
    if (!change) continue
    const decided = decide(change, resource, input, unmet, kept !== undefined)
    if (decided.disposition === 'blocked' && decided.operation !== 'delete') {
      if (kindOf(address) !== 'graph' || decided.operation === 'create') unmet.add(address)
    }
    changes.set(address, decided)
  }
  holdBackGraphs(changes, desired)
  return [...changes.values()].sort((a, b) => (a.resource < b.resource ? -1 : 1))
}

function difference(
  address: string,
  before: LedgerEntry | undefined,
  after: LedgerEntry | undefined,
): Omit<Change, 'disposition'> | undefined {
  if (!after) return before && { resource: address, operation: 'delete', before_digest: before.digest }
  if (!before) return { resource: address, operation: 'create', after_digest: after.digest }
  const update = {
    resource: address,
    operation: 'update' as const,
    before_digest: before.digest,
    after_digest: after.digest,
  }
  const { digest: beforeDigest, ...beforeRest } = before
  const { digest: afterDigest, ...afterRest } = after
  const metadata = !isDeepStrictEqual(beforeRest, afterRest)
  if (beforeDigest !== afterDigest && !(metadata && kindOf(address) === 'graph')) return update
  if (!metadata) return undefined
  const kind = METADATA[kindOf(address)]
  return {
    ...update,
    ...(kindOf(address) === 'policy' && { binding_change: true as const }),
    ...(kind && { metadata_change: kind }),
  }
}

const METADATA: Partial<Record<ReturnType<typeof kindOf>, NonNullable<Change['metadata_change']>>> = {
  policy: 'policy_bindings',
  provider: 'embedding_profile',
  query: 'query_exposure',
  source: 'source_base_dir',
  graph: 'graph_bindings',
}

function decide(
  change: Omit<Change, 'disposition'>,
  resource: DesiredResource | undefined,
  input: PlanInput,
  unmet: ReadonlySet<string>,
  /** A policy that a graph which awaits its delete is governed by. */
  governs: boolean,
): Change {
  const { desired, recorded, barred, migrations } = input
  const graph = graphOf(change.resource)
  const blocked = (reason: ChangeReason): Change => ({ ...change, disposition: 'blocked', reason })
  const bar = graph === undefined ? undefined : barred.get(graph)
  if (bar === 'cluster_recovery_pending') return blocked(bar)
  if (change.operation === 'delete') {
    if (graph !== undefined && awaitsDelete(graph, input)) return blocked('approval_required')
    const users = Object.entries(recorded).filter(([, entry]) => entry.embedding_provider === change.resource)
    // A graph that stays until somebody approves its delete is served meanwhile, and needs its provider and its rules.
    const needed = governs || users.some(([address]) => awaitsDelete(graphOf(address) ?? '', input))
    return needed ? blocked('dependency_not_applied') : { ...change, disposition: 'applied' }
  }
  if (bar !== undefined) return blocked(kindOf(change.resource) === 'graph' ? bar : 'dependency_not_applied')
  const lacking = (resource?.dependsOn ?? []).some(
    (to) => unmet.has(to) || (!recorded[to] && !desired.resources.has(to)),
  )
  if (lacking) return blocked('dependency_not_applied')
  if (kindOf(change.resource) === 'graph' && change.operation === 'update')
    return { ...change, disposition: 'derived' }
  if (kindOf(change.resource) === 'schema' && graph !== undefined && migrations.has(graph)) {
    const { supported, steps } = migrations.get(graph) as MigrationView
    const migration = { supported, steps }
    return supported
      ? { ...change, migration, disposition: 'applied' }
      : { ...blocked('schema_apply_failed'), migration }
  }
  return { ...change, disposition: 'applied' }
}

function awaitsDelete(id: string, { desired, recorded, approved }: PlanInput): boolean {
  return isGraphDeleted(id, desired, recorded) && !approved.has(id)
}

/** A recorded graph that is declared no more: its delete takes everything of it, and the data. */
export function isGraphDeleted(
  id: string,
  desired: DesiredState,
  recorded: Readonly<Record<string, LedgerEntry>>,
): boolean {
  return recorded[`graph.${id}`] !== undefined && !desired.resources.has(`graph.${id}`)
}

/** A graph's own digest can only follow when every part of it does. */
function holdBackGraphs(changes: Map<string, Change>, desired: DesiredState): void {
  for (const [address, change] of changes) {
    if (change.disposition !== 'derived') continue
    const provider = desired.resources.get(address)?.entry.embedding_provider
    const id = graphOf(address)
    const held = [...changes.values()].some(
      (c) =>
        c.disposition === 'blocked' &&
        (c.resource === provider || (c.resource !== address && graphOf(c.resource) === id)),
    )
    if (held) changes.set(address, { ...change, disposition: 'blocked', reason: 'dependency_not_applied' })
  }
}

const ORDER = [
  'provider',
  'graph',
  'schema',
  'query',
  'source',
  'policy',
  'assertion',
  'publish',
  'crew',
  'server',
]

/** Dependencies before dependents; addresses in order within a kind. */
export function byApplyOrder(a: string, b: string): number {
  const rank = ORDER.indexOf(kindOf(a)) - ORDER.indexOf(kindOf(b))
  return rank !== 0 ? rank : a < b ? -1 : a > b ? 1 : 0
}

/** For each change, everything declared or applied that depends on the resource, directly or not. */
export function blastRadius(
  changes: readonly Change[],
  desired: DesiredState,
  recorded: PlanInput['recorded'],
): { resource: string; affected: string[] }[] {
  const dependents = new Map<string, Set<string>>()
  const edge = (from: string, to: string) => {
    if (!dependents.has(to)) dependents.set(to, new Set())
    dependents.get(to)?.add(from)
  }
  for (const { address, dependsOn } of desired.resources.values())
    for (const to of dependsOn) edge(address, to)
  for (const [address, entry] of Object.entries(recorded))
    for (const to of recordedDependencies(address, entry)) edge(address, to)
  return changes.flatMap(({ resource }) => {
    const affected = new Set<string>()
    const pending = [resource]
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const next of dependents.get(at) ?? []) {
        if (affected.has(next)) continue
        affected.add(next)
        pending.push(next)
      }
    }
    return affected.size > 0 ? [{ resource, affected: [...affected].sort() }] : []
  })
}

/** One gate per graph that would be deleted; it covers the graph's whole subtree. */
export function approvalGates(
  changes: readonly Change[],
  approved: ReadonlyMap<string, Approval>,
): ApprovalGate[] {
  return changes
    .filter((c) => c.operation === 'delete' && kindOf(c.resource) === 'graph')
    .map(({ resource }) => {
      const found = approved.get(graphOf(resource) ?? '')
      return {
        resource,
        reason: 'graph_delete' as const,
        satisfied: found !== undefined,
        ...(found && { approval_id: found.approval_id, approved_by: found.approved_by }),
      }
    })
}

/** A graph that is declared no more is kept until an approval says otherwise. */
export function unapprovedDeletes(changes: readonly Change[]): Diagnostic[] {
  return changes
    .filter((c) => c.reason === 'approval_required' && kindOf(c.resource) === 'graph')
    .map(({ resource }) =>
      warning(
        'graph_delete_skipped',
        { path: resource },
        `${resource} is not declared any more; it is kept until its delete is approved`,
        `To delete it with all its data: groundplane cluster approve ${resource}. To keep it, put its declaration back into cluster.yaml.`,
      ),
    )
}
