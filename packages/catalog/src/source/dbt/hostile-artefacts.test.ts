import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Diagnostic } from '@groundplane/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkSource } from '../../job/check-source.js'
import { harvestSource } from '../../job/harvest-source.js'
import { type Bench, bench } from '../../testing/shop.js'
import { jsonMistake } from '../json-mistake.js'
import type { SourceError } from '../source-error.js'

const SHOP = fileURLToPath(new URL('../../../../../test/dbt/artefacts/shop', import.meta.url))

// biome-ignore lint/suspicious/noExplicitAny: the artefact is edited as it comes.
type Raw = any

let b: Bench
let directory: string
beforeEach(() => {
  b = bench()
  directory = mkdtempSync(join(tmpdir(), 'groundplane-dbt-'))
  cpSync(SHOP, directory, { recursive: true })
})
afterEach(() => {
  b.close()
  rmSync(directory, { recursive: true })
})

const source = () => ({
  name: 'project',
  kind: 'dbt' as const,
  url: directory,
  platformInstance: 'project',
  targetPlatformInstance: 'shop',
  env: 'PROD',
})
const harvest = () => harvestSource(b.catalog, source())
const textOf = (file: string) => readFileSync(join(directory, file), 'utf8')

function edit(file: string, change: (artefact: Raw) => void): void {
  const artefact = JSON.parse(textOf(file)) as Raw
  change(artefact)
  writeFileSync(join(directory, file), JSON.stringify(artefact))
}

/** The error a harvest ends with, having changed nothing. */
async function refusal(): Promise<SourceError> {
  const before = b.graph.head().id
  const error = await harvest().then(
    () => expect.fail('the harvest succeeded'),
    (e: SourceError) => e,
  )
  expect(b.graph.head().id).toBe(before)
  return error
}

const codes = (error: SourceError) => error.diagnostics?.map((d: Diagnostic) => d.code)
const dataset = (id: string) => `urn:li:dataset:(urn:li:dataPlatform:dbt,project.${id},PROD)`

describe('artefacts that cannot be used change nothing', () => {
  it.each([
    ['manifest', 3],
    ['manifest', 13],
    ['catalog', 2],
    ['run-results', 3],
    ['run-results', 99],
  ])('%s of version %i is refused by its number', async (name, version) => {
    const address = `https://schemas.getdbt.com/dbt/${name}/v${version}.json`
    edit(`${name.replace('-', '_')}.json`, (a) => {
      a.metadata.dbt_schema_version = address
    })
    const error = await refusal()
    expect(error).toMatchObject({ code: 'dbt_version_unsupported', kind: 'unsupported' })
    expect(error.message).toContain(`version ${version};`)
  })

  it.each([null, 7, 'https://example.com/manifest/v12.json', undefined])(
    'a manifest that states the schema %j is refused',
    async (stated) => {
      edit('manifest.json', (m) => {
        m.metadata.dbt_schema_version = stated
      })
      expect((await refusal()).code).toBe('dbt_version_unsupported')
    },
  )

  it.each(['manifest.json', 'catalog.json', 'run_results.json'])(
    '%s cut off anywhere is told so, with the place',
    async (file) => {
      const text = textOf(file)
      for (const share of [0, 0.1, 0.5, 0.99]) {
        const cut = text.slice(0, Math.floor((text.trimEnd().length - 1) * share))
        writeFileSync(join(directory, file), cut)
        const error = await refusal()
        expect(error.code).toBe('dbt_artefact_invalid')
        expect(codes(error)).toEqual(['dbt_json_invalid'])
        expect(error.diagnostics?.[0]).toMatchObject({ file, message: 'the JSON text ends too early' })
      }
    },
  )

  it('a mistake of JSON is told with its line and column', async () => {
    writeFileSync(join(directory, 'manifest.json'), '{\n  "metadata": {},\n  "nodes": {,}\n}\n')
    const error = await refusal()
    expect(error.diagnostics).toMatchObject([
      { code: 'dbt_json_invalid', range: { start: { line: 3, column: 13 } } },
    ])
    expect(error.message).toContain('3:13: ')
  })

  it('every node that does not have its shape is told, with its path', async () => {
    edit('manifest.json', (m) => {
      m.nodes['model.shop.revenue'].depends_on = 'model.shop.staging'
      m.nodes['seed.shop.countries'].schema = 5
      m.sources['source.shop.shop.orders'] = []
      m.exposures['exposure.shop.weekly_report'].name = undefined
    })
    const error = await refusal()
    expect(error.code).toBe('dbt_artefact_invalid')
    expect(error.diagnostics?.map((d) => d.path).sort()).toEqual([
      'exposures["exposure.shop.weekly_report"]',
      'nodes["model.shop.revenue"]',
      'nodes["seed.shop.countries"]',
      'sources["source.shop.shop.orders"]',
    ])
    expect(new Set(codes(error))).toEqual(new Set(['dbt_shape_invalid']))
  })

  it.each([
    ['manifest.json', (m: Raw) => delete m.nodes],
    ['manifest.json', (m: Raw) => (m.sources = null)],
    ['manifest.json', (m: Raw) => (m.nodes = [])],
    ['catalog.json', (c: Raw) => (c.nodes['model.shop.revenue'].columns.country.name = 1)],
    ['run_results.json', (r: Raw) => delete r.results],
    ['run_results.json', (r: Raw) => (r.results[0].timing[1].completed_at = 'yesterday')],
    ['run_results.json', (r: Raw) => delete r.metadata.invocation_id],
  ])('%s without the shape of a section is refused (case %#)', async (file, change) => {
    edit(file, change)
    expect(codes(await refusal())).toContain('dbt_shape_invalid')
  })

  it('a node that is depended on and not there is told, with the path of the dependency', async () => {
    edit('manifest.json', (m) => {
      delete m.nodes['seed.shop.countries']
    })
    const error = await refusal()
    expect(error.diagnostics).toMatchObject([
      {
        code: 'dbt_node_missing',
        message:
          'model.shop.customers_clean depends on seed.shop.countries, which the manifest does not have',
        path: expect.stringMatching(/^nodes\["model\.shop\.customers_clean"\]\.depends_on\.nodes\[\d\]$/),
      },
    ])
  })

  it('a circle of models is told with all of it', async () => {
    edit('manifest.json', (m) => {
      m.nodes['model.shop.customers_clean'].depends_on.nodes = ['model.shop.revenue']
    })
    const error = await refusal()
    expect(codes(error)).toEqual(['dbt_cycle'])
    expect(error.message).toMatch(/model\.shop\.customers_clean/)
    expect(error.message).toMatch(/model\.shop\.revenue/)
  })

  it('no directory, and one without a manifest, are not found', async () => {
    rmSync(join(directory, 'manifest.json'))
    expect((await refusal()).code).toBe('source_not_found')
    const missing = { ...source(), url: join(directory, 'absent') }
    await expect(harvestSource(b.catalog, missing)).rejects.toMatchObject({ code: 'source_not_found' })
  })

  it('a project cannot be checked, and says where to', async () => {
    const set = {
      name: 's',
      source: 'version: 1\nassertions: { a: { dataset: x, column: y, type: unique } }\n',
    }
    await expect(checkSource(b.catalog, source(), set)).rejects.toMatchObject({
      code: 'source_not_queryable',
    })
  })
})

