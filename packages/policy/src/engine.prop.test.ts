import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { GRAPH_ACTIONS, type GraphAction, scopeKeyOf } from './actions.js'
import { PolicyEngine } from './engine.js'

interface RuleSpec {
  deny: boolean
  group: boolean
  who: number[]
  actions: GraphAction[]
  scope: 'any' | 'protected' | 'unprotected'
}

const ACTORS = ['ada', 'bob "q"', 'eve\\', 'ünïcode😀']
const BRANCHES = ['main', 'release', 'draft']
const PROTECTED = ['main', 'release']

/** The meaning of a bundle in ten lines, to hold the Cedar translation against. */
function oracle(rules: RuleSpec[], actor: number, action: GraphAction, branch: string) {
  const speaks = (rule: RuleSpec) =>
    rule.who.includes(actor) &&
    rule.actions.includes(action) &&
    (rule.scope === 'any' || (rule.scope === 'protected') === PROTECTED.includes(branch))
  const speaking = rules.map((rule, i) => ({ ...rule, name: `p/rule ${i}` })).filter(speaks)
  const denying = speaking.filter((r) => r.deny)
  return {
    allowed: speaking.length > 0 && denying.length === 0,
    speaking: speaking.map((r) => r.name),
    deciding: (denying.length > 0 ? denying : speaking).map((r) => r.name),
  }
}

const ruleSpec: fc.Arbitrary<RuleSpec> = fc
  .record({
    deny: fc.boolean(),
    group: fc.boolean(),
    who: fc.uniqueArray(fc.nat(ACTORS.length - 1), { minLength: 1 }),
    key: fc.constantFrom('branch_scope', 'target_branch_scope', null),
    picks: fc.uniqueArray(fc.constantFrom(...GRAPH_ACTIONS), { minLength: 1 }),
    scope: fc.constantFrom('any' as const, 'protected' as const, 'unprotected' as const),
  })
  .map(({ key, picks, scope, ...rest }) => {
    const actions = picks.filter((a) => scopeKeyOf(a) === key)
    return actions.length > 0 && key !== null
      ? { ...rest, actions, scope }
      : { ...rest, actions: picks, scope: 'any' as const }
  })

function toYaml(rules: RuleSpec[]): string {
  const names = (rule: RuleSpec) => rule.who.map((i) => ACTORS[i])
  return stringify({
    version: 1,
    groups: Object.fromEntries(rules.map((rule, i) => [`g${i}`, names(rule)])),
    protected_branches: PROTECTED,
    rules: rules.map((rule, i) => ({
      id: `rule ${i}`,
      [rule.deny ? 'deny' : 'allow']: {
        actors: rule.group ? { group: `g${i}` } : names(rule),
        actions: rule.actions,
        ...(rule.scope !== 'any' && { [scopeKeyOf(rule.actions[0] as GraphAction) as string]: rule.scope }),
      },
    })),
  })
}

it('decides every request, and names and explains the rules, as the meaning of the rules says', () => {
  fc.assert(
    fc.property(fc.array(ruleSpec, { minLength: 1, maxLength: 5 }), fc.nat(), (rules, sample) => {
      const engine = PolicyEngine.load([
        { name: 'p', source: toYaml(rules), file: 'p.yaml', appliesTo: ['g'] },
      ])
      const requests = ACTORS.flatMap((actor, i) =>
        GRAPH_ACTIONS.flatMap((action) =>
          (scopeKeyOf(action) === null ? ['main'] : BRANCHES).map((branch) => ({ actor, i, action, branch })),
        ),
      )
      requests.forEach(({ actor, i, action, branch }, n) => {
        const meant = oracle(rules, i, action, branch)
        const request = { principal: { actor, tenant: 't', roles: [] }, action, graph: 'g', branch }
        const { allowed, rule } = engine.decide(request)
        expect(allowed).toBe(meant.allowed)
        expect(rule).toBe([...meant.deciding].sort()[0])
        // An explanation asks every rule alone: a sample of the requests is explained.
        if (n % 13 !== sample % 13) return
        const explained = engine.explain(request)
        expect(explained).toMatchObject({ allowed, graph: 'g', action })
        const speaking = explained.rules.filter((r) => r.verdict === 'speaks')
        expect(speaking.map((r) => r.rule)).toEqual(meant.speaking)
        for (const { verdict, because } of explained.rules)
          expect([verdict, because.includes('does not hold')]).not.toEqual(['silent', true])
      })
    }),
    { numRuns: 30 },
  )
})
