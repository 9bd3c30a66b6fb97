import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
