import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterFixture, TOKENS } from '@groundplane/server/testing/cluster-fixture'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInProcess } from '../testing/command-in-process.js'

let fixture: ClusterFixture
let url: string
const urn = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.v_revenue,PROD)'

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  url = (await fixture.serve()).url
  mkdirSync(join(fixture.dir, 'home'))
}, 60_000)
afterAll(() => fixture?.remove())

const home = () => ({ GROUNDPLANE_HOME: join(fixture.dir, 'home') })
const here = (...args: string[]) =>
  runInProcess(['catalog', ...args, '--cluster', fixture.dir, '--as', 'operator'], home())
const there = (...args: string[]) =>
  runInProcess(['catalog', ...args, '--server', url], {
    ...home(),
    GROUNDPLANE_SERVER: url,
    GROUNDPLANE_TOKEN: TOKENS.operator,
  })

describe('groundplane catalog', () => {
  it.each([
    [['search', 'query=revenue', 'num_results=2']],
    [['get_entities', `urns=["${urn}"]`]],
    [['get_entities', `urns=${urn}`]],
    [['get_lineage', `urn=${urn}`, 'upstream=true', 'max_hops=3']],
    [['diff_health']],
    [['list_schema_fields', '--args', JSON.stringify({ urn, limit: 1 })]],
  ])('%j answers the same of a cluster here and at a server', async (args) => {
    const [a, b] = [await here(...args, '--json'), await there(...args, '--json')]
    expect([a.status, a.stdout]).toEqual([0, b.stdout])
    expect(JSON.parse(a.stdout).receipt.graph).toBe('catalog')
    const shown = await here(...args)
    expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(a.stdout))
  })

  it('lists the tools when none is named', async () => {
    expect((await here()).stdout).toMatch(/^get_lineage +Get lineage$/m)
    const { tools } = JSON.parse((await here('--json')).stdout)
    expect(tools[0]).toMatchObject({ name: 'search', action: 'read', arguments: expect.any(Array) })
  })

  it.each([
    ['tool_unknown', ['serach']],
    ['arguments_invalid', ['search', 'qurey=x']],
    ['arguments_invalid', ['search', 'revenue']],
    ['arguments_invalid', ['get_lineage', 'max_hops=3']],
    ['params_invalid', ['search', '--args', '[]']],
    ['entity_not_found', ['get_lineage', `urn=${urn.replace('v_revenue', 'none')}`]],
    ['catalog_not_found', ['search', '--graph', 'team']],
  ])('is refused with %s for %j', async (code, args) => {
    const { status, stderr } = await here(...args)
    expect([status, stderr]).toEqual([1, expect.stringContaining(`error[${code}]: `)])
    expect(stderr).toMatch(/\n {4}\S/)
  })

  it('writes as one commit by who acts, and is refused where a server takes no writes', async () => {
    const args = ['update_description', `entity_urn=${urn}`, 'description=Revenue by city']
    const answer = JSON.parse((await here(...args, '--json')).stdout)
    expect(answer).toMatchObject({ success: true, changed: 1 })
    expect((await there(...args)).stderr).toContain('error[catalog_writes_off]')
    const { stdout } = await here('provenance', `urn=${urn}`, 'aspect=datasetProperties', '--json')
    expect(JSON.parse(stdout).aspects[0].versions[0]).toMatchObject({
      commit: answer.receipt.commit,
      actor: 'operator',
    })
  })

  it('does what policy lets the actor do', async () => {
    const { stderr } = await runInProcess(
      ['catalog', 'search', '--cluster', fixture.dir, '--as', 'eve'],
      home(),
    )
    expect(stderr).toContain('error[forbidden]')
  })
})
