import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeWarehouse } from '@groundplane/catalog/testing/small-warehouse'
import { scheduleList } from '@groundplane/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { caught, runInProcess } from '../testing/command-in-process.js'
import { runScheduleList, runScheduleRun } from './schedule.js'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const CONFIG = `version: 1
metadata: { name: shop }
graphs: { catalog: { kind: catalog } }
sources:
  shop:
    kind: sqlite
    graph: catalog
    url: shop.db
    schedule: "15 * * * *"
    health: SELECT count(*) > 1 FROM customers
assertions:
  base: { file: base.assertions.yaml, graph: catalog, sources: [shop], schedule: "30 6 * * *", timezone: Europe/Berlin }
`
const ASSERTIONS = `version: 1
assertions:
  amount_not_null: { dataset: payments, column: amount, type: not_null }
`
const POLICY = `version: 1
rules:
  - { id: ada, allow: { actors: [ada], actions: [read, change] } }
`

let root: string
let dir: string
let environment: Record<string, string>
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'groundplane-schedule-'))
  dir = join(root, 'c')
  mkdirSync(dir)
  writeFileSync(join(dir, 'cluster.yaml'), CONFIG)
  writeFileSync(join(dir, 'base.assertions.yaml'), ASSERTIONS)
  makeWarehouse(join(dir, 'shop.db'), 7, 2)
  environment = { GROUNDPLANE_HOME: join(root, 'home'), GROUNDPLANE_DEBUG: '1' }
  for (const step of ['import', 'apply'])
    expect(await command(['cluster', step, '--config', dir]), step).toMatchObject({ status: 0 })
})
afterEach(() => rmSync(root, { recursive: true }))

const command = (args: readonly string[]) => runInProcess(args, environment)

/** `schedule run` at a moment: its exit code and its document. */
async function runAt(time: string, as?: string) {
  const options = { cluster: dir, json: true, ...(as !== undefined && { as }) }
  const { status, stdout } = await caught(() => runScheduleRun(options, () => Date.parse(time)), environment)
  return { status, ...JSON.parse(stdout) }
}

async function listAt(time: string) {
  const options = { cluster: dir, json: true }
  const { stdout } = await caught(() => runScheduleList(options, () => Date.parse(time)), environment)
  return JSON.parse(stdout).schedules
}

