import { nearestName } from '@groundplane/core'
import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import {
  GRAPH_ACTIONS,
  isPolicyAction,
  isServerAction,
  type PolicyAction,
  SERVER_ACTIONS,
  scopeKeyOf,
} from './actions.js'
import type { BranchScope, CheckedPolicy, RuleView } from './compiled-policy.js'
import { YamlReader } from './yaml-reader.js'

const SCOPES: readonly BranchScope[] = ['any', 'protected', 'unprotected']

interface Rule {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly actors: { readonly group: string } | readonly string[]
  readonly actions: readonly PolicyAction[]
  readonly scope: BranchScope
  readonly node: Node
  /** The key that narrows it, when one is given. */
  readonly scopeKey: Node | undefined
}

/** Checks the YAML form and compiles it. Any error leaves out `policy`. */
export function checkYamlBundle(source: string, file: string | undefined): CheckedPolicy {
  const reader = new YamlReader(source, file)
  const root = reader.root('A policy bundle')
  if (!root) return { diagnostics: reader.diagnostics }
  const members = reader.members(root, ['version', 'groups', 'protected_branches', 'rules'], '')
  const version = members.get('version')?.value
  if (!isScalar(version) || version.value !== 1) {
    const message = version ? 'Only version 1 of the policy format is known.' : 'The bundle has no version.'
    reader.report('version', message, 'Write `version: 1`.', version ?? root)
  }
  const groups = members.has('groups')
    ? readGroups(reader, members.get('groups')?.value)
    : new Map<string, string[]>()
  const branches = members.get('protected_branches')
  const protectedBranches = branches
    ? reader
        .texts(branches.value, 'Protected branches', 'protected_branches', branches.key)
        .map((b) => b.value)
    : []
  const rulesNode = members.get('rules')?.value
  if (!isSeq(rulesNode) || rulesNode.items.length === 0) {
    reader.report(
      'empty',
      'The bundle has no rules, so it would refuse everything.',
      'Add at least one rule with `allow:`.',
      rulesNode ?? root,
      'rules',
    )
    return { diagnostics: reader.diagnostics }
  }
  const rules = readRules(reader, rulesNode.items as Node[], groups)
  if (protectedBranches.length === 0) suspectScopes(reader, rules)
  const target = rules.some((r) => r.actions.some(isServerAction)) ? 'cluster' : 'graph'
  return {
    diagnostics: reader.diagnostics,
    policy: {
      target,
      policies: Object.fromEntries(rules.map((rule) => [rule.id, compileRule(rule)])),
      rules: rules.map((rule) => viewOf(reader, rule)),
      groups: Object.fromEntries(groups),
      protectedBranches,
      readsBranchName: false,
    },
  }
}

/** A rule about protected branches where none is protected: a deny that never denies would look like a lock. */
function suspectScopes(reader: YamlReader, rules: readonly Rule[]): void {
  for (const { id, scope, scopeKey } of rules) {
    if (scope === 'any') continue
    const message =
      scope === 'protected'
        ? `The rule "${id}" never applies: no branch is protected.`
        : `No branch is protected, so "unprotected" in the rule "${id}" means any.`
    reader.suspect('scope', message, 'List them under `protected_branches:`, for example [main].', scopeKey)
  }
}

function viewOf(reader: YamlReader, { id, effect, actors, actions, scope, node }: Rule): RuleView {
  return {
    id,
    effect: effect === 'permit' ? 'allow' : 'deny',
    range: reader.rangeOf(node),
    says: { actors, actions, scope },
  }
}

function readGroups(reader: YamlReader, node: unknown): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  const map = reader.map(node, '`groups`', 'groups')
  for (const pair of map?.items ?? []) {
    const name = reader.text(pair.key, 'A group name', 'groups')
    if (name === undefined) continue
    groups.set(
      name,
      reader.texts(pair.value, `Actors of "${name}"`, `groups.${name}`, pair.key).map((a) => a.value),
    )
  }
  return groups
}

function readRules(
  reader: YamlReader,
  nodes: readonly Node[],
  groups: ReadonlyMap<string, string[]>,
): Rule[] {
  const rules: Rule[] = []
  const ids = new Set<string>()
  let serverRule: Node | undefined
  let graphRule: Node | undefined
  nodes.forEach((node, index) => {
    const rule = readRule(reader, node, `rules[${index}]`, groups)
    if (!rule) return
    if (ids.has(rule.id)) {
      reader.report(
        'duplicate-id',
        `Two rules have the id "${rule.id}".`,
        'Give each rule its own id; decisions name it.',
        node,
        `rules[${index}]`,
      )
    }
    ids.add(rule.id)
    rules.push(rule)
    if (rule.actions.some(isServerAction)) serverRule ??= node
    if (rule.actions.some((a) => !isServerAction(a))) graphRule ??= node
  })
  if (serverRule && graphRule) {
    reader.report(
      'mixed-actions',
      'The bundle mixes actions on graphs with actions on the server (graph_list).',
      'Split it into two files: one bound to graphs, one bound to [cluster].',
      serverRule,
      'rules',
    )
  }
  return rules
}

