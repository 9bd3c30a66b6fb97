import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ApiError, createClient, UnreachableError } from './index.js'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A real HTTP server that follows a script: the client is tested over a socket. */
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const event = (id: number, type = 'role.thinking') => ({
  id,
  runId: 'r1',
  at: '2026-11-21T00:00:00.000Z',
  type,
  ...(type === 'role.thinking'
    ? { role: 'detective', data: { text: `t${id}`, kind: 'note' } }
    : { data: { error: { code: 'x', message: 'm' } } }),
})
const sse = (res: ServerResponse, ...events: { id: number; type: string }[]) => {
  for (const e of events) res.write(`id: ${e.id}\nevent: ${e.type}\ndata: ${JSON.stringify(e)}\n\n`)
}
const open = (res: ServerResponse) => res.writeHead(200, { 'content-type': 'text/event-stream' })
const noWait = async () => {}

async function idsOf(events: AsyncIterable<{ id: number }>): Promise<number[]> {
  const ids: number[] = []
  for await (const e of events) ids.push(e.id)
  return ids
}

describe('incidents.events', () => {
  it('resumes after the last event seen when the connection breaks midway, giving each event once', async () => {
    const asked: (string | undefined)[] = []
    const baseUrl = await serve((req: IncomingMessage, res) => {
      asked.push(req.headers['last-event-id'] as string | undefined)
      open(res)
      if (asked.length === 1) {
        sse(res, event(1), event(2))
        res.write('id: 3\ndata: {"half', () => setImmediate(() => res.destroy()))
      } else if (asked.length === 2) {
        sse(res, event(2), event(3))
        res.end()
      } else {
        res.write(': heartbeat\n\n')
        sse(res, event(4, 'run.failed'))
      }
    })
    const reconnects: number[] = []
    const events = createClient({ baseUrl }).incidents.events('r1', {
      wait: noWait,
      onReconnect: (attempt) => reconnects.push(attempt),
    })
    expect(await idsOf(events)).toEqual([1, 2, 3, 4])
    expect(asked).toEqual([undefined, '2', '3'])
    expect(reconnects).toEqual([1, 1])
  })

  it('survives a server restart, and gives up after the allowed attempts', async () => {
    let calls = 0
    const baseUrl = await serve((_req, res) => {
      calls++
      res.writeHead(503, { 'retry-after': '1' }).end()
    })
    const waits: number[] = []
    const events = createClient({ baseUrl }).incidents.events('r1', {
      maxAttempts: 3,
      wait: async (ms) => void waits.push(ms),
    })
    await expect(idsOf(events)).rejects.toMatchObject({ status: 503 })
    expect(calls).toBe(3)
    expect(waits).toEqual([1000, 1000])
  })

  it('does not ask twice for a run that is unknown', async () => {
    let calls = 0
    const baseUrl = await serve((_req, res) => {
      calls++
      res.writeHead(404, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ error: { code: 'run_not_found', message: 'No run', requestId: 'q' } }))
    })
    await expect(
      idsOf(createClient({ baseUrl }).incidents.events('r1', { wait: noWait })),
    ).rejects.toMatchObject({
      code: 'run_not_found',
      requestId: 'q',
    })
    expect(calls).toBe(1)
  })

  it('hands on events of a type it does not know, and refuses a known one that is malformed', async () => {
    const newer = { ...event(2), type: 'role.napped', data: { minutes: 5 } }
    const bad = { ...event(2), data: { text: 7 } }
    for (const [second, outcome] of [
      [newer, [1, 2, 3]],
      [bad, 'refused'],
    ] as const) {
      const baseUrl = await serve((_req, res) => {
        open(res)
        sse(res, event(1), second, event(3, 'run.failed'))
        res.end()
      })
      const ids = idsOf(createClient({ baseUrl }).incidents.events('r1', { wait: noWait }))
      expect(await ids.catch(() => 'refused')).toEqual(outcome)
      server?.close()
    }
  })

  it('stops when the caller aborts', async () => {
    const baseUrl = await serve((_req, res) => {
      open(res)
      sse(res, event(1))
    })
    const stop = new AbortController()
    const seen: number[] = []
    await expect(async () => {
      for await (const e of createClient({ baseUrl }).incidents.events('r1', { signal: stop.signal })) {
        seen.push(e.id)
        stop.abort(new Error('enough'))
      }
    }).rejects.toThrow('enough')
    expect(seen).toEqual([1])
  })
})

