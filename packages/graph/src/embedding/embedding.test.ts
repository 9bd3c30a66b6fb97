import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { GraphService } from '../service/graph-service.js'
import { embeddingServer } from '../testing/embedding-server.js'
import { scratch } from '../testing/scratch.js'
import {
  createEmbeddingProvider,
  embeddingProviderFromEnvironment,
  resolveEmbeddingProvider,
} from './create-provider.js'
import type { EmbeddingProvider } from './provider.js'

const files = scratch()
const server = await embeddingServer()
const waits: number[] = []
const quick = {
  backoffMs: 100,
  random: () => 0,
  sleep: async (ms: number): Promise<void> => void waits.push(ms),
}
afterAll(async () => {
  await server.close()
  files.remove()
})
beforeEach(() => {
  server.seen.length = 0
  server.script.length = 0
  waits.length = 0
})

const kinds = ['openai-compatible', 'openai', 'gemini', 'mock'] as const
function provider(kind: (typeof kinds)[number] = 'openai', options = {}, model = 'm-1'): EmbeddingProvider {
  return createEmbeddingProvider(
    { kind, model, baseUrl: server.url, apiKey: 'k-secret' },
    { ...quick, ...options },
  )
}
const ask = { dimensions: 4, purpose: 'query' } as const

describe.each(kinds)('a provider of kind %s', (kind) => {
  it('gives vectors of length 1, in the order of the texts, the same every time', async () => {
    const p = provider(kind)
    const [a, b, again] = await p.embed(['red fox', 'blue hen', 'red fox'], ask)
    expect(p.model).toBe('m-1')
    expect(a).toHaveLength(4)
    expect(Math.hypot(...(a as Float32Array))).toBeCloseTo(1, 6)
    expect(a).toEqual(again)
    expect(a).not.toEqual(b)
    expect((await p.embed(['red fox'], ask))[0]).toEqual(a)
  })

  it('gives nothing for nothing', async () => {
    expect(await provider(kind).embed([], ask)).toEqual([])
    expect(server.seen).toEqual([])
  })
})

describe('the protocol', () => {
  it('of openai: one POST with model, input and dimensions, the key as bearer', async () => {
    await provider('openai-compatible').embed(['x'], ask)
    expect(server.seen).toMatchObject([
      {
        path: '/v1/embeddings',
        headers: { authorization: 'Bearer k-secret', 'content-type': 'application/json' },
        body: { model: 'm-1', input: ['x'], dimensions: 4 },
      },
    ])
  })

  it('of gemini: a batch with the purpose of each text, the key in its header', async () => {
    await provider('gemini').embed(['x'], ask)
    await provider('gemini').embed(['x'], { ...ask, purpose: 'document' })
    const types = server.seen.map((r) => (r.body.requests as { taskType: string }[])[0]?.taskType)
    expect(types).toEqual(['RETRIEVAL_QUERY', 'RETRIEVAL_DOCUMENT'])
    expect(server.seen[0]).toMatchObject({
      path: '/v1/models/m-1:batchEmbedContents',
      headers: { 'x-goog-api-key': 'k-secret' },
      body: { requests: [{ model: 'models/m-1', outputDimensionality: 4 }] },
    })
  })

  it('sends many texts in batches by count and by size', async () => {
    const p = provider('openai', { batchTexts: 3, batchChars: 10 })
    expect(await p.embed(['a', 'b', 'c', 'd', 'long long long', 'e'], ask)).toHaveLength(6)
    expect(server.seen.map((r) => (r.body.input as string[]).length)).toEqual([3, 1, 1, 1])
  })
})

