import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CommandResult, runCommand, startCommand } from './command.js'
import { OperatorSession } from './operator-session.js'

/** Every secret an operator can hand over, each a text that is found nowhere by chance. */
const SECRETS = {
  adaToken: 'canary-token-of-ada-7f31',
  guessed: 'canary-guessed-token-0d52',
  kept: 'canary-kept-token-9a16',
  embedding: 'canary-embedding-key-4b8e',
  model: 'canary-model-key-c257',
  s3: 'canary-s3-secret-e90a',
  inline: 'canary-inline-key-31dd',
  inAddress: 'canary-password-in-url-88c4',
} as const

const CLUSTER = (providers: string) => `version: 1
metadata: { name: secretive }
graphs:
  notes: { schema: notes.pg, queries: queries/, embedding_provider: texts }
  catalog: { kind: catalog }
policies:
  base: { file: base.policy.yaml, applies_to: [notes, catalog] }
providers:
  embedding:
    texts: { kind: openai-compatible, base_url: "${providers}/v1", model: m, api_key: "\${TEXTS_KEY}" }
sources:
  clean: { kind: sqlite, graph: catalog, url: clean.db }
  broken: { kind: sqlite, graph: catalog, url: broken.db }
assertions:
  shop: { file: shop.assertions.yaml, graph: catalog, sources: [clean, broken] }
crew:
  graph: catalog
  reference: clean
  production: broken
  roles:
    coordinator: { base_url: "${providers}/v1", model: m, api_key: "\${CREW_KEY}" }
    detective: { base_url: "${providers}/v1", model: m, api_key: "\${CREW_KEY}" }
`
const POLICY = `version: 1
groups: { all: [ada] }
rules:
  - id: everything
    allow: { actors: { group: all }, actions: [read, export, change], branch_scope: any }
  - id: more
    allow: { actors: { group: all }, actions: [admin, invoke_query] }
`
const NOTES =
  'node Note {\n  name: String @key\n  body: String\n  vec: Vector(3)? @embed("body", model="m")\n}\n'
const NEAREST =
  'query near($t: String) {\n  match { $n: Note }\n  return { $n.name }\n  order { nearest($n.vec, $t) }\n  limit 3\n}\n'
const ASSERTIONS = `version: 1
assertions:
  orders_row_count: { dataset: orders, type: row_count, equals: 2, severity: critical, description: Both orders are there. }
`

/** What the commands and the servers said, with what was run: the logs of the whole test. */
const said: { what: string; text: string }[] = []
const op = new OperatorSession()
/** Refuses everything and repeats what it was sent, the key included, as some providers do. */
let provider: Server
const askedWith = new Set<string>()

