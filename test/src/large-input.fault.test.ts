import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommand } from './command.js'
import { ServedCluster, TOKENS } from './http/served-cluster.js'

/**
 * Aspects of a size nobody sends on purpose, at every door of a serving process. `GROUNDPLANE_LARGE_MB` is the
 * size of what is too large for any of them.
 */
const MB = 1024 * 1024
const HUGE = Number(process.env['GROUNDPLANE_LARGE_MB'] ?? 40) * MB
/** What a server may hold more than before it was sent any of it: bodies of one request at a time, and no more of one than its limit. */
const MOST_GROWTH = 350 * MB
const GRAPH = 'catalog'
let cluster: ServedCluster

beforeAll(async () => {
  cluster = await ServedCluster.start()
}, 120_000)
afterAll(() => cluster?.dispose())

const urn = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:hive,${name},PROD)`
const DATAHUB = `/graphs/${GRAPH}/datahub`
const LETTERS = 'x'.repeat(MB)

/** A JSON text around a value of so many bytes, a piece at a time: the sender does not hold it either. */
function* around(text: string, bytes: number): Generator<string> {
  const [before = '', after = ''] = text.split('FILL')
  yield before
  for (let sent = 0; sent < bytes; sent += MB) yield LETTERS
  yield after
}

interface Sent {
  /** Undefined when the connection was ended without an answer. */
  readonly status: number | undefined
  readonly text: string
}

/** Sends a body without saying how long it is, so that the server has to find out. */
function send(method: string, path: string, type: string, body: Iterable<string>): Promise<Sent> {
  return new Promise((resolve) => {
    let text = ''
    let status: number | undefined
    const sent = request(new URL(path, cluster.url), {
      method,
      headers: {
        authorization: `Bearer ${TOKENS.operator}`,
        'content-type': type,
        accept: 'application/json, text/event-stream',
      },
    })
    const end = () => resolve({ status, text })
    sent.on('response', (response) => {
      status = response.statusCode
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.on('close', end)
    })
    sent.on('error', () => setImmediate(end))
    sent.on('close', end)
    const pieces = body[Symbol.iterator]()
    const more = (): void => {
      const { done, value } = pieces.next()
      if (done) sent.end()
      else if (status !== undefined || sent.destroyed) sent.end()
      else sent.write(value, () => more())
    }
    more()
  })
}

async function read(path: string): Promise<Response> {
  return fetch(new URL(path, cluster.url), { headers: { authorization: `Bearer ${TOKENS.operator}` } })
}

async function head(): Promise<string> {
  const commits = (await (await read(`/graphs/${GRAPH}/commits?limit=1`)).json()) as { commits: unknown[] }
  return JSON.stringify(commits.commits[0])
}

const proposal = (name: string, value: string) =>
  JSON.stringify({
    entityType: 'dataset',
    entityUrn: urn(name),
    changeType: 'UPSERT',
    aspectName: 'datasetProperties',
    aspect: { value, contentType: 'application/json' },
  })
const properties = '{"name":"t","customProperties":{"k":"FILL"}}'
const event = {
  eventType: 'COMPLETE',
  eventTime: '2026-11-21T09:00:00Z',
  producer: 'https://github.com/acme/FILL',
  run: { runId: '018f3c0a-0000-7000-8000-000000000001' },
  job: { namespace: 'etl', name: 'load' },
}
const call = { name: 'save_document', arguments: { document_type: 'Note', title: 't', content: 'FILL' } }
const aspectNode = {
  type: 'Tag',
  data: { urn: 'urn:li:tag:x', name: 'FILL', described: true, removed: false },
}

/** Every way in: method, address, media type, body. */
const DOORS: readonly (readonly [string, string, string, string, string])[] = [
  [
    'a proposal',
    'POST',
    `${DATAHUB}/aspects?action=ingestProposal`,
    'application/json',
    `{"proposal":${proposal('huge', properties)}}`,
  ],
  [
    'a batch of proposals',
    'POST',
    `${DATAHUB}/aspects?action=ingestProposalBatch`,
    'application/json',
    `{"proposals":[${proposal('good', '{"name":"t"}')},${proposal('huge', properties)}]}`,
  ],
  [
    'an entity of OpenAPI',
    'POST',
    `${DATAHUB}/openapi/v3/entity/dataset?async=false`,
    'application/json',
    JSON.stringify([{ urn: urn('huge'), datasetProperties: { value: { name: 't', description: 'FILL' } } }]),
  ],
  [
    'a patch of OpenAPI',
    'PATCH',
    `${DATAHUB}/openapi/v3/entity/dataset?async=false`,
    'application/json',
    JSON.stringify([
      {
        urn: urn('huge'),
        datasetProperties: { value: { patch: [{ op: 'add', path: '/description', value: 'FILL' }] } },
      },
    ]),
  ],
  [
    'an event of OpenLineage',
    'POST',
    `/graphs/${GRAPH}/openlineage/api/v1/lineage`,
    'application/json',
    JSON.stringify(event),
  ],
  [
    'a batch of OpenLineage',
    'POST',
    `/graphs/${GRAPH}/openlineage/api/v1/lineage/batch`,
    'application/json',
    JSON.stringify([event]),
  ],
  [
    'a tool over MCP',
    'POST',
    '/mcp',
    'application/json',
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call }),
  ],
  [
    'a tool over HTTP',
    'POST',
    '/catalog/tools/save_document',
    'application/json',
    JSON.stringify(call.arguments),
  ],
  [
    'a load',
    'POST',
    `/graphs/${GRAPH}/load`,
    'application/json',
    JSON.stringify({ data: JSON.stringify(aspectNode), mode: 'merge' }),
  ],
  [
    'a streamed load',
    'POST',
    `/graphs/${GRAPH}/load/ndjson?mode=merge`,
    'application/x-ndjson',
    JSON.stringify(aspectNode),
  ],
]

it.each(DOORS)(
  '%s that is far too large is refused with the code of the limit, and nothing of it is kept',
  async (_, method, path, type, body) => {
    const [before, holds] = [await head(), cluster.heldBytes]
    let most = 0
    const sampler = setInterval(() => {
      most = Math.max(most, cluster.heldBytes)
    }, 20)
    const { status, text } = await send(method, path, type, around(body, HUGE))
    clearInterval(sampler)
    expect([status, text]).toEqual([413, expect.stringMatching(/"code":"(body_too_large|line_too_long)"/)])
    expect(text).toMatch(/\d{5,}/)
    expect(cluster.alive).toBe(true)
    expect(await head()).toBe(before)
    expect((await read('/healthz')).status).toBe(200)
    expect(most - holds).toBeLessThan(MOST_GROWTH)
  },
  120_000,
)

it('an aspect of many megabytes is kept byte for byte, and comes back in an export', async () => {
  // As no serialiser would write it.
  const value = `{ "name" :\t"t", "customProperties":{"k":"${'é "quoted" '.replaceAll('"', '\\"').repeat(650_000)}"} }`
  const sent = await send('POST', `${DATAHUB}/aspects?action=ingestProposal`, 'application/json', [
    `{"proposal":${proposal('large', value)}}`,
  ])
  expect([sent.status, sent.text]).toEqual([200, '{"value":"success"}'])
  const entity = await (
    await read(`${DATAHUB}/aspects/${encodeURIComponent(urn('large'))}?aspect=datasetProperties&version=0`)
  ).text()
  expect(entity.includes(value)).toBe(true)
  const args = ['export', '--cluster', cluster.dir, '--graph', GRAPH, '--as', 'operator', '--type', 'Aspect']
  const { stdout } = await runCommand(args)
  const line = stdout
    .split('\n')
    .find((one) => one.includes('hive,large,PROD') && one.includes('datasetProperties'))
  expect(JSON.parse(line ?? '{}').data?.text).toBe(value)
}, 120_000)

it('of a batch the aspect that is too large is named with its limit, and the others land', async () => {
  const large = JSON.stringify({ name: 't', customProperties: { k: 'y'.repeat(15 * MB) } })
  const batch = [
    proposal('first', '{"name":"first"}'),
    proposal('over', large),
    proposal('last', '{"name":"last"}'),
  ]
  const { status, text } = await send(
    'POST',
    `${DATAHUB}/aspects?action=ingestProposalBatch`,
    'application/json',
    [`{"proposals":[${batch.join(',')}]}`],
  )
  expect(status).toBe(422)
  const { error } = JSON.parse(text) as {
    error: { diagnostics: { code: string; path: string; message: string }[] }
  }
  expect(error.diagnostics.map(({ code, path }) => [code, path])).toEqual([
    ['aspect_too_large', 'proposals.1'],
  ])
  expect(error.diagnostics[0]?.message).toContain(String(15 * MB))
  const there = async (name: string) =>
    (await read(`${DATAHUB}/aspects/${encodeURIComponent(urn(name))}?aspect=datasetProperties&version=0`))
      .status
  expect([await there('first'), await there('over'), await there('last')]).toEqual([200, 404, 200])
}, 120_000)
