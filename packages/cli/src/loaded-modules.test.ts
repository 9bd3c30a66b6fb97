/**
 * What each command loads: most of a command's time is the loading of modules. A new name in a list is a
 * package that everybody who runs the command waits for; more modules than the number, an import that
 * brings more than it looks.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const CLI = fileURLToPath(new URL('./main.js', import.meta.url))
const RECORDER = new URL('./testing/record-modules.js', import.meta.url).href
const EXAMPLE = fileURLToPath(new URL('../../../examples/olist-oncall/', import.meta.url))
const NAMES = 'query q() { match { $p: Person } return { $p.name } }'
let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-loaded-'))
  writeFileSync(join(dir, 'people.pg'), 'node Person {\n  name: String @key\n}\n')
  cpSync(EXAMPLE, join(dir, 'cluster'), { recursive: true })
  spawnSync(process.execPath, [CLI, 'init', '--schema', 'people.pg', 'people.gp'], { cwd: dir })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface Loaded {
  readonly packages: readonly string[]
  readonly modules: readonly string[]
}

const known = new Map<string, Loaded>()

/** The modules a command loads, without those of Node, and the packages they are of. Each command is run once. */
function loadedBy(args: readonly string[], exit = 0): Loaded {
  const key = args.join(' ')
  const loaded = known.get(key) ?? run(args, exit)
  known.set(key, loaded)
  return loaded
}

function run(args: readonly string[], exit: number): Loaded {
  const list = join(dir, 'modules')
  writeFileSync(list, '')
  const { status, stderr } = spawnSync(process.execPath, ['--import', RECORDER, CLI, ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, GROUNDPLANE_HOME: join(dir, 'no-home'), GROUNDPLANE_TEST_MODULES: list },
  })
  expect(status, stderr).toBe(exit)
  const modules = [...new Set(readFileSync(list, 'utf8').split('\n'))].filter((url) =>
    url.startsWith('file:'),
  )
  return { packages: [...new Set(modules.map(packageOf))].sort(), modules }
}

function packageOf(url: string): string {
  const [, installed] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? []
  return installed ?? (/\/packages\/([^/]+)\//.exec(url)?.[1] as string)
}

it.each([
  [['--version'], 'cli commander', 30],
  [['--help'], 'cli commander', 30],
  [['cluster', 'plan', '--help'], 'cli commander', 30],
  [['completion', 'bash'], 'cli commander core', 55],
  [['profile', 'list'], 'cli commander core', 65],
  [['fmt', '--check', 'people.pg'], 'cli commander core lang', 75],
  [['lint', 'people.pg'], 'cli commander core lang lsp yaml', 100],
  [
    ['policy', 'validate', '--config', 'cluster'],
    'cli cluster commander core croner graph lang policy storage yaml',
    160,
  ],
  [
    ['cluster', 'validate', '--config', 'cluster'],
    'catalog cli cluster commander core croner graph lang policy storage yaml',
    175,
  ],
  [['query', '--store', 'people.gp', '-e', NAMES], 'better-sqlite3 cli commander core graph lang', 290],
  [['commit', 'list', 'people.gp'], 'better-sqlite3 cli commander core graph lang', 290],
] as const)('%j loads what it needs and nothing beside', (args, packages, most) => {
  const loaded = loadedBy(args)
  expect(loaded.packages.join(' ')).toBe(packages)
  expect(loaded.modules.length).toBeLessThanOrEqual(most)
})

it('validating loads no database, and of the graph no more than what the configuration is judged by', () => {
  const { modules } = loadedBy(['cluster', 'validate', '--config', 'cluster'])
  expect(
    modules.filter((url) => packageOf(url) === 'graph').map((url) => url.replace(/.*\/dist\//, '')),
  ).toEqual(['value/external-blobs.js', 'error.js'])
})

it('a read of a local graph starts no thread', () => {
  const { modules } = loadedBy(['query', '--store', 'people.gp', '-e', NAMES])
  expect(modules.filter((url) => url.endsWith('/worker-main.js'))).toEqual([])
})

it('a server begins without what only some of its callers need: GraphQL, MCP, PostgreSQL, SQL parsers, the crew', () => {
  const { packages } = loadedBy(['serve', '--cluster', 'nowhere'], 1)
  expect(packages).toContain('fastify')
  const later = [
    'graphql',
    '@modelcontextprotocol/sdk',
    'pg',
    '@polyglot-sql/sdk',
    'crew',
    'warehouse',
    'client',
  ]
  expect(later.filter((name) => packages.includes(name))).toEqual([])
})
