import type { Principal } from '@groundplane/core'
import type { PolicyAction } from './actions.js'
import type { AuthorizationRequest } from './authorization-request.js'
import type { Decision } from './engine.js'

/** A question and what was decided. One object for as long as the same is asked: what is known of it can be kept by it. */
export interface Decided {
  readonly request: AuthorizationRequest
  readonly decision: Decision
}

type ByBranch = Map<string | undefined, Decided>
type ByGraph = Map<string, Map<PolicyAction, ByBranch>>

interface Asked {
  readonly byGraph: ByGraph
  size: number
}

/** Of one principal: branch names are its caller's to make up. */
const MAX_ASKED = 1000
/** Characters of a branch name that is remembered; no branch has a longer one, and a caller may send a megabyte. */
const MAX_BRANCH_NAME = 256

/**
 * The decisions of one engine by who asks and what: found by comparing references, as a
 * key put together at every request costs more than the rest of it. Sound because an
 * engine and a principal never change: a new revision is a new engine with a memo of its
 * own, new tokens are new principals, and those of before are forgotten with them.
 */
export class DecisionMemo {
  readonly #byPrincipal = new WeakMap<Principal, Asked>()
  readonly #decide: (request: AuthorizationRequest, principal: Principal) => Decision

  constructor(decide: (request: AuthorizationRequest, principal: Principal) => Decision) {
    this.#decide = decide
  }

  decide(request: AuthorizationRequest, principal: Principal): Decided {
    const { graph, action, branch } = request
    const known = this.#byPrincipal.get(principal)?.byGraph.get(graph)?.get(action)?.get(branch)
    if (known) return known
    const { probe: _, ...asked } = request
    const decided = { request: asked, decision: this.#decide(request, principal) }
    if ((branch?.length ?? 0) <= MAX_BRANCH_NAME) this.#keep(decided, principal)
    return decided
  }

  #keep(decided: Decided, principal: Principal): void {
    const { graph, action, branch } = decided.request
    let asked = this.#byPrincipal.get(principal)
    if (!asked || asked.size >= MAX_ASKED) asked = { byGraph: new Map(), size: 0 }
    this.#byPrincipal.set(principal, asked)
    const byAction = asked.byGraph.get(graph) ?? new Map<PolicyAction, ByBranch>()
    asked.byGraph.set(graph, byAction)
    const byBranch: ByBranch = byAction.get(action) ?? new Map()
    byAction.set(action, byBranch)
    byBranch.set(branch, decided)
    asked.size++
  }
}
