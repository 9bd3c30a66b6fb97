import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Catalog } from '@groundplane/catalog'
import { type Behaviour, HostileGms } from '@groundplane/catalog/testing/hostile-gms'
import { makeWarehouse } from '@groundplane/catalog/testing/small-warehouse'
import { Graph } from '@groundplane/graph'
import { type RunningServer, serve } from '@groundplane/server'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { caught, runInProcess } from '../testing/command-in-process.js'
import { runScheduleList, runScheduleRun } from './schedule.js'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const TOKEN = 'hub-token-93ab41'
const config = (url: string) => `version: 1
metadata: { name: published }
graphs:
  catalog: { kind: catalog }
  mirror: { kind: catalog }
policies: { base: { file: base.policy.yaml, applies_to: [catalog, mirror] } }
sources:
  shop: { kind: sqlite, graph: catalog, url: shop.db, health: "SELECT complete FROM loads", schedule: "0 * * * *" }
publish:
  hub:
    graph: catalog
    url: ${url}
    token: \${HUB_TOKEN}
    schedule: "30 * * * *"
`
const POLICY = `version: 1
rules:
  - { id: hub, allow: { actors: [hub], actions: [read, export, change] } }
`

let root: string
let dir: string
let server: RunningServer
let gms: HostileGms
let graphs: Record<'catalog' | 'mirror', Graph>
let hour = 0
/** Everything that was printed. */
let said = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'groundplane-publish-'))
  dir = join(root, 'c')
  mkdirSync(dir)
  makeWarehouse(join(dir, 'shop.db'), 5, 2)
  load('CREATE TABLE loads (complete INTEGER); INSERT INTO loads VALUES (1)')
  writeFileSync(join(dir, 'cluster.yaml'), config('http://127.0.0.1:1'))
  writeFileSync(join(dir, 'base.policy.yaml'), POLICY)
  await command(['cluster', 'import', '--config', dir])
  await apply()
  server = await serve({
    clusterDir: dir,
    bind: '127.0.0.1:0',
    tokens: { hub: TOKEN },
    environment: {},
    logLevel: 'silent',
    print: () => {},
  })
  gms = await HostileGms.start(`${server.url}/graphs/mirror/datahub`)
  writeFileSync(join(dir, 'cluster.yaml'), config(gms.url))
  await apply()
  const open = (id: string) => Graph.open(join(dir, 'graphs', `${id}.gp`))
  graphs = { catalog: open('catalog'), mirror: open('mirror') }
  await runAt('00:15')
})
afterAll(async () => {
  for (const graph of Object.values(graphs ?? {})) graph.close()
  await gms?.close()
  await server?.close()
  rmSync(root, { recursive: true, force: true })
})
beforeEach(() => {
  gms.forget()
  gms.behave = () => 'pass'
  hour++
})

const environment = () => ({ GROUNDPLANE_HOME: join(root, 'home'), HUB_TOKEN: TOKEN })
async function command(args: readonly string[], env: Record<string, string> = environment()) {
  const result = await runInProcess(args, env)
  said += result.stdout + result.stderr
  return result
}
const apply = async () =>
  expect(await command(['cluster', 'apply', '--config', dir])).toMatchObject({ status: 0 })
const load = (sql: string) => new Database(join(dir, 'shop.db')).exec(sql).close()
const ingest = (name: string, n = 1) =>
  new Catalog(graphs.catalog).ingest(
    Array.from({ length: n }, (_, i) => ({
      entityUrn: `urn:li:dataset:(urn:li:dataPlatform:hive,${name}.${i},PROD)`,
      aspectName: 'datasetProperties',
      aspect: { name },
    })),
  ).commit?.id

/** `schedule run` at a time of day, as a document; what the publication came to is its last. */
async function runAt(time: string, env: Record<string, string> = environment()) {
  const clock = () => Date.parse(`2026-03-01T${time}:00Z`)
  const { status, stdout, stderr } = await caught(
    () => runScheduleRun({ cluster: dir, json: true, as: 'hub' }, clock),
    env,
  )
  said += stdout + stderr
  const { runs } = JSON.parse(stdout)
  return { status, publication: runs.at(-1).result, runs }
}
const at = (minutes: number) => `${String(hour).padStart(2, '0')}:${minutes}`
/** Of the datasets that were ingested here. */
const namesIn = (id: 'catalog' | 'mirror') =>
  [...graphs[id].export({ types: ['Aspect'] })]
    .map((line) => JSON.parse(line).data)
    .filter(({ urn, name }) => urn.includes(':hive,') && name === 'datasetProperties')
    .map(({ urn }) => urn)
    .sort()

