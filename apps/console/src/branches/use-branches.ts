import type { BranchAction, BranchDetail } from '@groundplane/client'
import { useQuery } from '@tanstack/react-query'
import type { GroundplaneClient } from '../wire/types'

/** The branches of a graph with how each stands, `main` first; looked at again while the page is open. */
export function useBranches(client: GroundplaneClient, graph: string) {
  return useQuery({
    queryKey: ['branches', graph],
    queryFn: async ({ signal }) => (await client.graph(graph).branches({ standing: true, signal })).details,
    refetchInterval: 10_000,
  })
}

export function may(branch: BranchDetail | undefined, action: BranchAction): boolean {
  return branch?.allowed?.includes(action) ?? false
}
