import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange, RawConnection, statusesOf } from './raw-connection.js'
import { type Actor, ServedCluster, TOKENS } from './served-cluster.js'

// What a stranger or a broken client can send to a serving process. Whatever it is, the answer is a coded
// refusal or a closed connection, nothing has changed, nothing of the inside is told, and others are served.

let cluster: ServedCluster
let before: unknown

beforeAll(async () => {
  cluster = await ServedCluster.start(['--request-timeout', '2'])
  const line = (i: number) => JSON.stringify({ type: 'Person', data: { name: `bulk-${i}`, age: i } })
  const data = Array.from({ length: 20_000 }, (_, i) => line(i)).join('\n')
  const loaded = await ask('POST', '/graphs/team/load', { json: { data, mode: 'append' } })
  expect(loaded.status).toBe(200)
  before = await stateOf()
})
afterAll(async () => {
  try {
    if (cluster) await leftAsItWas()
  } finally {
    await cluster?.dispose()
  }
})

interface Asked {
  readonly token?: string | null
  readonly json?: unknown
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>
  readonly headers?: Record<string, string>
}

async function ask(
  method: string,
  path: string,
  { token = TOKENS.operator, json, body, headers }: Asked = {},
) {
  const response = await fetch(`${cluster.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...((json !== undefined || body !== undefined) && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(body !== undefined && { body, duplex: 'half' }),
  } as RequestInit)
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, code: codeIn(text) }
}

const codeIn = (text: string) => /"error":\{"code":"(\w+)"/.exec(text)?.[1]

async function stateOf(): Promise<unknown> {
  const graphs = ['team', 'catalog']
  return Promise.all(
    graphs.map(async (graph) => JSON.parse((await ask('GET', `/graphs/${graph}/branches`)).text).details),
  )
}

/** The invariant of this file. */
async function leftAsItWas(): Promise<void> {
  expect(cluster.alive).toBe(true)
  expect((await ask('GET', '/readyz', { token: null })).status).toBe(200)
  expect(await stateOf()).toEqual(before)
  expect((await ask('POST', '/graphs/team/export')).text).not.toMatch(/Smuggled|\uFFFD/)
  for (const line of cluster.log.split('\n').filter((text) => text !== '')) {
    const entry = JSON.parse(line) as { level: number }
    expect(entry.level, line).toBeLessThan(50)
    for (const token of Object.values(TOKENS)) expect(line).not.toContain(token)
  }
}

/** Nothing of the inside: no path, no stack, no token. */
function tellsNothing(text: string): void {
  expect(text).not.toContain(cluster.dir)
  expect(text).not.toMatch(/node_modules|\.js:\d+|\n\s+at /)
  for (const token of Object.values(TOKENS)) expect(text).not.toContain(token)
}

const bearer = (actor: Actor = 'operator') => `Authorization: Bearer ${TOKENS[actor]}\r\n`
const head = (line: string, headers = '') => `${line} HTTP/1.1\r\nHost: x\r\n${bearer()}${headers}`
const JSON_TYPE = 'Content-Type: application/json\r\n'
const SMUGGLED = JSON.stringify({ query: 'query q() { insert Person { name: "Smuggled" } }' })
const INNER = `${head('POST /graphs/team/mutate', `${JSON_TYPE}Content-Length: ${SMUGGLED.length}\r\n`)}\r\n${SMUGGLED}`

describe('slow senders', () => {
  it('are ended by a deadline, and hold nobody else up', async () => {
    const open = () => RawConnection.open(cluster.url)
    const silent = await Promise.all(Array.from({ length: 300 }, open))
    const headers = await open()
    const body = await open()
    const chunked = await open()
    const never = await open()
    const long = head('POST /graphs/team/mutate', `${JSON_TYPE}Content-Length: 10000\r\n`)
    const trickles = [
      headers.trickle(`GET /graphs HTTP/1.1\r\nX-Slow: ${'a'.repeat(10_000)}`, 50),
      body.send(`${long}\r\n`).trickle(`{"query": "${'a'.repeat(9000)}`, 50),
      chunked
        .send(`${head('POST /graphs/team/mutate', `${JSON_TYPE}Transfer-Encoding: chunked\r\n`)}\r\n`)
        .trickle('1\r\na\r\n'.repeat(2000), 50),
    ]
    never.send(`${long}\r\n`)
    for (let i = 0; i < 20; i++) {
      const json = { params: { name: 'Alice' } }
      expect((await ask('POST', '/graphs/team/queries/find_person', { json })).status).toBe(200)
    }
    const told = await never.closed
    expect([statusesOf(told), codeIn(told)]).toEqual([[408], 'request_timeout'])
    for (const slow of [headers, body, chunked]) {
      // Whoever still sends when the connection ends may lose the answer to the reset that this is.
      const answer = await slow.closed
      expect(['', 'request_timeout']).toContain(codeIn(answer) ?? '')
      tellsNothing(answer)
    }
    for (const answer of await Promise.all(silent.map((connection) => connection.closed))) {
      expect(['', 'request_timeout']).toContain(codeIn(answer) ?? '')
    }
    await Promise.all(trickles)
  })
})

