import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runJson, startCommand } from './command.js'
import { ServedCluster, TOKENS } from './http/served-cluster.js'

/** Results of very many rows, `GROUNDPLANE_LARGE_ROWS` of them: counted, streamed or cut off and said to be, in memory that does not grow with them. */
const ROWS = Number(process.env['GROUNDPLANE_LARGE_ROWS'] ?? 20_000)
const MB = 1024 * 1024
/** What a process may hold for any of them: a million rows of text alone would be more. */
const MOST = 400 * MB
const MOST_GROWTH = 200 * MB

const CONFIG = `version: 1
metadata: { name: large }
graphs:
  catalog: { kind: catalog }
policies:
  base: { file: base.policy.yaml, applies_to: [catalog] }
sources:
  orders: { kind: sqlite, graph: catalog, url: orders.db, platform_instance: orders, env: PROD }
assertions:
  all: { file: all.assertions.yaml, graph: catalog, sources: [orders] }
`
const POLICY = `version: 1
rules:
  - { id: operator, allow: { actors: [operator], actions: [read, export, change] } }
`
const ASSERTIONS = `version: 1
assertions:
  note_given: { dataset: orders, column: note, type: not_null }
  kind_known: { dataset: orders, column: kind, type: accepted_values, values: [known] }
  kind_unique: { dataset: orders, column: kind, type: unique }
  none_at_all: { dataset: orders, type: sql, query: select * from orders }
`
let cluster: ServedCluster

beforeAll(async () => {
  cluster = await ServedCluster.start([], {
    async fill(filled) {
      filled.write('cluster.yaml', CONFIG)
      filled.write('base.policy.yaml', POLICY)
      filled.write('all.assertions.yaml', ASSERTIONS)
      const db = new Database(join(filled.dir, 'orders.db'))
      db.exec(`create table orders (id integer primary key, kind text, note text);
        with recursive n(i) as (select 1 union all select i + 1 from n where i < ${ROWS})
        insert into orders select i, 'a kind that is not known', null from n`)
      db.close()
      await runJson(['cluster', 'import', '--config', filled.dir])
      await runJson(['cluster', 'apply', '--config', filled.dir, '--as', 'operator'])
      await runJson(['harvest', '--cluster', filled.dir, '--as', 'operator'])
    },
  })
}, 300_000)
afterAll(() => cluster?.dispose())

const headers = { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' }

function post(path: string, body: object): Promise<Response> {
  return fetch(new URL(path, cluster.url), { method: 'POST', headers, body: JSON.stringify(body) })
}

/** What `work` comes to, and how much more the server held meanwhile than before. */
async function growth<T>(work: () => Promise<T>): Promise<{ result: T; grown: number }> {
  const holds = cluster.heldBytes
  let most = holds
  const sampler = setInterval(() => {
    most = Math.max(most, cluster.heldBytes)
  }, 20)
  try {
    return { result: await work(), grown: most - holds }
  } finally {
    clearInterval(sampler)
  }
}

it('assertions that every row of a table fails are counted where the rows are', async () => {
  const child = startCommand(['check', '--cluster', cluster.dir, '--as', 'operator', '--json'])
  let most = 0
  const sampler = setInterval(() => {
    most = Math.max(most, heldBy(child.pid as number))
  }, 10)
  child.stdout?.resume()
  child.stderr?.resume()
  await new Promise((ended) => child.once('close', ended))
  clearInterval(sampler)
  expect(most).toBeLessThan(MOST)
  const urn = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,orders.main.orders,PROD)'
  const answer = await post('/catalog/tools/get_dataset_assertions', { urn, count: 20 })
  const { data } = (await answer.json()) as {
    data: { assertions: { name: string; failed: number; runHistory: { sampleKeys?: string[] }[] }[] }
  }
  expect(Object.fromEntries(data.assertions.map(({ name, failed }) => [name, failed]))).toEqual({
    note_given: ROWS,
    kind_known: ROWS,
    kind_unique: ROWS - 1,
    none_at_all: ROWS,
  })
  for (const { runHistory } of data.assertions)
    expect(runHistory[0]?.sampleKeys?.length ?? 0).toBeLessThanOrEqual(20)
}, 300_000)

