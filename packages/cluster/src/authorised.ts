import type { Diagnostic } from '@groundplane/core'
import type { Approval, FoundApprovals } from './approval.js'
import type { LedgerEntry } from './ledger-entry.js'
import { graphOf } from './ledger-entry.js'
import type { ObservedGraph } from './observe.js'
import { warning } from './problem.js'

/** The present that an approval is held against. */
export interface Present {
  readonly configDigest: string
  /** Of the ledger as it is stored; absent without one. */
  readonly stateCas: string | undefined
  /** Absent when nobody looked: what a graph holds is then not compared. */
  readonly graphs: ReadonlyMap<string, ObservedGraph>
}

/** The addresses that a graph's delete takes with it, the graph itself included, with their digests. */
export function subtreeOf(
  id: string,
  recorded: Readonly<Record<string, LedgerEntry>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(recorded)
      .filter(([address]) => graphOf(address) === id)
      .map(([address, entry]) => [address, entry.digest] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

export interface Authorised {
  /** By graph id: the approval that covers its delete now. */
  readonly approvals: ReadonlyMap<string, Approval>
  /** One warning per delete that has only approvals of something else. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Which of the graphs that would be deleted have an approval that still means
 * exactly this: same configuration, same ledger, same commits. Pure.
 */
export function authorised(
  deletes: readonly string[],
  { approvals }: FoundApprovals,
  present: Present,
): Authorised {
  const valid = new Map<string, Approval>()
  const diagnostics: Diagnostic[] = []
  for (const id of deletes) {
    const unused = approvals
      .map((stored) => stored.approval)
      .filter((a) => a.resource === `graph.${id}` && a.consumed_at === undefined)
    const good = unused.find((a) => moved(a, id, present).length === 0)
    const newest = unused.at(-1)
    if (good) valid.set(id, good)
    else if (newest) diagnostics.push(stale(newest, moved(newest, id, present)))
  }
  return { approvals: valid, diagnostics }
}

function moved(approval: Approval, id: string, present: Present): string[] {
  const found: string[] = []
  if (approval.config_digest !== present.configDigest) found.push('the configuration')
  if (approval.state_cas !== present.stateCas) found.push('the ledger')
  const seen = present.graphs.get(id)
  if (seen && !sameHeads(approval.graph_heads, seen.state === 'open' ? seen.heads : undefined))
    found.push('the graph')
  return found
}

function sameHeads(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>> | undefined,
): boolean {
  if (!a || !b) return a === b
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

function stale({ resource, approval_id, approved_by }: Approval, what: readonly string[]): Diagnostic {
  const list = what.length === 1 ? what[0] : `${what.slice(0, -1).join(', ')} and ${what.at(-1)}`
  return warning(
    'approval_stale',
    { path: resource },
    `the approval ${approval_id} of ${resource} by ${approved_by} authorises nothing any more: ${list} changed since`,
    `Look at the plan; if the delete is still wanted: groundplane cluster approve ${resource}`,
  )
}
