import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyCluster, importCluster } from '@groundplane/cluster'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInProcess } from '../testing/command-in-process.js'

const S3 = process.env['GROUNDPLANE_TEST_S3']
const SCHEMA = 'node Person { name: String @key }\n'

/** Its control plane is on S3, so others may work on it from other machines; its graphs are here. */
describe.skipIf(S3 === undefined)('a graph of a cluster that others share', () => {
  let dir: string
  const file = (name: string) => join(dir, name)
  const run = (...args: string[]) => runInProcess(args, { GROUNDPLANE_HOME: file('home') })
  const here = (...args: string[]) => run(...args, '--cluster', dir, '--graph', 'people', '--as', 'ada')
  const heads = async () => (await here('branch', 'list', '--json')).stdout

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'groundplane-shared-'))
    writeFileSync(file('people.pg'), SCHEMA)
    writeFileSync(file('one.jsonl'), '{"type":"Person","data":{"name":"Only"}}\n')
    writeFileSync(file('two.jsonl'), '{"type":"Person","data":{"name":"Other"}}\n')
    writeFileSync(
      file('cluster.yaml'),
      `version: 1\nmetadata: { name: shared }\nstorage: ${S3}/${randomUUID()}\ndata_dir: data\ngraphs:\n  people: { schema: people.pg }\n`,
    )
    await importCluster(dir)
    expect((await applyCluster(dir, { actor: 'ada' })).converged).toBe(true)
    expect((await here('load', '--data', file('one.jsonl'))).status).toBe(0)
    expect((await here('branch', 'create', 'draft')).status).toBe(0)
  }, 60_000)
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('is not destroyed without a yes, however it is named', { timeout: 60_000 }, async () => {
    const before = await heads()
    const commands = [
      ['load', '--mode', 'overwrite', '--data', file('two.jsonl')],
      ['branch', 'delete', 'draft'],
      ['cleanup', '--keep', '1', '--confirm'],
    ]
    const places = [
      ['--cluster', dir, '--graph', 'people'],
      ['--store', file('data/graphs/people.gp')],
    ]
    for (const command of commands) {
      for (const place of places) {
        const refused = await run(...command, ...place, '--as', 'ada')
        expect([command, place, refused.status]).toEqual([command, place, 1])
        expect(refused.stderr).toContain('error[consent_needed]')
      }
    }
    expect(await heads()).toBe(before)
    // What only shows, adds or repeats is not asked about.
    expect((await here('cleanup', '--keep', '1')).status).toBe(0)
    expect((await here('load', '--mode', 'merge', '--data', file('one.jsonl'))).status).toBe(0)
    for (const command of commands) expect((await here(...command, '--yes')).status).toBe(0)
    expect(JSON.parse(await heads()).branches).toHaveLength(1)
    expect((await here('export')).stdout).toBe('{"type":"Person","data":{"name":"Other"}}\n')
  })
})