/** Memory of a process without the pages of files, 0 when it is gone. */
function heldBy(pid: number): number {
  try {
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

describe('a catalog of very many entities', () => {
  const urn = (i: number) => `urn:li:tag:t${String(i).padStart(7, '0')}`
  function* lines(): Generator<string> {
    for (let i = 0; i < ROWS; i++) {
      const aspect = {
        urn: urn(i),
        name: 'tagProperties',
        entityType: 'tag',
        text: `{"name":"t${i}"}`,
        digest: String(i),
      }
      yield `${JSON.stringify({ type: 'Aspect', data: aspect })}\n`
    }
  }

  it('is loaded as a stream', async () => {
    const { result, grown } = await growth(() =>
      fetch(new URL('/graphs/catalog/load/ndjson?mode=merge', cluster.url), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        body: Readable.toWeb(Readable.from(pieces(lines()))),
        duplex: 'half',
      } as RequestInit),
    )
    expect([result.status, await result.text()]).toEqual([200, expect.any(String)])
    expect(grown).toBeLessThan(MOST_GROWTH)
  }, 600_000)

  it('is exported as a stream, whole', async () => {
    const { result, grown } = await growth(async () => {
      const answer = await post('/graphs/catalog/export', { type_names: ['Aspect'] })
      let found = 0
      let rest = ''
      const decoder = new TextDecoder()
      for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
        const parts = (rest + decoder.decode(piece, { stream: true })).split('\n')
        rest = parts.pop() as string
        found += parts.filter((line) => line.includes('"urn:li:tag:t')).length
      }
      return found
    })
    expect(result).toBe(ROWS)
    expect(grown).toBeLessThan(MOST_GROWTH)
  }, 600_000)

  it('is no answer of a query: that has its most rows, and says that there are more', async () => {
    const query =
      'query all() { match { $a: Aspect { entityType: "tag" } } return { $a.urn as urn, $a.text as text } }'
    const { result, grown } = await growth(async () => {
      const answer = await post('/graphs/catalog/query', { query })
      return (await answer.json()) as { rows: unknown[]; truncated?: boolean }
    })
    expect([result.rows.length, result.truncated]).toEqual([10_000, true])
    expect(grown).toBeLessThan(MOST_GROWTH)
  }, 300_000)

  it('is scrolled through page by page, and others are answered while its entities are counted', async () => {
    const { result, grown } = await growth(async () => {
      const first = post('/graphs/catalog/datahub/openapi/v3/entity/scroll?count=1000', { entities: ['tag'] })
      const order: string[] = []
      const counted = first.then((answer) => order.push('page') && answer.json())
      const others = fetch(new URL('/healthz', cluster.url)).then(() => order.push('other'))
      await Promise.all([counted, others])
      const { totalCount, entities, scrollId } = (await counted) as {
        totalCount: number
        entities: { urn: string }[]
        scrollId: string
      }
      const next = await post(
        `/graphs/catalog/datahub/openapi/v3/entity/scroll?count=1000&scrollId=${encodeURIComponent(scrollId)}`,
        { entities: ['tag'] },
      )
      const { entities: more } = (await next.json()) as { entities: { urn: string }[] }
      return { totalCount, urns: [...entities, ...more].map((entity) => entity.urn), order }
    })
    expect(result.totalCount).toBe(ROWS)
    expect(result.urns).toEqual(Array.from({ length: 2000 }, (_, i) => urn(i)))
    expect(result.order).toEqual(['other', 'page'])
    expect(grown).toBeLessThan(MOST_GROWTH)
  }, 300_000)
})

/** Many lines at a time: a piece for each would be what takes the time. */
function* pieces(lines: Iterable<string>): Generator<Uint8Array> {
  let text = ''
  for (const line of lines) {
    text += line
    if (text.length < 64 * 1024) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}
