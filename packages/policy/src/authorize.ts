import { GroundplaneError, type Principal } from '@groundplane/core'
import type { PolicyAction } from './actions.js'
import type { AuthorizationRequest } from './authorization-request.js'
import { type Decided, DecisionMemo } from './decision-memo.js'
import type { Decision, PolicyEngine } from './engine.js'

/**
 * - `open`: everything is allowed. Only by an explicit choice of the operator.
 * - `default-deny`: callers are known but nothing says what they may do: reads only.
 * - `policy`: the engine decides; a graph without a bundle is read only.
 */
export type AuthorizationMode = 'open' | 'default-deny' | 'policy'

/** Returns when allowed; throws a `GroundplaneError` of kind `denied` or `unauthenticated` when not. */
export type Authorizer = (request: AuthorizationRequest) => void

export interface AuthorizerOptions {
  readonly mode: AuthorizationMode
  /** Told every decision, also one that was made before, for a log. Must not throw. */
  readonly onDecision?: (decided: Decided) => void
}

/**
 * The gate handed to the graph API and to the server, so that HTTP, MCP, the
 * command line and embedded callers obey the same rules. The refusal says what was
 * refused and to whom, not which rule: that is for the operator's log.
 */
export function authorizer(engine: PolicyEngine | null, options: AuthorizerOptions): Authorizer {
  if (options.mode === 'open') return () => {}
  const memo = new DecisionMemo((request, principal) => decideBy(engine, options.mode, request, principal))
  return (request) => {
    const { principal } = request
    if (!principal) {
      throw new GroundplaneError(
        'unauthenticated',
        'actor_required',
        'A policy is in force and no actor was given.',
        {
          remedy: 'Send a bearer token, or name the actor with --as.',
        },
      )
    }
    const decided = memo.decide(request, principal)
    if (!request.probe) options.onDecision?.(decided)
    if (decided.decision.allowed) return
    const where = request.graph === 'cluster' ? 'this server' : `graph "${request.graph}"`
    const branch = request.branch === undefined ? '' : ` on branch "${request.branch}"`
    throw new GroundplaneError(
      'denied',
      'forbidden',
      `"${principal.actor}" may not ${request.action} ${where}${branch}.`,
      { remedy: `Ask an operator for a policy rule that allows ${request.action} to this actor.` },
    )
  }
}

function decideBy(
  engine: PolicyEngine | null,
  mode: AuthorizationMode,
  request: AuthorizationRequest,
  principal: Principal,
): Decision {
  if (mode === 'policy' && engine?.governs(request.graph)) {
    return engine.decide({
      principal,
      action: request.action,
      graph: request.graph,
      ...(request.branch !== undefined && { branch: request.branch }),
    })
  }
  return decideUngoverned(request.action)
}

/** What holds where no bundle speaks, once callers are known: reads, and nothing else. */
export function decideUngoverned(action: PolicyAction): Decision {
  const allowed = action === 'read'
  return {
    allowed,
    reason: allowed ? 'Without a policy, reads are allowed.' : 'Without a policy, only reads are allowed.',
  }
}
