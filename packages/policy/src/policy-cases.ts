import { type Diagnostic, hasErrors, nearestName, type Principal, type SourceRange } from '@groundplane/core'
import { isScalar, isSeq, type Node, type YAMLMap } from 'yaml'
import {
  GRAPH_ACTIONS,
  isPolicyAction,
  isServerAction,
  type PolicyAction,
  SERVER_ACTIONS,
} from './actions.js'
import type { Decision, PolicyEngine } from './engine.js'
import { branchMisfit, requestsOf } from './operation.js'
import { YamlReader } from './yaml-reader.js'

/** One expectation of a policy: who does what, and whether the policy lets them. */
export interface PolicyCase {
  readonly id: string
  readonly principal: Principal
  readonly action: PolicyAction
  /** Absent: the graph the run is for. */
  readonly graph?: string
  readonly branch?: string
  readonly targetBranch?: string
  readonly expect: 'allow' | 'deny'
  /** Expected besides: the rule that decides, `<rule id>` or `<bundle>/<rule id>`. */
  readonly rule?: string
  readonly range: SourceRange
}

export interface PolicyCaseResult {
  readonly id: string
  readonly passed: boolean
  readonly expected: 'allow' | 'deny'
  readonly actual: 'allow' | 'deny'
  readonly rule?: string
  /** What decided, and when the case failed what was expected instead. */
  readonly reason: string
  readonly line: number
}

const CODE = 'policy_tests_invalid'
const KEYS = [
  'id',
  'actor',
  'roles',
  'tenant',
  'action',
  'graph',
  'branch',
  'target_branch',
  'expect',
  'rule',
]

/**
 * Reads a file of cases: `version: 1`, `cases: [{id, actor, action, branch?, target_branch?,
 * graph?, roles?, tenant?, expect: allow | deny, rule?}]`. Mistakes are collected, each with
 * code `policy_tests_invalid` and its place; any leaves out `cases`.
 */
export function checkPolicyCases(
  source: string,
  file?: string,
): { readonly cases?: readonly PolicyCase[]; readonly diagnostics: readonly Diagnostic[] } {
  const reader = new YamlReader(source, file, CODE)
  const root = reader.root('A file of policy tests')
  if (!root) return { diagnostics: reader.diagnostics }
  const members = reader.members(root, ['version', 'cases'], '')
  const version = members.get('version')?.value
  if (!isScalar(version) || version.value !== 1) {
    const message = version ? 'Only version 1 of policy tests is known.' : 'The tests have no version.'
    reader.report('version', message, 'Write `version: 1`.', version ?? root)
  }
  const list = members.get('cases')?.value
  if (!isSeq(list) || list.items.length === 0) {
    const remedy = 'List at least one case, with id, actor, action and expect.'
    reader.report('empty', 'There are no cases.', remedy, list ?? root, 'cases')
    return { diagnostics: reader.diagnostics }
  }
  const ids = new Set<string>()
  const cases = (list.items as Node[]).flatMap((node, index) => {
    const path = `cases[${index}]`
    const found = readCase(reader, node, path)
    if (!found) return []
    if (ids.has(found.id))
      reader.report('duplicate-id', `Two cases have the id "${found.id}".`, 'Rename one.', node, path)
    ids.add(found.id)
    return [found]
  })
  return { diagnostics: reader.diagnostics, ...(!hasErrors(reader.diagnostics) && { cases }) }
}

function readCase(reader: YamlReader, node: Node, path: string): PolicyCase | undefined {
  const map = reader.map(node, 'A case', path)
  if (!map) return undefined
  const members = reader.members(map, KEYS, path)
  const needed = (key: string) => reader.text(members.get(key)?.value, `\`${key}\``, `${path}.${key}`, map)
  const given = (key: string) => (members.has(key) ? needed(key) : undefined)
  const [id, actor, expect] = [needed('id'), needed('actor'), readExpectation(reader, members, path, map)]
  const action = readAction(reader, members.get('action')?.value, `${path}.action`, map)
  const roles = members.get('roles')
  const [graph, branch, targetBranch, rule] = ['graph', 'branch', 'target_branch', 'rule'].map(given)
  const principal = {
    actor: actor ?? '',
    tenant: given('tenant') ?? 'default',
    roles: roles ? reader.texts(roles.value, 'Roles', `${path}.roles`, roles.key).map((r) => r.value) : [],
  }
  if (id === undefined || actor === undefined || !action || !expect) return undefined
  const misfit = branchMisfit(action, { branch, targetBranch })
  if (misfit) {
    const key = members.get('target_branch') ?? members.get('branch')
    reader.report('branch', `The branches do not fit: ${misfit}.`, 'Leave the key out.', key?.key, path)
  }
  return {
    id,
    principal,
    action,
    expect,
    range: reader.rangeOf(node),
    ...(graph !== undefined && { graph }),
    ...(branch !== undefined && { branch }),
    ...(targetBranch !== undefined && { targetBranch }),
    ...(rule !== undefined && { rule }),
  }
}

function readExpectation(
  reader: YamlReader,
  members: ReturnType<YamlReader['members']>,
  path: string,
  at: YAMLMap,
): 'allow' | 'deny' | undefined {
  const node = members.get('expect')?.value
  const value = isScalar(node) ? node.value : undefined
  if (value === 'allow' || value === 'deny') return value
  const message = node ? `A case cannot expect "${String(value)}".` : 'The case expects nothing.'
  reader.report('expect', message, 'Write `expect: allow` or `expect: deny`.', node ?? at, `${path}.expect`)
  return undefined
}

function readAction(reader: YamlReader, node: unknown, path: string, at: YAMLMap): PolicyAction | undefined {
  const text = reader.text(node, '`action`', path, at)
  if (text === undefined || isPolicyAction(text)) return text
  const known = [...GRAPH_ACTIONS, ...SERVER_ACTIONS]
  const near = nearestName(text, known)
  const remedy = near ? `Did you mean "${near}"?` : `Known actions: ${known.join(', ')}.`
  reader.report('unknown-action', `There is no action "${text}".`, remedy, node, path)
  return undefined
}

/** Runs every case. `graph` is the one of cases that name none. */
export function runPolicyCases(
  engine: PolicyEngine,
  cases: readonly PolicyCase[],
  graph: string,
): PolicyCaseResult[] {
  return cases.map((wanted) => {
    const scope = isServerAction(wanted.action) ? 'cluster' : (wanted.graph ?? graph)
    const decisions = requestsOf({ ...wanted, graph: scope }).map((request) => engine.decide(request))
    return resultOf(wanted, decisions.find(({ allowed }) => !allowed) ?? (decisions[0] as Decision))
  })
}

function resultOf(wanted: PolicyCase, decision: Decision): PolicyCaseResult {
  const actual = decision.allowed ? 'allow' : 'deny'
  const { rule } = decision
  const ruleFits =
    wanted.rule === undefined || rule === wanted.rule || rule?.endsWith(`/${wanted.rule}`) === true
  const passed = actual === wanted.expect && ruleFits
  const wish = `Expected ${wanted.expect}${wanted.rule === undefined ? '' : ` by rule ${wanted.rule}`}. `
  return {
    id: wanted.id,
    passed,
    expected: wanted.expect,
    actual,
    ...(rule !== undefined && { rule }),
    reason: passed ? decision.reason : wish + decision.reason,
    line: wanted.range.start.line,
  }
}
