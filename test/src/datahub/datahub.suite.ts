import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { knownAspects } from '@groundplane/catalog'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY, runCommand } from '../command.js'
import { blocksOf } from '../docs-page.js'
import { ServedCluster, TOKENS } from '../http/served-cluster.js'
import { PythonClient } from './python-client.js'
import { fillShop } from './shop-cluster.js'
import { comparable, withoutDefaults } from './shop-facts.js'

// `npm run test:datahub`: DataHub's own client, pinned, against a serving process.

const client = PythonClient.install()
if (!client) process.stderr.write('test:datahub is skipped: the client of DataHub could not be installed\n')

const PROPOSALS = join(REPOSITORY, '../shared/data/datahub/addon_bootstrap_mce.json')
interface Proposal {
  readonly entityUrn: string
  readonly aspectName: string
  readonly aspect: { readonly value?: string; readonly json?: unknown }
}
const ADDRESS = 'http://127.0.0.1:8080/graphs/catalog/datahub'

describe.skipIf(!client)('the client of DataHub', () => {
  const python = client as PythonClient
  let cluster: ServedCluster
  const gms = (graph: string) => `${cluster.url}/graphs/${graph}/datahub`

  beforeAll(async () => {
    cluster = await ServedCluster.start([], { fill: fillShop })
  })
  afterAll(async () => {
    await cluster?.dispose()
    client?.dispose()
  })

  async function ask(graph: string, path: string, body?: unknown) {
    const response = await fetch(`${gms(graph)}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    expect(response.status).toBe(200)
    // biome-ignore lint/suspicious/noExplicitAny: read by path
    return (await response.json()) as any
  }

  const page = blocksOf('datahub.md', readFileSync(join(REPOSITORY, 'docs/datahub.md'), 'utf8'))
  const example = (kind: string) => page.find(({ options }) => kind in options)?.text as string

  /** The recipe of the documentation, for one of the cluster's warehouses. */
  const recipeOf = (warehouse: string, extra = '') =>
    example('recipe')
      .replace(ADDRESS, gms('arrived'))
      .replace('sqlite:///shop.db', `sqlite:///${join(cluster.dir, `${warehouse}.db`)}`)
      .replace('platform_instance: shop\n', `platform_instance: ${warehouse}\n${extra}`)
  const PROFILING = '    profiling: { enabled: true, profile_table_level_only: true }\n'
  const env = { GROUNDPLANE_TOKEN: TOKENS.operator }

  it.each([
    ['shop', 4],
    ['olist_source', 14],
    ['olist_dirty', 14],
  ])(
    'ingests the warehouse %s with the recipe that the documentation shows, and what arrives is what our harvest found',
    async (warehouse, datasets) => {
      const { code, output } = await python.ingest(recipeOf(warehouse, PROFILING), env)
      expect(code, output.slice(-4000)).toBe(0)
      expect(output).toContain("'failures': []")
      const [arrived, harvested] = await Promise.all([
        factsOf('arrived', warehouse),
        factsOf('harvested', warehouse),
      ])
      expect(Object.keys(harvested)).toHaveLength(datasets)
      expect(arrived).toEqual(harvested)
    },
  )

  it('ingests the same again, and the datasets are not touched', async () => {
    const before = await aspectsOf('arrived')
    const { code, output } = await python.ingest(recipeOf('shop'), env)
    expect(code, output.slice(-4000)).toBe(0)
    expect(await aspectsOf('arrived')).toEqual(before)
  })

  it('remembers what a pipeline has seen, so that what is gone from the source is soft-deleted by the next run', async () => {
    const db = new Database(join(cluster.dir, 'seen.db'))
    db.exec('CREATE TABLE stays (x INTEGER PRIMARY KEY); CREATE TABLE goes (x INTEGER PRIMARY KEY)')
    const stateful = '    stateful_ingestion: { enabled: true, remove_stale_metadata: true }\n'
    const recipe = `pipeline_name: seen\n${recipeOf('seen', stateful)}`
    const removed = async (table: string) => {
      const urn = `urn:li:dataset:(urn:li:dataPlatform:sqlite,seen.main.${table},PROD)`
      const { aspects } = await ask('arrived', `/entitiesV2/${encodeURIComponent(urn)}`)
      return aspects.status.value.removed
    }
    const first = await python.ingest(recipe, env)
    expect([first.code, await removed('stays'), await removed('goes')], first.output.slice(-3000)).toEqual([
      0,
      false,
      false,
    ])
    db.exec('DROP TABLE goes')
    db.close()
    const second = await python.ingest(recipe, env)
    expect([second.code, await removed('stays'), await removed('goes')], second.output.slice(-3000)).toEqual([
      0,
      false,
      true,
    ])
  })

  async function urnsOf(graph: string, entity: string): Promise<string[]> {
    const { value } = await ask(graph, '/entities?action=listUrns', { entity, start: 0, count: 1000 })
    expect(value.total).toBe(value.entities.length)
    return value.entities
  }

  async function factsOf(graph: string, warehouse: string) {
    const facts: Record<string, unknown> = {}
    for (const urn of await urnsOf(graph, 'dataset')) {
      if (!urn.includes(`sqlite,${warehouse}.`)) continue
      const { aspects } = await ask(graph, `/entitiesV2/${encodeURIComponent(urn)}`)
      const profile = { urn, entity: 'dataset', aspect: 'datasetProfile', limit: 1 }
      const { value } = await ask(graph, '/aspects?action=getTimeseriesAspectValues', profile)
      facts[urn] = comparable(aspects, value.values[0] && JSON.parse(value.values[0].aspect.value))
    }
    return facts
  }

  /** Names of the aspects of each dataset, and their texts without the times a run puts into lineage. */
  async function aspectsOf(graph: string) {
    const all: Record<string, unknown> = {}
    for (const urn of await urnsOf(graph, 'dataset')) {
      const { aspects } = await ask(graph, `/entitiesV2/${encodeURIComponent(urn)}`)
      all[urn] = JSON.parse(
        JSON.stringify(aspects, (key, value) => (key === 'time' || key === 'systemMetadata' ? 0 : value)),
      )
    }
    return all
  }

  describe.skipIf(!existsSync(PROPOSALS))('a file of change proposals', () => {
    const landed = (proposals: readonly Proposal[]) =>
      Promise.all(
        proposals.map(async ({ entityUrn, aspectName }) => {
          const { aspects } = await ask('arrived', `/entitiesV2/${encodeURIComponent(entityUrn)}`)
          return aspects[aspectName]?.value
        }),
      )

    it('is ingested, and what is there is what the client reads in the file', async () => {
      // The client reads some members of unions in it as others; what it writes to a file of its own tells.
      const copy = python.write('copy.json', '[]')
      const source = `source: { type: file, config: { path: ${JSON.stringify(PROPOSALS)} } }`
      const told = await python.ingest(`${source}\nsink: { type: file, config: { filename: ${copy} } }\n`)
      expect(told.code, told.output.slice(-4000)).toBe(0)
      const { code, output } = await python.ingest(
        `${source}\nsink: { type: datahub-rest, config: { server: ${JSON.stringify(gms('arrived'))}, token: ${TOKENS.operator} } }\n`,
      )
      expect(code, output.slice(-4000)).toBe(0)
      // And two of the run itself.
      expect(output).toMatch(/'total_records_written': 27,/)
      const read = JSON.parse(readFileSync(copy, 'utf8')) as Proposal[]
      expect(read).toHaveLength(25)
      expect(await landed(read)).toEqual(read.map(({ aspect }) => aspect.json))
    })

    it('is taken as it stands when it is sent in one request', async () => {
      const proposals = JSON.parse(readFileSync(PROPOSALS, 'utf8')) as Proposal[]
      const sent = await ask('arrived', '/aspects?action=ingestProposalBatch', { proposals, async: 'false' })
      expect(sent).toEqual({ value: 'success' })
      const restli = (text = '') => JSON.parse(text.replaceAll('com.linkedin.pegasus2avro.', 'com.linkedin.'))
      expect(await landed(proposals)).toEqual(proposals.map(({ aspect }) => restli(aspect.value)))
    })
  })

  it('reports what a sink is refused, record by record, and the rest lands', async () => {
    const dataset = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:hive,mixed.${name},PROD)`
    const mcp = (name: string, aspectName: string, json: unknown) => ({
      entityType: 'dataset',
      entityUrn: dataset(name),
      changeType: 'UPSERT',
      aspectName,
      aspect: { value: JSON.stringify(json), contentType: 'application/json' },
    })
    const file = python.write(
      'mixed.json',
      JSON.stringify([
        mcp('one', 'datasetProperties', { name: 'one' }),
        mcp('two', 'ownership', { owners: [{ owner: 'nobody', type: 'DATAOWNER' }] }),
        mcp('three', 'datasetProperties', { name: 'three' }),
      ]),
    )
    const { code, output } = await python.ingest(`
source: { type: file, config: { path: ${JSON.stringify(file)} } }
sink: { type: datahub-rest, config: { server: ${JSON.stringify(gms('arrived'))}, token: ${TOKENS.operator}, mode: ASYNC } }
`)
    expect(code).not.toBe(0)
    expect(output.match(/aspect_shape_invalid/g)?.length, output.slice(-3000)).toBeGreaterThan(0)
    const urns = await urnsOf('arrived', 'dataset')
    expect(['one', 'two', 'three'].map((name) => urns.includes(dataset(name)))).toEqual([true, false, true])
  })

  it('does with its SDK what the documentation shows', async () => {
    const program = `TOKEN = ${JSON.stringify(TOKENS.operator)}\n${example('sdk').replace(ADDRESS, gms('arrived'))}
again = client.entities.get(orders.urn)
assert again.custom_properties == {"team": "sales"}, again.custom_properties
assert [str(t.tag) for t in again.tags] == ["urn:li:tag:gold"]
assert again.description == "One row for each order."
`
    const { code, output } = await python.python(['-c', program])
    expect(code, output).toBe(0)
  })

  it('reads and writes with its SDK, over RestLi and OpenAPI', async () => {
    const script = join(REPOSITORY, 'test/datahub/sdk.py')
    const { code, output } = await python.python([script, gms('arrived'), TOKENS.operator, TOKENS.viewer])
    process.stdout.write(output.replace(/^(?!ok |not ok |\d+ of ).*\n/gm, ''))
    expect(code, output.slice(-8000)).toBe(0)
  })

  it('has, for each entity type, the aspects that our table of them says', async () => {
    const { code, output } = await python.python([join(REPOSITORY, 'test/datahub/registry.py')])
    expect(code, output).toBe(0)
    const theirs = JSON.parse(output.slice(output.indexOf('{'))) as Record<string, string[]>
    const sorted = (table: Readonly<Record<string, readonly string[]>>) =>
      Object.fromEntries(Object.entries(table).map(([type, names]) => [type, [...names].sort()]))
    expect(sorted(knownAspects())).toEqual(sorted(theirs))
  })

  /** The commands of an example of the documentation, one after the other; the last output. */
  async function follow(kind: string, graph: string): Promise<string> {
    let output = ''
    for (const line of example(kind).trim().split('\n')) {
      const [program, ...args] = line
        .replace('--cluster shop --graph catalog', `--cluster ${cluster.dir} --graph harvested --as operator`)
        .replace('http://127.0.0.1:8080', gms(graph))
        .split(' ')
        .map((word) => (word === 'catalog.json' ? join(cluster.dir, word) : word))
      if (program === 'groundplane') {
        const ran = await runCommand(args, { env: { DATAHUB_TOKEN: TOKENS.operator } })
        expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(0)
        output = ran.stdout
      } else {
        const ran = await python.datahub(args, env)
        expect(ran.code, ran.output.slice(-4000)).toBe(0)
        output = ran.output
      }
    }
    return output
  }

  /** Everything said of the entities of the harvest, but for what the interface keeps beside the aspects. */
  async function saidIn(graph: string) {
    const all: Record<string, unknown> = {}
    for (const entity of ['dataset', 'container', 'dataPlatform', 'dataPlatformInstance'])
      for (const urn of await urnsOf(graph, entity)) {
        const { aspects } = await ask(graph, `/entitiesV2/${encodeURIComponent(urn)}`)
        for (const [name, { value }] of Object.entries(aspects) as [string, { value: unknown }][])
          if (name !== 'groundplaneHarvest') all[`${urn} ${name}`] = value
        if (entity !== 'dataset') continue
        const events = await ask(graph, '/aspects?action=getTimeseriesAspectValues', {
          urn,
          entity,
          aspect: 'datasetProfile',
        })
        all[`${urn} datasetProfile`] = events.value.values.map((v: { aspect: { value: string } }) =>
          JSON.parse(v.aspect.value),
        )
      }
    return all
  }

  it('finds the exported file all valid, and its ingestion into an empty catalog gives the same aspects', async () => {
    const checked = await follow('export', 'returned')
    const proposals = JSON.parse(readFileSync(join(cluster.dir, 'catalog.json'), 'utf8')) as Proposal[]
    expect(proposals.length).toBeGreaterThan(200)
    expect(checked).toContain(`${proposals.length} MCEs found - all valid`)
    const recipe = example('import')
      .replace(ADDRESS, gms('returned'))
      .replace('catalog.json', join(cluster.dir, 'catalog.json'))
    const { code, output } = await python.ingest(recipe, env)
    expect(code, output.slice(-4000)).toBe(0)
    expect(output).toContain("'failures': []")
    expect(withoutDefaults(await saidIn('returned'))).toEqual(withoutDefaults(await saidIn('harvested')))
  })

  it('is not needed to publish: the example of the documentation brings the same to an empty catalog', async () => {
    expect(await follow('publish', 'published')).toMatch(/^\d+ sent; the target is at commit /)
    expect(await saidIn('published')).toEqual(await saidIn('harvested'))
  })

  it('has left nothing unexpected in the log of the server', () => {
    const lines = cluster.log
      .split('\n')
      .filter((line) => line.includes('"level":50') || line.includes('"level":"error"'))
    expect(lines).toEqual([])
  })
})
