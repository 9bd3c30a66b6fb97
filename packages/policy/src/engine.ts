import {
  type Diagnostic,
  formatDiagnostic,
  GroundplaneError,
  jsonDigest,
  type Principal,
} from '@groundplane/core'
import { type PolicyAction, scopeKeyOf } from './actions.js'
import { checkPolicy } from './bundle.js'
import { cedar } from './cedar.js'
import type { CompiledPolicy, RuleView } from './compiled-policy.js'

/** A bundle that cannot be decided with, found when the engine is loaded. */
export class PolicyError extends GroundplaneError {}

export interface PolicyBinding {
  /** The bundle's name in the cluster. */
  readonly name: string
  readonly source: string
  /** Its ending chooses the form; see `checkPolicy`. */
  readonly file: string
  /** Graph ids, or the one word `cluster`. */
  readonly appliesTo: readonly string[]
}

export interface DecisionRequest {
  readonly principal: Principal
  readonly action: PolicyAction
  /** A graph id, or `cluster` for the server as a whole. */
  readonly graph: string
  /** Where the action happens, or the branch it moves towards. Not looked at for an action that has none. */
  readonly branch?: string
  /** Branches protected beside those the bundle names. */
  readonly protectedBranches?: readonly string[]
}

export interface Decision {
  readonly allowed: boolean
  /** `<bundle>/<rule id>` of the rule that decided; absent when no rule spoke. */
  readonly rule?: string
  /** One sentence. Not for the caller who is refused: it names rules. */
  readonly reason: string
}

/** What a rule has to do with a request: it speaks, keeps silent for the reason given, or fails when it is asked. */
export interface RuleVerdict {
  /** `<bundle>/<rule id>`. */
  readonly rule: string
  readonly effect: 'allow' | 'deny'
  readonly verdict: 'speaks' | 'silent' | 'fails'
  /** False when it is about other actions only. */
  readonly concerns: boolean
  readonly because: string
  readonly line?: number
}

/** A decision with everything that led to it. For operators; it names rules and groups. */
export interface Explanation extends Decision {
  readonly graph: string
  readonly action: PolicyAction
  readonly branch?: string
  /** Absent when no bundle is bound to the graph. */
  readonly bundle?: string
  readonly protected: boolean
  /** Groups of the bundle the actor is in. */
  readonly groups: readonly string[]
  readonly rules: readonly RuleVerdict[]
}

interface Scope {
  readonly bundle: string
  readonly policy: CompiledPolicy
  readonly policySetId: string
}

/** Decisions kept per engine. Past this many they are dropped and made again. */
const CACHE_LIMIT = 20_000
/** Characters; a longer one is of a branch name that a caller made up. */
const MAX_KEPT_KEY = 4096

/**
 * The bundles of one revision, ready to decide. Immutable: a new revision is a new
 * engine. A decision is synchronous, about 0.1 ms the first time and a map lookup
 * after that; the cache key holds everything a bundle can read.
 */
export class PolicyEngine {
  readonly #scopes: ReadonlyMap<string, Scope>
  readonly #cache = new Map<string, Decision>()

  private constructor(scopes: ReadonlyMap<string, Scope>) {
    this.#scopes = scopes
  }

  /** Throws `PolicyError` `policy_invalid`, or `duplicate_policy_binding` when two bundles share a scope. */
  static load(bindings: readonly PolicyBinding[]): PolicyEngine {
    const scopes = new Map<string, Scope>()
    for (const binding of bindings) {
      const policy = compileBinding(binding)
      // Cedar keeps what it has parsed for as long as the process lives: named by its
      // content, a bundle that is loaded again takes no more room.
      const policySetId = jsonDigest({ ...policy.policies })
      const parsed = cedar().preparsePolicySet(policySetId, { staticPolicies: { ...policy.policies } })
      if (parsed.type === 'failure') throw invalid(binding, parsed.errors.map((e) => e.message).join('; '))
      for (const scope of binding.appliesTo) {
        const other = scopes.get(scope)
        if (other) {
          throw new PolicyError(
            'invalid',
            'duplicate_policy_binding',
            `Policies "${other.bundle}" and "${binding.name}" both apply to "${scope}".`,
            { remedy: 'Merge the rules of one scope into one bundle.' },
          )
        }
        scopes.set(scope, { bundle: binding.name, policy, policySetId })
      }
    }
    return new PolicyEngine(scopes)
  }

