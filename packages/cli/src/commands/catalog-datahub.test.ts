import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Catalog } from '@groundplane/catalog'
import { applyCluster, importCluster, loadApplied, publicationDocument } from '@groundplane/cluster'
import { Graph } from '@groundplane/graph'
import { type RunningServer, serve } from '@groundplane/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { catalogExtensions } from '../catalog-extensions.js'
import { runInProcess } from '../testing/command-in-process.js'

const CONFIG = `version: 1
metadata: { name: out }
graphs:
  catalog: { kind: catalog }
  mirror: { kind: catalog }
policies:
  base: { file: base.policy.yaml, applies_to: [catalog, mirror] }
`
const POLICY = `version: 1
rules:
  - { id: all, allow: { actors: [ada], actions: [read, export, change, branch_create] } }
  - { id: some, allow: { actors: [bob], actions: [read] } }
`
const TOKEN = 'mirror-4f2b9c1177'

let dir: string
let server: RunningServer
let catalog: Catalog
let commits: string[]

const urnOf = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:hive,${name},PROD)`
const properties = (name: string, description: string) => ({
  entityUrn: urnOf(name),
  aspectName: 'datasetProperties',
  aspect: { name, description },
})

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-datahub-out-'))
  writeFileSync(join(dir, 'cluster.yaml'), CONFIG)
  writeFileSync(join(dir, 'base.policy.yaml'), POLICY)
  const extensions = await catalogExtensions()
  await importCluster(dir, { extensions })
  const applied = await applyCluster(dir, { extensions, actor: 'ada' })
  expect(applied.diagnostics).toEqual([])
  const revision = await loadApplied(dir)
  catalog = new Catalog(Graph.open(revision.graphs.find(({ id }) => id === 'catalog')?.root as string))
  const commitOf = (proposals: Parameters<Catalog['ingest']>[0]) =>
    catalog.ingest(proposals).commit?.id as string
  commits = [
    commitOf([properties('a', 'x'.repeat(200_000)), properties('b', 'é'), properties('c', 'c')]),
    commitOf([
      properties('b', 'now'),
      { entityUrn: 'urn:li:agent:x', aspectName: 'agentProperties', aspect: { name: 'x' } },
    ]),
    catalog.deleteEntity(urnOf('c')).commit?.id as string,
  ]
  server = await serve({
    clusterDir: dir,
    bind: '127.0.0.1:0',
    tokens: { ada: TOKEN },
    environment: {},
    logLevel: 'silent',
    print: () => {},
  })
})
afterAll(async () => {
  await server?.close()
  catalog?.graph.close()
  rmSync(dir, { recursive: true, force: true })
})

const run = (command: string, args: readonly string[], env: Record<string, string> = {}, actor = 'ada') =>
  runInProcess(['catalog', command, ...args, '--cluster', dir, '--graph', 'catalog', '--as', actor], {
    GROUNDPLANE_HOME: join(dir, 'home'),
    ...env,
  })
const out = (name: string) => join(dir, 'out', name)
const proposalsIn = (name: string) =>
  JSON.parse(readFileSync(out(name), 'utf8')).map(
    (p: { entityUrn: string; aspectName: string; aspect: { json: object } }) => [
      p.entityUrn,
      p.aspectName,
      p.aspect.json,
    ],
  )

it('an export of a commit is the same bytes however often and whenever it is written, and of a branch that of its head', async () => {
  const first = await run('export', [out('first.json'), '--snapshot', commits[0] as string])
  expect([first.status, first.stderr]).toEqual([0, ''])
  catalog.ingest([properties('d', 'later')])
  await run('export', [out('again.json'), '--snapshot', commits[0] as string])
  const bytes = readFileSync(out('first.json'))
  expect(readFileSync(out('again.json')).equals(bytes)).toBe(true)
  expect(proposalsIn('first.json').map(([urn]: string[]) => urn)).toEqual(['a', 'b', 'c'].map(urnOf))
  expect(proposalsIn('first.json')[1][2]).toEqual({ name: 'b', description: 'é' })

  catalog.graph.createBranch('side', { fromCommit: commits[1] as string })
  const side = await run('export', [out('side.json'), '--branch', 'side', '--json'])
  expect(JSON.parse(side.stdout)).toMatchObject({ ok: true, commit: commits[1], proposals: 3 })
  await run('export', [out('second.json'), '--snapshot', commits[1] as string])
  expect(readFileSync(out('side.json')).equals(readFileSync(out('second.json')))).toBe(true)
})

it('an export of what changed has that alone, and what is gone as a status', async () => {
  const { stdout, stderr } = await run('export', [
    out('since.json'),
    '--snapshot',
    commits[2] as string,
    '--changed-since',
    commits[0] as string,
  ])
  expect(stdout).toContain(`2 proposals of commit ${commits[2]} since commit ${commits[0]}`)
  expect(stderr).toContain('left out: 1 agent agentProperties (entity_type_unknown)')
  expect(proposalsIn('since.json')).toEqual([
    [urnOf('b'), 'datasetProperties', { name: 'b', description: 'now' }],
    [urnOf('c'), 'status', { removed: true }],
  ])
})

it('an export that fails leaves the file as it was, and nothing beside it', async () => {
  mkdirSync(out('failed'), { recursive: true })
  writeFileSync(out('failed/kept.json'), 'before')
  const unknown = await run('export', [
    out('failed/kept.json'),
    '--changed-since',
    '01M8000000AAAAAAAAAAAAAAAA',
    '--json',
  ])
  expect([unknown.status, JSON.parse(unknown.stdout).error.code]).toEqual([1, 'commit_not_found'])
  const denied = await run('export', [out('failed/kept.json'), '--json'], {}, 'bob')
  expect([denied.status, JSON.parse(denied.stdout).error.code]).toEqual([1, 'forbidden'])
  expect(readdirSync(out('failed'))).toEqual(['kept.json'])
  expect(readFileSync(out('failed/kept.json'), 'utf8')).toBe('before')
})

it('publishing says what it would send, sends it, and then nothing; the token is in no output', async () => {
  const to = ['--to', `${server.url}/graphs/mirror/datahub/`, '--token-env', 'MIRROR_TOKEN']
  const env = { MIRROR_TOKEN: TOKEN }
  const preview = await run('publish', [...to, '--dry-run'], env)
  expect(preview.stdout).toContain('3 to send, from nothing to commit ')
  expect(preview.stdout).toContain('      3 write dataset datasetProperties')
  expect(preview.stdout).toContain('      1 left out agent agentProperties (entity_type_unknown)')
  expect(preview.stdout).toContain(`+ ${urnOf('a')} datasetProperties`)
  const sent = await run('publish', [...to, '--json'], env)
  expect(JSON.parse(sent.stdout)).toMatchObject({ ok: true, sent: 3, refused: [], from: null })
  const again = await run('publish', to, env)
  expect(again.stdout).toMatch(/^0 sent; the target is at commit /)
  expect((await run('publish', [...to, '--dry-run'], env)).stdout).toMatch(/^Nothing to send/)
  const all = await run('publish', [...to, '--full', '--dry-run', '--json'], env)
  expect(JSON.parse(all.stdout)).toMatchObject({ ok: true, dryRun: true, from: null })
  expect(JSON.parse(all.stdout).changes).toHaveLength(3)
  const wrong = await run('publish', to, { MIRROR_TOKEN: 'wrong-token-0815' })
  expect([wrong.status, wrong.stderr.includes('error[gms_denied]')]).toEqual([1, true])
  for (const { stdout, stderr } of [preview, sent, again, wrong])
    expect(`${stdout}${stderr}`).not.toMatch(/mirror-4f2b9c1177|wrong-token-0815/)
  const kept = await publicationDocument(dir, 'catalog', `${server.url}/graphs/mirror/datahub`)
  expect((await kept.read())?.text).not.toContain(TOKEN)
})

it('publishing ends with 1 and names the record that the target refuses; the others are there', async () => {
  const taken: string[] = []
  const target = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += String(part)
    const refuses = body.includes('hive,b,')
    if (!refuses && request.method === 'POST') taken.push(body)
    response.writeHead(refuses ? 422 : 200, { 'content-type': 'application/json' })
    response.end(refuses ? '{"message":"no b here"}' : '{"noCode":"true"}')
  })
  await new Promise<void>((done) => target.listen(0, '127.0.0.1', done))
  try {
    const to = `http://127.0.0.1:${(target.address() as AddressInfo).port}`
    const { status, stdout, stderr } = await run('publish', ['--to', to])
    expect(stderr).toContain(`error[gms_refused_record]: ${urnOf('b')} datasetProperties: no b here`)
    expect([status, stdout.split('\n')[0]]).toEqual([1, expect.stringMatching(/^2 sent; .* 1 it refused\.$/)])
    expect(taken.join().match(/hive,\w/g)).toEqual(['hive,a', 'hive,d'])
  } finally {
    target.closeAllConnections()
    await new Promise((done) => target.close(done))
  }
})

