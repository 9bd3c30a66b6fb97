import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  AIRFLOW,
  dataset,
  FLOW_URN,
  facet,
  jobUrn,
  runEvent,
  runIdOf,
  runUrn,
  tableUrn,
  WAREHOUSE,
} from '../testing/lineage-events.js'
import { aspect as aspectOf, type Bench, bench } from '../testing/shop.js'

let b: Bench
beforeEach(() => {
  b = bench()
})
afterEach(() => b.close())

// biome-ignore lint/suspicious/noExplicitAny: read by path
type Read = any
const send = (...events: unknown[]) =>
  b.catalog.receiveLineage(events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event))))
const aspect = (urn: string, name: string): Read => {
  const record = b.catalog.aspectRecord(urn, name)
  return record && JSON.parse(record.text)
}
const edges = (type: string) =>
  [...b.graph.export()]
    .map((line) => JSON.parse(line))
    .filter(({ edge }) => edge === type)
    .map(({ from, to }) => [from, to])
    .sort()
const entity = (urn: string): Read => b.catalog.getEntity(urn).entity
const node = (type: string, urn: string): Read =>
  [...b.graph.export()]
    .map((line) => JSON.parse(line))
    .find((line) => line.type === type && line.data.urn === urn)?.data
const field = (table: string, column: string) => `urn:li:schemaField:(${tableUrn(table)},${column})`

describe('a run', () => {
  const load = { inputs: [dataset('orders')], outputs: [dataset('revenue')] }

  it('is an entity with its job, its flow, and what it reads and writes', () => {
    send(runEvent('START', '09:00:00', 1, load), runEvent('COMPLETE', '09:08:00.25', 1))
    expect(node('Run', runUrn(1))).toMatchObject({
      name: runIdOf(1),
      result: 'SUCCESS',
      startedAt: '2026-11-21T09:00:00.000Z',
      endedAt: '2026-11-21T09:08:00.250Z',
    })
    expect(node('Job', jobUrn())).toMatchObject({ name: 'nightly.load', kind: 'airflow' })
    expect(node('Flow', FLOW_URN)).toMatchObject({ name: 'nightly', orchestrator: 'airflow' })
    expect(edges('RunOfJob')).toEqual([[runUrn(1), jobUrn()]])
    expect(edges('PartOfFlow')).toEqual([[jobUrn(), FLOW_URN]])
    expect(edges('Reads')).toEqual([[jobUrn(), tableUrn('orders')]])
    expect(edges('Writes')).toEqual([[jobUrn(), tableUrn('revenue')]])
    expect(edges('ProducedBy')).toEqual([[tableUrn('revenue'), runUrn(1)]])
    expect(edges('UpstreamOf')).toEqual([[tableUrn('orders'), tableUrn('revenue')]])
    expect(aspect(tableUrn('revenue'), 'upstreamLineage').upstreams[0].properties).toEqual({
      openlineageJobs: jobUrn(),
    })
    const statuses = b.catalog
      .eventRecords(runUrn(1), 'dataProcessInstanceRunEvent')
      .map(({ text }) => JSON.parse(text))
    expect(statuses.map(({ status, result }) => [status, result?.type])).toEqual([
      ['COMPLETE', 'SUCCESS'],
      ['STARTED', undefined],
    ])
  })

  it('that has ended is not begun again by what comes later, and of two ends the later holds', () => {
    send(
      runEvent('FAIL', '09:10:00', 1),
      runEvent('RUNNING', '09:20:00', 1),
      runEvent('START', '09:05:00', 1),
    )
    expect(node('Run', runUrn(1))).toMatchObject({ result: 'FAILURE', startedAt: '2026-11-21T09:05:00.000Z' })
    send(runEvent('COMPLETE', '09:11:00', 1), runEvent('ABORT', '09:10:30', 1))
    expect(node('Run', runUrn(1))).toMatchObject({ result: 'SUCCESS', endedAt: '2026-11-21T09:11:00.000Z' })
  })

  it('says why it failed, and what run it is a part of', () => {
    const runFacets = {
      errorMessage: facet({ message: 'disk full', programmingLanguage: 'SQL', stackTrace: 'at 1' }),
      parent: facet({ run: { runId: runIdOf(7) }, job: { namespace: 'prod', name: 'nightly' } }),
    }
    send(runEvent('FAIL', '09:10:00', 1, { runFacets }))
    const { customProperties } = aspect(runUrn(1), 'dataProcessInstanceProperties')
    expect(customProperties).toEqual({
      errorMessage: 'disk full',
      errorLanguage: 'SQL',
      parentJob: 'prod/nightly',
    })
    expect(aspect(runUrn(1), 'dataProcessInstanceRelationships')).toMatchObject({
      parentTemplate: jobUrn(),
      parentInstance: runUrn(7),
    })
  })

  it('that comes after another one replaces what the job reads and writes; one without datasets does not', () => {
    send(runEvent('COMPLETE', '09:00:00', 1, load))
    send(runEvent('START', '10:00:00', 2, { inputs: [], outputs: [] }))
    expect(edges('UpstreamOf')).toEqual([[tableUrn('orders'), tableUrn('revenue')]])
    send(runEvent('COMPLETE', '10:05:00', 2, { inputs: [dataset('items')], outputs: [dataset('margin')] }))
    expect(edges('UpstreamOf')).toEqual([[tableUrn('items'), tableUrn('margin')]])
    expect(edges('Writes')).toEqual([[jobUrn(), tableUrn('margin')]])
    // The run of before is what it was.
    expect(edges('ProducedBy')).toEqual([
      [tableUrn('margin'), runUrn(2)],
      [tableUrn('revenue'), runUrn(1)],
    ])
  })

  it('that was told of already makes no commit', () => {
    const events = [runEvent('START', '09:00:00', 1, load), runEvent('COMPLETE', '09:08:00', 1)]
    expect(send(...events).commit).not.toBeNull()
    const commits = b.commits()
    expect(send(...events)).toMatchObject({ recorded: 2, refused: [], commit: null })
    expect(b.commits()).toBe(commits)
  })
})