  /** Whether any bundle speaks for this graph id, or for `cluster`. */
  governs(scope: string): boolean {
    return this.#scopes.has(scope)
  }

  /** Never throws. A scope without a bundle, an unknown action and a policy that errors are all refusals. */
  decide(request: DecisionRequest): Decision {
    const scope = this.#scopes.get(request.graph)
    if (!scope) return { allowed: false, reason: `No policy is bound to "${request.graph}".` }
    const { branch, isProtected } = placeOf(scope, request)
    const { actor, tenant, roles } = request.principal
    const key = JSON.stringify([
      request.graph,
      request.action,
      actor,
      tenant,
      roles,
      isProtected,
      scope.policy.readsBranchName ? branch : null,
    ])
    const known = this.#cache.get(key)
    if (known) return known
    const decision = evaluate(scope, request)
    if (key.length > MAX_KEPT_KEY) return decision
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear()
    this.#cache.set(key, decision)
    return decision
  }

  /** The decision, and of every rule of the bundle whether it speaks and why. Asks each rule alone: not for the way of a request. */
  explain(request: DecisionRequest): Explanation {
    const { graph, action } = request
    const decision = this.decide(request)
    const scope = this.#scopes.get(graph)
    if (!scope) return { ...decision, graph, action, protected: false, groups: [], rules: [] }
    const { branch, isProtected } = placeOf(scope, request)
    return {
      ...decision,
      graph,
      action,
      ...(branch !== undefined && { branch }),
      bundle: scope.bundle,
      protected: isProtected,
      groups: groupsOf(scope, request.principal.actor),
      rules: scope.policy.rules.map((rule) => verdictOf(scope, rule, request)),
    }
  }
}

/** An action without a branch is decided without one, whatever the caller passes along. */
function placeOf(
  scope: Scope,
  request: DecisionRequest,
): { branch: string | undefined; isProtected: boolean } {
  const branch = scopeKeyOf(request.action) === null ? undefined : request.branch
  const isProtected =
    branch !== undefined &&
    (scope.policy.protectedBranches.includes(branch) || request.protectedBranches?.includes(branch) === true)
  return { branch, isProtected }
}

function groupsOf({ policy }: Scope, actor: string): string[] {
  return Object.entries(policy.groups)
    .filter(([, actors]) => actors.includes(actor))
    .map(([name]) => name)
}

function compileBinding(binding: PolicyBinding): CompiledPolicy {
  const { policy, diagnostics } = checkPolicy(binding.source, binding.file)
  const errors = diagnostics.filter((d) => d.severity === 'error')
  if (!policy) throw invalid(binding, errors.map(formatDiagnostic).join('\n'), errors)
  const onCluster = binding.appliesTo.includes('cluster')
  const mismatch =
    (onCluster && binding.appliesTo.length > 1) ||
    (policy.target !== 'either' && onCluster !== (policy.target === 'cluster'))
  if (mismatch) {
    throw invalid(
      binding,
      `its rules are for a ${policy.target}, and it is bound to ${binding.appliesTo.join(', ')}`,
    )
  }
  return policy
}

function invalid(binding: PolicyBinding, why: string, diagnostics?: readonly Diagnostic[]): PolicyError {
  return new PolicyError('invalid', 'policy_invalid', `Policy "${binding.name}" cannot be used: ${why}`, {
    remedy: 'Correct the bundle and apply the cluster again.',
    ...(diagnostics && { diagnostics }),
  })
}