describe('what is odd and can be used', () => {
  it('a chain of twenty thousand models is no circle and takes no stack', async () => {
    edit('manifest.json', (m) => {
      const model = m.nodes['model.shop.staging']
      let before = 'source.shop.shop.orders'
      for (let i = 0; i < 20_000; i++) {
        const id = `test.shop.t${i}`
        m.nodes[id] = { ...model, resource_type: 'analysis', name: `t${i}`, depends_on: { nodes: [before] } }
        before = id
      }
    })
    expect((await harvest()).counts).toMatchObject({ models: 3 })
  })

  it('names that programs trip over are names like others', async () => {
    edit('manifest.json', (m) => {
      const revenue = m.nodes['model.shop.revenue']
      for (const name of ['constructor', '__proto__', 'a,b(c)', 'Ünïcode 😀']) {
        const twin = { ...revenue, name, alias: name, meta: { __proto__x: 'y', constructor: 'z' } }
        Object.defineProperty(m.nodes, `model.shop.${name}`, { value: twin, enumerable: true })
      }
      m.exposures['exposure.shop.weekly_report'].type = 'constructor'
    })
    const report = await harvest()
    expect(report.rejected).toEqual([])
    expect(b.catalog.getEntity(dataset('model.shop.constructor')).entity).toBeDefined()
    expect(b.catalog.getEntity(dataset('model.shop.a%2Cb%28c%29')).entity).toBeDefined()
    const exposure = 'urn:li:dashboard:(dbt,project.exposure.shop.weekly_report)'
    expect(b.catalog.aspectRecord(exposure, 'subTypes')?.text).toBe('{"typeNames":["constructor"]}')
  })

  it('results of nodes that the manifest does not have are told, and the others land', async () => {
    edit('run_results.json', (r) => {
      r.results.push({ ...r.results[0], unique_id: 'model.shop.forgotten' })
    })
    const { notes, rejected } = await harvest()
    expect(rejected).toEqual([])
    expect(notes).toMatchObject([{ code: 'dbt_result_unknown', dataset: 'model.shop.forgotten' }])
  })

  it.each([
    [
      'the SQL was not compiled',
      'not_compiled',
      (m: Raw) => delete m.nodes['model.shop.revenue'].compiled_code,
    ],
    ['the dialect is not known', 'unsupported_dialect', (m: Raw) => (m.metadata.adapter_type = 'oracle')],
  ])('where %s, lineage is by dataset, and that is told', async (_, reason, change) => {
    edit('manifest.json', change)
    const { notes } = await harvest()
    expect(notes).toMatchObject([{ code: 'lineage_unresolved', reason }])
    const above = b.catalog.getLineage({ urn: dataset('model.shop.revenue'), max_hops: 1 })
    expect(above.upstreams?.searchResults.map((hit) => hit.entity.urn)).toContain(
      dataset('model.shop.staging'),
    )
    const column = { urn: dataset('model.shop.revenue'), column: 'revenue', max_hops: 1 }
    expect(b.catalog.getLineage(column).upstreams?.total).toBe(0)
  })

  it('a test about nothing is told and left out', async () => {
    edit('manifest.json', (m) => {
      const test = m.nodes['test.shop.no_negative_revenue']
      test.depends_on.nodes = []
      test.attached_node = null
    })
    const { notes } = await harvest()
    expect(notes).toMatchObject([{ code: 'dbt_test_unattached', dataset: 'test.shop.no_negative_revenue' }])
  })

  it('a warning is a failure of low severity, an error no verdict, a skipped test no run', async () => {
    const statuses: Record<string, string> = {
      'test.shop.no_negative_revenue': 'warn',
      'test.shop.not_null_revenue_country': 'error',
      'test.shop.source_unique_shop_customers_customer_id': 'skipped',
    }
    edit('run_results.json', (r) => {
      for (const result of r.results) {
        const key = Object.keys(statuses).find((id) => result.unique_id.startsWith(id))
        if (key) result.status = statuses[key]
      }
    })
    await harvest()
    const of = (table: string) =>
      b.catalog
        .getDatasetAssertions({
          urn: `urn:li:dataset:(urn:li:dataPlatform:postgres,shop.shop.public.${table},PROD)`,
          count: 20,
        })
        .data.assertions.map((a) => [a.name, a.latestResultType])
    expect(of('revenue')).toEqual([
      ['no_negative_revenue', 'FAILURE'],
      ['not_null_revenue_country', 'ERROR'],
    ])
  })
})

