import { GroundplaneError, type Principal, type UlidSource } from '@groundplane/core'
import type { DiffPage, EntityChange, Graph, WriteContext } from '@groundplane/graph'
import type { Json } from '../aspect/proposal.js'
import { CatalogError } from '../model/error.js'
import { valueChanges } from '../read/value-changes.js'
import type { ProposalCheck, ProposalReview, ProposalSummary, ProposedAspect } from './proposal-review.js'

/** Proposed changes are branches of this prefix; policy may tell them apart by it. */
const PREFIX = 'proposal/'
const MAX_LISTED = 100
const MAX_REASONS = 20
/** What commits of `propose_change` say they were made by. No caller of a server can say so. */
export const PROPOSING_TOOL = 'propose_change'

/** A new branch at the head of main, for the changes of one proposal. */
export function openProposal(graph: Graph, ids: UlidSource, { principal }: WriteContext): string {
  return graph.createBranch(`${PREFIX}${ids.next().toLowerCase()}`, { ...(principal && { principal }) }).name
}

/** Deletes the branch of a proposal. */
export function dropProposal(graph: Graph, proposal: string, { principal, ifCommit }: WriteContext): void {
  requireProposal(graph, proposal, principal)
  graph.deleteBranch(proposal, { ...who(principal), ...(ifCommit !== undefined && { ifCommit }) })
}

/** Open proposals that the caller may read, the newest hundred, newest first. */
export function listProposals(graph: Graph, principal: Principal | undefined): ProposalSummary[] {
  return graph
    .branches(who(principal))
    .filter(({ name }) => name.startsWith(PREFIX))
    .sort((a, b) => (a.name > b.name ? -1 : 1))
    .slice(0, MAX_LISTED)
    .flatMap(({ name, head, createdAt }) => {
      const commit = unlessDenied(() => graph.commit(head, who(principal)))
      if (commit === undefined) return []
      return [{ proposal: name, title: commit.message ?? name, by: commit.actor, at: createdAt, head }]
    })
}

function unlessDenied<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof GroundplaneError && error.kind === 'denied') return undefined
    throw error
  }
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
  const base = branch.forkedAt as string
  const all = aspectChanges(graph, base, branch.head, principal).map(({ before, after }): ProposedAspect => {
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
  const urns = [...new Set(all.map(({ urn }) => urn))]
  return {
    proposal,
    title: message ?? proposal,
    by: actor,
    base,
    head: branch.head,
    changes: all,
    checks: [
      changesCheck(all.length),
      madeByToolsCheck(graph, proposal, base, principal),
      existsCheck(urns, exists),
      mergeCheck(graph, proposal, principal),
    ],
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

function aspectChanges(
  graph: Graph,
  from: string,
  to: string,
  principal: Principal | undefined,
): EntityChange[] {
  const all: EntityChange[] = []
  let page: DiffPage | undefined
  do {
    const next = page?.nextPageToken ? { pageToken: page.nextPageToken } : {}
    page = graph.diff({ from, to, types: ['Aspect'], ...next, ...who(principal) })
    all.push(...page.changes)
  } while (page.nextPageToken !== null)
  return all
}

/** What a review shows is all that a merge brings only when every commit came from the tools: others may write what no aspect says. */
function madeByToolsCheck(
  graph: Graph,
  proposal: string,
  base: string,
  principal: Principal | undefined,
): ProposalCheck {
  const why: string[] = []
  let before: string | undefined
  for (;;) {
    const page = graph.commits({
      branch: proposal,
      ...(before !== undefined && { before }),
      ...who(principal),
    })
    for (const { id, actor, provenance } of page) {
      if (id === base) return { check: 'made_by_tools', ok: why.length === 0, ...(why.length > 0 && { why }) }
      if (provenance.tool !== PROPOSING_TOOL && why.length < MAX_REASONS)
        why.push(
          `Commit ${id} by ${actor ?? 'nobody'} was not made by ${PROPOSING_TOOL}: it may hold more than is shown.`,
        )
    }
    before = page.at(-1)?.id
    if (before === undefined) return { check: 'made_by_tools', ok: false, why: ['Its first commit is gone.'] }
  }
}

function existsCheck(urns: readonly string[], exists: (urn: string) => boolean): ProposalCheck {
  const gone = urns.filter((urn) => !urn.startsWith('urn:li:schemaField:') && !exists(urn))
  return gone.length === 0
    ? { check: 'entities_exist', ok: true }
    : {
        check: 'entities_exist',
        ok: false,
        why: gone.slice(0, MAX_REASONS).map((urn) => `${urn} is not on main.`),
      }
}

/** A merge tried out. `ok` is null where the caller may not merge, and so may not know. */
function mergeCheck(graph: Graph, proposal: string, principal: Principal | undefined): ProposalCheck {
  try {
    const { conflicts } = graph.merge({ source: proposal, dryRun: true, ...who(principal) })
    return conflicts.length === 0
      ? { check: 'merges', ok: true }
      : { check: 'merges', ok: false, why: conflicts.slice(0, MAX_REASONS).map((c) => c.message) }
  } catch (error) {
    if (!(error instanceof GroundplaneError) || error.kind !== 'denied') throw error
    return { check: 'merges', ok: null, why: [error.message] }
  }
}
