import type { Principal } from '@groundplane/core'
import { describe, expect, it } from 'vitest'
import type { AuthorizationRequest } from './authorization-request.js'
import { authorizer } from './authorize.js'
import type { Decided } from './decision-memo.js'
import { PolicyEngine, PolicyError } from './engine.js'

const SOURCE = `version: 1
groups: { editors: [ada], everyone: [ada, bob] }
protected_branches: [main]
rules:
  - { id: all-read, allow: { actors: { group: everyone }, actions: [read] } }
  - { id: editors-change, allow: { actors: { group: editors }, actions: [change] } }
  - { id: main-is-closed, deny: { actors: [ada], actions: [change], branch_scope: protected } }
  - { id: merge-to-side, allow: { actors: [bob], actions: [branch_merge], target_branch_scope: unprotected } }
`
const who = (actor: string, roles: string[] = []): Principal => ({ actor, tenant: 'default', roles })
const engine = PolicyEngine.load([
  { name: 'base', source: SOURCE, file: 'base.policy.yaml', appliesTo: ['g', 'h'] },
])

describe('PolicyEngine', () => {
  it('names the rule that allowed', () => {
    expect(
      engine.decide({ principal: who('bob'), action: 'read', graph: 'g', branch: 'main' }),
    ).toMatchObject({
      allowed: true,
      rule: 'base/all-read',
    })
  })

  it('lets a deny win over an allow, and names the deny', () => {
    expect(
      engine.decide({ principal: who('ada'), action: 'change', graph: 'g', branch: 'main' }),
    ).toMatchObject({
      allowed: false,
      rule: 'base/main-is-closed',
    })
    expect(
      engine.decide({ principal: who('ada'), action: 'change', graph: 'g', branch: 'draft' }).allowed,
    ).toBe(true)
  })

  it('refuses by silence, without naming a rule', () => {
    const decision = engine.decide({ principal: who('eve'), action: 'read', graph: 'g', branch: 'main' })
    expect(decision.allowed).toBe(false)
    expect(decision.rule).toBeUndefined()
  })

  it('judges a branch action by its target, protected by the bundle or by the caller', () => {
    const merge = { principal: who('bob'), action: 'branch_merge', graph: 'g' } as const
    expect(engine.decide({ ...merge, branch: 'main' }).allowed).toBe(false)
    expect(engine.decide({ ...merge, branch: 'side' }).allowed).toBe(true)
    expect(engine.decide({ ...merge, branch: 'side', protectedBranches: ['side'] }).allowed).toBe(false)
  })

  it('gives the same decision from its cache', () => {
    const request = { principal: who('bob'), action: 'read', graph: 'h', branch: 'x' } as const
    expect(engine.decide(request)).toBe(engine.decide(request))
  })

  it('keeps an actor whose name is policy text inside its literal', () => {
    const evil = 'x"].contains(principal)} ; permit(principal,action,resource); //'
    const source = `version: 1\nrules:\n  - { id: 'a"b', allow: { actors: [${JSON.stringify(evil)}], actions: [read] } }\n`
    const strict = PolicyEngine.load([{ name: 'p', source, file: 'p.policy.yaml', appliesTo: ['g'] }])
    expect(strict.decide({ principal: who('eve'), action: 'change', graph: 'g' }).allowed).toBe(false)
    expect(strict.decide({ principal: who(evil), action: 'read', graph: 'g' })).toMatchObject({
      allowed: true,
      rule: 'p/a"b',
    })
  })

  it('denies when a policy errors, because a skipped forbid would allow', () => {
    const source =
      '@id("all") permit(principal, action, resource);@id("trap") forbid(principal, action, resource) when { context.branch == "main" };'
    const cedar = PolicyEngine.load([{ name: 'c', source, file: 'c.cedar', appliesTo: ['g'] }])
    expect(cedar.decide({ principal: who('ada'), action: 'invoke_query', graph: 'g' })).toMatchObject({
      allowed: false,
      rule: 'c/trap',
    })
    expect(cedar.decide({ principal: who('ada'), action: 'read', graph: 'g', branch: 'side' }).allowed).toBe(
      true,
    )
    expect(cedar.decide({ principal: who('ada'), action: 'read', graph: 'g', branch: 'main' }).allowed).toBe(
      false,
    )
  })

  it('lets a Cedar bundle use the roles of a token', () => {
    const source = 'permit(principal in Groundplane::Role::"reader", action, resource);'
    const cedar = PolicyEngine.load([{ name: 'c', source, file: 'c.cedar', appliesTo: ['g'] }])
    expect(cedar.decide({ principal: who('a', ['reader']), action: 'read', graph: 'g' }).allowed).toBe(true)
    expect(cedar.decide({ principal: who('a'), action: 'read', graph: 'g' }).allowed).toBe(false)
  })

  it('knows the protected branches of a Cedar bundle', () => {
    const source =
      'permit(principal, action, resource);@protected_branches("main") forbid(principal, action == Groundplane::Action::"branch_merge", resource) when { context.protected };'
    const cedar = PolicyEngine.load([{ name: 'c', source, file: 'c.cedar', appliesTo: ['g'] }])
    const merge = { principal: who('ada'), action: 'branch_merge', graph: 'g' } as const
    expect(cedar.decide({ ...merge, branch: 'main' })).toMatchObject({ allowed: false, rule: 'c/policy1' })
    expect(cedar.decide({ ...merge, branch: 'draft' }).allowed).toBe(true)
  })

  it('decides an action without a branch the same whatever branch comes along', () => {
    const source =
      'permit(principal, action, resource);@protected_branches("main") forbid(principal, action, resource) when { context.protected || context has branch };'
    const cedar = PolicyEngine.load([{ name: 'c', source, file: 'c.cedar', appliesTo: ['g'] }])
    const at = (branch: string) => ({ principal: who('ada'), graph: 'g', branch })
    expect(cedar.decide({ ...at('main'), action: 'admin' }).allowed).toBe(true)
    expect(cedar.decide({ ...at('main'), action: 'read' }).allowed).toBe(false)
  })

  it('explains a decision rule by rule, with the place of each', () => {
    const explained = engine.explain({ principal: who('ada'), action: 'change', graph: 'g', branch: 'main' })
    expect(explained).toMatchObject({
      allowed: false,
      rule: 'base/main-is-closed',
      bundle: 'base',
      protected: true,
      groups: ['editors', 'everyone'],
      rules: [
        {
          rule: 'base/all-read',
          verdict: 'silent',
          because: 'Its actions are read.',
          concerns: false,
          line: 5,
        },
        { rule: 'base/editors-change', effect: 'allow', verdict: 'speaks', line: 6 },
        { rule: 'base/main-is-closed', effect: 'deny', verdict: 'speaks' },
        {
          rule: 'base/merge-to-side',
          because: 'Its actions are branch_merge; its actors are bob; branch main is protected.',
        },
      ],
    })
    expect(engine.explain({ principal: who('ada'), action: 'read', graph: 'none' })).toMatchObject({
      allowed: false,
      rules: [],
      reason: 'No policy is bound to "none".',
    })
  })

  it('says in an explanation that a policy fails, and how', () => {
    const source = '@id("trap") forbid(principal, action, resource) when { context.branch == "main" };'
    const cedar = PolicyEngine.load([{ name: 'c', source, file: 'c.cedar', appliesTo: ['g'] }])
    const [trap] = cedar.explain({ principal: who('ada'), action: 'invoke_query', graph: 'g' }).rules
    expect(trap).toMatchObject({
      rule: 'c/trap',
      verdict: 'fails',
      because: expect.stringContaining('branch'),
    })
  })

  it('refuses two bundles on one scope and a bundle bound to the wrong kind', () => {
    const binding = { name: 'a', source: SOURCE, file: 'a.policy.yaml', appliesTo: ['g'] }
    expect(() => PolicyEngine.load([binding, { ...binding, name: 'b' }])).toThrow(/both apply to "g"/)
    expect(() => PolicyEngine.load([{ ...binding, appliesTo: ['cluster'] }])).toThrow(PolicyError)
    expect(() => PolicyEngine.load([{ ...binding, source: 'version: 2' }])).toThrow(/cannot be used/)
  })
})