beforeAll(async () => {
  provider = createServer((request, response) => {
    const key = request.headers.authorization ?? ''
    askedWith.add(key.replace(/^Bearer /, ''))
    response.writeHead(401, { 'content-type': 'application/json', 'x-key': key })
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${key}` } }))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  op.write('c/cluster.yaml', CLUSTER(address))
  op.write('c/base.policy.yaml', POLICY)
  op.write('c/notes.pg', NOTES)
  op.write('c/queries/notes.gq', NEAREST)
  op.write('c/shop.assertions.yaml', ASSERTIONS)
  for (const [name, rows] of [
    ['clean', 2],
    ['broken', 1],
  ] as const) {
    const db = new Database(op.path('c', `${name}.db`))
    db.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)')
    for (let id = 1; id <= rows; id++) db.prepare('INSERT INTO orders VALUES (?, 1.5)').run(id)
    db.close()
  }
  op.env = {
    ...op.env,
    TEXTS_KEY: SECRETS.embedding,
    CREW_KEY: SECRETS.model,
    GROUNDPLANE_DEBUG: '1',
    GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify({ ada: SECRETS.adaToken }),
  }
})

afterAll(async () => {
  op.dispose()
  provider.closeAllConnections()
  await new Promise((resolve) => provider.close(resolve))
})

/** A process for each command: all that one writes is searched, what goes past the streams of the program too. */
async function run(...args: string[]): Promise<CommandResult> {
  const result = await runCommand(args, { env: op.env })
  said.push({ what: args.join(' '), text: result.stdout + result.stderr })
  return result
}

/** A serving process at the most talkative log level; what it says ends up in `said`. */
async function serve(...args: string[]): Promise<{ url: string; stop(): Promise<void> }> {
  const child = startCommand(
    ['serve', ...args, '--bind', '127.0.0.1:0', '--log-level', 'debug', '--slow-query-ms', '0'],
    op.env,
  )
  let text = ''
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      const found = /listening on (\S+)/.exec(text)
      if (found) resolve(found[1] as string)
    })
    child.on('close', () => reject(new Error(text)))
  })
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      said.push({ what: `serve ${args.join(' ')}`, text })
    },
  }
}

async function request(url: string, path: string, token: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url + path, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
  })
  const text = `${JSON.stringify([...response.headers])}\n${await response.text()}`
  said.push({ what: `${init.method ?? 'GET'} ${path}`, text })
  return response.status
}

const config = ['--config', op.path('c')]
const cluster = ['--cluster', op.path('c'), '--as', 'ada']

it('goes through a cluster’s life with every secret in use, the failures included', async () => {
  expect((await run('cluster', 'validate', ...config)).code).toBe(0)
  for (const command of ['import', 'plan', 'apply', 'status', 'refresh'])
    expect((await run('cluster', command, ...config)).code, command).toBe(0)
  expect((await run('cluster', 'plan', ...config, '--json')).code).toBe(0)

  // A provider that refuses, and repeats the key in its refusal.
  op.write('n.jsonl', '{"type":"Note","data":{"name":"a","body":"alpha"}}\n')
  const load = await run(
    'load',
    ...cluster,
    '--graph',
    'notes',
    '--data',
    op.path('n.jsonl'),
    '--mode',
    'append',
  )
  expect(load.code).not.toBe(0)
  expect(load.stderr).toContain('embedding_refused')
  const near = ['query', 'near', ...cluster, '--graph', 'notes', '--params', '{"t":"alpha"}']
  expect((await run(...near)).code).not.toBe(0)
  await run('explain', 'near', ...cluster, '--graph', 'notes', '--params', '{"t":"x"}')

  // The crew's models refuse likewise; the report says so.
  expect((await run('harvest', ...cluster)).code).toBe(0)
  expect((await run('check', ...cluster)).code).toBeLessThan(2)
  const incident = await run('incident', 'orders are missing', ...cluster, '--json')
  expect(JSON.parse(incident.stdout)).toMatchObject({ roles: expect.arrayContaining([expect.anything()]) })
  expect(incident.stdout).toContain('Incorrect API key provided')
  expect([...askedWith].sort()).toEqual([SECRETS.embedding, SECRETS.model].sort())

  // Secrets where they must not stand.
  const good = op.read('c/cluster.yaml')
  for (const bad of [
    good.replace('"${TEXTS_KEY}"', SECRETS.inline),
    good.replace(/base_url: "http:\/\//, `base_url: "http://me:${SECRETS.inAddress}@`),
    good.replace('version: 1', `version: 1\nstorage: s3://me:${SECRETS.inAddress}@bucket/prefix`),
    good.replace(
      'queries: queries/',
      `queries: queries/, external_blobs: { allow: ["https://me:${SECRETS.inAddress}@host/"] }`,
    ),
    good.replace(
      'version: 1',
      `version: 1\nstorage: s3://me:${SECRETS.inAddress}@bucket/x\ndata_dir: "http://me:${SECRETS.inAddress}@host/"`,
    ),
    good.replace('version: 1', `version: 1\nstorage: "http://me:${SECRETS.inAddress}@bucket/x"`),
    good.replace('version: 1', `version: 1\nstorage: s3://me:${SECRETS.inAddress}@bucket/x\ndata_dir: d`),
    good.replace('url: clean.db', `url: "postgres://me:${SECRETS.inAddress}@host/db"`),
  ]) {
    expect(bad).not.toBe(good)
    op.write('bad/cluster.yaml', bad)
    for (const file of ['base.policy.yaml', 'notes.pg', 'shop.assertions.yaml', 'queries/notes.gq'])
      op.write(`bad/${file}`, op.read(`c/${file}`))
    for (const command of ['validate', 'plan'])
      await run('cluster', command, '--config', op.path('bad'), '--json')
  }
  op.remove('bad')
  const place = `me:${SECRETS.inAddress}@host`
  for (const args of [
    ['query', 'near', '--cluster', `s3://${place}/x`, '--graph', 'notes'],
    ['query', 'near', '--server', `http://${place}`, '--graph', 'notes'],
    ['query', 'near', '--store', `http://${place}/x`],
    ['init', `s3://${place}/x.gp`, '--schema', op.path('c/notes.pg')],
    ['cluster', 'status', '--config', `s3://${place}/x`],
    ['serve', '--cluster', `s3://${place}/x`],
    ['serve', ...cluster.slice(0, 2), '--cors-origin', `http://${place}`],
    ['login', `http://${place}`, '--no-verify', '--token-file', op.path('n.jsonl')],
  ])
    expect((await run(...args)).code, args.join(' ')).toBeGreaterThan(0)

  // S3 that refuses, or is not there.
  const kept = op.env
  op.env = {
    ...op.env,
    AWS_ACCESS_KEY_ID: 'me',
    AWS_SECRET_ACCESS_KEY: SECRETS.s3,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL ?? 'http://127.0.0.1:1',
  }
  op.copy('c', 'remote')
  op.edit(
    'remote/cluster.yaml',
    'version: 1',
    'version: 1\nstorage: s3://groundplane-test/secrets\ndata_dir: data',
  )
  expect((await run('cluster', 'import', '--config', op.path('remote'))).code).not.toBe(0)
  op.env = kept
}, 360_000)

