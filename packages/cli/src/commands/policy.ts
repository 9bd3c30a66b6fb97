import { actorPrincipal, type Diagnostic, formatDiagnostic, hasErrors, nearestName } from '@groundplane/core'
import type {
  CheckedPolicy,
  Decision,
  DecisionRequest,
  Explanation,
  PolicyAction,
  PolicyBinding,
  PolicyCaseResult,
  PolicyEngine,
} from '@groundplane/policy'
import { CommandError } from '../errors.js'
import { readText } from '../input.js'
import { complain, note, print, printJson, table } from '../output.js'
import { type PolicyAddress, type PolicySource, questionedGraph, readPolicies } from '../policy-source.js'

interface PolicyOptions extends PolicyAddress {
  readonly json?: boolean
}

/** Checks bundles and their bindings. Exit code 1 when there is an error. */
export async function runPolicyValidate(options: PolicyOptions): Promise<number> {
  const { checkPolicy } = await import('@groundplane/policy')
  const { bindings, diagnostics } = await readPolicies(options)
  const ok = !hasErrors(diagnostics)
  const bundles = distinct(bindings).map((binding) => ({
    binding,
    policy: checkPolicy(binding.source, binding.file).policy as NonNullable<CheckedPolicy['policy']>,
  }))
  if (options.json) {
    printJson({ ok, bundles: bundles.map(({ binding, policy }) => bundleView(binding, policy)), diagnostics })
    return ok ? 0 : 1
  }
  for (const diagnostic of diagnostics)
    (diagnostic.severity === 'error' ? complain : note)(formatDiagnostic(diagnostic))
  const rows = bundles.map(({ binding, policy }) => ({
    bundle: binding.name,
    'applies to': binding.appliesTo.join(', '),
    allow: policy.rules.filter(({ effect }) => effect === 'allow').length,
    deny: policy.rules.filter(({ effect }) => effect === 'deny').length,
    protected: policy.protectedBranches.join(', ') || '-',
    file: binding.file,
  }))
  if (rows.length > 0) print(table(['bundle', 'applies to', 'allow', 'deny', 'protected', 'file'], rows))
  const count = `${rows.length} ${rows.length === 1 ? 'bundle' : 'bundles'}`
  note(ok ? `The policies are valid: ${count}.` : 'The policies are not valid.')
  return ok ? 0 : 1
}

function distinct(bindings: readonly PolicyBinding[]): PolicyBinding[] {
  return bindings.filter(({ name }, i) => bindings.findIndex((other) => other.name === name) === i)
}

function bundleView({ name, file, appliesTo }: PolicyBinding, policy: NonNullable<CheckedPolicy['policy']>) {
  return {
    name,
    file,
    applies_to: appliesTo,
    protected_branches: policy.protectedBranches,
    groups: policy.groups,
    rules: policy.rules.map(({ id, effect, range, says }) => ({
      id,
      effect,
      ...(range && { line: range.start.line }),
      ...says,
    })),
  }
}

/** Runs a file of expectations. Exit code 1 when one is not met. */
export async function runPolicyTest(options: PolicyOptions & { readonly tests: string }): Promise<number> {
  const { checkPolicyCases, runPolicyCases } = await import('@groundplane/policy')
  const source = await readPolicies(options)
  const engine = await engineOf(source)
  const { cases, diagnostics } = checkPolicyCases(readText(options.tests), options.tests)
  if (!cases) throw invalid('policy_tests_invalid', `${options.tests} cannot be run.`, diagnostics)
  for (const { graph } of cases) if (graph !== undefined) questionedGraph(source, graph)
  const open = cases.some(({ graph, action }) => graph === undefined && action !== 'graph_list')
  const graph = open ? questionedGraph(source, options.graph) : ''
  const results = runPolicyCases(engine, cases, graph)
  const failed = results.filter(({ passed }) => !passed).length
  if (options.json) {
    const passed = results.length - failed
    printJson({ ok: failed === 0, passed, failed, cases: results, diagnostics: source.diagnostics })
  } else {
    for (const result of results) print(caseLine(result, options.tests))
    note(`${results.length} ${results.length === 1 ? 'case' : 'cases'}, ${failed} failed`)
  }
  return failed === 0 ? 0 : 1
}

function caseLine({ id, passed, actual, rule, reason, line }: PolicyCaseResult, file: string): string {
  if (passed) return `ok    ${id}: ${actual}${rule === undefined ? '' : ` by ${rule}`}`
  return `FAIL  ${id} (${file}:${line})\n        ${reason}`
}

export interface ExplainOptions extends PolicyOptions {
  readonly actor: string
  readonly action: string
  readonly branch?: string
  readonly targetBranch?: string
  readonly role?: readonly string[]
}

