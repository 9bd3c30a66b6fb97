/**
 * Addresses of the pages of branches. Pure.
 *
 *     #/branches                     of the catalog
 *     #/branches/team                of another graph
 *     #/branches/catalog/proposal/01…   one branch, with what it would change
 */

export interface BranchesPlace {
  /** Null where the address leaves it to the page: the catalog. */
  graph: string | null
  /** Null for the list. */
  branch: string | null
}

/** The page of branches that a fragment names; null for other pages. */
export function branchesPlaceOf(fragment: string): BranchesPlace | null {
  const [path = ''] = fragment.replace(/^#/, '').split('?')
  const match = /^\/branches(?:\/([^/]+))?(?:\/(.+))?\/?$/.exec(path)
  if (!match) return null
  const [, graph, branch] = match
  return { graph: graph ? decoded(graph) : null, branch: branch ? decoded(branch) : null }
}

export function fragmentOfBranches(graph?: string | null): string {
  return graph ? `#/branches/${encodeURIComponent(graph)}` : '#/branches'
}

/** The slashes of a branch's name stay as they are. */
export function fragmentOfBranch(graph: string, branch: string): string {
  return `${fragmentOfBranches(graph)}/${branch.split('/').map(encodeURIComponent).join('/')}`
}

/** Changes that were proposed for review are on branches of this prefix. */
export function isProposal(branch: string): boolean {
  return branch.startsWith('proposal/')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
