import { describe, expect, it } from 'vitest'
import { checkPolicy } from './bundle.js'

const GOOD = `version: 1
groups: { team: [act-ada, act-bob] }
protected_branches: [main]
rules:
  - id: team-reads
    allow: { actors: { group: team }, actions: [read, export] }
  - id: no-main
    deny: { actors: [act-bob], actions: [change], branch_scope: protected }
`

/** The text up to «…» marks where the diagnostic must stand. */
function mistakes(marked: string): {
  found: { rule: unknown; line?: number; column?: number; text: string }[]
  at: number
} {
  const at = marked.indexOf('«')
  const source = marked.replace('«', '')
  const found = checkPolicy(source, 'x.policy.yaml').diagnostics.map((d) => ({
    rule: d.details?.['rule'],
    line: d.range?.start.line ?? -1,
    column: d.range?.start.column ?? -1,
    offset: d.range?.start.offset,
    text: `${d.message} ${d.remedy}`,
  }))
  return { found, at }
}

describe('checkPolicy of a YAML bundle', () => {
  it('compiles each rule to one Cedar policy named by the rule', () => {
    const { policy, diagnostics } = checkPolicy(GOOD, 'x.policy.yaml')
    expect(diagnostics).toEqual([])
    expect(policy).toEqual({
      target: 'graph',
      groups: { team: ['act-ada', 'act-bob'] },
      protectedBranches: ['main'],
      readsBranchName: false,
      rules: [
        {
          id: 'team-reads',
          effect: 'allow',
          range: { start: { line: 5, column: 5, offset: 86 }, end: { line: 7, column: 1, offset: 165 } },
          says: { actors: { group: 'team' }, actions: ['read', 'export'], scope: 'any' },
        },
        {
          id: 'no-main',
          effect: 'deny',
          range: { start: { line: 7, column: 5, offset: 169 }, end: { line: 9, column: 1, offset: 257 } },
          says: { actors: ['act-bob'], actions: ['change'], scope: 'protected' },
        },
      ],
      policies: {
        'team-reads':
          '@id("team-reads")\npermit (principal in Groundplane::Group::"team", action in [Groundplane::Action::"read", Groundplane::Action::"export"], resource);',
        'no-main':
          '@id("no-main")\nforbid (principal, action in [Groundplane::Action::"change"], resource) when { [Groundplane::Actor::"act-bob"].contains(principal) && context.protected };',
      },
    })
  })

  const cases: [name: string, rule: string, marked: string, text: RegExp][] = [
    [
      'an unknown top-level key',
      'unknown-key',
      GOOD.replace('groups:', '«grops:'),
      /Did you mean "groups"\?/,
    ],
    ['a missing version', 'version', GOOD.replace('version: 1\n', '«'), /no version/],
    [
      'an alias',
      'alias',
      GOOD.replace('branch_scope: protected', 'branch_scope: «*nobody'),
      /alias "\*nobody" is not read/,
    ],
    ['another version', 'version', GOOD.replace('version: 1', 'version: «2'), /Only version 1/],
    [
      'an unknown group',
      'unknown-group',
      GOOD.replace('group: team }', 'group: «teem }'),
      /Did you mean "team"\?/,
    ],
    ['an unknown action', 'unknown-action', GOOD.replace('[read, ', '[«reed, '), /Did you mean "read"\?/],
    [
      'an unknown scope',
      'scope',
      GOOD.replace('scope: protected', 'scope: «protect'),
      /Did you mean "protected"\?/,
    ],
    [
      'a scope on an action without branches',
      'scope',
      GOOD.replace('[change], branch', '[invoke_query], «branch'),
      /does not apply to invoke_query/,
    ],
    [
      'a rule that does nothing',
      'effect',
      GOOD.replace('  - id: no-main\n    deny:', '  - «id: no-main\n    # ').replace(
        '{ actors: [act-bob',
        '# {',
      ),
      /neither allows nor denies/,
    ],
    ['no rules', 'empty', 'version: 1\nrules: «[]\n', /no rules/],
    ['a rule id used twice', 'duplicate-id', GOOD.replace('- id: no-main', '- «id: team-reads'), /Two rules/],
    [
      'actions of both kinds',
      'mixed-actions',
      GOOD.replace('- id: team-reads', '- «id: team-reads').replace('[read, export]', '[graph_list, read]'),
      /mixes actions/,
    ],
    ['a key given twice', 'duplicate-key', GOOD.replace('protected_branches:', '«groups:'), /twice/],
    ['text that is not YAML', 'yaml', 'version: 1\nrules: [«', /Not well-formed/],
    ['a scalar document', 'shape', '«hello', /mapping/],
  ]
  it.each(cases)('refuses %s where it stands', (_name, rule, marked, text) => {
    const { found, at } = mistakes(marked)
    const match = found.find((d) => d.rule === rule)
    expect(match, JSON.stringify(found)).toBeDefined()
    expect(match?.text).toMatch(text)
    expect((match as unknown as { offset: number }).offset).toBe(at)
  })

  it.each([
    ['a second document', `${GOOD}---\nversion: 1\n`, 'more than one document'],
    ['nesting without end', `a: ${'['.repeat(20_000)}`, 'nested too deep'],
  ])('says of %s what it is, not what the parser calls it', (_name, source, text) => {
    expect(checkPolicy(source, 'x.policy.yaml').diagnostics[0]?.message).toContain(text)
  })

  it.each([
    ['protected', /never applies/],
    ['unprotected', /means any/],
  ])('warns of a scope %s where no branch is protected', (scope, text) => {
    const marked = GOOD.replace('protected_branches: [main]\n', '').replace(
      'branch_scope: protected',
      `«branch_scope: ${scope}`,
    )
    const { policy, diagnostics } = checkPolicy(marked.replace('«', ''), 'x.policy.yaml')
    expect(policy).toBeDefined()
    expect(diagnostics).toMatchObject([
      { code: 'policy_suspect', severity: 'warning', range: { start: { offset: marked.indexOf('«') } } },
    ])
    expect(diagnostics[0]?.message).toMatch(text)
  })

  it('collects every mistake in one pass and then gives no policy', () => {
    const broken = GOOD.replace('group: team }', 'group: teem }')
      .replace('[change]', '[chnge]')
      .replace('version: 1', 'version: 3')
    const { policy, diagnostics } = checkPolicy(broken, 'x.policy.yaml')
    expect(policy).toBeUndefined()
    expect(diagnostics.map((d) => d.details?.['rule'])).toEqual([
      'version',
      'unknown-group',
      'unknown-action',
    ])
    expect(diagnostics.every((d) => d.code === 'policy_invalid' && d.remedy)).toBe(true)
  })
})

