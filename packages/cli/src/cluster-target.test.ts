import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const CLI = fileURLToPath(new URL('./main.js', import.meta.url))
let dir: string

function run(...args: string[]) {
  const env = { ...process.env, GROUNDPLANE_HOME: join(dir, 'no-home') }
  return spawnSync(process.execPath, [CLI, ...args], { cwd: dir, encoding: 'utf8', env })
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-cli-'))
  writeFileSync(join(dir, 'a.pg'), 'node Person { name: String @key }\n')
  const graphs = '{ one: { schema: a.pg }, two: { schema: a.pg } }'
  writeFileSync(
    join(dir, 'cluster.yaml'),
    `version: 1\nmetadata: { name: pair }\nstate: { lock: false }\ngraphs: ${graphs}\n`,
  )
  for (const command of ['import', 'apply']) expect(run('cluster', command).status).toBe(0)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('a cluster that is not valid', () => {
  it('makes validate exit 1, with the document alone on standard output', () => {
    mkdirSync(join(dir, 'broken'))
    writeFileSync(join(dir, 'broken', 'cluster.yaml'), 'version: 1\nmetadata: { name: x }\ngraphz: {}\n')
    const { status, stdout, stderr } = run('cluster', 'validate', '--config', 'broken', '--json')
    expect([status, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, diagnostics: [{ code: 'invalid_cluster_yaml' }] })
    const people = run('cluster', 'validate', '--config', 'broken')
    expect([people.status, people.stdout]).toEqual([1, ''])
    expect(people.stderr).toContain('error[invalid_cluster_yaml]')
    expect(run('cluster', 'validate', '--json').status).toBe(0)
  })
})

it('every command that takes the lock of a cluster can be told who gives it', () => {
  for (const command of ['import', 'plan', 'apply', 'approve', 'refresh', 'gc'])
    expect([command, run('cluster', command, '--help').stdout.includes('--as <actor>')]).toEqual([
      command,
      true,
    ])
})

describe('the root of a graph that a cluster manages', () => {
  it('is refused by init and by schema apply, which name the cluster and change nothing', () => {
    const ledger = () => readFileSync(join(dir, '__cluster', 'state.json'), 'utf8')
    const before = ledger()
    writeFileSync(join(dir, 'b.pg'), 'node Person { name: String @key age: I32? }\n')
    const refused = [
      run('init', '--schema', 'b.pg', 'graphs/three.gp'),
      run('schema', 'apply', 'graphs/two.gp', '--schema', 'b.pg'),
    ]
    for (const { status, stderr } of refused) {
      expect(status).toBe(1)
      expect(stderr).toContain('error[root_is_cluster_managed]')
      expect(stderr).toContain('groundplane cluster')
    }
    expect(existsSync(join(dir, 'graphs/three.gp'))).toBe(false)
    expect(run('schema', 'show', 'graphs/two.gp').stdout.trim()).toBe('node Person { name: String @key }')
    expect(ledger()).toBe(before)
  })
})

describe('a graph of the cluster that is damaged', () => {
  it('is said to be damaged, and its neighbour is never taken in its place', () => {
    writeFileSync(join(dir, 'graphs', 'one.gp', 'graph.db'), 'no database')
    const damaged = run('export', '--cluster', '.', '--graph', 'one')
    expect(damaged.status).toBe(1)
    expect(damaged.stderr).toContain('error[graph_unopenable]')
    expect(damaged.stderr).toContain('groundplane cluster plan')
    expect(run('export', '--cluster', '.').stderr).toContain('error[graph_ambiguous]')
    expect(run('export', '--cluster', '.', '--graph', 'two').status).toBe(0)
    expect(run('export', '--cluster', '.', '--graph', 'three').stderr).toContain('error[graph_not_applied]')
  })
})

describe('serve', () => {
  const firstLine = async (...more: string[]) => {
    const args = [CLI, 'serve', '--cluster', dir, '--bind', '127.0.0.1:0', '--unauthenticated', ...more]
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    const [line] = await once(server.stdout, 'data')
    server.kill('SIGTERM')
    expect(await once(server, 'exit')).toEqual([0, null])
    return String(line)
  }

  it('ends with 0 on a signal sent the moment it has said its address', async () => {
    expect(await firstLine()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n$/)
  })

  it('says with --json in one line where it is, what it serves and what it cannot', async () => {
    expect(JSON.parse(await firstLine('--json'))).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      mode: 'open',
      revision: expect.any(Number),
      graphs: expect.any(Array),
      quarantined: [{ graph: 'one', code: expect.any(String), message: expect.any(String) }],
    })
  })
})
