import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CommandsInTurn } from '../testing/command-in-process.js'

const CLI = fileURLToPath(new URL('../main.js', import.meta.url))
const POLICY = `version: 1
rules:
  - { id: all, allow: { actors: [ada], actions: [read, change, invoke_query] } }
  - { id: some, allow: { actors: [bob], actions: [read] } }
`
const QUERIES = `query all() { match { $p: Person } return { $p.name as name, $p.age as age } order { $p.name asc } }
query put($n: String, $a: I32?) { insert Person { name: $n, age: $a } }
`
let dir: string
let server: ChildProcess
let url: string

const commands = new CommandsInTurn()
const environment = (extra: Record<string, string> = {}) => ({
  GROUNDPLANE_HOME: join(dir, 'home'),
  ...extra,
})
const run = (kind: string, args: readonly string[], extra: Record<string, string> = {}) =>
  commands.run(`${args[0]} ${kind}`, args, environment(extra))
/** As whoever holds the token, at the server. */
const at = (token: string, ...args: string[]) =>
  run('there', [...args, '--server', url], { GROUNDPLANE_SERVER: url, GROUNDPLANE_TOKEN: token })
const here = (...args: string[]) => run('here', [...args, '--cluster', dir, '--as', 'ada'])

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-remote-'))
  writeFileSync(join(dir, 'people.pg'), 'node Person { name: String @key age: I32? }\n')
  writeFileSync(join(dir, 'people.gq'), QUERIES)
  writeFileSync(join(dir, 'p.policy.yaml'), POLICY)
  writeFileSync(
    join(dir, 'cluster.yaml'),
    'version: 1\nmetadata: { name: one }\ngraphs:\n  people: { schema: people.pg, queries: people.gq }\n' +
      'policies:\n  p: { file: p.policy.yaml, applies_to: [people] }\n',
  )
  for (const command of ['import', 'apply'])
    expect((await run(command, ['cluster', command, '--config', dir])).status).toBe(0)
  server = spawn(process.execPath, [CLI, 'serve', '--cluster', dir, '--bind', '127.0.0.1:0', '--json'], {
    env: {
      ...process.env,
      ...environment({ GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: '{"ada":"token-a","bob":"token-b"}' }),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = await once(server.stdout as NodeJS.ReadableStream, 'data')
  url = JSON.parse(String(line)).url
}, 240_000)
afterAll(async () => {
  server.kill('SIGTERM')
  await once(server, 'exit')
  rmSync(dir, { recursive: true, force: true })
})

it('a query over a server is the same document as on the cluster, stored or as text, and in each format', async () => {
  const written = await at(
    'token-a',
    'mutate',
    'put',
    '--params',
    '{"n":"Ada","a":36}',
    '--graph',
    'people',
    '--json',
  )
  expect(written.stderr).toContain(`writing to ${url}/graphs/people`)
  const { ok, commit, inserted } = JSON.parse(written.stdout)
  expect([ok, inserted, commit.actor]).toEqual([true, 1, 'ada'])
  for (const query of [['all'], ['-f', join(dir, 'people.gq'), '--name', 'all']]) {
    for (const form of [['--json'], ['--format', 'csv'], []]) {
      const command = ['query', ...query, '--graph', 'people', ...form]
      const [there, local] = [await at('token-a', ...command), await here(...command)]
      expect([there.status, there.stdout]).toEqual([0, local.stdout])
    }
  }
  // As a person in the cluster's directory types it, paths and all.
  const typed = ['query', '-f', 'people.gq', '--name', 'all', '--graph', 'people', '--json']
  const inDirectory = { cwd: dir, env: { ...process.env, ...environment() } }
  const local = await promisify(execFile)(
    process.execPath,
    [CLI, ...typed, '--cluster', '.', '--as', 'ada'],
    inDirectory,
  )
  const over = ['query', '-f', join(dir, 'people.gq'), '--name', 'all', '--graph', 'people', '--json']
  expect(local.stdout).toBe((await at('token-a', ...over)).stdout)
  const past = await at(
    'token-a',
    'query',
    'all',
    '--graph',
    'people',
    '--snapshot',
    commit.parents[0],
    '--json',
  )
  expect(JSON.parse(past.stdout).rows).toEqual([])
}, 240_000)

it('conditions hold over a server, and refusals come with the code of the server', async () => {
  const read = await at('token-a', 'query', 'all', '--graph', 'people', '--json')
  const head = JSON.parse(read.stdout).commit as string
  const put = [
    'mutate',
    '-f',
    join(dir, 'people.gq'),
    '--name',
    'put',
    '--params',
    '{"n":"Bob"}',
    '--graph',
    'people',
  ]
  expect((await at('token-a', ...put, '--if-commit', head, '--message', 'why')).status).toBe(0)
  for (const [token, command, code] of [
    ['token-a', [...put, '--if-commit', head], 'commit_mismatch'],
    ['token-a', ['query', 'all', '--graph', 'people', '--if-commit', head], 'commit_mismatch'],
    ['token-b', put, 'forbidden'],
    ['token-b', ['query', 'all', '--graph', 'people'], 'query_not_found'],
    ['token-a', ['query', 'put', '--graph', 'people'], 'query_kind_mismatch'],
    [
      'token-a',
      ['query', '-e', 'query q() { match { $p: Persn } return { $p } }', '--graph', 'people'],
      'query_invalid',
    ],
    ['token-a', ['query', 'all', '--graph', 'nope'], 'graph_not_found'],
    ['wrong', ['query', 'all', '--graph', 'people'], 'token_unknown'],
    ['token-a', ['query', 'all', '--graph', 'people', '--max-rows', '1'], 'limit_not_over_server'],
    ['token-a', ['query', 'all', '--graph', 'people', '--as', 'eve'], 'actor_not_over_server'],
    ['token-a', ['query', 'all', '--graph', 'people', '--store', 'x.gp'], 'graph_address'],
  ] as const) {
    const { status, stderr } = await at(token, ...command)
    expect([command, status, stderr.includes(`error[${code}]`)], stderr).toEqual([command, 1, true])
  }
  expect(
    JSON.parse((await at('token-a', 'query', 'all', '--graph', 'people', '--json')).stdout).rowCount,
  ).toBe(2)
}, 240_000)

it('an explanation over a server is the one on the cluster but for its times, of a write too, which is not done', async () => {
  const untimed = (stdout: string) => ({ ...JSON.parse(stdout), timings: null })
  for (const args of [
    ['explain', 'all', '--json'],
    [
      'query',
      '-e',
      'query q() { match { $p: Person { name: "Ada" } } return { $p.age } }',
      '--explain',
      '--json',
    ],
    ['explain', 'put', '--params', '{"n":"Never"}', '--json'],
  ]) {
    const [far, near] = [await at('token-a', ...args, '--graph', 'people'), await here(...args)]
    expect([far.status, near.status], far.stdout + near.stdout).toEqual([0, 0])
    expect(untimed(far.stdout)).toEqual(untimed(near.stdout))
  }
  expect((await here('query', 'all', '--json')).stdout).not.toContain('Never')
}, 240_000)