describe('authorizer', () => {
  const request: AuthorizationRequest = { action: 'read', graph: 'g', branch: 'main', principal: who('bob') }

  it('refuses a caller without an actor as soon as a policy is in force', () => {
    const gate = authorizer(engine, { mode: 'policy' })
    expect(() => gate(request)).not.toThrow()
    expect(() => gate({ action: 'read', graph: 'g' })).toThrow(/no actor was given/)
  })

  it('allows reads only where no bundle speaks', () => {
    for (const gate of [authorizer(null, { mode: 'default-deny' }), authorizer(engine, { mode: 'policy' })]) {
      expect(() => gate({ ...request, graph: 'ungoverned' })).not.toThrow()
      expect(() => gate({ ...request, graph: 'ungoverned', action: 'change' })).toThrow(/may not change/)
      expect(() => gate({ ...request, graph: 'cluster', action: 'graph_list' })).toThrow(/this server/)
    }
  })

  it('does not tell the refused caller which rule refused, but tells the log', () => {
    const log: unknown[] = []
    const gate = authorizer(engine, { mode: 'policy', onDecision: ({ decision }) => log.push(decision.rule) })
    expect(() => gate({ action: 'change', graph: 'g', branch: 'main', principal: who('ada') })).toThrow(
      /^(?!.*main-is-closed)/,
    )
    expect(log).toEqual(['base/main-is-closed'])
  })

  it('tells the log every decision, also those it made before, but not what was only asked', () => {
    const log: string[] = []
    const onDecision = ({ request, decision }: Decided) =>
      log.push(`${request.principal?.actor} ${request.action} ${decision.allowed}`)
    const gate = authorizer(engine, { mode: 'policy', onDecision })
    const ada = who('ada')
    const change = { action: 'change', graph: 'g', branch: 'main', principal: ada } as const
    for (let i = 0; i < 3; i++) expect(() => gate({ ...change, probe: true })).toThrow(/may not change/)
    for (let i = 0; i < 3; i++) expect(() => gate(change)).toThrow(/may not change/)
    for (let i = 0; i < 2; i++) gate({ ...change, action: 'read' })
    expect(log).toEqual([...Array(3).fill('ada change false'), ...Array(2).fill('ada read true')])
  })

  it('keeps one question from the answer to another, and one holder of a name from another', () => {
    const gate = authorizer(engine, { mode: 'policy' })
    const allowed = (request: AuthorizationRequest) => {
      try {
        gate(request)
        return true
      } catch {
        return false
      }
    }
    const ada = who('ada')
    const change = (branch: string, principal = ada): AuthorizationRequest => ({
      ...{ action: 'change', graph: 'g', branch, principal },
    })
    for (let i = 0; i < 2; i++) {
      expect(
        [change('main'), change('work'), { ...change('work'), graph: 'elsewhere' }].map(allowed),
      ).toEqual([false, true, false])
      expect(allowed(change('work', { ...ada, actor: 'nobody' }))).toBe(false)
    }
  })

  it('decides again when a caller has made up more branches than are remembered', () => {
    const gate = authorizer(engine, { mode: 'policy' })
    const ada = who('ada')
    for (let i = 0; i < 2500; i++) gate({ action: 'read', graph: 'g', branch: `b${i}`, principal: ada })
    expect(() => gate({ action: 'change', graph: 'g', branch: 'main', principal: ada })).toThrow(/may not/)
  })

  it('remembers no decision about a name longer than any branch has', () => {
    const told: Decided[] = []
    const gate = authorizer(engine, { mode: 'policy', onDecision: (decided) => told.push(decided) })
    const ada = who('ada')
    for (const branch of ['x'.repeat(200), 'x'.repeat(1_000_000)]) {
      for (let i = 0; i < 2; i++) gate({ action: 'read', graph: 'g', branch, principal: ada })
    }
    const [short, shortAgain, long, longAgain] = told
    expect([short === shortAgain, long === longAgain]).toEqual([true, false])
  })

  it('allows everything only in the open mode', () => {
    expect(() => authorizer(null, { mode: 'open' })({ action: 'admin', graph: 'g' })).not.toThrow()
  })
})
