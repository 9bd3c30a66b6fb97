import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandResult, REPOSITORY, runCommand, startCommand } from './command.js'

// A graph whose vectors a provider makes, from its declaration to answers: the command line and HTTP, with a real
// server of the protocol on the other side, and what happens when the declared model changes.

interface EmbeddingServer {
  readonly url: string
  readonly seen: {
    readonly path: string
    readonly headers: Record<string, unknown>
    readonly body: { model?: string; input?: string[] }
  }[]
  close(): Promise<void>
}
const { embeddingServer } = (await import(
  join(REPOSITORY, 'packages/graph/dist/testing/embedding-server.js')
)) as { embeddingServer: () => Promise<EmbeddingServer> }

const KEY = { EMBED_KEY: 'key-of-the-provider' }
const TOKEN = 'token-of-ada'
const LIKE =
  'query like($q: String) { match { $n: Note } return { $n.slug as slug } order { nearest($n.vec, $q) } limit 1 }'
const SPELLED =
  'query spelled() { match { $n: Note } return { $n.slug as slug } order { nearest($n.vec, "the bear eats honey") } limit 1 }'
const ALL = 'query all() { match { $n: Note } return { $n.slug as slug } order { slug } }'

let provider: EmbeddingServer
let dir: string
const file = (name: string) => join(dir, name)

function declare(model: string): void {
  writeFileSync(
    file('cluster.yaml'),
    `version: 1
metadata: { name: notes }
providers:
  embedding:
    local: { kind: openai-compatible, base_url: "${provider.url}", model: ${model}, api_key: "\${EMBED_KEY}" }
graphs:
  notes: { schema: notes.pg, queries: notes.gq, embedding_provider: local }
  plain: { schema: plain.pg }
policies: { all: { file: all.policy.yaml, applies_to: [notes, plain] } }
`,
  )
}

async function run(args: readonly string[], env: Record<string, string> = KEY): Promise<CommandResult> {
  return runCommand(args, { env })
}

async function json(args: readonly string[], env: Record<string, string> = KEY) {
  const { code, stdout, stderr } = await run([...args, '--json'], env)
  expect([args, code], stderr + stdout).toEqual([args, 0])
  return JSON.parse(stdout)
}
const on = () => ['--cluster', dir, '--graph', 'notes', '--as', 'ada']
const queried = (text: string, params = {}, env?: Record<string, string>) =>
  json(['query', '-e', text, '--params', JSON.stringify(params), ...on()], env)
const converge = () => json(['cluster', 'apply', '--config', dir, '--as', 'ada'])