describe('a request', () => {
  it.each([429, 500, 503, 408])(
    'answered with %i is repeated, waiting twice as long each time',
    async (status) => {
      server.script.push({ status }, { status })
      expect(await provider().embed(['x'], ask)).toHaveLength(1)
      expect(waits).toEqual([100, 200])
    },
  )

  it('waits as long as the provider asks, within reason', async () => {
    server.script.push({ status: 429, retryAfter: '2' }, { status: 429, retryAfter: '86400' })
    await provider().embed(['x'], ask)
    expect(waits).toEqual([2000, 20_000])
  })

  it('is repeated when the connection breaks or stays silent', async () => {
    server.script.push({ hangUp: true }, { silent: true })
    expect(await provider('openai', { timeoutMs: 1000 }).embed(['x'], ask)).toHaveLength(1)
    expect(server.seen).toHaveLength(3)
  })

  it('is given up after so many attempts', async () => {
    for (let i = 0; i < 9; i++) server.script.push({ status: 500 })
    await expect(provider().embed(['x'], ask)).rejects.toMatchObject({
      code: 'embedding_unavailable',
      kind: 'unavailable',
    })
    expect(server.seen).toHaveLength(4)
  })

  it('is given up at the deadline of all its attempts', async () => {
    server.script.push({ status: 500 }, { status: 500 })
    const impatient = provider('openai', { deadlineMs: 90 })
    await expect(impatient.embed(['x'], ask)).rejects.toMatchObject({ code: 'embedding_unavailable' })
    expect(server.seen).toHaveLength(1)
  })

  it.each([400, 401, 403, 404, 422])(
    'refused with %i is not repeated, and the message tells no secret',
    async (status) => {
      server.script.push({ status, body: 'k-secret and the text' })
      const failure = await provider()
        .embed(['the text'], ask)
        .catch((e: Error) => e)
      expect(failure).toMatchObject({ code: 'embedding_refused', details: { status } })
      expect(JSON.stringify(failure) + String(failure)).not.toMatch(/k-secret|the text/)
      expect(server.seen).toHaveLength(1)
    },
  )

  it('ends when its caller cancels', async () => {
    server.script.push({ silent: true })
    const abort = new AbortController()
    const running = provider().embed(['x'], { ...ask, signal: abort.signal })
    abort.abort()
    await expect(running).rejects.toMatchObject({ code: 'embedding_cancelled' })
  })

  it.each([
    ['a vector of another size', { data: [{ index: 0, embedding: [1, 2] }] }],
    ['too few vectors', { data: [] }],
    ['no vectors', { answer: 42 }],
    ['a vector that is not of numbers', { data: [{ index: 0, embedding: [1, null, 'a', 2] }] }],
    ['a vector of zeros', { data: [{ index: 0, embedding: [0, 0, 0, 0] }] }],
    ['a number no text has', { data: [{ index: 7, embedding: [1, 0, 0, 0] }] }],
    ['no JSON', '<html>'],
    ['null', null],
  ])('answered with %s is an error, never a vector', async (_, answer) => {
    server.script.push({ answer })
    await expect(provider().embed(['x'], ask)).rejects.toMatchObject({ code: 'embedding_invalid' })
  })
})

describe('configuration', () => {
  it('takes the key from the named variable and says which one is missing', () => {
    const declared = { kind: 'openai', api_key: '${MY_KEY}' } as const
    expect(resolveEmbeddingProvider(declared, { MY_KEY: 'k' }).model).toBe('text-embedding-3-large')
    expect(() => resolveEmbeddingProvider(declared, {})).toThrow(
      expect.objectContaining({
        code: 'embedding_provider_missing',
        message: expect.stringContaining('MY_KEY'),
      }),
    )
    expect(resolveEmbeddingProvider({ kind: 'mock' }, {}).kind).toBe('mock')
  })

  it('of the environment is none when no kind is named, and is refused when it is wrong', () => {
    expect(embeddingProviderFromEnvironment({})).toBeUndefined()
    expect(
      embeddingProviderFromEnvironment({ GROUNDPLANE_EMBED_PROVIDER: 'mock', GROUNDPLANE_EMBED_MODEL: 'm' })
        ?.model,
    ).toBe('m')
    expect(() => embeddingProviderFromEnvironment({ GROUNDPLANE_EMBED_PROVIDER: 'acme' })).toThrow(
      expect.objectContaining({ code: 'embedding_profile_invalid' }),
    )
    expect(() => embeddingProviderFromEnvironment({ GROUNDPLANE_EMBED_PROVIDER: 'openai' })).toThrow(
      expect.objectContaining({ code: 'embedding_provider_missing' }),
    )
  })
})

