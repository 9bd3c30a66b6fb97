import type { Principal } from '@groundplane/core'
import { isServerAction, type PolicyAction, scopeKeyOf } from './actions.js'
import type { DecisionRequest } from './engine.js'

/** Something an actor wants to do, as a person describes it: with the branch it leaves and the one it moves towards. */
export interface PolicyOperation {
  readonly principal: Principal
  readonly action: PolicyAction
  /** A graph id, or `cluster`. */
  readonly graph: string
  readonly branch?: string
  /** The branch that is made, merged into, deleted or migrated. */
  readonly targetBranch?: string
}

/**
 * The decisions a graph asks for before it does this, in its order. An action on a branch
 * asks for one, on `branch` or (for those that move towards a branch) `targetBranch`; the
 * default is `main`. With both, merging and creating also ask to `read` what they start from.
 * The gate of the graph package asks exactly these; its tests hold them together.
 */
export function requestsOf(operation: PolicyOperation): DecisionRequest[] {
  const { principal, action, graph, branch, targetBranch } = operation
  if (isServerAction(action)) return [{ principal, action, graph: 'cluster' }]
  const key = scopeKeyOf(action)
  if (key === null) return [{ principal, action, graph }]
  const request = { principal, action, graph, branch: targetBranch ?? branch ?? 'main' }
  const source = targetBranch !== undefined && branch !== undefined ? branch : undefined
  return source === undefined ? [request] : [request, { principal, action: 'read', graph, branch: source }]
}

/** Why these two branches cannot be given with this action, or undefined. */
export function branchMisfit(
  action: PolicyAction,
  given: { readonly branch?: string | undefined; readonly targetBranch?: string | undefined },
): string | undefined {
  const key = scopeKeyOf(action)
  const any = given.branch !== undefined || given.targetBranch !== undefined
  if (key === null && any) return `${action} has no branch`
  if (key === 'branch_scope' && given.targetBranch !== undefined)
    return `${action} happens on a branch and has no target branch`
  const startsSomewhere = action === 'branch_merge' || action === 'branch_create'
  if (given.branch !== undefined && given.targetBranch !== undefined && !startsSomewhere)
    return `${action} is about one branch`
  return undefined
}
