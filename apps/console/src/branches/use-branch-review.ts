import { ApiError, type BranchDetail, type BranchMergeOutput, type Commit } from '@groundplane/client'
import { useQuery } from '@tanstack/react-query'
import type { GroundplaneClient } from '../wire/types'
import { isProposal } from './branch-route'
import { type ChangedEntity, entitiesOfDiff, entitiesOfReview, type ReviewedAspect } from './entity-changes'

/** Rows of a diff that are shown. */
const MOST_ROWS = 500

export interface Check {
  check: string
  /** Null: the caller may not know. */
  ok: boolean | null
  why?: readonly string[]
}

export interface Review {
  entities: ChangedEntity[]
  /** There are more than are shown. */
  more: boolean
  /** Of a proposal. */
  checks: readonly Check[]
}

/** What a branch would change, of its commit `head`: by the review of a proposal, else by what differs from where it began. */
export function useReview(
  client: GroundplaneClient,
  graph: string,
  branch: BranchDetail | undefined,
  base: string | null | undefined,
  isCatalog: boolean,
) {
  const { name = '', head = '' } = branch ?? {}
  const proposal = isCatalog && isProposal(name)
  return useQuery({
    queryKey: ['branches', graph, 'review', name, head, base],
    enabled: branch !== undefined && (proposal || typeof base === 'string'),
    queryFn: async ({ signal }): Promise<Review> => {
      if (proposal) {
        const answer = await client.catalog.call('review', { proposal: name }, { signal })
        const { changes, moreChanges, checks } = answer as unknown as {
          changes: ReviewedAspect[]
          moreChanges?: number
          checks: Check[]
        }
        return { entities: entitiesOfReview(changes), more: (moreChanges ?? 0) > 0, checks }
      }
      const { changes, next_page_token } = await client
        .graph(graph)
        .diff(
          { from: base as string, to: head, limit: MOST_ROWS, ...(isCatalog && { type: ['Aspect'] }) },
          { signal },
        )
      return { entities: entitiesOfDiff(changes), more: next_page_token != null, checks: [] }
    },
  })
}

/** A merge tried out; `null` for who may not merge, and so may not know. */
export function usePreview(
  client: GroundplaneClient,
  graph: string,
  branch: BranchDetail | undefined,
  target: BranchDetail | undefined,
  mayMerge: boolean,
) {
  return useQuery({
    queryKey: ['branches', graph, 'preview', branch?.name, branch?.head, target?.head, mayMerge],
    enabled: branch !== undefined && target !== undefined,
    queryFn: async ({ signal }): Promise<BranchMergeOutput | null> => {
      if (!mayMerge || !branch) return null
      try {
        return await client.graph(graph).mergeBranch({ source: branch.name, dry_run: true }, { signal })
      } catch (error) {
        if (error instanceof ApiError && error.status === 403) return null
        throw error
      }
    },
  })
}

/** Commits of the branch since it began, the newest first. */
export function useOwnCommits(client: GroundplaneClient, graph: string, branch: BranchDetail | undefined) {
  return useQuery({
    queryKey: ['branches', graph, 'commits', branch?.name, branch?.head],
    enabled: branch !== undefined,
    queryFn: async ({ signal }): Promise<Commit[]> => {
      const { commits } = await client.graph(graph).commits({ branch: branch?.name ?? '', limit: 50, signal })
      const began = commits.findIndex(({ graph_commit_id }) => graph_commit_id === branch?.forked_at)
      return began === -1 ? commits : commits.slice(0, began)
    },
  })
}