/** Serves while the body runs, in a process with this environment. */
async function served<T>(env: Record<string, string>, body: (url: string) => Promise<T>): Promise<T> {
  const tokens = { GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify({ ada: TOKEN }) }
  const child = startCommand(['serve', '--cluster', dir, '--bind', '127.0.0.1:0'], { ...tokens, ...env })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = ''
      const listen = (chunk: unknown) => {
        said += String(chunk)
        const found = /listening on (\S+)/.exec(said)
        if (found) resolve(found[1] as string)
      }
      child.stdout?.on('data', listen)
      child.stderr?.on('data', listen)
      child.once('close', () => reject(new Error(`the server ended: ${said}`)))
    })
    return await body(url)
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function post(url: string, path: string, body: unknown, graph = 'notes') {
  const response = await fetch(`${url}/graphs/${graph}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  // biome-ignore lint/suspicious/noExplicitAny: an answer is read by path
  return { status: response.status, body: (await response.json()) as any }
}

beforeAll(async () => {
  provider = await embeddingServer()
  dir = mkdtempSync(join(tmpdir(), 'groundplane-embedding-'))
  writeFileSync(
    file('notes.pg'),
    'node Note { slug: String @key body: String? vec: Vector(32)? @embed("body") }\n',
  )
  writeFileSync(file('notes.gq'), `${LIKE}\n`)
  writeFileSync(file('plain.pg'), 'node Note { slug: String @key }\n')
  writeFileSync(
    file('all.policy.yaml'),
    'version: 1\nrules:\n  - { id: ada, allow: { actors: [ada], actions: [read, change, invoke_query] } }\n',
  )
  const notes = [
    ['fox', 'A fox jumps over a dog'],
    ['bear', 'the bear eats honey'],
    ['none', null],
  ]
  const lines = notes.map(([slug, body]) => JSON.stringify({ type: 'Note', data: { slug, body } }))
  writeFileSync(file('notes.jsonl'), `${lines.join('\n')}\n`)
  declare('model-a')
  await json(['cluster', 'import', '--config', dir, '--as', 'ada'])
}, 60_000)
afterAll(async () => {
  await provider.close()
  rmSync(dir, { recursive: true, force: true })
})

describe('a graph with @embed and a declared provider', () => {
  it('is applied without the key, and neither the ledger nor a plan ever holds it', {
    timeout: 180_000,
  }, async () => {
    expect(await json(['cluster', 'apply', '--config', dir, '--as', 'ada'], {})).toMatchObject({
      ok: true,
      converged: true,
    })
    expect(provider.seen).toEqual([])
    const ledger = readFileSync(file('__cluster/state.json'), 'utf8')
    expect(ledger).toContain('model-a')
    expect(ledger).not.toContain(KEY.EMBED_KEY)
  })

  it('makes its vectors when it is loaded, with the declared model and the key of the environment', {
    timeout: 180_000,
  }, async () => {
    const loaded = await json(['load', '--data', file('notes.jsonl'), ...on()])
    expect(loaded).toMatchObject({ nodes: 3, inserted: 3 })
    expect(provider.seen).toHaveLength(1)
    expect(provider.seen[0]).toMatchObject({
      path: '/v1/embeddings',
      headers: { authorization: `Bearer ${KEY.EMBED_KEY}` },
      body: { model: 'model-a', input: ['A fox jumps over a dog', 'the bear eats honey'] },
    })
  })

  it('answers nearest to a text over the command line, stored and as text', {
    timeout: 180_000,
  }, async () => {
    expect((await queried(SPELLED)).rows).toEqual([{ slug: 'bear' }])
    const stored = ['query', 'like', '--params', '{"q":"A fox jumps over a dog"}', ...on()]
    expect((await json(stored)).rows).toEqual([{ slug: 'fox' }])
    const keyless = await run([...stored, '--json'], {})
    expect([keyless.code, JSON.parse(keyless.stdout).error]).toMatchObject([
      1,
      { code: 'embedding_provider_missing', message: expect.stringContaining('EMBED_KEY') },
    ])
  })

  it('answers it over HTTP, and fills what is written there', { timeout: 180_000 }, async () => {
    await served(KEY, async (url) => {
      const stored = await post(url, 'queries/like', { params: { q: 'the bear eats honey' } })
      expect([stored.status, stored.body.rows]).toEqual([200, [{ slug: 'bear' }]])
      expect((await post(url, 'query', { query: SPELLED })).body.rows).toEqual([{ slug: 'bear' }])
      const written = await post(url, 'mutate', {
        query: 'query add($b: String) { insert Note { slug: "cat", body: $b } }',
        params: { b: 'a cat sleeps' },
      })
      expect([written.status, written.body.inserted]).toEqual([200, 1])
      const found = await post(url, 'queries/like', { params: { q: 'a cat sleeps' } })
      expect(found.body.rows).toEqual([{ slug: 'cat' }])
      await post(url, 'mutate', { query: 'query gone() { delete Note where slug = "cat" }' })
    })
  })

  it('is quarantined where the key is not set, and the other graph is served', {
    timeout: 180_000,
  }, async () => {
    await served({}, async (url) => {
      const missing = await post(url, 'query', { query: ALL })
      expect([missing.status, missing.body.error.code]).toEqual([404, 'graph_not_found'])
      expect((await post(url, 'query', { query: ALL }, 'plain')).body.rows).toEqual([])
    })
    const serve = ['serve', '--cluster', dir, '--bind', '127.0.0.1:0', '--require-all-graphs']
    const tokens = { GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify({ ada: TOKEN }) }
    const { code, stderr } = await run(serve, tokens)
    expect([code, stderr]).toEqual([1, expect.stringContaining('error[embedding_provider_missing]')])
    expect(stderr).toContain('EMBED_KEY')
  })

  it('refuses the vectors of another model at every door, until what made them is declared again', {
    timeout: 240_000,
  }, async () => {
    declare('model-b')
    const plan = await json(['cluster', 'plan', '--config', dir])
    const changed = plan.changes.map((c: { resource: string; operation: string }) => [
      c.resource,
      c.operation,
    ])
    expect(changed).toContainEqual(['provider.embedding.local', 'update'])
    expect(changed).toContainEqual(['graph.notes', 'update'])
    expect(await converge()).toMatchObject({ ok: true, converged: true })
    const refused = await run(['query', '-e', SPELLED, ...on(), '--json'])
    expect(JSON.parse(refused.stdout).error).toMatchObject({
      code: 'embedding_model_mismatch',
      message: expect.stringMatching(/model-a[\s\S]*model-b|model-b[\s\S]*model-a/),
    })
    const changedText = file('changed.jsonl')
    writeFileSync(changedText, '{"type":"Note","data":{"slug":"fox","body":"A fox sleeps"}}\n')
    const load = ['load', '--data', changedText, '--mode', 'merge', ...on(), '--json']
    expect(JSON.parse((await run(load)).stdout).error.code).toBe('embedding_model_mismatch')
    await served(KEY, async (url) => {
      const wrong = await post(url, 'queries/like', { params: { q: 'honey' } })
      expect([wrong.status, wrong.body.error.code]).toEqual([409, 'embedding_model_mismatch'])
      const plain = await post(url, 'query', { query: ALL })
      expect(plain.body.rows).toEqual([{ slug: 'bear' }, { slug: 'fox' }, { slug: 'none' }])
    })
    declare('model-a')
    expect(await converge()).toMatchObject({ ok: true, converged: true })
    expect((await queried(SPELLED)).rows).toEqual([{ slug: 'bear' }])
    expect(await json(load.slice(0, -1))).toMatchObject({ updated: 1 })
    expect((await queried(LIKE, { q: 'A fox sleeps' })).rows).toEqual([{ slug: 'fox' }])
    expect(provider.seen.at(-2)?.body).toMatchObject({ model: 'model-a', input: ['A fox sleeps'] })
  })

  it('whose recorded provider was altered by hand is quarantined, and the next apply mends it', {
    timeout: 180_000,
  }, async () => {
    const ledger = file('__cluster/state.json')
    const state = JSON.parse(readFileSync(ledger, 'utf8'))
    const { embedding_profile: profile } = state.applied_revision.resources['provider.embedding.local']
    for (const [code, alter] of [
      ['embedding_provider_digest_mismatch', { ...profile, model: 'model-c' }],
      ['embedding_provider_profile_missing', undefined],
    ] as const) {
      state.applied_revision.resources['provider.embedding.local'].embedding_profile = alter
      writeFileSync(ledger, JSON.stringify(state))
      const refused = await run(['query', '-e', ALL, ...on(), '--json'])
      expect(JSON.parse(refused.stdout).error.code).toBe(code)
      expect(
        (await json(['query', '-e', ALL, '--cluster', dir, '--graph', 'plain', '--as', 'ada'])).rows,
      ).toEqual([])
    }
    await converge()
    expect((await queried(SPELLED)).rows).toEqual([{ slug: 'bear' }])
  })
})