describe('framing', () => {
  const post = (headers: string, body: string) =>
    `${head('POST /graphs/team/query', JSON_TYPE + headers)}\r\n${body}`
  it.each([
    ['a length and chunks', post(`Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${INNER}`)],
    ['chunks and a length', post(`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, `0\r\n\r\n${INNER}`)],
    ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${INNER.length}\r\n`, INNER)],
    ['a list of lengths', post(`Content-Length: 0, ${INNER.length}\r\n`, INNER)],
    ['a signed length', post(`Content-Length: +0\r\n`, INNER)],
    ['a negative length', post(`Content-Length: -1\r\n`, INNER)],
    ['a hexadecimal length', post(`Content-Length: 0x0\r\n`, INNER)],
    ['a length without end', post(`Content-Length: ${'9'.repeat(40)}\r\n`, INNER)],
    ['an unknown coding', post(`Transfer-Encoding: xchunked\r\n`, `0\r\n\r\n${INNER}`)],
    ['chunked, not last', post(`Transfer-Encoding: chunked, identity\r\n`, `0\r\n\r\n${INNER}`)],
    ['a space before the colon', post(`Transfer-Encoding : chunked\r\nContent-Length: 0\r\n`, INNER)],
    ['a folded header', post(`Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n`, `0\r\n\r\n${INNER}`)],
    ['a chunk size that is none', post(`Transfer-Encoding: chunked\r\n`, `zz\r\n${INNER}`)],
    ['a negative chunk', post(`Transfer-Encoding: chunked\r\n`, `-1\r\n${INNER}`)],
    ['a chunk without end', post(`Transfer-Encoding: chunked\r\n`, `${'f'.repeat(40)}\r\n${INNER}`)],
    ['a chunk longer than it says', post(`Transfer-Encoding: chunked\r\n`, `2\r\n{}${INNER}\r\n0\r\n\r\n`)],
    ['a NUL in a header', `${head('GET /graphs', 'X: a\0b\r\n')}\r\n${INNER}`],
    ['a bare CR in a header', `${head('GET /graphs', 'X: a\rb: c\r\n')}\r\n${INNER}`],
    ['another version', `GET /graphs HTTP/3.7\r\nHost: x\r\n\r\n${INNER}`],
    ['a method that is none', `get /graphs HTTP/1.1\r\nHost: x\r\n\r\n${INNER}`],
    ['bytes that are no HTTP', '\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n\r\n'],
  ])('of %s is refused, and what follows on the connection is not done', async (_what, bytes) => {
    const answer = await exchange(cluster.url, bytes)
    expect(statusesOf(answer)).toEqual([400])
    expect(codeIn(answer)).toMatch(/^request_malformed|body_not_json$/)
    tellsNothing(answer)
  })

  it.each([
    ['no host', `GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n`],
    ['two hosts', `GET /healthz HTTP/1.1\r\nHost: x\r\nhost: y\r\nConnection: close\r\n\r\n`],
  ])('with %s is refused', async (_what, bytes) => {
    const answer = await exchange(cluster.url, bytes)
    expect([statusesOf(answer), codeIn(answer)]).toEqual([[400], 'host_invalid'])
  })

  it('of many requests in one piece is answered in order, each by itself', async () => {
    const get = (id: string) => `${head('GET /healthz', `X-Request-Id: ${id}\r\n`)}\r\n`
    const ids = Array.from({ length: 50 }, (_, i) => `pipelined-${i}`)
    const last = `${head('GET /nothing/here', 'Connection: close\r\n')}\r\n`
    const answer = await exchange(cluster.url, ids.map(get).join('') + last)
    expect([...answer.matchAll(/^x-request-id: (pipelined-\d+)/gm)].map(([, id]) => id)).toEqual(ids)
    expect(statusesOf(answer)).toEqual([...ids.map(() => 200), 404])
  })

  it('of a body that was given up on is not taken for the next request', async () => {
    const over = `${head('POST /graphs/team/query', `${JSON_TYPE}Content-Length: 2000000\r\n`)}\r\n${INNER}`
    const answer = await exchange(cluster.url, over)
    expect([statusesOf(answer), codeIn(answer)]).toEqual([[413], 'body_too_large'])
  })
})