describe('facets', () => {
  it('of a dataset become its aspects', () => {
    const facets = {
      schema: facet({
        fields: [
          { name: 'id', type: 'BIGINT', description: 'Key' },
          { name: 'place', type: 'struct<city:string>', fields: [{ name: 'city', type: 'string' }] },
          { name: 'id', type: 'TEXT' },
        ],
      }),
      documentation: facet({ description: 'One row for each order' }),
      ownership: facet({ owners: [{ name: 'ann', type: 'OWNER' }, { name: 'team:ops' }] }),
    }
    send({ eventTime: '2026-11-21T09:00:00+01:00', producer: AIRFLOW, dataset: dataset('orders', facets) })
    const orders = entity(tableUrn('orders'))
    expect(orders.description ?? orders.properties?.description).toBe('One row for each order')
    expect(
      aspect(tableUrn('orders'), 'schemaMetadata').fields.map((f: Read) => [f.fieldPath, f.nativeDataType]),
    ).toEqual([
      ['id', 'BIGINT'],
      ['place', 'struct<city:string>'],
      ['place.city', 'string'],
    ])
    expect(node('Field', field('orders', 'id'))).toMatchObject({ logicalType: 'Number', description: 'Key' })
    expect(edges('OwnedBy').map(([, to]) => to)).toEqual(['urn:li:corpGroup:ops', 'urn:li:corpuser:ann'])
  })

  it('that nobody reads are kept byte for byte, of whatever version', () => {
    const text =
      '{ "_producer":"x", "_schemaURL" : "https://example.org/9-9-9.json", "big": 12345678901234567890, "one": 1.0, "e":"\\u00e9}" }'
    send(
      `{"eventTime":"2026-11-21T09:00:00Z","producer":"urn:x","schemaURL":"https://openlineage.io/spec/99-0-0/OpenLineage.json","more":[{}],"dataset":{"namespace":"hive","name":"a.b","facets":{"custom":${text}}}}`,
    )
    const state = aspect('urn:li:dataset:(urn:li:dataPlatform:hive,a.b,PROD)', 'groundplaneOpenlineage')
    expect(state.facets.custom.text).toBe(text)
  })

  it('name no password', () => {
    const dataSource = facet({
      name: 'db',
      uri: 'postgres://shop:hunter2@db:5432/shop?sslmode=on&password=hunter2',
    })
    send(runEvent('START', '09:00:00', 1, { inputs: [dataset('orders', { dataSource })] }))
    expect([...b.graph.export()].filter((line) => line.includes('hunter2'))).toEqual([])
    expect(aspect(tableUrn('orders'), 'datasetProperties').customProperties.dataSourceUri).toBe(
      'postgres://***@db:5432/shop?sslmode=on&password=***',
    )
  })

  it('of columns become lineage with the query of the job, and are deleted by a later event', () => {
    const input = (name: string, column: string, type: string, subtype: string) => ({
      namespace: WAREHOUSE,
      name: `shop.public.${name}`,
      field: column,
      transformations: [{ type, subtype }],
    })
    const columnLineage = facet({
      fields: {
        total: {
          inputFields: [
            input('orders', 'price', 'DIRECT', 'AGGREGATION'),
            input('rates', 'rate', 'INDIRECT', 'JOIN'),
          ],
        },
      },
    })
    const members = (facets: Read) => ({
      jobFacets: { sql: facet({ query: 'INSERT INTO revenue SELECT sum(price) FROM orders' }) },
      inputs: [dataset('orders')],
      outputs: [dataset('revenue', facets)],
    })
    send(runEvent('COMPLETE', '09:00:00', 1, members({ columnLineage })))
    expect(edges('FieldUpstreamOf')).toEqual([
      [field('orders', 'price'), field('revenue', 'total')],
      [field('rates', 'rate'), field('revenue', 'total')],
    ])
    const lineage = aspect(tableUrn('revenue'), 'upstreamLineage')
    expect(lineage.fineGrainedLineages.map((f: Read) => f.transformOperation)).toEqual([
      'DIRECT:AGGREGATION',
      'INDIRECT:JOIN',
    ])
    const query = lineage.upstreams[0].query
    expect(aspect(query, 'queryProperties').statement.value).toBe(
      'INSERT INTO revenue SELECT sum(price) FROM orders',
    )
    expect(edges('QueryReads').map(([, to]) => to)).toEqual([tableUrn('orders'), tableUrn('revenue')])
    send(runEvent('COMPLETE', '10:00:00', 1, members({ columnLineage: { _deleted: true } })))
    expect(edges('FieldUpstreamOf')).toEqual([])
    expect(edges('UpstreamOf')).toEqual([[tableUrn('orders'), tableUrn('revenue')]])
  })

  it('of a lifecycle remove what was dropped or renamed, until it is made again', () => {
    const change = (time: string, name: string, members: Read) =>
      runEvent('COMPLETE', time, 1, { outputs: [dataset(name, { lifecycleStateChange: facet(members) })] })
    send(change('09:00:00', 'a', { lifecycleStateChange: 'DROP' }))
    expect(node('Dataset', tableUrn('a')).removed).toBe(true)
    send(change('09:01:00', 'a', { lifecycleStateChange: 'CREATE' }))
    expect(node('Dataset', tableUrn('a')).removed).toBe(false)
    const previousIdentifier = { namespace: WAREHOUSE, name: 'shop.public.a' }
    send(change('09:02:00', 'b', { lifecycleStateChange: 'RENAME', previousIdentifier }))
    expect([node('Dataset', tableUrn('a')).removed, node('Dataset', tableUrn('b')).removed]).toEqual([
      true,
      false,
    ])
  })

  it('of quality become profiles and runs of assertions, those of an output an operation', () => {
    const inputFacets = {
      dataQualityMetrics: facet({
        rowCount: 12,
        bytes: 900,
        columnMetrics: { id: { nullCount: 0, distinctCount: 12 } },
      }),
      dataQualityAssertions: facet({
        assertions: [
          { assertion: 'not_null', success: true, column: 'id' },
          { assertion: 'row_count', success: false, expected: '10', actual: '12' },
        ],
      }),
    }
    const outputFacets = { outputStatistics: facet({ rowCount: 7, size: 70 }) }
    send(
      runEvent('COMPLETE', '09:00:00', 1, {
        inputs: [dataset('orders', {}, { inputFacets })],
        outputs: [dataset('revenue', {}, { outputFacets })],
      }),
    )
    expect(node('Dataset', tableUrn('orders'))).toMatchObject({ rowCount: 12, sizeBytes: 900 })
    expect(node('Field', field('orders', 'id'))).toMatchObject({ nullCount: 0, uniqueCount: 12 })
    const { data } = b.catalog.getDatasetAssertions({ urn: tableUrn('orders') })
    expect(data.total).toBe(2)
    expect(edges('Asserts').length).toBe(2)
    const results = [...b.graph.export()]
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'Assertion')
    expect(results.map(({ data }) => [data.name, data.latestResult]).sort()).toEqual([
      ['not_null(id)', 'SUCCESS'],
      ['row_count', 'FAILURE'],
    ])
    // Rows written by one run are not the rows of the table.
    expect(node('Dataset', tableUrn('revenue')).rowCount ?? null).toBeNull()
    const [operation] = b.catalog.eventRecords(tableUrn('revenue'), 'operation')
    expect(JSON.parse(operation?.text ?? '')).toMatchObject({
      numAffectedRows: 7,
      customProperties: { run: runUrn(1), bytes: '70' },
    })
  })

  it('of symbolic links name the dataset, also where its columns are spoken of', () => {
    const file = { namespace: 's3://lake', name: 'warehouse/orders' }
    const symlinks = facet({
      identifiers: [
        { namespace: 'arn:aws:glue:eu-west-1:123456789012', name: 'table/shop/orders', type: 'TABLE' },
      ],
    })
    const columnLineage = facet({ fields: { id: { inputFields: [{ ...file, field: 'id' }] } } })
    send(
      runEvent('COMPLETE', '09:00:00', 1, {
        inputs: [{ ...file, facets: { symlinks } }],
        outputs: [dataset('orders', { columnLineage })],
      }),
    )
    const glue = 'urn:li:dataset:(urn:li:dataPlatform:glue,shop.orders,PROD)'
    expect(edges('UpstreamOf')).toEqual([[glue, tableUrn('orders')]])
    expect(edges('FieldUpstreamOf')).toEqual([[`urn:li:schemaField:(${glue},id)`, field('orders', 'id')]])
  })
})

