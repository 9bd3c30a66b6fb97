import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY, runJson } from '../command.js'
import { blocksOf } from '../docs-page.js'
import { ServedCluster, TOKENS } from '../http/served-cluster.js'

// `npm run test:openlineage`: OpenLineage's own Python client, pinned, against a serving process.

const installed = spawnSync(join(REPOSITORY, 'test/install-openlineage.sh'), {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
})
const client = installed.status === 0 ? installed.stdout.trim() : undefined
if (!client)
  process.stderr.write('test:openlineage is skipped: the client of OpenLineage could not be installed\n')

const CONFIG = `version: 1
metadata: { name: lineage }
graphs:
  catalog: { kind: catalog }
policies:
  base: { file: base.policy.yaml, applies_to: [catalog] }
`
const POLICY = `version: 1
rules:
  - { id: operator-writes, allow: { actors: [operator], actions: [read, change] } }
  - { id: viewer-reads, allow: { actors: [viewer], actions: [read] } }
`

async function fill(cluster: ServedCluster): Promise<void> {
  cluster.write('cluster.yaml', CONFIG)
  cluster.write('base.policy.yaml', POLICY)
  await runJson(['cluster', 'import', '--config', cluster.dir])
  await runJson(['cluster', 'apply', '--config', cluster.dir, '--as', 'operator'])
}

const table = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.${name},PROD)`
const RUN = 'urn:li:dataProcessInstance:018f3c0a-0000-7000-8000-000000000001'
const FAILED = 'urn:li:dataProcessInstance:018f3c0a-0000-7000-8000-000000000002'
const FLOW = 'urn:li:dataFlow:(dagster,nightly,prod)'

describe.skipIf(!client)('the client of OpenLineage', () => {
  let cluster: ServedCluster
  beforeAll(async () => {
    cluster = await ServedCluster.start([], { fill })
  })
  afterAll(() => cluster?.dispose())

  /** The client as programs set it up: by its environment alone. */
  function python(args: readonly string[], token: string) {
    const { status, stdout, stderr } = spawnSync(join(client as string, 'bin/python'), args, {
      encoding: 'utf8',
      cwd: cluster.dir,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: cluster.dir,
        OPENLINEAGE_URL: `${cluster.url}/graphs/catalog/openlineage`,
        OPENLINEAGE_API_KEY: token,
      },
    })
    return { code: status, output: stdout + stderr }
  }

  async function ask(path: string) {
    const response = await fetch(`${cluster.url}/graphs/catalog${path}`, {
      headers: { authorization: `Bearer ${TOKENS.viewer}` },
    })
    // biome-ignore lint/suspicious/noExplicitAny: read by path
    return { status: response.status, json: (await response.json()) as any }
  }
  const aspects = async (urn: string) =>
    (await ask(`/datahub/entitiesV2/${encodeURIComponent(urn)}`)).json.aspects
  const commits = async () => (await ask('/commits?limit=100')).json.commits.length

  it('emits runs, jobs and datasets with their facets, and what arrives is what it said', async () => {
    const { code, output } = python([join(REPOSITORY, 'test/openlineage/emit.py')], TOKENS.operator)
    expect(code, output).toBe(0)
    expect(output).toContain('refused: 422')
    const [orders, revenue, run, failed, job, report] = await Promise.all(
      [
        table('orders'),
        table('revenue'),
        RUN,
        FAILED,
        `urn:li:dataJob:(${FLOW},nightly.revenue)`,
        `urn:li:dataJob:(${FLOW},nightly.report)`,
      ].map(aspects),
    )
    expect(orders.datasetProperties.value.description).toBe('One row for each order.')
    expect(orders.schemaMetadata.value.fields).toMatchObject([
      { fieldPath: 'price', nativeDataType: 'numeric', description: 'In euros' },
    ])
    expect(orders.ownership.value.owners).toMatchObject([{ owner: 'urn:li:corpGroup:sales' }])
    const lineage = revenue.upstreamLineage.value
    expect(lineage.upstreams).toMatchObject([{ dataset: table('orders') }])
    expect(lineage.fineGrainedLineages).toMatchObject([
      {
        upstreams: [`urn:li:schemaField:(${table('orders')},price)`],
        downstreams: [`urn:li:schemaField:(${table('revenue')},total)`],
        transformOperation: 'DIRECT:AGGREGATION',
      },
    ])
    const query = await aspects(lineage.upstreams[0].query)
    expect(query.queryProperties.value.statement.value).toContain('sum(price)')
    expect(run.dataProcessInstanceRelationships.value.parentTemplate).toBe(
      `urn:li:dataJob:(${FLOW},nightly.revenue)`,
    )
    expect(run.groundplaneOpenlineage.value).toMatchObject({
      start: '2026-11-21T09:00:00.000001000Z',
      end: { at: '2026-11-21T09:00:00.000002000Z', transition: 'COMPLETE' },
    })
    expect(failed.dataProcessInstanceProperties.value.customProperties.errorMessage).toBe('disk full')
    expect(job.dataJobInputOutput.value).toEqual({
      inputDatasets: [table('orders')],
      outputDatasets: [table('revenue')],
    })
    expect(report.dataJobInputOutput.value.outputDatasets).toEqual([
      'urn:li:dataset:(urn:li:dataPlatform:s3,reports/daily/revenue.csv,PROD)',
    ])
  })

  it('emits the same again, and nothing is changed', async () => {
    const before = await commits()
    expect(python([join(REPOSITORY, 'test/openlineage/emit.py')], TOKENS.operator).code).toBe(0)
    expect(await commits()).toBe(before)
  })

  it('is refused with the key of somebody who may only read, and with one that is nobody', async () => {
    const before = await commits()
    const emit = [
      '-c',
      `from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import DatasetEvent, StaticDataset