/** The request as Cedar takes it. */
function questionOf(scope: Scope, request: DecisionRequest) {
  const { branch, isProtected } = placeOf(scope, request)
  const { actor, tenant, roles } = request.principal
  const uid = (type: string, id: string) => ({ type: `Groundplane::${type}`, id })
  return {
    principal: uid('Actor', actor),
    action: uid('Action', request.action),
    resource: request.graph === 'cluster' ? uid('Server', 'root') : uid('Graph', request.graph),
    context: { ...(branch !== undefined && { branch }), protected: isProtected },
    entities: [
      {
        uid: uid('Actor', actor),
        attrs: { tenant },
        parents: [
          ...groupsOf(scope, actor).map((name) => uid('Group', name)),
          ...roles.map((role) => uid('Role', role)),
        ],
      },
    ],
  }
}

function evaluate(scope: Scope, request: DecisionRequest): Decision {
  const { actor } = request.principal
  const question = questionOf(scope, request)
  const answer = cedar().statefulIsAuthorized({ ...question, preparsedPolicySetId: scope.policySetId })
  if (answer.type === 'failure') {
    return {
      allowed: false,
      reason: `Cedar could not decide: ${answer.errors.map((e) => e.message).join('; ')}.`,
    }
  }
  const { decision, diagnostics } = answer.response
  const failed = diagnostics.errors[0]
  if (failed) {
    // Cedar skips a policy that errors. A skipped `forbid` would allow, so an error denies.
    const rule = `${scope.bundle}/${failed.policyId}`
    return { allowed: false, rule, reason: `Rule ${rule} failed: ${failed.error.message}.` }
  }
  const rules = [...diagnostics.reason].sort().map((id) => `${scope.bundle}/${id}`)
  const rule = rules[0]
  if (rule === undefined) {
    return { allowed: false, reason: `No rule of "${scope.bundle}" allows ${request.action} to ${actor}.` }
  }
  const allowed = decision === 'allow'
  const names = `${rules.length === 1 ? 'Rule' : 'Rules'} ${rules.join(', ')}`
  const verb = allowed ? 'allow' : 'deny'
  const verbs = rules.length > 1 ? verb : allowed ? 'allows' : 'denies'
  return { allowed, rule, reason: `${names} ${verbs} ${request.action}.` }
}

/** One rule asked alone. That it speaks is Cedar's word; why it does not is read off what it says. */
function verdictOf(scope: Scope, rule: RuleView, request: DecisionRequest): RuleVerdict {
  const text = scope.policy.policies[rule.id] as string
  const answer = cedar().isAuthorized({
    ...questionOf(scope, request),
    policies: { staticPolicies: { [rule.id]: text } },
  })
  const head = {
    rule: `${scope.bundle}/${rule.id}`,
    effect: rule.effect,
    concerns: rule.says?.actions.includes(request.action) ?? true,
    ...(rule.range && { line: rule.range.start.line }),
  }
  const errors =
    answer.type === 'failure' ? answer.errors : answer.response.diagnostics.errors.map(({ error }) => error)
  const [failed] = errors
  if (failed) return { ...head, verdict: 'fails', because: `${failed.message}.` }
  if (answer.type === 'success' && answer.response.diagnostics.reason.length > 0)
    return {
      ...head,
      verdict: 'speaks',
      because: `It ${rule.effect === 'allow' ? 'allows' : 'denies'} this.`,
    }
  return { ...head, verdict: 'silent', because: silenceOf(scope, rule, request) }
}

function silenceOf(scope: Scope, { says }: RuleView, request: DecisionRequest): string {
  if (!says) return 'Its scope or a condition of it does not hold.'
  const { actor } = request.principal
  const { branch, isProtected } = placeOf(scope, request)
  const because: string[] = []
  if (!says.actions.includes(request.action)) because.push(`its actions are ${says.actions.join(', ')}`)
  if ('group' in says.actors) {
    const { group } = says.actors
    if (!scope.policy.groups[group]?.includes(actor)) because.push(`the actor is not in group ${group}`)
  } else if (!says.actors.includes(actor)) because.push(`its actors are ${says.actors.join(', ')}`)
  if (says.scope !== 'any' && (says.scope === 'protected') !== isProtected) {
    const is = isProtected ? 'protected' : 'not protected'
    because.push(branch === undefined ? 'there is no branch' : `branch ${branch} is ${is}`)
  }
  const text = because.join('; ') || 'a condition of it does not hold'
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
