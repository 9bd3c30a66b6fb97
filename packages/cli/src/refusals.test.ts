import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serverFetch } from './operator/server-fetch.js'
import { runInProcess } from './testing/command-in-process.js'
import { ServedPeople } from './testing/served-people.js'

const CLI = fileURLToPath(new URL('./main.js', import.meta.url))
let people: ServedPeople
const home = () => join(people.dir, 'home')
const run = (...args: string[]) => runInProcess(args, { GROUNDPLANE_HOME: home() })

beforeAll(async () => {
  people = await ServedPeople.start()
  people.file('bad.json', '{"Person": "many"}')
  people.file('two-words', 'not a token')
  people.file('loose.gq', 'query  q( ) { match { $p: Person } return { $p.name } }')
  people.file(
    'home/config.yaml',
    `clusters: { here: { root: "${people.dir}" } }\naliases:\n  all: { cluster: here, graph: people, query: all }\n  lost: { query: all }\n`,
  )
}, 60_000)
afterAll(() => people?.stop())

it('each refusal of a command has its code, its remedy, and exit code 1', { timeout: 60_000 }, async () => {
  const there = ['--cluster', people.dir, '--as', 'ada']
  const cases: [code: string, ...args: string[]][] = [
    ['alias_unknown', 'alias', 'run', 'al'],
    ['alias_arguments', 'alias', 'run', 'all', 'one', '--as', 'ada'],
    ['alias_place', 'alias', 'run', 'lost'],
    ['changes_start', 'changes', ...there, '--start', 'sometime'],
    ['crew_not_configured', 'incident', 'something is wrong', ...there],
    ['catalog_not_found', 'incidents', 'list', ...there],
    ['catalog_not_found', 'incidents', 'list', ...there, '--graph', 'people'],
    ['params_invalid', 'query', 'all', ...there, '--params', '['],
    ['params_invalid', 'query', 'all', ...there, '--params', '[]'],
    ['profile_choice', 'profile', 'use'],
    ['profile_none', 'profile', 'show'],
    ['profile_unknown', 'profile', 'show', 'nowhere'],
    ['row_counts_invalid', 'lint', people.dir, '--row-counts', join(people.dir, 'bad.json')],
    ['server_needed', 'logout'],
    ['token_malformed', 'login', 'http://127.0.0.1:1', '--token-file', join(people.dir, 'two-words')],
  ]
  for (const [code, ...args] of cases) {
    const { status, stderr } = await run(...args)
    expect([args, status, stderr]).toEqual([args, 1, expect.stringContaining(`error[${code}]: `)])
    expect(stderr, `a remedy of ${code}`).toMatch(/\n {4}\S/)
    const document = await run(...args, '--json')
    expect([args, JSON.parse(document.stdout)]).toMatchObject([args, { ok: false, error: { code } }])
  }
})

it('a token is not asked for where nobody would see the question', async () => {
  const { stdin } = process
  const before = stdin.isTTY
  stdin.isTTY = true
  try {
    const { status, stdout } = await run('login', 'http://127.0.0.1:1', '--json')
    expect([status, JSON.parse(stdout).error.code]).toEqual([1, 'token_needed'])
  } finally {
    stdin.isTTY = before
  }
})

it('an operator config that cannot be read stops what would look into it', async () => {
  const other = join(people.dir, 'other-home')
  mkdirSync(join(other, 'config.yaml'), { recursive: true })
  const { status, stderr } = await runInProcess(['profile', 'list'], { GROUNDPLANE_HOME: other })
  expect([status, stderr]).toEqual([1, expect.stringContaining('error[operator_config_unreadable]')])
  rmSync(other, { recursive: true })
})

it('a request to another origin than the one its token belongs to is never made', async () => {
  const other = serverFetch('https://graphs.example')('https://elsewhere.example/graphs')
  await expect(other).rejects.toMatchObject({ code: 'server_origin', kind: 'internal' })
})

it('a file that cannot be written whole stays as it was, and nothing is left beside it', () => {
  const before = readFileSync(join(people.dir, 'loose.gq'), 'utf8')
  const names = readdirSync(people.dir)
  // No file may grow: what a full disk says, said by the kernel.
  const limited = `trap '' XFSZ; ulimit -f 0; exec '${process.execPath}' '${CLI}' fmt loose.gq`
  const env = { ...process.env, GROUNDPLANE_HOME: home() }
  const { status, stderr } = spawnSync('sh', ['-c', limited], { cwd: people.dir, env, encoding: 'utf8' })
  expect([status, stderr]).toEqual([1, expect.stringContaining('error[file_not_written]')])
  expect(readFileSync(join(people.dir, 'loose.gq'), 'utf8')).toBe(before)
  expect(readdirSync(people.dir)).toEqual(names)
})