/** Says what the policy decides, by which rule, and what every other rule has to do with it. */
export async function runPolicyExplain(options: ExplainOptions): Promise<number> {
  const { branchMisfit, isServerAction, requestsOf } = await import('@groundplane/policy')
  const { actor, branch, targetBranch } = options
  const action = await knownAction(options.action)
  const misfit = branchMisfit(action, { branch, targetBranch })
  if (misfit) {
    throw new CommandError('policy_question', `The branches do not fit: ${misfit}.`, {
      remedy: 'Leave out the branch that the action does not have.',
    })
  }
  const source = await readPolicies(options)
  const engine = await engineOf(source)
  const graph = isServerAction(action) ? 'cluster' : questionedGraph(source, options.graph)
  const principal = { ...actorPrincipal(actor), roles: options.role ?? [] }
  const requests = requestsOf({
    principal,
    action,
    graph,
    ...(branch !== undefined && { branch }),
    ...(targetBranch !== undefined && { targetBranch }),
  })
  const explanations = await Promise.all(requests.map((request) => explain(engine, source, request)))
  const decisive = explanations.find(({ allowed }) => !allowed) ?? (explanations[0] as Explanation)
  if (options.json) {
    printJson({
      ok: true,
      decision: decisive.allowed ? 'allow' : 'deny',
      actor,
      action,
      graph,
      ...(decisive.rule !== undefined && { rule: decisive.rule }),
      reason: decisive.reason,
      decisions: explanations,
    })
  } else print(explanations.map((e) => explanationText(actor, e)).join('\n\n'))
  return 0
}

/** A graph without a bundle in a cluster that has some is read only; without any, nothing is refused on this machine. */
async function explain(
  engine: PolicyEngine,
  source: PolicySource,
  request: DecisionRequest,
): Promise<Explanation> {
  const explanation = engine.explain(request)
  if (engine.governs(request.graph)) return explanation
  const { decideUngoverned } = await import('@groundplane/policy')
  const decision: Decision = decideUngoverned(request.action)
  const none = source.bindings.length === 0 ? 'There are no policies.' : explanation.reason
  return { ...explanation, ...decision, reason: `${none} ${decision.reason}` }
}

function explanationText(actor: string, explanation: Explanation): string {
  const { allowed, action, graph, branch, protected: isProtected, bundle, groups, rules } = explanation
  const where = graph === 'cluster' ? 'the server' : `graph ${graph}`
  const at = branch === undefined ? '' : `, branch ${branch}${isProtected ? ' (protected)' : ''}`
  const lines = [
    `${allowed ? 'allow' : 'deny'}: ${actor}, ${action} on ${where}${at}`,
    `  ${explanation.reason}`,
  ]
  if (bundle === undefined) return lines.join('\n')
  lines.push(`  ${actor} is in ${groups.length === 0 ? 'no group' : groups.join(', ')} of ${bundle}.`, '')
  const concerned = rules.filter(({ concerns }) => concerns)
  const rows = concerned.map(({ rule, effect, verdict, because, line }) => ({
    rule,
    line: line ?? '',
    effect,
    verdict,
    because,
  }))
  if (rows.length > 0) lines.push(table(['rule', 'line', 'effect', 'verdict', 'because'], rows))
  const others = rules.length - rows.length
  if (others > 0) lines.push(`(${others} ${others === 1 ? 'rule is' : 'rules are'} about other actions)`)
  return lines.join('\n')
}

async function knownAction(text: string): Promise<PolicyAction> {
  const { GRAPH_ACTIONS, isPolicyAction, SERVER_ACTIONS } = await import('@groundplane/policy')
  if (isPolicyAction(text)) return text
  const known = [...GRAPH_ACTIONS, ...SERVER_ACTIONS]
  const near = nearestName(text, known)
  throw new CommandError('policy_action_unknown', `There is no action "${text}".`, {
    remedy: near ? `Did you mean "${near}"?` : `Known actions: ${known.join(', ')}.`,
  })
}

/** A question is not answered from half of the bundles. */
async function engineOf({ bindings, diagnostics }: PolicySource): Promise<PolicyEngine> {
  const { PolicyEngine } = await import('@groundplane/policy')
  if (hasErrors(diagnostics)) throw invalid('policy_invalid', 'The policies are not valid.', diagnostics)
  return PolicyEngine.load(bindings)
}

function invalid(code: string, message: string, diagnostics: readonly Diagnostic[]): CommandError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const remedy = 'Correct it as the diagnostics say.'
  return new CommandError(code, message, { remedy, diagnostics: errors })
}
