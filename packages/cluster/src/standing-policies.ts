import type { DesiredState } from './desired.js'
import { graphOf, type LedgerEntry } from './ledger-entry.js'

/**
 * What policies are to be recorded as while graphs await their delete. Such a graph is served until
 * somebody approves, and without a bundle it could be read by every caller: the bundle that speaks for it
 * stays bound to it, also where its declaration has gone together with that of the graph. By address;
 * policies that no awaiting graph concerns are not in it. Pure.
 */
export function standingPolicies(
  desired: DesiredState,
  recorded: Readonly<Record<string, LedgerEntry>>,
  awaits: (graph: string) => boolean,
): Map<string, LedgerEntry> {
  const standing = new Map<string, LedgerEntry>()
  for (const [address, before] of Object.entries(recorded)) {
    const held = heldBindings(before, awaits)
    if (held.length === 0) continue
    const declared = desired.resources.get(address)?.entry
    // Of one that is not declared any more nothing else stays: another bundle may speak for the rest.
    const applies_to = [...new Set([...(declared?.applies_to ?? []), ...held])].sort()
    standing.set(address, { ...(declared ?? before), applies_to })
  }
  return standing
}

/** The bindings of a policy's entry to graphs that `awaits` names. */
export function heldBindings({ applies_to = [] }: LedgerEntry, awaits: (graph: string) => boolean): string[] {
  return applies_to.filter((scope) => awaits(graphOf(scope) ?? ''))
}
