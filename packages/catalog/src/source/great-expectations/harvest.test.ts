import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../aspect/proposal.js'
import { harvestSource } from '../../job/harvest-source.js'
import type { BoundSource } from '../../job/source-binding.js'
import { type Bench, bench } from '../../testing/shop.js'
import { SourceError } from '../source-error.js'
import { harvestGreatExpectations } from './harvest.js'

const RESULTS = fileURLToPath(new URL('../../../../../test/great-expectations/results/', import.meta.url))
const VERSIONS = readdirSync(RESULTS)
const ORDERS = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,shop.main.orders,PROD)'

interface Config {
  type?: string
  expectation_type?: string
  kwargs: JsonObject
}
interface RawResult {
  expectation_config: Config
  success: boolean
  result: JsonObject
  exception_info: JsonObject
}
interface Raw {
  meta: Record<string, JsonObject | string | null>
  results: RawResult[]
}

let b: Bench
let dir: string
beforeEach(() => {
  b = bench()
  // As the source of the warehouse describes it.
  b.catalog.ingest([{ entityUrn: ORDERS, aspectName: 'datasetProperties', aspect: { name: 'orders' } }])
  dir = mkdtempSync(join(tmpdir(), 'great-expectations-'))
})
afterEach(() => {
  b.close()
  rmSync(dir, { recursive: true })
})

const source = (url: string, more: Partial<BoundSource> = {}): BoundSource => ({
  name: 'quality',
  kind: 'great_expectations',
  url,
  platformInstance: 'quality',
  targetPlatform: 'sqlite',
  targetPlatformInstance: 'shop',
  env: 'PROD',
  ...more,
})
const harvest = (url: string, more: Partial<BoundSource> = {}) =>
  harvestGreatExpectations({ ...source(url, more), targetPlatform: more.targetPlatform ?? 'sqlite' })
const filesIn = (root: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(root, name))
const rawIn = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Raw
/** The results of a version in `dir`, the last one as `change` makes it. */
function changed(version: string, change: (raw: Raw) => void): string {
  cpSync(join(RESULTS, version), dir, { recursive: true })
  const file = filesIn(dir).at(-1) as string
  const raw = rawIn(file)
  change(raw)
  writeFileSync(file, JSON.stringify(raw))
  return dir
}
const typeOf = ({ type, expectation_type }: Config) => (type ?? expectation_type) as string
const aspectsOf = async (url: string, name: string, more: Partial<BoundSource> = {}) =>
  (await harvest(url, more)).proposals
    .filter((p) => p.aspectName === name)
    .map((p) => ({ urn: p.entityUrn, aspect: p.aspect as JsonObject }))
const assertions = () =>
  b.catalog.getDatasetAssertions({ urn: ORDERS, count: 20, run_events_count: 10 }).data?.assertions ?? []

