import { describe, expect, it } from 'vitest'
import { PolicyEngine } from './engine.js'
import { requestsOf } from './operation.js'
import { checkPolicyCases, runPolicyCases } from './policy-cases.js'

const POLICY = `version: 1
groups: { team: [ada, bob], admins: [ada] }
protected_branches: [main]
rules:
  - { id: team-reads, allow: { actors: { group: team }, actions: [read] } }
  - { id: team-writes, allow: { actors: { group: team }, actions: [change], branch_scope: unprotected } }
  - { id: admins-promote, allow: { actors: { group: admins }, actions: [branch_merge], target_branch_scope: protected } }
`
const engine = PolicyEngine.load([
  { name: 'base', source: POLICY, file: 'base.policy.yaml', appliesTo: ['g'] },
])

const CASES = `version: 1
cases:
  - { id: feature-write, actor: ada, action: change, branch: feature, expect: allow, rule: team-writes }
  - { id: main-write, actor: bob, action: change, branch: main, expect: deny }
  - { id: promote, actor: ada, action: branch_merge, branch: feature, target_branch: main, expect: allow, rule: base/admins-promote }
  - { id: bob-promotes, actor: bob, action: branch_merge, target_branch: main, expect: deny }
`

const run = (text: string) => {
  const { cases, diagnostics } = checkPolicyCases(text, 't.yaml')
  expect(diagnostics).toEqual([])
  return runPolicyCases(engine, cases ?? [], 'g')
}

describe('policy tests', () => {
  it('pass when the policy decides as expected, by the rule expected', () => {
    expect(run(CASES).map(({ id, passed, actual }) => [id, passed, actual])).toEqual([
      ['feature-write', true, 'allow'],
      ['main-write', true, 'deny'],
      ['promote', true, 'allow'],
      ['bob-promotes', true, 'deny'],
    ])
  })

  it('fail with what decided instead, and where the case stands', () => {
    expect(run(CASES.replace('branch: main, expect: deny', 'branch: main, expect: allow'))[1]).toMatchObject({
      passed: false,
      expected: 'allow',
      actual: 'deny',
      line: 4,
      reason: 'Expected allow. No rule of "base" allows change to bob.',
    })
    expect(run(CASES.replace('rule: team-writes', 'rule: admins-write'))[0]).toMatchObject({
      passed: false,
      actual: 'allow',
      rule: 'base/team-writes',
    })
  })

  it('ask for reading the source of a merge, as the graph does', () => {
    const outsider = POLICY.replace('admins: [ada]', 'admins: [ada, eve]')
    const cases = checkPolicyCases(CASES.replaceAll('actor: ada', 'actor: eve')).cases ?? []
    const other = PolicyEngine.load([
      { name: 'base', source: outsider, file: 'p.policy.yaml', appliesTo: ['g'] },
    ])
    expect(runPolicyCases(other, cases, 'g')[2]).toMatchObject({ passed: false, actual: 'deny' })
    const principal = { actor: 'eve', tenant: 'default', roles: [] }
    expect(
      requestsOf({ principal, action: 'branch_merge', graph: 'g', branch: 'draft', targetBranch: 'main' }),
    ).toEqual([
      { principal, action: 'branch_merge', graph: 'g', branch: 'main' },
      { principal, action: 'read', graph: 'g', branch: 'draft' },
    ])
  })

  it.each([
    ['an unknown key', 'unknown-key', '- { «who: ada, id: a, actor: ada, action: read, expect: allow }'],
    ['an unknown action', 'unknown-action', '- { id: a, actor: ada, action: «reed, expect: allow }'],
    ['another expectation', 'expect', '- { id: a, actor: ada, action: read, expect: «permit }'],
    ['no expectation', 'expect', '- «{ id: a, actor: ada, action: read }'],
    [
      'a branch of an action that has none',
      'branch',
      '- { id: a, actor: ada, action: invoke_query, «branch: x, expect: allow }',
    ],
    [
      'a target of an action that has none',
      'branch',
      '- { id: a, actor: ada, action: read, «target_branch: x, expect: allow }',
    ],
    [
      'an id used twice',
      'duplicate-id',
      '- { id: a, actor: x, action: read, expect: deny }\n  - «{ id: a, actor: y, action: read, expect: deny }',
    ],
  ])('of a file with %s are refused where it stands', (_name, rule, marked) => {
    const text = `version: 1\ncases:\n  ${marked}\n`
    const { cases, diagnostics } = checkPolicyCases(text.replace('«', ''), 't.yaml')
    expect(cases).toBeUndefined()
    expect(diagnostics).toMatchObject([
      {
        code: 'policy_tests_invalid',
        file: 't.yaml',
        details: { rule },
        range: { start: { offset: text.indexOf('«') } },
      },
    ])
  })

  it('of an empty file are refused', () => {
    for (const text of ['', 'version: 1\ncases: []\n', 'cases: [{ id: a }]\n'])
      expect(checkPolicyCases(text).cases).toBeUndefined()
  })
})