describe('sizes', () => {
  it('of bodies are refused before they are taken in, told or untold', async () => {
    const chunked = await RawConnection.open(cluster.url)
    chunked.send(`${head('POST /graphs/team/query', `${JSON_TYPE}Transfer-Encoding: chunked\r\n`)}\r\n`)
    const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`
    for (let i = 0; i < 20; i++) chunked.send(chunk)
    expect(codeIn(await chunked.closed)).toBe('body_too_large')
    const load = head('POST /graphs/team/load', `${JSON_TYPE}Content-Length: ${33 * 1024 * 1024}\r\n`)
    expect(codeIn(await exchange(cluster.url, `${load}\r\n`))).toBe('body_too_large')
  })

  it.each([
    ['headers', `GET /graphs HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['many headers', `GET /graphs HTTP/1.1\r\nHost: x\r\n${'X-Many: of-them\r\n'.repeat(3_000)}\r\n`],
    ['a query string', head(`GET /catalog/search?query=${'a'.repeat(20_000)}`)],
    ['a path', head(`GET /graphs/${'a'.repeat(20_000)}/snapshot`)],
  ])('of %s are refused with 431', async (_what, bytes) => {
    const answer = await exchange(cluster.url, `${bytes}\r\n`)
    expect([statusesOf(answer), codeIn(answer)]).toEqual([[431], 'headers_too_large'])
  })

  it('of query strings that still fit do no harm', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => `kind=${i}`).join('&')
    expect((await ask('GET', `/graphs/team/changes?${many}`)).code).toBe('request_invalid')
    const deep = 'a[b]'.repeat(1000)
    expect((await ask('GET', `/graphs/team/snapshot?${deep}=1`)).code).toBe('request_invalid')
    expect((await ask('GET', `/catalog/search?filter=${'('.repeat(10_000)}`)).code).toBe('filter_invalid')
    expect((await ask('GET', `/catalog/search?query=/q ${'('.repeat(10_000)}`)).code).toBe(
      'search_query_invalid',
    )
  })

  it('of a line of a hundred megabytes are refused when the line is too long, not when it is whole', async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent >= 100 * 1024 * 1024) return controller.close()
        sent += 1024 * 1024
        controller.enqueue(Buffer.alloc(1024 * 1024, 97))
      },
    })
    const headers = { 'content-type': 'application/x-ndjson' }
    const answer = await ask('POST', '/graphs/team/load/ndjson', { body, headers })
    expect([answer.status, answer.code]).toEqual([413, 'line_too_long'])
  })
})

