/** What can be asked of a graph. */
export const GRAPH_ACTIONS = [
  'read',
  'export',
  'change',
  'schema_apply',
  'branch_create',
  'branch_delete',
  'branch_merge',
  'invoke_query',
  'admin',
] as const

/** What can be asked of a server as a whole. */
export const SERVER_ACTIONS = ['graph_list'] as const

export type GraphAction = (typeof GRAPH_ACTIONS)[number]
export type ServerAction = (typeof SERVER_ACTIONS)[number]
export type PolicyAction = GraphAction | ServerAction

/**
 * Which of the two scope keys may narrow an action: reads and writes happen on a
 * branch (`branch_scope`), the others move towards one (`target_branch_scope`),
 * and some have no branch at all.
 */
export function scopeKeyOf(action: PolicyAction): 'branch_scope' | 'target_branch_scope' | null {
  switch (action) {
    case 'read':
    case 'export':
    case 'change':
      return 'branch_scope'
    case 'schema_apply':
    case 'branch_create':
    case 'branch_delete':
    case 'branch_merge':
      return 'target_branch_scope'
    case 'invoke_query':
    case 'admin':
    case 'graph_list':
      return null
  }
}

export function isServerAction(action: string): action is ServerAction {
  return (SERVER_ACTIONS as readonly string[]).includes(action)
}

export function isPolicyAction(action: string): action is PolicyAction {
  return isServerAction(action) || (GRAPH_ACTIONS as readonly string[]).includes(action)
}