const SCHEMA = `node Doc { slug: String @key text: String? vec: Vector(32)? @embed("text") }`
const NEAR =
  'query near($q: String) { match { $d: Doc } return { $d.slug } order { nearest($d.vec, $q) } limit 2 }'
let made = 0
const mock = (model = 'mock'): EmbeddingProvider => createEmbeddingProvider({ kind: 'mock', model })
const line = (slug: string, text: string | null, more = {}): string =>
  JSON.stringify({ type: 'Doc', data: { slug, text, ...more } })

async function near(graph: Graph, q: string): Promise<unknown[]> {
  const query = graph.checkedQuery(NEAR)
  const embedded = await graph.embedTexts(query, { q })
  return graph.query(NEAR, { q }, { ...(embedded && { embedded }) }).rows.map((r) => r['d.slug'])
}
function vectorOf(graph: Graph, slug: string): unknown {
  return graph.query('query v($s: String) { match { $d: Doc { slug: $s } } return { $d.vec } }', { s: slug })
    .rows[0]?.['d.vec']
}

describe('a graph with a provider', () => {
  it('fills @embed vectors at load, keeps line numbers, and finds by text', async () => {
    const path = files.path(`e${made++}.gp`)
    const graph = Graph.create(path, { schema: SCHEMA, embedder: mock() })
    const given = Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0))
    await graph.load(
      [line('a', 'red fox'), '', line('b', 'blue hen'), line('c', null), line('d', 'x', { vec: given })],
      { mode: 'append' },
    )
    expect(await near(graph, 'fox')).toEqual(['a', expect.any(String)])
    expect(vectorOf(graph, 'c')).toBeNull()
    expect(vectorOf(graph, 'd')).toEqual(given)
    const wrong = graph.load([line('e', 'one'), '', '', '{"type":"Doc","data":{"slug":1,"text":"two"}}'], {
      mode: 'append',
    })
    await expect(wrong).rejects.toMatchObject({
      code: 'load_rejected',
      diagnostics: [{ range: { start: { line: 4 } } }],
    })
    graph.close()
  })

  it('does not pay again for a text it has a vector of', async () => {
    const path = files.path(`e${made++}.gp`)
    const graph = Graph.create(path, { schema: SCHEMA, embedder: provider() })
    await graph.load([line('a', 'red fox'), line('b', 'hen')], { mode: 'append' })
    const again = await graph.load([line('a', 'red fox'), line('b', 'cow')], { mode: 'merge' })
    expect(again).toMatchObject({ unchanged: 1, updated: 1 })
    expect(server.seen.map((r) => r.body.input)).toEqual([['red fox', 'hen'], ['cow']])
    graph.close()
  })

  it('fills at insert and update, and drops the vector of a text that goes', async () => {
    const graph = Graph.create(files.path(`e${made++}.gp`), { schema: SCHEMA, embedder: mock() })
    const write = async (text: string, params: Record<string, string | null>): Promise<void> => {
      const embedded = await graph.embedTexts(graph.checkedQuery(text), params)
      graph.mutate(text, params, { ...(embedded && { embedded }) })
    }
    await write(
      'query i($t: String) { insert Doc { slug: "a", text: $t } insert Doc { slug: "b", text: "blue hen" } }',
      { t: 'red fox' },
    )
    expect(await near(graph, 'fox')).toEqual(['a', 'b'])
    await write('query u($t: String?) { update Doc set { text: $t } where slug = "b" }', { t: 'fox' })
    expect(await near(graph, 'fox')).toEqual(['b', 'a'])
    await write('query u($t: String?) { update Doc set { text: $t } where slug = "b" }', { t: null })
    expect(vectorOf(graph, 'b')).toBeNull()
    graph.close()
  })

  it('refuses a model other than the one that made the vectors, in queries and in writes', async () => {
    const path = files.path(`e${made++}.gp`)
    const first = Graph.create(path, { schema: SCHEMA, embedder: mock('one') })
    await first.load([line('a', 'red fox')], { mode: 'append' })
    first.close()
    const second = Graph.open(path, { embedder: mock('two') })
    const mismatch = { code: 'embedding_model_mismatch', details: { stored: 'one', bound: 'two' } }
    await expect(near(second, 'fox')).rejects.toMatchObject(mismatch)
    await expect(second.load([line('b', 'hen')], { mode: 'append' })).rejects.toMatchObject(mismatch)
    expect(second.commits()).toHaveLength(2)
    second.close()
  })

  it('refuses a model other than the one the schema pins', async () => {
    const schema = SCHEMA.replace('@embed("text")', '@embed("text", model="one")')
    const graph = Graph.create(files.path(`e${made++}.gp`), { schema, embedder: mock('two') })
    await expect(near(graph, 'fox')).rejects.toMatchObject({ code: 'embedding_model_mismatch' })
    graph.close()
  })

  it('leaves no half load behind when the provider fails', async () => {
    const graph = Graph.create(files.path(`e${made++}.gp`), { schema: SCHEMA, embedder: provider() })
    server.script.push({ status: 401 })
    await expect(graph.load([line('a', 'fox')], { mode: 'append' })).rejects.toMatchObject({
      code: 'embedding_refused',
    })
    expect(graph.snapshot().types[0]?.rows).toBe(0)
    await graph.load([line('a', 'fox')], { mode: 'append' })
    graph.close()
  })
})

