import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLI, command, type Listening, memoryMb, startServer } from '../process.js'
import { type BenchRow, bounded } from '../row.js'

const TOKEN = 'bench-token'
/** Exported, about 110 MB. */
const PEOPLE = 100_000
const TEXT = 'x'.repeat(1000)
const MIB = 1024 * 1024

const CLUSTER = `version: 1
metadata: { name: bench }
graphs:
  people: { schema: people.pg }
policies:
  base: { file: base.policy.yaml, applies_to: [people] }
`
const SCHEMA = 'node Person { handle: String @key  text: String }\n'
const POLICY = `version: 1
rules:
  - { id: operator-does, allow: { actors: [operator], actions: [read, change, export] } }
`

/**
 * What a serving process holds in memory while clients do not take what they asked for, or do not send what they
 * announced: at its highest, over what it held after an export and a load that went well. Pages of the graph's file
 * that the system maps for each reader are not counted: they are the system's to take back.
 */
export async function memoryBench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-'))
  let server: Listening | undefined
  try {
    const data = await makeCluster(dir)
    server = await startServer(
      [CLI, 'serve', '--cluster', dir, '--bind', '127.0.0.1:0', '--actor-concurrency', '0'],
      { GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify({ operator: TOKEN }) },
    )
    await exportAll(server)
    await load(server, data)
    const start = memoryMb(server.child, 'RssAnon')
    const rows: BenchRow[] = []
    for (const [row, bound, work] of [
      ['50 exports of 110 MB that nobody reads', 150, unreadExports],
      ['20 loads of 64 MB that are broken off', 150, brokenLoads],
      ['20 lines of 100 MB', 150, longLines],
      ['2000 connections that say nothing', 150, silentConnections],
    ] as const) {
      const peak = await peakDuring(server, () => work(server as Listening))
      rows.push(
        bounded(`memory over ${Math.round(start)} MB, ${row}`, 'MB', Math.max(0, peak - start), bound),
      )
    }
    return rows
  } finally {
    await server?.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function makeCluster(dir: string): Promise<string> {
  writeFileSync(join(dir, 'cluster.yaml'), CLUSTER)
  writeFileSync(join(dir, 'people.pg'), SCHEMA)
  writeFileSync(join(dir, 'base.policy.yaml'), POLICY)
  await command([CLI, 'cluster', 'import', '--config', dir])
  await command([CLI, 'cluster', 'apply', '--config', dir, '--as', 'operator'])
  const people = Array.from({ length: PEOPLE }, (_, i) =>
    JSON.stringify({ type: 'Person', data: { handle: `p${i}`, text: TEXT } }),
  )
  const file = join(dir, 'people.jsonl')
  writeFileSync(file, `${people.join('\n')}\n`)
  const at = ['--cluster', dir, '--graph', 'people', '--as', 'operator']
  await command([CLI, 'load', ...at, '--data', file, '--mode', 'append'])
  return `${people.slice(0, 10_000).join('\n')}\n`
}

async function peakDuring({ child }: Listening, work: () => Promise<void>): Promise<number> {
  let peak = 0
  const sampler = setInterval(() => {
    peak = Math.max(peak, memoryMb(child, 'RssAnon'))
  }, 25)
  await work()
  clearInterval(sampler)
  return peak
}

async function exportAll({ url }: Listening): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const { body } = await fetch(`${url}/graphs/people/export`, { method: 'POST', headers })
  for await (const _ of body as ReadableStream<Uint8Array>);
}

async function load({ url }: Listening, body: string): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' }
  const answer = await fetch(`${url}/graphs/people/load/ndjson?mode=merge`, { method: 'POST', headers, body })
  if (!answer.ok) throw new Error(`the load answered ${answer.status}: ${await answer.text()}`)
}

async function open({ url }: Listening): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  return socket
}

const head = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n${headers}\r\n`
const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function unreadExports(server: Listening): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: 50 }, () => open(server)))
  for (const socket of sockets) {
    socket.write(head('/graphs/people/export', 'Content-Length: 0\r\n'))
    await new Promise<void>((resolve) => socket.once('data', () => resolve()))
    socket.pause()
  }
  await settle(3000)
  for (const socket of sockets) socket.destroy()
}

async function brokenLoads(server: Listening): Promise<void> {
  const line = `${JSON.stringify({ type: 'Person', data: { handle: 'new', text: TEXT } })}\n`
  const piece = Buffer.from(line.repeat(Math.ceil(MIB / line.length)))
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = await open(server)
      const headers = `Content-Type: application/x-ndjson\r\nContent-Length: ${1000 * MIB}\r\n`
      socket.write(head('/graphs/people/load/ndjson?mode=merge', headers))
      for (let i = 0; i < 64; i++) await written(socket, piece)
      socket.resetAndDestroy()
    }),
  )
  await settle(1000)
}

async function longLines(server: Listening): Promise<void> {
  const piece = Buffer.alloc(MIB, 'a')
  for (let i = 0; i < 20; i++) {
    const socket = await open(server)
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const headers = `Content-Type: application/x-ndjson\r\nContent-Length: ${100 * MIB}\r\n`
    socket.write(head('/graphs/people/load/ndjson?mode=merge', headers))
    for (let sent = 0; sent < 100 && socket.writable; sent++)
      await Promise.race([written(socket, piece), closed])
    socket.destroy()
  }
}

async function silentConnections(server: Listening): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: 2000 }, () => open(server)))
  await settle(2000)
  for (const socket of sockets) socket.destroy()
}

function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()))
}