function readRule(
  reader: YamlReader,
  node: Node,
  path: string,
  groups: ReadonlyMap<string, string[]>,
): Rule | undefined {
  const map = reader.map(node, 'A rule', path)
  if (!map) return undefined
  const members = reader.members(map, ['id', 'allow', 'deny'], path)
  const id = reader.text(members.get('id')?.value, 'The rule id', path, map)
  const allow = members.get('allow')
  const deny = members.get('deny')
  if ((allow === undefined) === (deny === undefined)) {
    const message = allow ? 'The rule both allows and denies.' : 'The rule neither allows nor denies.'
    reader.report('effect', message, 'Give it exactly one of `allow:` and `deny:`.', map, path)
    return undefined
  }
  const effect = allow ? 'permit' : 'forbid'
  const bodyPath = `${path}.${allow ? 'allow' : 'deny'}`
  const body = reader.map((allow ?? deny)?.value, 'What the rule says', bodyPath, (allow ?? deny)?.key)
  if (!body) return undefined
  const parts = reader.members(body, ['actors', 'actions', 'branch_scope', 'target_branch_scope'], bodyPath)
  const actors = readActors(reader, parts.get('actors')?.value, `${bodyPath}.actors`, body, groups)
  const actions = readActions(reader, parts.get('actions')?.value, `${bodyPath}.actions`, body)
  const scope = readScope(reader, parts, actions, bodyPath)
  if (id === undefined || !actors || actions.length === 0 || !scope) return undefined
  return { id, effect, actors, actions, scope, node, scopeKey: scopeKeyIn(parts) }
}

function scopeKeyIn(parts: ReadonlyMap<string, Pair<Node, Node | null>>): Node | undefined {
  return (parts.get('branch_scope') ?? parts.get('target_branch_scope'))?.key
}

function readActors(
  reader: YamlReader,
  node: unknown,
  path: string,
  at: YAMLMap,
  groups: ReadonlyMap<string, string[]>,
): Rule['actors'] | undefined {
  if (!isMap(node)) {
    const actors = reader.texts(node, 'Actors', path, at).map((a) => a.value)
    return actors.length > 0 ? actors : undefined
  }
  const pair = reader.members(node, ['group'], path).get('group')
  const group = reader.text(pair?.value, 'The group', `${path}.group`, node)
  if (group === undefined) return undefined
  if (groups.has(group)) return { group }
  const near = nearestName(group, groups.keys())
  const known = [...groups.keys()].join(', ')
  const remedy = near
    ? `Did you mean "${near}"?`
    : known
      ? `Known groups: ${known}.`
      : 'Declare it under `groups:`.'
  reader.report('unknown-group', `There is no group "${group}".`, remedy, pair?.value, `${path}.group`)
  return undefined
}

function readActions(reader: YamlReader, node: unknown, path: string, at: YAMLMap): PolicyAction[] {
  const known = [...GRAPH_ACTIONS, ...SERVER_ACTIONS]
  const actions: PolicyAction[] = []
  for (const item of reader.texts(node, 'Actions', path, at)) {
    if (isPolicyAction(item.value)) actions.push(item.value)
    else {
      const near = nearestName(item.value, known)
      const remedy = near ? `Did you mean "${near}"?` : `Known actions: ${known.join(', ')}.`
      reader.report('unknown-action', `There is no action "${item.value}".`, remedy, item.node, path)
    }
  }
  return actions
}

function readScope(
  reader: YamlReader,
  parts: ReturnType<YamlReader['members']>,
  actions: readonly PolicyAction[],
  path: string,
): BranchScope | undefined {
  const given = (['branch_scope', 'target_branch_scope'] as const).filter((key) => parts.has(key))
  if (given.length > 1) {
    const remedy =
      'Split the rule: reads and writes take branch_scope, branch and schema actions target_branch_scope.'
    reader.report(
      'scope',
      'A rule takes one of branch_scope and target_branch_scope.',
      remedy,
      parts.get('branch_scope')?.key,
      path,
    )
    return undefined
  }
  const key = given[0]
  if (key === undefined) return 'any'
  const node = parts.get(key)?.value
  const misfits = actions.filter((action) => scopeKeyOf(action) !== key)
  if (misfits.length > 0) {
    const remedy = 'Move these actions to a rule of their own, without this key.'
    reader.report(
      'scope',
      `${key} does not apply to ${misfits.join(', ')}.`,
      remedy,
      parts.get(key)?.key,
      `${path}.${key}`,
    )
  }
  const value = isScalar(node) ? node.value : undefined
  if (SCOPES.includes(value as BranchScope)) return value as BranchScope
  const near = typeof value === 'string' ? nearestName(value, SCOPES) : undefined
  const remedy = near ? `Did you mean "${near}"?` : `Known scopes: ${SCOPES.join(', ')}.`
  reader.report(
    'scope',
    `There is no scope "${String(value)}".`,
    remedy,
    node ?? parts.get(key)?.key,
    `${path}.${key}`,
  )
  return undefined
}

/**
 * One rule, one Cedar policy. Every name is written as an escaped literal, so a
 * name can never end it and become policy text.
 */
function compileRule(rule: Rule): string {
  const literal = (type: string, id: string) => `Groundplane::${type}::${cedarString(id)}`
  const principal =
    'group' in rule.actors ? `principal in ${literal('Group', rule.actors.group)}` : 'principal'
  const actions = rule.actions.map((action) => literal('Action', action)).join(', ')
  const conditions: string[] = []
  if (!('group' in rule.actors)) {
    conditions.push(`[${rule.actors.map((a) => literal('Actor', a)).join(', ')}].contains(principal)`)
  }
  if (rule.scope !== 'any') conditions.push(`${rule.scope === 'protected' ? '' : '!'}context.protected`)
  const when = conditions.length > 0 ? ` when { ${conditions.join(' && ')} }` : ''
  return `@id(${cedarString(rule.id)})\n${rule.effect} (${principal}, action in [${actions}], resource)${when};`
}

/** A Cedar string literal. Anything outside printable ASCII becomes `\u{…}`, which Cedar always reads back. */
function cedarString(text: string): string {
  let literal = '"'
  for (const char of text) {
    const code = char.codePointAt(0) as number
    if (char === '"' || char === '\\') literal += `\\${char}`
    else if (code >= 0x20 && code < 0x7f) literal += char
    else literal += `\\u{${code.toString(16)}}`
  }
  return `${literal}"`
}
