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
  isPolicyAction,
  isServerAction,
  type PolicyAction,
  SERVER_ACTIONS,
  type ServerAction,
} from './actions.js'
export type { AuthorizationRequest } from './authorization-request.js'
export {
  type AuthorizationMode,
  type Authorizer,
  authorizer,
  decideUngoverned,
} from './authorize.js'
export { checkPolicy } from './bundle.js'
export { CEDAR_SCHEMA } from './cedar-schema.js'
export type { BranchScope, CheckedPolicy, CompiledPolicy, RuleView } from './compiled-policy.js'
export { type DecisionEntry, DecisionLog, type DecisionLogOptions } from './decision-log.js'
export type { Decided } from './decision-memo.js'
export {
  type Decision,
  type DecisionRequest,
  type Explanation,
  type PolicyBinding,
  PolicyEngine,
  PolicyError,
  type RuleVerdict,
} from './engine.js'
export { branchMisfit, type PolicyOperation, requestsOf } from './operation.js'
export {
  checkPolicyCases,
  type PolicyCase,
  type PolicyCaseResult,
  runPolicyCases,
} from './policy-cases.js'