it.each<[string, string[], Record<string, string>, string]>([
  ['an address that is none', ['--to', 'datahub'], {}, 'server_url_invalid'],
  ['a password in the address', ['--to', 'https://u:p4ss@host'], {}, 'server_url_invalid'],
  [
    'a variable without a token',
    ['--to', 'https://host', '--token-env', 'NOBODY_SET_THIS'],
    {},
    'token_missing',
  ],
  [
    'a token without TLS',
    ['--to', 'http://gms.example:8080', '--token-env', 'T'],
    { T: 't0ken' },
    'token_without_tls',
  ],
  ['a place that is a server', ['--to', 'https://host', '--profile', 'far'], {}, 'cluster_only'],
])('publishing refuses %s', async (_, args, env, code) => {
  mkdirSync(join(dir, 'home'), { recursive: true })
  writeFileSync(
    join(dir, 'home', 'config.yaml'),
    'servers: { far: { url: https://far.example } }\nprofiles: { far: { server: far } }\n',
  )
  const { status, stdout } = await runInProcess(
    ['catalog', 'publish', ...args, '--json', ...(args.includes('--profile') ? [] : ['--cluster', dir])],
    {
      GROUNDPLANE_HOME: join(dir, 'home'),
      ...env,
    },
  )
  expect([status, JSON.parse(stdout).error.code]).toEqual([1, code])
  expect(stdout).not.toMatch(/p4ss|t0ken/)
})