OpenLineageClient().emit(DatasetEvent(eventTime="2026-11-21T09:00:00Z", producer="urn:x", dataset=StaticDataset("hive", "a.b")))`,
    ]
    for (const [token, status] of [
      [TOKENS.viewer, '403'],
      ['nobody-1234567890abcdef', '401'],
    ] as const) {
      const { code, output } = python(emit, token)
      expect(code).not.toBe(0)
      expect(output).toContain(status)
    }
    expect(await commits()).toBe(before)
  })

  it('emits compressed', async () => {
    const { code, output } = python(
      [
        '-c',
        `import os
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import DatasetEvent, StaticDataset
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport
auth = ApiKeyTokenProvider({"apiKey": os.environ["OPENLINEAGE_API_KEY"]})
config = HttpConfig(url=os.environ["OPENLINEAGE_URL"], auth=auth, compression=HttpCompression.GZIP)
OpenLineageClient(transport=HttpTransport(config)).emit(DatasetEvent(eventTime="2026-11-21T09:00:00Z", producer="urn:x", dataset=StaticDataset("hive", "z.ipped")))`,
      ],
      TOKENS.operator,
    )
    expect(code, output).toBe(0)
    const urn = 'urn:li:dataset:(urn:li:dataPlatform:hive,z.ipped,PROD)'
    expect((await aspects(urn)).datasetProperties.value.customProperties.openlineageName).toBe('z.ipped')
  })

  it('does what the documentation shows', async () => {
    const page = blocksOf('openlineage.md', readFileSync(join(REPOSITORY, 'docs/openlineage.md'), 'utf8'))
    const program = page.find(({ options }) => 'client' in options)?.text as string
    const { code, output } = python(['-c', program], TOKENS.operator)
    expect(code, output).toBe(0)
    const urn = 'urn:li:dataset:(urn:li:dataPlatform:snowflake,shop.public.margin,PROD)'
    expect((await aspects(urn)).upstreamLineage.value.upstreams).toMatchObject([
      { dataset: 'urn:li:dataset:(urn:li:dataPlatform:snowflake,shop.public.orders,PROD)' },
    ])
  })

  it('has left nothing unexpected in the log of the server', () => {
    const lines = cluster.log
      .split('\n')
      .filter((line) => line.includes('"level":50') || line.includes('"level":"error"'))
    expect(lines).toEqual([])
  })
})