describe('checkPolicy of a Cedar bundle', () => {
  it('takes the text as it is and names policies by @id or position', () => {
    const source =
      '@id("one") permit(principal, action == Groundplane::Action::"read", resource);\nforbid(principal, action, resource) when { resource == Groundplane::Graph::"x" };'
    const { policy, diagnostics } = checkPolicy(source, 'x.cedar')
    expect(diagnostics).toEqual([])
    expect(Object.keys(policy?.policies ?? {})).toEqual(['one', 'policy1'])
    expect(policy?.target).toBe('either')
  })

  it('refuses nesting that would exhaust the parser, and reads the next bundle', () => {
    const nested = (depth: number) =>
      `permit(principal, action, resource) when { ${'('.repeat(depth)}true${')'.repeat(depth)} };`
    expect(checkPolicy(nested(20_000), 'x.cedar').diagnostics).toMatchObject([
      { code: 'policy_invalid', details: { rule: 'nesting' }, range: { start: { line: 1 } } },
    ])
    expect(checkPolicy(nested(50), 'x.cedar').policy).toBeDefined()
    const quoted = `// ${'('.repeat(200)}\n@id("${'['.repeat(200)}\\"") permit(principal, action, resource);`
    expect(checkPolicy(quoted, 'x.cedar').policy).toBeDefined()
  })

  it('places a syntax error by character even after wide characters', () => {
    const { policy, diagnostics } = checkPolicy(
      '// größer 😀\npermit(principal, action == , resource);',
      'x.cedar',
    )
    expect(policy).toBeUndefined()
    expect(diagnostics[0]).toMatchObject({
      code: 'policy_invalid',
      range: { start: { line: 2, column: 29 } },
    })
  })

  it('warns once, where it stands, of what the schema does not know', () => {
    const source =
      '// permit\n@id("typo") permit(principal, action == Groundplane::Action::"reed", resource);\n\n' +
      'forbid(principal, action, resource) when { context.branch == "main" };'
    const { policy, diagnostics } = checkPolicy(source, 'x.cedar')
    expect(policy).toBeDefined()
    expect(
      diagnostics.map(({ code, severity, range, details }) => [
        code,
        severity,
        details?.['policy'],
        source.slice(range?.start.offset, range?.end.offset),
      ]),
    ).toEqual([
      ['policy_suspect', 'warning', 'typo', 'Groundplane::Action::"reed"'],
      ['policy_suspect', 'warning', 'policy1', 'context.branch'],
    ])
  })

  it.each([
    [
      'a template',
      'template',
      'permit(principal, action, resource);\n«permit(principal == ?principal, action, resource);',
    ],
    [
      'an id used twice',
      'duplicate-id',
      '@id("a") permit(principal, action, resource);«@id("a") forbid(principal, action, resource);',
    ],
  ])('refuses %s where it stands', (_name, rule, marked) => {
    const { policy, diagnostics } = checkPolicy(marked.replace('«', ''), 'x.cedar')
    expect(policy).toBeUndefined()
    expect(diagnostics).toMatchObject([
      { code: 'policy_invalid', details: { rule }, range: { start: { offset: marked.indexOf('«') } } },
    ])
  })

  it('takes protected branches from an annotation, and warns when a condition asks for some and there are none', () => {
    const ask = 'forbid(principal, action, resource) when { context.protected };'
    expect(checkPolicy(`@protected_branches("main, release/1") ${ask}`, 'x.cedar')).toMatchObject({
      diagnostics: [],
      policy: { protectedBranches: ['main', 'release/1'] },
    })
    expect(checkPolicy(ask, 'x.cedar').diagnostics).toMatchObject([
      {
        code: 'policy_suspect',
        severity: 'warning',
        details: { rule: 'scope' },
        range: { start: { offset: 0 } },
      },
    ])
  })
})