describe('a graph without a provider', () => {
  it('refuses what needs one with a code, and takes vectors that are given', async () => {
    const graph = Graph.create(files.path(`e${made++}.gp`), { schema: SCHEMA })
    await graph.load([line('a', 'fox'), line('b', 'hen', { vec: Array(32).fill(1) })], {
      mode: 'append',
    })
    await expect(near(graph, 'fox')).rejects.toMatchObject({ code: 'embedding_provider_missing' })
    const update = (slug: string): void =>
      void graph.mutate(`query u() { update Doc set { text: "x" } where slug = "${slug}" }`)
    update('a')
    expect(() => update('b')).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ code: 'embedding_stale' })] }),
    )
    graph.close()
    const strict = Graph.create(files.path(`e${made++}.gp`), {
      schema: SCHEMA.replace('Vector(32)?', 'Vector(32)'),
    })
    await expect(strict.load([line('a', 'fox')], { mode: 'append' })).rejects.toMatchObject({
      diagnostics: [{ code: 'embedding_missing' }],
    })
    strict.close()
  })
})

describe('the service', () => {
  it('embeds before it queries, mutates and loads', async () => {
    const path = files.path(`e${made++}.gp`)
    Graph.create(path, { schema: SCHEMA }).close()
    const service = await GraphService.start(path, { embedder: provider() })
    try {
      await service.load(
        (async function* () {
          yield line('a', 'red fox')
        })(),
        { mode: 'append' },
      )
      await service.mutate('query i($t: String) { insert Doc { slug: "b", text: $t } }', { t: 'blue hen' })
      expect((await service.query(NEAR, { q: 'hen' })).rows).toEqual([{ 'd.slug': 'b' }, { 'd.slug': 'a' }])
      server.script.push({ silent: true })
      await expect(service.query(NEAR, { q: 'cow' }, { deadlineMs: 100 })).rejects.toMatchObject({
        code: 'query_deadline_exceeded',
      })
      server.script.push({ answer: { data: [{ index: 0, embedding: [1] }] } })
      await expect(service.query(NEAR, { q: 'pig' })).rejects.toMatchObject({ code: 'embedding_invalid' })
    } finally {
      await service.close()
    }
    const other = await GraphService.start(path, { embedder: mock('another') })
    await expect(other.query(NEAR, { q: 'hen' })).rejects.toMatchObject({ code: 'embedding_model_mismatch' })
    await other.close()
  })
})