describe('what disappears from a project', () => {
  const isRemoved = (urn: string) =>
    (JSON.parse(b.catalog.aspectRecord(urn, 'status')?.text ?? '{}') as { removed?: boolean }).removed

  it('is soft-deleted with its tests and exposures, and comes back with them', async () => {
    await harvest()
    const whole = textOf('manifest.json')
    const exposure = 'urn:li:dashboard:(dbt,project.exposure.shop.weekly_report)'
    const tests = () => b.catalog.urnsWithAspect('assertionInfo').filter((urn) => isRemoved(urn) === false)
    expect(tests()).toHaveLength(6)
    edit('manifest.json', (m) => {
      delete m.nodes['model.shop.revenue']
      m.exposures = {}
      for (const id of Object.keys(m.nodes)) if (/^test.*revenue/.test(id)) delete m.nodes[id]
    })
    await harvest()
    expect([isRemoved(dataset('model.shop.revenue')), isRemoved(exposure)]).toEqual([true, true])
    expect(isRemoved(dataset('model.shop.customers_clean'))).toBe(false)
    expect(tests()).toHaveLength(4)
    const again = await harvest()
    expect(again).toMatchObject({ written: 0, commit: null })
    writeFileSync(join(directory, 'manifest.json'), whole)
    await harvest()
    expect([isRemoved(dataset('model.shop.revenue')), isRemoved(exposure)]).toEqual([false, false])
    expect(tests()).toHaveLength(6)
  })

  it('is not, when the manifest could not be read whole', async () => {
    await harvest()
    edit('manifest.json', (m) => {
      delete m.nodes['model.shop.revenue']
    })
    expect(codes(await refusal())).toContain('dbt_node_missing')
    expect(isRemoved(dataset('model.shop.revenue'))).toBe(false)
  })
})

describe('jsonMistake', () => {
  it.each([
    ['', 0],
    ['{"a": 1,}', 8],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['{"a": tru}', 6],
    ['"abc', 4],
    ['"a\\x"', 2],
    ['[01]', 1],
    ['{} x', 3],
    ['[1,]', 3],
    ['{"a":"b\nc"}', 7],
    [`${'['.repeat(100_000)}`, 100_000],
  ])('finds where %j goes wrong', (text, at) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(jsonMistake(text)).toBe(at)
  })
})
