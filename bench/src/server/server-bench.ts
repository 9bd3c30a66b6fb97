import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CLI, command, type Listening, processorsApart, run, startServer } from '../process.js'
import { type BenchRow, bounded, median, round, told } from '../row.js'
import type { LoadOptions, LoadResult } from './http-load.js'

const BARE = fileURLToPath(new URL('./bare-server.js', import.meta.url))
const STAND_STILL = fileURLToPath(new URL('./stand-still-process.js', import.meta.url))
const LOAD = fileURLToPath(new URL('./load-process.js', import.meta.url))
const TOKEN = 'bench-token'
const PEOPLE = 10_000
const WARMING_ROUNDS = 2
const ROUNDS = 7
const ROUND_SECONDS = 2
const WARM_SECONDS = 1
const CONNECTIONS = 32
/** The client collects no garbage while it measures: what it waits for itself would be counted as the server's. */
const CALM = ['--single-threaded-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']
const APART = processorsApart()

const CLUSTER = `version: 1
metadata: { name: bench }
graphs:
  people: { schema: people.pg, queries: [person.gq] }
policies:
  base: { file: base.policy.yaml, applies_to: [people] }
`
const SCHEMA = 'node Person { handle: String @key  name: String  age: I32 }\n'
const POLICY = `version: 1
groups: { readers: [reader] }
rules:
  - { id: readers-read, allow: { actors: { group: readers }, actions: [read, invoke_query] } }
  - { id: operator-does, allow: { actors: [operator], actions: [read, change] } }
`
const QUERY = `query person($handle: String) {
  match { $p: Person { handle: $handle } }
  return { $p.name as name, $p.age as age }
}
`

/** A server and what is asked of it. */
interface Side {
  readonly port: number
  readonly request: string
}
type Sides = Readonly<Record<'ours' | 'bare', Side>>

/**
 * A stored point query with authentication and policy, beside a bare route that answers the same bytes. Either server
 * has a processor to itself and the client has another, where the system can keep them apart.
 */
