/**
 * Who may do what: policy bundles (`*.policy.yaml`, `*.cedar`) checked with
 * positions, compiled to Cedar, and decided by Cedar. Deny wins, nothing is
 * allowed by silence, and a decision names the rule that made it.
 *
 * Not for authentication (who the caller is comes from the server), and not for
 * rules about rows: the unit of a decision is an action on a graph and a branch.
 */

export {
  GRAPH_ACTIONS,
  type GraphAction,
  type PolicyAction,
  SERVER_ACTIONS,
  type ServerAction,
} from './actions.js'
export {
  type AuthorizationMode,
  type AuthorizationRequest,
  type Authorizer,
  authorizer,
} from './authorize.js'
export { checkPolicy } from './bundle.js'
export { CEDAR_SCHEMA } from './cedar-schema.js'
export type { BranchScope, CompiledPolicy } from './compiled-policy.js'
export {
  type Decision,
  type DecisionRequest,
  type PolicyBinding,
  PolicyEngine,
  PolicyError,
} from './engine.js'
