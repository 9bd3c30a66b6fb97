import { GroundplaneError, type Principal, type UlidSource } from '@groundplane/core'
import type { Graph, WriteContext } from '@groundplane/graph'
import type { Json } from '../aspect/proposal.js'
import { CatalogError } from '../model/error.js'
import { firstWithin } from '../read/token-budget.js'
import { valueChanges } from '../read/value-changes.js'
import type { ProposalCheck, ProposalReview, ProposalSummary, ProposedAspect } from './proposal-review.js'

/** Proposed changes are branches of this prefix; policy may tell them apart by it. */
const PREFIX = 'proposal/'
/** Tokens of the changes that a review shows. */
const CHANGE_TOKENS = 40_000
const MAX_LISTED = 100

/** A new branch at the head of main, for the changes of one proposal. */
export function openProposal(graph: Graph, ids: UlidSource, { principal }: WriteContext): string {
  return graph.createBranch(`${PREFIX}${ids.next().toLowerCase()}`, { ...(principal && { principal }) }).name
}

/** Deletes the branch of a proposal. */
export function dropProposal(graph: Graph, proposal: string, { principal, ifCommit }: WriteContext): void {
  requireProposal(graph, proposal, principal)
  graph.deleteBranch(proposal, { ...who(principal), ...(ifCommit !== undefined && { ifCommit }) })
}

/** Open proposals, oldest first. */
export function listProposals(graph: Graph, principal: Principal | undefined): ProposalSummary[] {
  return graph
    .branches(who(principal))
    .filter(({ name }) => name.startsWith(PREFIX))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, MAX_LISTED)
    .map(({ name, head, createdAt }) => {
      const { message, actor } = graph.commit(head, who(principal))
      return { proposal: name, title: message ?? name, by: actor, at: createdAt, head }
    })
}

/** What a proposal would change, and whether it can be merged as things stand. */
export function reviewProposal(
  graph: Graph,
  proposal: string,
  principal: Principal | undefined,
  exists: (urn: string) => boolean,
): ProposalReview {
  const branch = requireProposal(graph, proposal, principal)
  const { message, actor } = graph.commit(branch.head, who(principal))
  const { changes } = graph.diff({
    from: branch.forkedAt as string,
    to: proposal,
    types: ['Aspect'],
    ...who(principal),
  })
  const all = changes.map(({ before, after }): ProposedAspect => {
    const value = (after ?? before) as { urn: string; name: string }
    const [was, is] = [jsonOf(before), jsonOf(after)]
    return {
      urn: String(value.urn),
      aspect: String(value.name),
      ...(was === undefined
        ? { first: true as const, value: is as Json }
        : { changes: valueChanges(was, is ?? null) }),
    }
  })
  const shown = firstWithin(all, CHANGE_TOKENS)
  const urns = [...new Set(all.map(({ urn }) => urn))]
  return {
    proposal,
    title: message ?? proposal,
    by: actor,
    base: branch.forkedAt as string,
    head: branch.head,
    changes: shown,
    ...(shown.length < all.length && { moreChanges: all.length - shown.length }),
    checks: [changesCheck(all.length), existsCheck(urns, exists), mergeCheck(graph, proposal, principal)],
  }
}

/** Merges a proposal into main under the policy of main, and deletes its branch. Throws `merge_conflict`. */
export function approveProposal(
  graph: Graph,
  proposal: string,
  ctx: WriteContext & { readonly head?: string },
) {
  const { head, branch: _, ...rest } = ctx
  const { message } = graph.commit(requireProposal(graph, proposal, ctx.principal).head, who(ctx.principal))
  return graph.merge({
    ...(message !== null && { message }),
    ...rest,
    source: proposal,
    deleteBranch: true,
    ...(head !== undefined && { ifSourceCommit: head }),
  })
}

function requireProposal(graph: Graph, proposal: string, principal: Principal | undefined) {
  const found = graph
    .branches(who(principal))
    .find(({ name }) => name === proposal && name.startsWith(PREFIX))
  if (found) return found
  throw new CatalogError('not-found', 'proposal_not_found', `There is no open proposal "${proposal}".`, {
    remedy: 'review without a proposal lists those that are open.',
    details: { proposal },
  })
}

function who(principal: Principal | undefined): { principal?: Principal } {
  return principal ? { principal } : {}
}

function jsonOf(value: { readonly [name: string]: unknown } | null): Json | undefined {
  return value === null ? undefined : (JSON.parse(String(value['text'])) as Json)
}

function changesCheck(changes: number): ProposalCheck {
  return changes > 0
    ? { check: 'changes_something', ok: true }
    : { check: 'changes_something', ok: false, why: ['Nothing would change.'] }
}

function existsCheck(urns: readonly string[], exists: (urn: string) => boolean): ProposalCheck {
  const gone = urns.filter((urn) => !urn.startsWith('urn:li:schemaField:') && !exists(urn))
  return gone.length === 0
    ? { check: 'entities_exist', ok: true }
    : { check: 'entities_exist', ok: false, why: gone.map((urn) => `${urn} is not on main.`) }
}

/** A merge tried out. `ok` is null where the caller may not merge, and so may not know. */
function mergeCheck(graph: Graph, proposal: string, principal: Principal | undefined): ProposalCheck {
  try {
    const { conflicts } = graph.merge({ source: proposal, dryRun: true, ...who(principal) })
    return conflicts.length === 0
      ? { check: 'merges', ok: true }
      : { check: 'merges', ok: false, why: conflicts.slice(0, 20).map((c) => c.message) }
  } catch (error) {
    if (!(error instanceof GroundplaneError) || error.kind !== 'denied') throw error
    return { check: 'merges', ok: null, why: [error.message] }
  }
}