describe('bodies', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000)
  const query = 'query q($n: String) { insert Person { name: $n } }'
  it.each([
    ['a media type that is none', '/graphs/team/query', '{}', 'a/b; ;=', 415, 'media_type_unsupported'],
    ['text', '/graphs/team/query', '{}', 'text/plain', 415, 'media_type_unsupported'],
    [
      'a form',
      '/graphs/team/query',
      'query=x',
      'application/x-www-form-urlencoded',
      415,
      'media_type_unsupported',
    ],
    [
      'lines where a document is meant',
      '/graphs/team/query',
      '{}',
      'application/x-ndjson',
      415,
      'media_type_unsupported',
    ],
    [
      'a document where lines are meant',
      '/graphs/team/load/ndjson',
      '{}',
      'application/json',
      415,
      'media_type_unsupported',
    ],
    ['half a document', '/graphs/team/query', '{"query":', undefined, 400, 'body_not_json'],
    ['two documents', '/graphs/team/query', '{}{}', undefined, 400, 'body_not_json'],
    ['NaN', '/graphs/team/query', '{"query": NaN}', undefined, 400, 'body_not_json'],
    ['a list without end', '/graphs/team/query', deep, undefined, 400, 'request_invalid'],
    [
      'a deep parameter',
      '/graphs/team/mutate',
      `{"query":${JSON.stringify(query)},"params":{"n":${deep}}}`,
      undefined,
      400,
      'value_too_deep',
    ],
    [
      'a deep line',
      '/graphs/team/load',
      JSON.stringify({ data: `{"type":"Person","data":{"name":${deep}}}` }),
      undefined,
      422,
      'load_rejected',
    ],
    ['a prototype', '/graphs/team/query', '{"__proto__":{"query":"x"}}', undefined, 400, 'body_not_json'],
    [
      'a constructor',
      '/graphs/team/mutate',
      '{"query":"x","params":{"constructor":{"prototype":{"a":1}}}}',
      undefined,
      400,
      'body_not_json',
    ],
    [
      'a line with a prototype',
      '/graphs/team/load',
      JSON.stringify({ data: '{"type":"Person","data":{"name":"x","__proto__":{"age":1}}}' }),
      undefined,
      422,
      'load_rejected',
    ],
    [
      'types of every object',
      '/graphs/team/load',
      JSON.stringify({ data: '{"type":"constructor","data":{}}\n{"edge":"__proto__","from":"a","to":"b"}' }),
      undefined,
      422,
      'load_rejected',
    ],
    [
      'UTF-16',
      '/graphs/team/query',
      Buffer.from('{"query":"x"}', 'utf16le'),
      'application/json; charset=utf-16',
      400,
      'body_not_json',
    ],
    [
      'torn UTF-8',
      '/graphs/team/query',
      Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
      undefined,
      400,
      'body_not_utf8',
    ],
    [
      'a lone surrogate',
      '/graphs/team/mutate',
      `{"query":${JSON.stringify(query)},"params":{"n":"\\ud800"}}`,
      undefined,
      400,
      'param_invalid',
    ],
    [
      'lines of torn UTF-8',
      '/graphs/team/load/ndjson',
      Buffer.from([0x7b, 0xc3, 0x28, 0x7d]),
      'application/x-ndjson',
      400,
      'load_not_utf8',
    ],
  ])('of %s are refused by code', async (_what, path, body, type, status, code) => {
    const answer = await ask('POST', path, { body, ...(type && { headers: { 'content-type': type } }) })
    expect([answer.status, answer.code]).toEqual([status, code])
    tellsNothing(answer.text)
  })
})