it('serves with every secret in use, to the right token and to guesses', async () => {
  const server = await serve(...cluster.slice(0, 2))
  expect(await request(server.url, '/graphs', SECRETS.adaToken)).toBe(403)
  expect(await request(server.url, '/graphs/notes/branches', SECRETS.adaToken)).toBe(200)
  expect(await request(server.url, '/graphs/notes/branches', SECRETS.guessed)).toBe(401)
  expect(await request(server.url, `/graphs/notes/branches?token=x`, SECRETS.guessed)).toBe(401)
  const near = { method: 'POST', body: JSON.stringify({ params: { t: 'alpha' } }) }
  expect(
    await request(server.url, '/graphs/notes/queries/near', SECRETS.adaToken, near),
  ).toBeGreaterThanOrEqual(400)
  const incident = { method: 'POST', body: JSON.stringify({ sentence: 'orders are missing' }) }
  await request(server.url, '/incidents', SECRETS.adaToken, incident)
  await request(server.url, '/metrics', SECRETS.adaToken)
  await request(server.url, '/no/such/route', SECRETS.adaToken)
  await request(server.url, '/graphs/notes/load', SECRETS.adaToken, { method: 'POST', body: '{broken' })

  // A kept token: of the wrong server, and of this one.
  op.write('home/config.yaml', `servers:\n  here: { url: "${server.url}" }\n`)
  op.write('guess', SECRETS.guessed)
  op.write('right', SECRETS.adaToken)
  op.write('other', SECRETS.kept)
  expect((await run('login', 'here', '--token-file', op.path('guess'))).code).not.toBe(0)
  expect(
    (await run('login', 'http://127.0.0.1:9', '--no-verify', '--token-file', op.path('other'))).code,
  ).toBe(0)
  expect((await run('login', 'here', '--token-file', op.path('right'))).code).toBe(0)
  expect((await run('branch', 'list', '--server', 'here', '--graph', 'notes')).code).toBe(0)
  await run('branch', 'list', '--server', 'http://127.0.0.1:9', '--graph', 'notes')
  await server.stop()
  await run('branch', 'list', '--server', 'here', '--graph', 'notes')
  await run('logout', 'here')
}, 360_000)

it('shows none of them in any output, log, answer, ledger, catalog or record', () => {
  const found: string[] = []
  const look = (where: string, text: string) => {
    for (const [name, secret] of Object.entries(SECRETS)) {
      for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')])
        if (text.includes(form)) found.push(`${name} in ${where}`)
    }
  }
  expect(said.length).toBeGreaterThan(30)
  for (const { what, text } of said) look(what.replaceAll(SECRETS.inAddress, '…'), text)
  for (const entry of readdirSync(op.root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    // The three token files of this test, and what `login` keeps for its owner alone.
    if (!entry.isFile() || ['guess', 'right', 'other', 'credentials.json'].includes(entry.name)) continue
    look(path, readFileSync(path, 'latin1'))
  }
  expect(existsSync(op.path('home', 'credentials.json'))).toBe(true)
  expect(found).toEqual([])
})