describe('what others state', () => {
  it('stands: a schema that was harvested is not replaced by one that a run tells of', () => {
    const stated = {
      schemaName: 'orders',
      platform: 'urn:li:dataPlatform:postgres',
      version: 0,
      hash: '',
      fields: [],
    }
    b.catalog.ingest([aspectOf(tableUrn('orders'), 'schemaMetadata', stated)])
    const schema = facet({ fields: [{ name: 'id', type: 'int' }] })
    send(runEvent('COMPLETE', '09:00:00', 1, { outputs: [dataset('orders', { schema })] }))
    expect(aspect(tableUrn('orders'), 'schemaMetadata')).toEqual(stated)
    expect(aspect(tableUrn('orders'), 'groundplaneOpenlineage').facets.schema.text).toBe(
      JSON.stringify(schema),
    )
  })
})

describe('an event that is not in order', () => {
  const wrong: readonly [string, unknown, string[]][] = [
    ['no object', '7', ['']],
    ['about nothing', { eventTime: '2026-11-21T09:00:00Z', producer: 'x' }, ['']],
    ['without a time', { ...runEvent('START', '09:00:00', 1), eventTime: undefined }, ['/eventTime']],
    ['at no time', { ...runEvent('START', '09:00:00', 1), eventTime: '{{RUN_START_TIME}}' }, ['/eventTime']],
    ['of no transition', runEvent('BEGIN', '09:00:00', 1), ['/eventType']],
    [
      'of a run without an id',
      { ...runEvent('START', '09:00:00', 1), run: { runId: 'one' } },
      ['/run/runId'],
    ],
    [
      'with facets that are none, all of them named',
      runEvent('START', '09:00:00', 1, {
        inputs: [
          dataset('a'),
          dataset('b', { schema: facet({ fields: [{ name: 'x' }, { type: 'int' }] }), 'a/b~c': 7 }),
        ],
        outputs: [{ namespace: '', name: 'x' }],
      }),
      ['/inputs/1/facets/schema/fields/1/name', '/inputs/1/facets/a~1b~0c', '/outputs/0/namespace'],
    ],
    [
      'whose names make no URN',
      runEvent('START', '09:00:00', 1, { inputs: [{ namespace: 'hive', name: 'a␟b' }] }),
      ['/inputs/0'],
    ],
  ]

  it.each(wrong)('is refused with what is wrong and where, and changes nothing: %s', (_, event, pointers) => {
    const commits = b.commits()
    const { refused, commit, recorded } = send(event)
    expect([recorded, commit, b.commits()]).toEqual([0, null, commits])
    expect(refused.map(({ code }) => code)).toEqual(['event_invalid'])
    expect(refused[0]?.problems.map(({ pointer }) => pointer).sort()).toEqual([...pointers].sort())
  })

  it('is said to be what it is, what it must be, and what to do', () => {
    const { refused } = send({
      ...runEvent('BEGIN', '09:00:00', 1, {
        inputs: [dataset('a', { dataQualityMetrics: facet({ rowCount: 1.5 }), x: [] })],
        outputs: [{ namespace: '' }],
      }),
      eventTime: 'today',
      run: { runId: 7 },
    })
    expect(refused[0]).toEqual({
      index: 0,
      code: 'event_invalid',
      message:
        'The event is not in order at /eventTime. It is "today", and must be a time with its zone, such as 2026-11-21T09:00:00Z. And 6 more.',
      remedy: expect.stringContaining('send it again'),
      problems: [
        {
          pointer: '/eventTime',
          message: 'It is "today", and must be a time with its zone, such as 2026-11-21T09:00:00Z.',
        },
        {
          pointer: '/eventType',
          message: 'It is "BEGIN", and must be one of START, RUNNING, COMPLETE, ABORT, FAIL, OTHER.',
        },
        { pointer: '/run/runId', message: 'It is 7, and must be a UUID.' },
        {
          pointer: '/inputs/0/facets/dataQualityMetrics/rowCount',
          message: 'It is 1.5, and must be a whole number.',
        },
        { pointer: '/inputs/0/facets/x', message: 'It is a list, and must be an object.' },
        { pointer: '/outputs/0/namespace', message: 'It is "", and must be a text that is not empty.' },
        { pointer: '/outputs/0/name', message: 'It is missing, and must be a text.' },
      ],
    })
  })

  it('does not keep the others of its batch from being recorded', () => {
    const { recorded, refused } = send(
      runEvent('START', '09:00:00', 1, { outputs: [dataset('a')] }),
      '{"eventTime":1}',
      runEvent('START', '09:00:00', 2, { outputs: [dataset('b')] }),
      runEvent('NEVER', '09:00:00', 3),
    )
    expect([recorded, refused.map(({ index }) => index)]).toEqual([2, [1, 3]])
    expect(edges('ProducedBy').map(([from]) => from)).toEqual([tableUrn('a'), tableUrn('b')])
  })

  it('that the store refuses leaves no trace and stands alone', () => {
    const huge = dataset(
      'b',
      {},
      {
        inputFacets: {
          dataQualityMetrics: facet({ rowCount: 1, columnMetrics: { 'x␟': { nullCount: 1 } } }),
        },
      },
    )
    const { recorded, refused } = send(
      runEvent('START', '09:00:00', 1, { outputs: [dataset('a')] }),
      runEvent('START', '09:00:00', 2, { inputs: [huge] }),
      runEvent('START', '09:00:00', 3, { outputs: [dataset('c')] }),
    )
    expect([recorded, refused.map(({ index }) => index)]).toEqual([2, [1]])
    expect(b.catalog.hasRecord(tableUrn('b'))).toBe(false)
    expect(b.catalog.hasRecord(runUrn(2))).toBe(false)
  })
})

