import { type Diagnostic, isoTime } from '@groundplane/core'
import { approvalRecord } from './approval.js'
import type { ClusterRoot } from './cluster-root.js'
import { compositeDigest } from './desired.js'
import type { Environment } from './environment.js'
import { forgetGraph } from './forget-graph.js'
import type { FoundIntents, Intent, StoredIntent } from './intent.js'
import type {
  ApprovalRecord,
  GraphObservation,
  Ledger,
  RecoveryRecord,
  ResourceStatus,
  Tombstone,
} from './ledger.js'
import { graphOf, type LedgerEntry } from './ledger-entry.js'
import { type ObservedGraph, observeGraph } from './observe.js'
import { failure, warning } from './problem.js'

/** What surviving intents mean for the ledger. A value; nothing has been written yet. */
export interface Recovery {
  readonly recorded: Readonly<Record<string, LedgerEntry>>
  readonly records: Readonly<Record<string, RecoveryRecord>>
  readonly observations: Readonly<Record<string, GraphObservation>>
  readonly tombstones: Readonly<Record<string, Tombstone>>
  /** Approvals that the recovered deletes have used. */
  readonly approvals: Readonly<Record<string, ApprovalRecord>>
  /** Nothing happened, or the ledger has it: may be removed at once. */
  readonly settled: readonly StoredIntent[]
  /** May be removed once the ledger holds `recorded` and `records`. */
  readonly rolledForward: readonly StoredIntent[]
  readonly kept: readonly StoredIntent[]
  /** By address, of graphs whose intent was kept: nothing may be done to them. */
  readonly statuses: Readonly<Record<string, ResourceStatus>>
  readonly diagnostics: readonly Diagnostic[]
}

type Verdict =
  | { readonly outcome: 'retire' | 'roll_forward'; readonly diagnostic?: Diagnostic }
  | { readonly outcome: 'keep'; readonly status: ResourceStatus; readonly diagnostic: Diagnostic }

/**
 * Decides for each intent what happened by looking at its graph, never by
 * remembering: nothing (retire), everything (roll the ledger forward, with an
 * audit record), or something that cannot be told apart from another's work
 * (keep the intent, mark the graph, touch nothing).
 */
export async function recoverIntents(
  root: ClusterRoot,
  found: FoundIntents,
  ledger: Ledger,
  env: Environment,
): Promise<Recovery> {
  const recorded: Record<string, LedgerEntry> = { ...ledger.applied_revision.resources }
  const records: Record<string, RecoveryRecord> = {}
  const observations: Record<string, GraphObservation> = {}
  const tombstones: Record<string, Tombstone> = {}
  const approvals: Record<string, ApprovalRecord> = {}
  const statuses: Record<string, ResourceStatus> = {}
  const diagnostics: Diagnostic[] = [...found.diagnostics]
  const sorted = {
    retire: [] as StoredIntent[],
    roll_forward: [] as StoredIntent[],
    keep: [] as StoredIntent[],
  }
  for (const stored of found.intents) {
    const { intent } = stored
    const seen = await observeGraph(root, intent.graph)
    const verdict =
      intent.operation === 'graph_delete' ? judgeDelete(stored, seen, ledger) : judge(stored, seen, recorded)
    sorted[verdict.outcome].push(stored)
    if (verdict.diagnostic) diagnostics.push(verdict.diagnostic)
    if (verdict.outcome === 'keep') {
      statuses[`graph.${intent.graph}`] = verdict.status
    } else if (verdict.outcome === 'roll_forward') {
      if (seen.state === 'open') {
        rollForward(recorded, intent.graph, seen.schemaDigest)
        observations[`graph.${intent.graph}`] = {
          exists: true,
          schema_digest: seen.schemaDigest,
          commit: seen.commit,
        }
      } else if (intent.approval) {
        const { approval_id } = intent.approval
        const used = { ...intent.approval, resource: intent.resource, config_digest: intent.config_digest }
        approvals[approval_id] = approvalRecord(used, env.clock(), intent.actor)
        Object.assign(
          tombstones,
          forgetGraph(recorded, intent.graph, intent.approval, env.clock(), intent.actor),
        )
      }
      records[intent.intent_id] = auditOf(intent, seen, env)
      diagnostics.push(
        warning(
          'cluster_recovery_rolled_forward',
          { path: intent.resource },
          `an interrupted ${intent.operation} of ${intent.resource} had completed; the ledger now records it`,
          'Nothing to do: this is for the record.',
        ),
      )
    }
  }
  return {
    recorded,
    records,
    observations,
    tombstones,
    approvals,
    settled: sorted.retire,
    rolledForward: sorted.roll_forward,
    kept: sorted.keep,
    statuses,
    diagnostics,
  }
}