describe.each(VERSIONS)('the validation results of Great Expectations %s', (version) => {
  const url = join(RESULTS, version)

  it('land whole: each expectation is an assertion on the table, each result a run of it, as the files say', async () => {
    const report = await harvestSource(b.catalog, source(url))
    expect(report.rejected).toEqual([])
    const files = filesIn(url).map(rawIn)
    expect(report.counts).toEqual({
      validations: files.length,
      expectations: files.at(-1)?.results.length,
      results: files.reduce((sum, { results }) => sum + results.length, 0),
    })
    const infos = await aspectsOf(url, 'assertionInfo')
    expect(infos.map(({ aspect }) => (aspect['customProperties'] as JsonObject)['expectation_type'])).toEqual(
      files.at(-1)?.results.map((r) => typeOf(r.expectation_config)),
    )
    // What each says now, against the file: a raised exception is no failure.
    const expected = files.at(-1)?.results.map(({ success, exception_info }) => {
      const raised = JSON.stringify(exception_info).includes('"raised_exception":true')
      return raised ? 'ERROR' : success ? 'SUCCESS' : 'FAILURE'
    })
    const events = await aspectsOf(url, 'assertionRunEvent')
    const newest = events.slice(-infos.length)
    expect(newest.map(({ aspect }) => (aspect['result'] as JsonObject)['type'])).toEqual(expected)
    expect(new Set(expected)).toEqual(new Set(['SUCCESS', 'FAILURE', 'ERROR']))
    expect((await harvestSource(b.catalog, source(url))).commit).toBeNull()
    expect(report.notes).toEqual([])
    const elsewhere = await harvestSource(b.catalog, source(url, { targetPlatformInstance: 'other' }))
    expect(elsewhere.notes).toMatchObject([
      { code: 'great_expectations_dataset_unknown', dataset: ORDERS.replace('shop.', 'other.') },
    ])
  })

  it('have our kinds where we have them, and keep their own where not', async () => {
    const kinds = (await aspectsOf(url, 'assertionInfo')).map(({ aspect }) => {
      const { nativeType, nativeParameters, operator } = aspect['datasetAssertion'] as JsonObject
      const { expectation_type: type } = aspect['customProperties'] as JsonObject
      return [type, nativeType, nativeParameters, operator]
    })
    const has = (...row: unknown[]) => expect(kinds).toContainEqual(row)
    has('expect_column_values_to_not_be_null', 'not_null', {}, 'NOT_NULL')
    has('expect_column_values_to_not_be_null', 'not_null', { mostly: '0.9' }, 'NOT_NULL')
    has('expect_column_values_to_be_unique', 'unique', {}, 'EQUAL_TO')
    has('expect_compound_columns_to_be_unique', 'unique', { columns: '["order_id","status"]' }, 'EQUAL_TO')
    has('expect_column_values_to_be_in_set', 'accepted_values', { values: '["paid","open"]' }, 'IN')
    has('expect_table_row_count_to_equal', 'row_count', { equals: '4' }, 'EQUAL_TO')
    has('expect_table_row_count_to_be_between', 'row_count', { min: '5', max: '10' }, 'BETWEEN')
    has('expect_column_value_lengths_to_equal', 'length', { equals: '2' }, '_NATIVE_')
    has('expect_column_value_lengths_to_be_between', 'length', { min: '4' }, '_NATIVE_')
    // Ours includes its bounds.
    const between = 'expect_column_values_to_be_between'
    has(between, between, { min_value: '0', strict_min: 'true' }, '_NATIVE_')
    const max = 'expect_column_max_to_be_between'
    has(max, max, { min_value: '1', max_value: '50' }, '_NATIVE_')
    has('expect_column_to_exist', 'expect_column_to_exist', {}, '_NATIVE_')
  })

  it('are read by the tools: what fails, why it could not be evaluated, and how it was before', async () => {
    await harvestSource(b.catalog, source(url))
    const named = (name: string) => assertions().filter((a) => a.name === name)
    const [country] = named('expect_column_values_to_not_be_null.country')
    expect(country).toMatchObject({
      description: 'Every order is from somewhere.',
      column: 'country',
      latestResultType: 'SUCCESS',
    })
    expect(country?.runHistory?.map((r) => [r.resultType, r.failed])).toEqual([
      ['SUCCESS', 0],
      ['FAILURE', 1],
    ])
    const [nowhere] = named('expect_column_values_to_not_be_null.nowhere')
    expect(JSON.stringify(nowhere)).toContain('does not exist')
  })

  it('quote no value of the data', async () => {
    const { proposals } = await harvest(url)
    for (const file of filesIn(url)) expect(readFileSync(file, 'utf8')).toMatch(/2026-03-02/)
    for (const { text } of proposals.filter((p) => p.aspectName === 'assertionRunEvent'))
      expect(text).not.toMatch(/Germany|2026-03-0|"paid"/)
  })

  it('of an expectation that the suite has no more soft-delete it, and bring it back', async () => {
    await harvestSource(b.catalog, source(url))
    const before = assertions().length
    const without = changed(version, (raw) => raw.results.splice(0, 2))
    await harvestSource(b.catalog, source(without))
    expect(assertions()).toHaveLength(before - 2)
    await harvestSource(b.catalog, source(url))
    expect(assertions()).toHaveLength(before)
  })

  it('of a part of a table are told apart from those of the whole', async () => {
    const parts = changed(version, (raw) => {
      ;(raw.meta['active_batch_definition'] as JsonObject as Record<string, unknown>)['batch_identifiers'] = {
        month: '03',
      }
    })
    const events = await aspectsOf(parts, 'assertionRunEvent')
    const specs = new Set(events.map(({ aspect }) => JSON.stringify(aspect['partitionSpec'])))
    expect([...specs]).toEqual([
      '{"type":"FULL_TABLE","partition":"FULL_TABLE_SNAPSHOT"}',
      '{"type":"PARTITION","partition":"{\\"month\\":\\"03\\"}"}',
    ])
    expect((await harvestSource(b.catalog, source(parts))).rejected).toEqual([])
  })

  it('name the table as its own source does', async () => {
    const urns = async (more: Partial<BoundSource>, schema: string | null = null) => {
      const url = changed(version, (raw) => {
        ;(raw.meta['batch_spec'] as Record<string, unknown>)['schema_name'] = schema
      })
      return (await harvest(url, more)).about?.at(-1)
    }
    const of = (platform: string, name: string) =>
      `urn:li:dataset:(urn:li:dataPlatform:${platform},${name},PROD)`
    const postgres = { targetPlatform: 'postgres', targetDatabase: 'db' }
    expect(await urns({})).toBe(ORDERS)
    expect(await urns(postgres)).toBe(of('postgres', 'shop.db.public.orders'))
    expect(await urns(postgres, 'sales')).toBe(of('postgres', 'shop.db.sales.orders'))
    expect(await urns({ targetPlatform: 'snowflake' }, 'sales')).toBe(of('snowflake', 'shop.sales.orders'))
  })

  it('that are not as they should be are refused, every mistake with its place, and nothing is written', async () => {
    const refused = async (change: (raw: Raw) => void) => {
      const head = b.graph.head().id
      const error = await harvestSource(b.catalog, source(changed(version, change))).catch((e) => e)
      expect(error).toBeInstanceOf(SourceError)
      expect(error.code).toBe('great_expectations_invalid')
      expect(b.graph.head().id).toBe(head)
      return error.diagnostics.map((d: { path: string; message: string }) => `${d.path}: ${d.message}`)
    }
    expect(
      await refused((raw) => {
        ;(raw.results[0] as { success: unknown }).success = 'yes'
        delete (raw.results[2] as { expectation_config?: unknown }).expectation_config
        raw.meta['validation_time'] = 'yesterday'
      }),
    ).toEqual([
      expect.stringContaining('meta: meta.validation_time must be a time'),
      expect.stringContaining('results[0]: results[0].success must be'),
      expect.stringContaining('results[2]: '),
    ])
    expect(await refused((raw) => Object.assign(raw, { results: {} }))).toEqual([
      'results: results must be a list',
    ])
    expect(
      await refused((raw) => {
        raw.meta['batch_spec'] = null
        raw.meta['active_batch_definition'] = null
      }),
    ).toEqual([expect.stringContaining('meta must name the table')])
  })
})