const SEED = new URL('../../../../../shared/data/openlineage/marquez-metadata.json', import.meta.url)
describe.skipIf(!existsSync(SEED))('the events that Marquez shows itself with', () => {
  /** Its templates of times, filled in as its own seeding does: START at one time, COMPLETE some minutes later. */
  const text = () =>
    readFileSync(SEED, 'utf8')
      .replaceAll('{{RUN_START_TIME}}', '2026-11-21T09:00:00.000Z')
      .replace(/\{\{RUN_END_TIME_AFTER_(\d+)_MINUTES\}\}/g, (_, minutes) =>
        new Date(Date.UTC(2026, 10, 21, 9, Number(minutes))).toISOString(),
      )

  it('land, and what is there is what is counted in the file', () => {
    const events = JSON.parse(text()) as Read[]
    const { recorded, refused } = send(...events)
    expect([recorded, refused]).toEqual([26, []])
    const named = (of: (event: Read) => Read[]) =>
      new Set(events.flatMap((e) => of(e).map((d) => JSON.stringify(d))))
    const inputs = (e: Read) => (e.inputs ?? []) as Read[]
    const outputs = (e: Read) => (e.outputs ?? []) as Read[]
    const all = (e: Read) => [...inputs(e), ...outputs(e)]
    const pairs = new Set(
      events.flatMap((e) => inputs(e).flatMap((i) => outputs(e).map((o) => `${i.name} ${o.name}`))),
    )
    const columns = new Set<string>()
    for (const e of events)
      for (const o of outputs(e))
        for (const [column, { inputFields }] of Object.entries<Read>(o.facets.columnLineage?.fields ?? {}))
          for (const i of inputFields) {
            pairs.add(`${i.name} ${o.name}`)
            if (i.name !== o.name) columns.add(`${i.name} ${i.field} ${o.name} ${column}`)
          }
    const type = (name: string) =>
      [...b.graph.export()].map((l) => JSON.parse(l)).filter((l) => l.type === name)
    expect(type('Run').length).toBe(named((e) => [e.run.runId]).size)
    expect(type('Job').length).toBe(named((e) => [[e.job.namespace, e.job.name]]).size)
    expect(type('Run').filter(({ data }) => data.result === 'SUCCESS').length).toBe(13)
    expect(type('Dataset').filter(({ data }) => data.described).length).toBe(
      named((e) => all(e).map((d) => d.name)).size,
    )
    expect(type('Query').length).toBe(named((e) => (e.job.facets?.sql ? [e.job.name] : [])).size)
    const fields = named((e) =>
      all(e).flatMap((d) => (d.facets?.schema?.fields ?? []).map((f: Read) => [d.name, f.name])),
    )
    expect(edges('HasField').length).toBe(fields.size)
    expect(edges('Writes').length).toBe(named((e) => outputs(e).map((d) => [e.job.name, d.name])).size)
    expect(edges('Reads').length).toBe(named((e) => inputs(e).map((d) => [e.job.name, d.name])).size)
    expect(edges('UpstreamOf').length).toBe(
      [...pairs].filter((p) => p.split(' ')[0] !== p.split(' ')[1]).length,
    )
    expect(edges('FieldUpstreamOf').length).toBe(columns.size)
    expect(send(...events.reverse()).commit).toBeNull()
  })
})