function auditOf(intent: Intent, seen: ObservedGraph, env: Environment): RecoveryRecord {
  return {
    operation: intent.operation,
    resource: intent.resource,
    outcome: 'rolled_forward',
    ...(seen.state === 'open' && { schema_digest: seen.schemaDigest }),
    started_at: intent.started_at,
    recovered_at: isoTime(env.clock()),
    ...(intent.actor !== undefined && { actor: intent.actor }),
    ...(env.actor !== undefined && { recovered_by: env.actor }),
  }
}

/**
 * The rename that takes a root away is the delete: with the root gone it has
 * happened, with the root there nothing has, and the plan decides anew.
 */
function judgeDelete({ key, intent }: StoredIntent, seen: ObservedGraph, ledger: Ledger): Verdict {
  // The ledger has it: what stands at the root now is another graph, or nothing.
  if (ledger.approval_records[intent.approval?.approval_id ?? '']) return { outcome: 'retire' }
  if (seen.state === 'absent') return { outcome: 'roll_forward' }
  return {
    outcome: 'retire',
    diagnostic: warning(
      'graph_delete_incomplete',
      { path: key },
      `a delete of ${intent.resource} was interrupted before anything of it was deleted`,
      'Nothing to do: it is done now if its approval still holds.',
    ),
  }
}

function judge(
  { key, intent }: StoredIntent,
  seen: ObservedGraph,
  recorded: Readonly<Record<string, LedgerEntry>>,
): Verdict {
  const known = recorded[`graph.${intent.graph}`] !== undefined
  const schema = recorded[`schema.${intent.graph}`]?.digest
  if (seen.state === 'absent' && (intent.operation === 'graph_create' || !known)) return { outcome: 'retire' }
  if (seen.state === 'open') {
    if (known && schema === seen.schemaDigest) return { outcome: 'retire' }
    if (seen.schemaDigest === intent.after_schema_digest) return { outcome: 'roll_forward' }
    if (known && seen.schemaDigest === intent.before_schema_digest) return { outcome: 'retire' }
  }
  if (seen.state === 'unopenable' && intent.operation === 'graph_create') {
    const diagnostic = failure(
      'graph_create_incomplete',
      { path: key },
      `the creation of ${intent.resource} was interrupted and what stands at ${intent.root} cannot be opened`,
      seen.error,
      `Look at ${intent.root}; move it away and run apply again. Nothing was deleted.`,
    )
    return {
      outcome: 'keep',
      diagnostic,
      status: { status: 'error', conditions: ['graph_create_incomplete'] },
    }
  }
  return {
    outcome: 'keep',
    status: { status: 'drifted', conditions: ['actual_applied_state_pending'] },
    diagnostic: warning(
      'cluster_recovery_pending',
      { path: key },
      `an ${intent.operation} of ${intent.resource} was interrupted and its graph is in neither the state before nor the one after`,
      'Look at the graph; "groundplane cluster refresh" records it as it is, then plan again. Nothing was changed.',
    ),
  }
}

function rollForward(recorded: Record<string, LedgerEntry>, id: string, schemaDigest: string): void {
  recorded[`schema.${id}`] = { ...recorded[`schema.${id}`], digest: schemaDigest }
  recordComposite(recorded, id)
}

/**
 * Recomputes the digest of a graph from the recorded parts. Bindings of the entry stay
 * unless others are given. `addresses`: a list that has at least everything of the graph
 * (`addressesByGraph`); without it all that is recorded is gone through.
 */
export function recordComposite(
  recorded: Record<string, LedgerEntry>,
  id: string,
  bindings?: Omit<LedgerEntry, 'digest'>,
  addresses: Iterable<string> = Object.keys(recorded),
): void {
  const { digest: _old, ...current } = recorded[`graph.${id}`] ?? { digest: '' }
  const kept = bindings ?? current
  const parts = new Map<string, LedgerEntry>()
  for (const address of [...addresses, `schema.${id}`, kept.embedding_provider]) {
    const entry = address === undefined ? undefined : recorded[address]
    if (address !== undefined && entry) parts.set(address, entry)
  }
  recorded[`graph.${id}`] = { ...kept, digest: compositeDigest(id, parts, kept) }
}

/** The recorded addresses of each graph, so that many graphs are not each looked for among all. */
export function addressesByGraph(recorded: Readonly<Record<string, LedgerEntry>>): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const address of Object.keys(recorded)) {
    const id = graphOf(address)
    if (id === undefined) continue
    const own = found.get(id)
    if (own) own.push(address)
    else found.set(id, [address])
  }
  return found
}