describe('createClient', () => {
  it('sends the token it is given at the time of each call, and the body as JSON', async () => {
    const seen: unknown[] = []
    const baseUrl = await serve((req, res) => {
      let body = ''
      req.on('data', (chunk) => {
        body += chunk
      })
      req.on('end', () => {
        seen.push([req.method, req.url, req.headers.authorization, body])
        res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })
    })
    let token = 'one'
    const client = createClient({ baseUrl, token: () => token })
    await client.graph('a/b').query({ query: 'q', params: { x: 1 } })
    token = 'two'
    await client.catalog.entities(['urn:li:a', 'urn:li:b'])
    await client.graph('g').mutate({ query: 'm' }, { ifCommit: 'C' })
    expect(seen).toEqual([
      ['POST', '/graphs/a%2Fb/query', 'Bearer one', '{"query":"q","params":{"x":1}}'],
      ['GET', '/catalog/entities?urn=urn%3Ali%3Aa&urn=urn%3Ali%3Ab', 'Bearer two', ''],
      ['POST', '/graphs/g/mutate/if-graph-commit', 'Bearer two', '{"query":"m"}'],
    ])
  })

  it('tells a refusal from an unreachable server, and survives a body that is not ours', async () => {
    const baseUrl = await serve((_req, res) => res.writeHead(502).end('<html>proxy</html>'))
    await expect(createClient({ baseUrl }).graphs()).rejects.toBeInstanceOf(ApiError)
    await expect(createClient({ baseUrl }).graphs()).rejects.toMatchObject({ status: 502, code: 'http_502' })
    server?.close()
    await expect(createClient({ baseUrl: 'http://127.0.0.1:1' }).graphs()).rejects.toBeInstanceOf(
      UnreachableError,
    )
  })

  it('reads an export line by line across chunk borders', async () => {
    const baseUrl = await serve((_req, res) => {
      res.writeHead(200, { 'content-type': 'application/x-ndjson' })
      res.write('{"a":"gr')
      setImmediate(() => {
        const rest = Buffer.from('ün"}\n{"b":2}')
        res.write(rest.subarray(0, 1))
        setImmediate(() => res.end(rest.subarray(1)))
      })
    })
    const lines: unknown[] = []
    for await (const line of createClient({ baseUrl }).graph('g').export()) lines.push(line)
    expect(lines).toEqual([{ a: 'grün' }, { b: 2 }])
  })

  it('gives a baseline line by line and its cursor at the end, or fails when the end did not come', async () => {
    const record = { snapshot_commit_id: 'C', resume_cursor: 'r' }
    const lines = ['{"type":"P","data":{}}', JSON.stringify({ baseline: record })]
    for (const sent of [lines, lines.slice(0, 1)]) {
      const baseUrl = await serve((_req, res) => {
        res.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${sent.join('\n')}\n`)
      })
      const baseline = createClient({ baseUrl }).graph('g').baseline()
      expect((await baseline.next()).value).toEqual({ type: 'P', data: {} })
      if (sent === lines) expect(await baseline.next()).toEqual({ done: true, value: record })
      else await expect(baseline.next()).rejects.toMatchObject({ code: 'answer_cut_short' })
      server?.close()
    }
  })

  it('an export that breaks off midway fails as cut short, after the lines that came whole', async () => {
    const baseUrl = await serve((_req, res) => {
      res.writeHead(200, { 'content-type': 'application/x-ndjson' })
      res.write('{"a":1}\n{"a":', () => setImmediate(() => res.destroy()))
    })
    const lines = createClient({ baseUrl }).graph('g').exportLines()
    expect((await lines.next()).value).toBe('{"a":1}')
    await expect(lines.next()).rejects.toMatchObject({ code: 'answer_cut_short' })
  })

  it('asks a condition at an address of its own, and shows what the branch was at', async () => {
    const seen: unknown[] = []
    const failure = { expected: 'C', actual: 'D' }
    const baseUrl = await serve((req, res) => {
      seen.push([req.method, req.url, req.headers['groundplane-if-graph-commit']])
      req.resume()
      res.writeHead(412, { 'content-type': 'application/json' })
      const error = { code: 'commit_mismatch', message: 'm', requestId: 'q' }
      res.end(JSON.stringify({ error, precondition_failure: failure }))
    })
    const graph = createClient({ baseUrl }).graph('g')
    const on = { ifCommit: 'C' }
    for (const call of [
      () => graph.load('{}', { mode: 'merge', message: 'm', ...on }),
      () => graph.createBranch({ name: 'b' }, on),
      () => graph.deleteBranch('a/b', on),
      () => graph.mergeBranch({ source: 'b' }, on),
      () => graph.invoke('put', {}, on),
      () => graph.exportLines({}, on).next(),
    ]) {
      await expect(call()).rejects.toMatchObject({ status: 412, body: { precondition_failure: failure } })
    }
    expect(seen).toEqual([
      ['POST', '/graphs/g/load/ndjson/if-graph-commit?mode=merge&message=m', 'C'],
      ['POST', '/graphs/g/branches/if-graph-commit', 'C'],
      ['DELETE', '/graphs/g/branches/a%2Fb/if-graph-commit', 'C'],
      ['POST', '/graphs/g/branches/merge/if-graph-commit', 'C'],
      ['POST', '/graphs/g/queries/put/if-graph-commit', 'C'],
      ['POST', '/graphs/g/export/if-graph-commit', 'C'],
    ])
  })

  it('needs a base URL outside a browser', () => {
    expect(() => createClient()).toThrow(/baseUrl/)
  })
})