describe('the schedules of a cluster', { timeout: 120_000 }, () => {
  it('are run at their times, and say what they wrote and when they run next', async () => {
    expect(await runAt('2026-03-01T04:00:00Z')).toMatchObject({
      status: 0,
      ok: true,
      runs: [
        { schedule: 'source.shop', status: 'registered' },
        { schedule: 'assertion.base.shop', status: 'registered' },
      ],
    })
    const { status, runs } = await runAt('2026-03-01T05:45:00Z')
    expect(status).toBe(0)
    expect(runs).toMatchObject([
      { result: { due: '2026-03-01T05:15:00.000Z', missed: 1, outcome: 'succeeded' } },
      { result: { due: '2026-03-01T05:30:00.000Z', missed: 0, outcome: 'succeeded' } },
    ])
    const commits = runs.map((r: { result: { commit: string } }) => r.result.commit)
    const asked = await command(['commit', 'list', '--cluster', dir, '--json'])
    for (const commit of commits) expect(asked.stdout).toContain(commit)
    // Nothing changed since: the next runs have nothing to commit.
    expect(await runAt('2026-03-02T05:45:00Z')).toMatchObject({
      runs: [{ result: { missed: 23, commit: null } }, { result: { commit: null } }],
    })
    expect(await listAt('2026-03-02T05:46:00Z')).toMatchObject([
      {
        schedule: 'source.shop',
        state: 'waiting',
        next: '2026-03-02T06:15:00.000Z',
        last: { outcome: 'succeeded' },
      },
      { schedule: 'assertion.base.shop', timezone: 'Europe/Berlin', next: '2026-03-03T05:30:00.000Z' },
    ])
    const table = await command(['schedule', 'list', '--cluster', dir])
    expect(table.stdout).toMatch(/source\.shop +15 \* \* \* \* +UTC/)
  })

  it('say who asked for a run, in their records and in what it wrote', async () => {
    const run = (...more: string[]) =>
      command(['schedule', 'run', '--cluster', dir, '--now', 'source.shop', '--as', 'nightly', ...more])
    expect((await run('--asked-by', 'bob')).stdout).toMatch(/succeeded for .*, asked for by bob; commit/)
    const commits = await command(['commit', 'list', '--cluster', dir, '--json'])
    expect(commits.stdout).toContain('harvest shop, asked for by bob')
    expect((await command(['schedule', 'list', '--cluster', dir])).stdout).toMatch(/asked_by.*\n.*\n.* bob /)
    expect((await run('--json')).stdout).toContain('"asked_by":"nightly"')
  })

  it('skip a source that is not healthy, record one that fails, and try both again at the next time', async () => {
    await runAt('2026-03-01T04:00:00Z')
    const empty = join(dir, 'empty.db')
    makeWarehouse(empty, 1, 0)
    renameSync(join(dir, 'shop.db'), join(dir, 'full.db'))
    renameSync(empty, join(dir, 'shop.db'))
    const skipped = await runAt('2026-03-01T04:15:00Z')
    expect(skipped).toMatchObject({ status: 0, ok: true })
    expect(skipped.runs[0]).toMatchObject({
      result: { outcome: 'skipped', code: 'source_unhealthy', commit: null },
    })

    rmSync(join(dir, 'shop.db'))
    const failed = await runAt('2026-03-01T05:15:00Z')
    expect(failed).toMatchObject({ status: 1, ok: false })
    expect(failed.runs[0]).toMatchObject({
      result: { outcome: 'failed', code: 'source_not_found', commit: null },
    })
    expect((await listAt('2026-03-01T05:16:00Z'))[0]).toMatchObject({
      last_succeeded: null,
      state: 'waiting',
    })

    // An assertion about a table that there is not.
    writeFileSync(join(dir, 'base.assertions.yaml'), ASSERTIONS.replace('payments', 'refunds'))
    expect(await command(['cluster', 'apply', '--config', dir])).toMatchObject({ status: 0 })
    renameSync(join(dir, 'full.db'), join(dir, 'shop.db'))
    expect((await runAt('2026-03-02T06:15:00Z')).runs).toMatchObject([
      { result: { outcome: 'succeeded', commit: expect.any(String) } },
      { result: { outcome: 'failed', code: 'assertions_undecided' } },
    ])
  })

  it('act as who runs them: whom policy does not let change the catalog writes nothing, and that is recorded', async () => {
    writeFileSync(join(dir, 'p.policy.yaml'), POLICY)
    const policies = 'policies: { p: { file: p.policy.yaml, applies_to: [catalog] } }\n'
    writeFileSync(join(dir, 'cluster.yaml'), CONFIG + policies)
    expect(await command(['cluster', 'apply', '--config', dir])).toMatchObject({ status: 0 })
    await runAt('2026-03-01T04:00:00Z', 'ben')
    expect((await runAt('2026-03-01T04:15:00Z', 'ben')).runs[0]).toMatchObject({
      result: { outcome: 'failed', code: 'forbidden', actor: 'ben', commit: null },
    })
    expect((await runAt('2026-03-01T05:15:00Z', 'ada')).runs[0]).toMatchObject({
      result: { outcome: 'succeeded', actor: 'ada' },
    })
  })

  it('that are due are run once by two processes together', async () => {
    await runAt('2026-03-01T04:00:00Z')
    const both = [0, 1].map(() => spawned(['schedule', 'run', '--cluster', dir, '--json']))
    const runs = (await Promise.all(both.map(documentOf))).flatMap((document) => document.runs)
    for (const schedule of ['source.shop', 'assertion.base.shop'])
      expect(runs.filter((r) => r.schedule === schedule && r.status === 'ran')).toHaveLength(1)
    expect(runs).toHaveLength(4)
  })

  it('are run by a server while it serves', async () => {
    await runAt('2026-03-01T04:00:00Z')
    const server = spawned(['serve', '--cluster', dir, '--bind', '127.0.0.1:0', '--unauthenticated'])
    try {
      await recorded('assertion.base.shop', (record) => record.last?.outcome === 'succeeded')
      const [line] = (await once(server.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer]
      const url = String(line).replace('listening on ', '').trim()
      const answer = scheduleList.parse(await (await fetch(`${url}/schedules`)).json())
      expect(answer).toMatchObject({
        schedules: [
          { schedule: 'source.shop', last: { outcome: 'succeeded' } },
          { schedule: 'assertion.base.shop', last: { outcome: 'succeeded' } },
        ],
      })
      // Another process ran them.
      expect(answer.schedules[0]?.last?.pid).not.toBe(server.pid)
    } finally {
      server.kill('SIGTERM')
      expect(await once(server, 'exit')).toEqual([0, null])
    }
  })

  /** Resolves when the record of a schedule is as wanted. */
  async function recorded(address: string, wanted: (record: { last?: { outcome: string } }) => boolean) {
    const folder = join(dir, '__cluster/schedules')
    const isWanted = () => wanted(JSON.parse(readFileSync(join(folder, `${address}.json`), 'utf8')))
    const watcher = watch(folder)
    try {
      while (!isWanted()) await once(watcher, 'change')
    } finally {
      watcher.close()
    }
  }

  function spawned(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  async function documentOf(child: ChildProcess): Promise<{ runs: { schedule: string; status: string }[] }> {
    let text = ''
    child.stdout?.on('data', (part) => {
      text += part
    })
    await once(child, 'close')
    return JSON.parse(text)
  }
})