export async function serverBench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-'))
  const started: Listening[] = []
  try {
    await makeCluster(dir)
    const ours = await startServer(
      [CLI, 'serve', '--cluster', dir, '--bind', '127.0.0.1:0', '--reload-interval', '0.1'],
      { GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify({ reader: TOKEN }) },
      APART?.server,
    )
    started.push(ours)
    const path = '/graphs/people/queries/person'
    const body = JSON.stringify({ params: { handle: `p${PEOPLE / 2}` } })
    const answer = await fetch(ours.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body,
    })
    const text = await answer.text()
    if (!answer.ok || !text.includes('"name"'))
      throw new Error(`the point query answered ${answer.status}: ${text}`)
    const bare = await startServer([BARE], { BODY: text }, APART?.server)
    started.push(bare)
    const sides: Sides = {
      ours: { port: portOf(ours), request: requestText(path, body) },
      bare: { port: portOf(bare), request: requestText('/answer', body) },
    }
    const stoodStill = await standStillPercent()
    const rates = await throughputs(sides)
    const half = await atHalfLoad(sides, rates.ours / 2)
    const reload = await reloadUnderLoad(dir, ours, sides.ours)
    const where = APART ? 'a processor each' : 'on shared processors'
    return [
      atLeast(`stored point query over HTTP, server and client ${where}`, rates, 0.4),
      {
        ...bounded(
          'p99 at half load, from when a request was due, of the median quarter of a second',
          'ms',
          half.ours.quarterP99,
          round(5 * half.ours.p50),
        ),
        peers: {
          p50: half.ours.p50,
          'of all': half.ours.p99,
          'bare fastify p50': half.bare.p50,
          'bare fastify p99': half.bare.quarterP99,
          'bare fastify, of all': half.bare.p99,
          'client late p99': half.ours.late99,
        },
      },
      told('time in which a loop alone stands still, as server and client are placed', '%', stoodStill),
      bounded('requests at half load that failed', '', half.failed, 0),
      {
        ...bounded('requests dropped while reloading at full load', '', reload.failed, 0),
        peers: { reloads: reload.reloads, requests: reload.answered },
      },
    ]
  } finally {
    for (const server of started) await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function makeCluster(dir: string): Promise<void> {
  writeFileSync(join(dir, 'cluster.yaml'), CLUSTER)
  writeFileSync(join(dir, 'people.pg'), SCHEMA)
  writeFileSync(join(dir, 'person.gq'), QUERY)
  writeFileSync(join(dir, 'base.policy.yaml'), POLICY)
  const people = Array.from({ length: PEOPLE }, (_, i) =>
    JSON.stringify({ type: 'Person', data: { handle: `p${i}`, name: `Person ${i}`, age: i % 90 } }),
  )
  writeFileSync(join(dir, 'people.jsonl'), `${people.join('\n')}\n`)
  await command([CLI, 'cluster', 'import', '--config', dir])
  await command([CLI, 'cluster', 'apply', '--config', dir, '--as', 'operator'])
  await command([
    ...[CLI, 'load', '--cluster', dir, '--graph', 'people', '--as', 'operator'],
    ...['--data', join(dir, 'people.jsonl'), '--mode', 'append'],
  ])
}

async function httpLoad(asked: Omit<LoadOptions, 'connections' | 'warmSeconds'>): Promise<LoadResult> {
  const options: LoadOptions = { ...asked, connections: CONNECTIONS, warmSeconds: WARM_SECONDS }
  const { code, stdout, stderr } = await run([...CALM, LOAD, JSON.stringify(options)], {}, APART?.client)
  if (code !== 0) throw new Error(`the load ended with ${code}:\n${stderr}`)
  return JSON.parse(stdout) as LoadResult
}

/**
 * What the machine itself takes from whoever runs, with as many loops as there will be server and client: the larger share.
 * From one in a hundred on, a p99 is the machine's.
 */
async function standStillPercent(): Promise<number> {
  const shares = await Promise.all(
    [APART?.server, APART?.client].map(async (processor) => {
      const { stdout } = await run([STAND_STILL, String(ROUND_SECONDS)], {}, processor)
      return Number(stdout) / (ROUND_SECONDS * 10)
    }),
  )
  return Math.max(...shares)
}

/** Medians over rounds that alternate between the two servers, after some that warm them up. */
async function throughputs(sides: Sides) {
  const rates: Record<keyof Sides, number[]> = { ours: [], bare: [] }
  for (let round = -WARMING_ROUNDS; round < ROUNDS; round++) {
    for (const side of ['ours', 'bare'] as const) {
      const load = await httpLoad({ ...sides[side], seconds: ROUND_SECONDS })
      if (load.failed > 0) throw new Error(`${load.failed} of ${load.answered} requests to ${side} failed`)
      if (round >= 0) rates[side].push(load.answered / load.seconds)
    }
  }
  return { ours: median(rates.ours), bare: median(rates.bare) }
}

/** Medians over rounds that alternate, both servers at the same rate: what the machine itself adds shows in both. */
async function atHalfLoad(sides: Sides, rate: number) {
  const loads: Record<keyof Sides, LoadResult[]> = { ours: [], bare: [] }
  for (let i = 0; i < ROUNDS; i++) {
    for (const side of ['ours', 'bare'] as const)
      loads[side].push(await httpLoad({ ...sides[side], seconds: ROUND_SECONDS, rate }))
  }
  const mid = (side: keyof Sides, figure: 'p50' | 'p99' | 'quarterP99' | 'late99') =>
    round(median(loads[side].map((load) => load[figure])))
  const seen = (side: keyof Sides) => ({
    p50: mid(side, 'p50'),
    p99: mid(side, 'p99'),
    quarterP99: mid(side, 'quarterP99'),
    late99: mid(side, 'late99'),
  })
  const failed = [...loads.ours, ...loads.bare].reduce((sum, load) => sum + load.failed, 0)
  return { ours: seen('ours'), bare: seen('bare'), failed }
}

/** A row whose ratio to its peer may not be lower than the bound. */
function atLeast(row: string, { ours, bare }: { ours: number; bare: number }, bound: number): BenchRow {
  const ratio = ours / bare
  return {
    row,
    unit: '1/s',
    ours: round(ours),
    peers: { 'bare fastify': round(bare) },
    ratio: round(ratio),
    bound,
    holds: ratio >= bound,
  }
}

/** Applies a changed cluster again and again while all connections ask without a pause. */
async function reloadUnderLoad(dir: string, server: Listening, side: Side) {
  const load = httpLoad({ ...side, seconds: 15 })
  let reloads = 0
  let over = false
  void load.then(() => {
    over = true
  })
  const served = async () =>
    ((await (await fetch(`${server.url}/readyz`)).json()) as { revision: number }).revision
  while (!over) {
    const before = await served()
    const unused = `query unused_${reloads}() { match { $p: Person } return { count($p) as n } }\n`
    writeFileSync(join(dir, 'person.gq'), QUERY + unused)
    await command([CLI, 'cluster', 'apply', '--config', dir, '--as', 'operator'])
    while ((await served()) === before) await new Promise((resolve) => setTimeout(resolve, 20))
    reloads++
  }
  const { answered, failed } = await load
  return { answered, failed, reloads }
}

function requestText(path: string, body: string): string {
  return [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${TOKEN}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

const portOf = ({ url }: Listening) => Number(new URL(url).port)