describe('a catalog with a publish target', { timeout: 120_000 }, () => {
  it('is published when the time comes, after what is harvested then; without a change nothing is sent', async () => {
    const { runs, status } = await runAt(at(30))
    expect(status).toBe(0)
    expect(runs.map((r: { schedule: string }) => r.schedule)).toEqual(['source.shop', 'publish.hub'])
    expect(runs[1].result).toMatchObject({
      outcome: 'succeeded',
      commit: runs[0].result.commit,
      due: '2026-03-01T01:30:00.000Z',
    })
    const sent = gms.proposals.sent.map(([urn]) => urn)
    expect(sent.some((urn) => urn.includes('shop.main.payments'))).toBe(true)
    expect(gms.seen.every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true)
    hour++
    expect((await runAt(at(30))).publication).toMatchObject({ outcome: 'succeeded', commit: null })
    const { stdout } = await caught(
      () =>
        runScheduleList({ cluster: dir, json: true, as: 'hub' }, () => Date.parse('2026-03-01T02:31:00Z')),
      environment(),
    )
    expect(JSON.parse(stdout).schedules[1]).toMatchObject({
      schedule: 'publish.hub',
      graph: 'catalog',
      next: '2026-03-01T03:30:00.000Z',
      last: { outcome: 'succeeded' },
    })
  })

  it('is not published while a source of it is not healthy, by schedule or by hand; the next time it is', async () => {
    const commit = ingest('waiting')
    load('UPDATE loads SET complete = 0')
    expect((await runAt(at(30))).publication).toMatchObject({
      outcome: 'skipped',
      code: 'source_unhealthy',
      commit: null,
    })
    const byHand = await command(['catalog', 'publish', 'hub', '--cluster', dir, '--as', 'hub', '--json'])
    expect([byHand.status, JSON.parse(byHand.stdout).error.code]).toEqual([1, 'source_unhealthy'])
    expect(gms.seen).toEqual([])
    load('UPDATE loads SET complete = 1')
    hour++
    const { publication } = await runAt(at(30))
    expect(publication).toMatchObject({ outcome: 'succeeded', missed: 0 })
    expect(namesIn('mirror')).toEqual(namesIn('catalog'))
    expect(commit).toBeDefined()
  })

  it('asks only the sources that are named', async () => {
    load('UPDATE loads SET complete = 0')
    writeFileSync(join(dir, 'cluster.yaml'), `${config(gms.url)}    require_healthy: []\n`)
    await apply()
    ingest('all the same')
    expect((await runAt(at(30))).publication).toMatchObject({ outcome: 'succeeded' })
    load('UPDATE loads SET complete = 1')
    writeFileSync(join(dir, 'cluster.yaml'), config(gms.url))
    await apply()
  })

  it('records why nothing was published: no token, a token that is not let in, a target that is ill or refuses records', async () => {
    ingest('troubled')
    const { HUB_TOKEN: _, ...none } = environment()
    expect(await runAt(at(30), none)).toMatchObject({
      status: 1,
      publication: { outcome: 'failed', code: 'token_missing' },
    })
    hour++
    const wrong = { ...none, HUB_TOKEN: 'wrong-token-5510' }
    expect((await runAt(at(30), wrong)).publication).toMatchObject({ code: 'gms_denied' })
    hour++
    gms.behave = (): Behaviour => ({ status: 307, headers: { location: 'http://127.0.0.1:9/' } })
    expect((await runAt(at(30))).publication).toMatchObject({ code: 'gms_redirects', commit: null })
    hour++
    gms.behave = ({ body }): Behaviour =>
      body.includes('troubled') ? { status: 422, body: JSON.stringify({ message: `no ${TOKEN}` }) } : 'pass'
    expect((await runAt(at(30))).publication).toMatchObject({
      outcome: 'failed',
      code: 'publication_refused',
      message: expect.stringMatching(/troubled\.0.* datasetProperties: no \*\*\*$/),
    })
    hour++
    gms.behave = () => 'pass'
    expect((await runAt(at(30))).publication).toMatchObject({ outcome: 'succeeded' })
    expect(namesIn('mirror')).toEqual(namesIn('catalog'))
  })

  it('whose runner is killed in the middle is published on by the next one, from there', async () => {
    ingest('many', 350)
    // The first look of that hour leaves the time due; a process of its own then has it.
    const child = spawn(process.execPath, [MAIN, 'schedule', 'run', '--cluster', dir, '--as', 'hub'], {
      env: { ...process.env, ...environment() },
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    // The second batch arrives, and nobody hears the answer.
    gms.behave = async (): Promise<Behaviour> => {
      if (gms.proposals.requests < 2) return 'pass'
      child.kill('SIGKILL')
      await ended
      return 'pass-then-reset'
    }
    expect(await ended).toEqual([null, 'SIGKILL'])
    const before = gms.proposals.sent.length
    expect(before).toBe(200)
    gms.forget()
    gms.behave = () => 'pass'
    const resumed = await command(['schedule', 'run', '--cluster', dir, '--as', 'hub', '--json'])
    const [publication] = JSON.parse(resumed.stdout).runs.slice(-1)
    expect(publication).toMatchObject({ status: 'ran', result: { outcome: 'succeeded', interrupted: 1 } })
    // What was acknowledged is not sent again.
    expect(gms.proposals.sent).toHaveLength(250)
    expect(namesIn('mirror')).toEqual(namesIn('catalog'))
  })

  it('is published by hand under the name of the target too, which says all that options would', async () => {
    ingest('by hand')
    const publish = (...args: string[]) =>
      command(['catalog', 'publish', ...args, '--cluster', dir, '--as', 'hub'])
    expect((await publish('hub', '--dry-run')).stdout).toMatch(/^1 to send/)
    expect((await publish('hub')).stdout).toMatch(/^1 sent; /)
    expect((await publish('hub')).stdout).toMatch(/^0 sent; /)
    for (const [args, code] of [
      [[], 'publish_target_missing'],
      [['hub', '--to', gms.url], 'publish_target_twice'],
      [['hub', '--graph', 'mirror'], 'publish_target_twice'],
      [['nobody'], 'publish_target_not_found'],
    ] as const) {
      const { status, stdout } = await publish(...args, '--json')
      expect([status, JSON.parse(stdout).error.code], args.join(' ')).toEqual([1, code])
    }
  })

  it('keeps the token out of everything that is written down or said', () => {
    const files = readdirSync(join(dir, '__cluster'), { recursive: true, withFileTypes: true })
    const written = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'))
    expect(written.some((text) => text.includes('${HUB_TOKEN}'))).toBe(true)
    for (const text of [...written, said]) expect(text).not.toMatch(/hub-token-93ab41|wrong-token-5510/)
  })
})
