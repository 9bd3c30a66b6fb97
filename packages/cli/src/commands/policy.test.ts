import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const CLI = fileURLToPath(new URL('../main.js', import.meta.url))
const FILES = {
  'cluster.yaml': `version: 1
metadata: { name: two }
graphs: { a: { schema: a.pg }, b: { schema: a.pg }, free: { schema: a.pg } }
policies:
  one: { file: one.policy.yaml, applies_to: [a] }
  two: { file: two.policy.yaml, applies_to: [b] }
`,
  'one.policy.yaml': 'version: 1\nrules: [{ id: ada, allow: { actors: [ada], actions: [read, change] } }]\n',
  'two.policy.yaml': 'version: 1\nrules: [{ id: bob, allow: { actors: [bob], actions: [read] } }]\n',
  'tests.yaml':
    'version: 1\ncases:\n  - { id: x, actor: ada, action: change, graph: a, expect: allow }\n  - { id: y, actor: ada, action: change, graph: b, expect: allow }\n',
}

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-policy-'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(dir, name), text)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'policy', ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, GROUNDPLANE_HOME: join(dir, 'no-home') },
  })
  return { status, stderr, json: args.includes('--json') ? JSON.parse(stdout) : undefined }
}

describe('policy', () => {
  it('validate gives each bundle with its rules and lines, without the rest of the directory being right', () => {
    const { status, json } = run('validate', '--json')
    expect([status, json.ok]).toEqual([0, true])
    expect(json.bundles).toMatchObject([
      {
        name: 'one',
        applies_to: ['a'],
        rules: [{ id: 'ada', effect: 'allow', line: 2, actions: ['read', 'change'] }],
      },
      { name: 'two', applies_to: ['b'] },
    ])
  })

  it('validate refuses two bundles on one graph, positioned in cluster.yaml', () => {
    const config = FILES['cluster.yaml']
    writeFileSync(join(dir, 'cluster.yaml'), config.replace('applies_to: [b]', 'applies_to: [a, b]'))
    const { status, json } = run('validate', '--json')
    writeFileSync(join(dir, 'cluster.yaml'), config)
    expect([status, json.diagnostics]).toMatchObject([
      1,
      [{ code: 'duplicate_policy_binding', file: 'cluster.yaml', range: { start: { line: 6 } } }],
    ])
  })

  it('test exits 1 when a case fails, and says which rule decided each', () => {
    const { status, json } = run('test', '--tests', 'tests.yaml', '--json')
    expect([status, json.passed, json.failed]).toEqual([1, 1, 1])
    expect(json.cases).toMatchObject([
      { id: 'x', passed: true, rule: 'one/ada' },
      { id: 'y', passed: false, expected: 'allow', actual: 'deny', line: 4 },
    ])
  })

  it('explain asks for the graph when it makes a difference, and answers as a server would where no bundle is', () => {
    const ask = (...more: string[]) =>
      run('explain', '--actor', 'ada', '--action', 'change', '--json', ...more)
    expect(ask().json).toMatchObject({ ok: false, error: { code: 'graph_ambiguous' } })
    expect(ask('--graph', 'nope').json).toMatchObject({ ok: false, error: { code: 'graph_not_declared' } })
    expect(ask('--graph', 'a').json).toMatchObject({ decision: 'allow', rule: 'one/ada' })
    expect(ask('--graph', 'b').json).toMatchObject({ decision: 'deny' })
    expect(ask('--graph', 'free').json).toMatchObject({ decision: 'deny', decisions: [{ rules: [] }] })
    expect(
      run('explain', '--actor', 'x', '--action', 'read', '--graph', 'free', '--json').json,
    ).toMatchObject({ decision: 'allow' })
  })

  it.each([
    ['an action that is none', ['explain', '--actor', 'a', '--action', 'chnge'], 'policy_action_unknown'],
    [
      'a branch of an action that has none',
      ['explain', '--actor', 'a', '--action', 'admin', '--branch', 'x'],
      'policy_question',
    ],
    ['two sources', ['validate', '--policy', 'one.policy.yaml', '--config', '.'], 'policy_source'],
    ['tests that cannot be read', ['test', '--tests', 'cluster.yaml'], 'policy_tests_invalid'],
    ['an unapplied cluster', ['validate', '--cluster', '.'], 'cluster_state_missing'],
  ])('refuses %s with a code', (_name, args, code) => {
    const { status, json } = run(...args, '--json')
    expect([status, json.error.code, typeof json.error.remedy]).toEqual([1, code, 'string'])
  })
})