describe('MCP messages', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const call = (name: string, given: string) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${given}}}`
  const accept = 'application/json, text/event-stream'
  it.each([
    ['half a message', '{"jsonrpc"', accept, 400],
    ['no message', 'null', accept, 400],
    ['a method without end', `{"jsonrpc":"2.0","id":1,"method":${deep}}`, accept, 400],
    ['more at once than is taken', `[${Array(101).fill(call('list_graphs', '{}')).join()}]`, accept, 400],
    ['an argument without end', call('search', `{"query":${deep}}`), accept, 200],
    [
      'a parameter without end',
      call('query', `{"graph":"team","query":"x","params":{"a":${deep}}}`),
      accept,
      200,
    ],
    ['a prototype as an argument', call('search', '{"__proto__":{"query":"x"}}'), accept, 400],
    ['a tool of every object', call('__proto__', '{}'), accept, 200],
    ['a method of every object', '{"jsonrpc":"2.0","id":1,"method":"constructor"}', accept, 200],
    ['a reader of something else', call('list_graphs', '{}'), 'text/html', 406],
  ])('of %s are refused', async (_what, body, accepts, status) => {
    const answer = await ask('POST', '/mcp', { body, headers: { accept: accepts } })
    expect(answer.status).toBe(status)
    // A call that was understood is refused inside the protocol.
    expect(answer.text).toMatch(/"error":\{|"isError":true/)
    tellsNothing(answer.text)
  })
})

describe('names', () => {
  const NASTY = [
    '..',
    '.',
    '../../etc/passwd',
    '..\\..\\etc',
    '%2e%2e%2f',
    '%252e%252e%252f',
    '..%c0%af',
    'team/../catalog',
    'team\0',
    'team\r\nX-Injected: 1',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    "';drop table rows;--",
    '\u202e',
  ]
  it.each(NASTY)('like %j lead to nothing that is not served', async (name) => {
    const coded = encodeURIComponent(name).replaceAll('.', '%2e')
    const paths = [
      `/graphs/${coded}/snapshot`,
      `/graphs/team/queries/${coded}`,
      `/graphs/team/commits/${coded}`,
      `/graphs/team/snapshot?branch=${coded}`,
      `/graphs/team/snapshot?snapshot=${coded}`,
      `/graphs/team/blob?entity=node&type=${coded}&id=annual&property=file`,
      `/graphs/team/blob?entity=node&type=Report&id=${coded}&property=file`,
      `/graphs/team/blob?entity=node&type=Report&id=annual&property=${coded}`,
      `/catalog/graph?run=${coded}`,
      `/incidents/${coded}`,
    ]
    for (const path of paths) {
      const method = path.includes('/queries/') ? 'POST' : 'GET'
      // Not by fetch, which would tidy the path.
      const answer = await exchange(cluster.url, `${head(`${method} ${path}`, 'Connection: close\r\n')}\r\n`)
      expect(answer, path).toMatch(/^HTTP\/1\.1 4\d\d/)
      expect(codeIn(answer), path).toBeDefined()
      expect(answer.split('\r\n\r\n')[0], path).not.toMatch(/^x-injected/im)
      tellsNothing(answer)
    }
    const created = await ask('POST', '/graphs/team/branches', { json: { name } })
    if (created.status === 200) await ask('DELETE', `/graphs/team/branches/${coded}`)
    else expect([created.status, created.code]).toEqual([400, 'branch_name_invalid'])
    const deleted = await ask('DELETE', `/graphs/team/branches/${coded}`)
    expect([404, 400]).toContain(deleted.status)
  })

  it.each([
    '/../cluster.yaml',
    '/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/%252e%252e/etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/..%5c..%5cetc',
    '/assets/..%00.js',
    '//etc/passwd',
    '/\\..\\..\\etc',
    '/%ff%fe',
    '/%',
    'http://elsewhere.example/etc/passwd',
  ])('of files like %s are none of the console', async (path) => {
    const answer = await exchange(cluster.url, `${head(`GET ${path}`, 'Connection: close\r\n')}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/)
    expect(codeIn(answer)).toBeDefined()
    expect(answer).not.toMatch(/root:|metadata:/)
    tellsNothing(answer)
  })
})