it('the same expectation is the same assertion in every version', async () => {
  const [older, newer] = await Promise.all(VERSIONS.map((v) => aspectsOf(join(RESULTS, v), 'assertionInfo')))
  const urns = new Set(newer?.map(({ urn }) => urn))
  const missing = older?.filter(({ urn }) => !urns.has(urn)).map(({ aspect }) => aspect['customProperties'])
  expect(missing).toEqual([])
})

describe('a store of validation results', () => {
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  const codeOf = (url: string) =>
    harvest(url).then(
      () => undefined,
      (error) => error as SourceError,
    )

  it('that is not there, or holds nothing, is not found', async () => {
    expect(await codeOf(join(dir, 'nowhere'))).toMatchObject({ code: 'source_not_found', kind: 'not-found' })
    write('.hidden.json', '{}')
    write('readme.txt', '')
    expect(await codeOf(dir)).toMatchObject({ code: 'source_not_found' })
  })

  it('says of each file that is no JSON where that begins', async () => {
    write('a/half.json', '{"meta": {"run_id"')
    write('b/nan.json', '{\n  "a": [NaN, -Infinity], "meta": NaNs\n}')
    write('c/list.json', '[]')
    expect((await codeOf(dir))?.diagnostics).toMatchObject([
      {
        code: 'great_expectations_json_invalid',
        file: 'a/half.json',
        message: 'the JSON text ends too early',
        range: { start: { line: 1, column: 19 } },
      },
      {
        code: 'great_expectations_json_invalid',
        file: 'b/nan.json',
        range: { start: { line: 2, column: 34 } },
      },
      { code: 'great_expectations_shape_invalid', file: 'c/list.json' },
    ])
  })

  it('may hold the results of checkpoints, in the shapes of both versions, and has each validation once', async () => {
    for (const version of VERSIONS) {
      const stored = filesIn(join(RESULTS, version)).map(rawIn)
      const whole = await harvest(join(RESULTS, version))
      rmSync(dir, { recursive: true })
      const id = (i: number) => `ValidationResultIdentifier::orders/basic/${i}`
      const asWritten = (raw: Raw): Raw => ({
        ...raw,
        results: raw.results.map((r) => {
          const kwargs = Object.fromEntries(Object.entries(r.expectation_config.kwargs).reverse())
          return { ...r, expectation_config: { ...r.expectation_config, kwargs } }
        }),
      })
      const old = (raw: Raw, i: number) => [id(i), { validation_result: asWritten(raw), actions_results: {} }]
      const runs = { success: true, checkpoint_config: {}, run_results: Object.fromEntries(stored.map(old)) }
      write('old.json', JSON.stringify(runs))
      expect((await harvest(dir)).proposals).toEqual(whole.proposals)
      write('new.json', JSON.stringify({ run_results: Object.fromEntries(stored.map((r, i) => [id(i), r])) }))
      const twice = await harvest(dir)
      expect([twice.counts, twice.proposals]).toEqual([whole.counts, whole.proposals])
    }
  })

  it('says where in the result of a checkpoint a mistake is, and of its description that it is no result', async () => {
    const broken = { meta: {}, results: [{ success: 7 }] }
    write('a.json', JSON.stringify({ run_results: { one: { validation_result: broken }, two: 7 } }))
    write('b.json', JSON.stringify({ success: true, validation_results: [] }))
    write('c.json', JSON.stringify({ run_results: {} }))
    expect((await codeOf(dir))?.diagnostics?.map(({ file, path }) => `${file} ${path}`)).toEqual([
      'a.json run_results["one"].validation_result.meta',
      'a.json run_results["one"].validation_result.results[0]',
      'a.json run_results["two"]',
      'b.json validation_results',
      'c.json run_results',
    ])
  })

  it('may hold the numbers that Python has and JSON has not: they are no value, and no text is touched', async () => {
    const [file] = filesIn(join(RESULTS, VERSIONS[0] as string)) as [string]
    const text = readFileSync(file, 'utf8')
    const odd = text
      .replace('Every order is from somewhere.', 'NaN or \\"-Infinity\\\\')
      .replace('"max_value": 10,', '"max_value": Infinity,')
      .replace(/"observed_value": 4\b/, '"observed_value": NaN')
    expect(odd.match(/NaN|Infinity/g)).toHaveLength(4)
    write('odd.json', odd)
    const infos = (await aspectsOf(dir, 'assertionInfo')).map(({ aspect }) => JSON.stringify(aspect))
    expect(infos.join()).toContain('NaN or \\"-Infinity\\\\"')
    expect(infos.filter((info) => info.includes('"nativeParameters":{"min":"5"}'))).toHaveLength(1)
    const observed = (await aspectsOf(dir, 'assertionRunEvent')).flatMap(
      ({ aspect }) => (aspect['result'] as JsonObject)['actualAggValue'] ?? [],
    )
    expect(observed).toEqual([20, 4])
    expect((await harvestSource(b.catalog, source(dir))).rejected).toEqual([])
  })

  it('may be one file', async () => {
    const [file] = filesIn(join(RESULTS, VERSIONS[0] as string))
    expect((await harvest(file as string)).counts).toMatchObject({ validations: 1 })
  })
})