describe('headers of the caller', () => {
  it.each(['a b', 'a;b', 'é', '<script>', 'x'.repeat(65), '', '{"a":1}', '\t'])(
    'like the request id %j are not sent back',
    async (id) => {
      const answer = await exchange(
        cluster.url,
        Buffer.from(`${head('GET /nothing', `X-Request-Id: ${id}\r\nConnection: close\r\n`)}\r\n`, 'latin1'),
      )
      expect(answer).toMatch(/^x-request-id: [0-9A-HJKMNP-TV-Z]{26}\r$/m)
    },
  )

  it.each([
    '00-0-0-0',
    `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
    'x',
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  ])('like the trace %s begin a new trace', async (traceparent) => {
    const { headers } = await ask('GET', '/healthz', { headers: { traceparent } })
    expect(headers.get('traceparent')).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
  })
})

describe('people who go away', () => {
  it('in the middle of an upload leave nothing, not even a file without a name', async () => {
    const clean = cluster.openFiles
    const lines = `${JSON.stringify({ type: 'Person', data: { name: 'Smuggled' } })}\n`.repeat(250_000)
    const uploads = await Promise.all([1, 2, 3].map(() => RawConnection.open(cluster.url)))
    const upload = head(
      'POST /graphs/team/load/ndjson?mode=merge',
      'Content-Type: application/x-ndjson\r\nContent-Length: 1000000000\r\n',
    )
    for (const connection of uploads) connection.send(`${upload}\r\n`).send(lines)
    // What is longer than is kept in memory goes to a file that has no name already.
    await until(() => cluster.openFiles.some((file) => file.endsWith('(deleted)')))
    for (const connection of uploads) connection.abort()
    await until(() => !cluster.openFiles.some((file) => file.endsWith('(deleted)')))
    expect(clean.some((file) => file.endsWith('(deleted)'))).toBe(false)
  })

  it('in the middle of a download leave the server to others', async () => {
    const downloads = await Promise.all(Array.from({ length: 50 }, () => RawConnection.open(cluster.url)))
    for (const connection of downloads) {
      connection.send(`${head('POST /graphs/team/export', 'Content-Length: 0\r\n')}\r\n`)
    }
    for (const connection of downloads) {
      expect(statusesOf(await connection.answered())).toEqual([200])
      connection.abort()
    }
    expect((await ask('POST', '/graphs/team/export')).text.trim().split('\n').length).toBeGreaterThan(20_000)
  })

  /** Asks as often as the server answers, so that it is not the clock that decides. */
  async function until(holds: () => boolean): Promise<void> {
    for (let i = 0; i < 5000 && !holds(); i++) await ask('GET', '/healthz', { token: null })
    expect(holds()).toBe(true)
  }
})

describe('token guessing', () => {
  it('learns nothing from an answer but no, and soon not even that', async () => {
    const { operator } = TOKENS
    const guess = (token: string) =>
      ask('GET', '/graphs/team/snapshot', { token }).then(({ status, text }) => [
        status,
        text.replace(/"requestId":"\w+"/, ''),
      ])
    const wrong = await guess('wrong')
    expect(wrong[0]).toBe(401)
    for (const token of [operator.slice(0, -1), `${operator}x`, operator.toUpperCase(), 'a'.repeat(5000)]) {
      expect(await guess(token)).toEqual(wrong)
    }
    // The same for a graph that is not there: who may not come in cannot ask what there is.
    const missing = await ask('GET', '/graphs/none/snapshot', { token: 'wrong' })
    expect([missing.status, missing.text.replace(/"requestId":"\w+"/, '')]).toEqual(wrong)
    const statuses = new Set<number>()
    for (let i = 0; i < 300; i++) statuses.add((await guess(`guess-${i}`))[0] as number)
    expect([...statuses]).toEqual([401, 429])
    expect((await guess(TOKENS.stranger))[0]).toBe(429)
    expect((await guess(operator))[0]).toBe(200)
  })
})
