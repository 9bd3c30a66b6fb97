import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { remoteGraph } from '../remote-graph.js'
import { type Ran, runInProcess } from '../testing/command-in-process.js'
import { ServedPeople } from '../testing/served-people.js'
import { loadOver } from './remote-load.js'

let people: ServedPeople
let first: string
let second: string

/** What a command answers, as JSON; it must have succeeded unless a status is given. */
async function json(ran: Promise<Ran>, status = 0) {
  const { stdout, stderr, status: found } = await ran
  expect([found, stderr]).toEqual([status, stderr])
  return JSON.parse(stdout)
}

const there = (...args: string[]) => people.there(args)
const put = (name: string, age: number, ...at: string[]) =>
  json(there('mutate', 'put', '--params', JSON.stringify({ n: name, a: age }), '--json', ...at))

beforeAll(async () => {
  people = await ServedPeople.start()
  vi.stubEnv('GROUNDPLANE_HOME', join(people.dir, 'home'))
  const rows = [
    { type: 'Person', data: { name: 'Ada', age: 36, score: 1 } },
    { type: 'Person', data: { name: 'Bob', score: 0.1 } },
    { edge: 'Knows', from: 'Ada', to: 'Bob', data: { since: '9007199254740993' } },
  ]
  const file = people.file('rows.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const loaded = await there('load', '--data', file, '--message', 'why', '--json')
  expect(loaded.stderr).toContain(`writing to ${people.server.url}/graphs/people\n`)
  expect(loaded.stderr).toContain('2 nodes, 1 edges read')
  const { commit, ...counts } = await json(Promise.resolve(loaded))
  expect(counts).toEqual({
    ok: true,
    nodes: 2,
    edges: 1,
    types: [
      { kind: 'node', name: 'Person', lines: 2 },
      { kind: 'edge', name: 'Knows', lines: 1 },
    ],
    branchCreated: false,
    inserted: 3,
    updated: 0,
    unchanged: 0,
    deleted: 0,
    warnings: [],
  })
  expect(commit).toMatchObject({ actor: 'ada', message: 'why', kind: 'load' })
  first = commit.id
  expect(await json(there('branch', 'create', 'review/1', '--if-commit', first, '--json'))).toMatchObject({
    branch: { name: 'review/1', head: first, parent: 'main', forkedAt: first },
  })
  second = (await put('Cleo', 7, '--branch', 'review/1')).commit.id
  await put('Ada', 37)
}, 120_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  await people?.stop()
})

it('what is read over a server is what is read on the cluster, as a document and for people', async () => {
  const commands = [
    ['branch', 'list'],
    ['commit', 'list'],
    ['commit', 'list', '--limit', '2'],
    ['commit', 'list', '--branch', 'review/1'],
    ['commit', 'show', first],
    ['commit', 'show', second],
    ['export'],
    ['export', '--branch', 'review/1', '--type', 'Person'],
    ['export', '--snapshot', first],
    ['export', '--branch', 'review/1', '--if-commit', second],
    ['changes'],
    ['changes', '--start', 'beginning', '--branch', 'review/1'],
    ['changes', '--start', 'beginning', '--limit', '2', '--type', 'Person'],
    ['changes', '--start', `after:${first}`],
    ['changes', '--from', 'main', '--to', 'review/1'],
    ['changes', '--from', 'review/1', '--to', 'main', '--limit', '1'],
    ['changes', '--from', first],
    ['changes', '--baseline'],
    ['changes', '--baseline', '--branch', 'review/1', '--type', 'Knows'],
    ['branch', 'merge', 'review/1', '--dry-run'],
    ['snapshot'],
    ['snapshot', '--branch', 'review/1'],
    ['snapshot', '--snapshot', first],
    ['queries', 'list'],
  ]
  for (const command of commands) {
    const [shown, local] = [await people.there(command), await people.here(command)]
    expect([command, shown]).toEqual([command, { ...local, status: 0 }])
    const asked = [...command, '--json']
    expect([command, await json(people.there(asked))]).toEqual([command, await json(people.here(asked))])
  }
}, 120_000)

it('every list, and a query, comes in each format, the same on both sides', async () => {
  const lists = [['branch', 'list'], ['commit', 'list'], ['snapshot'], ['queries', 'list'], ['query', 'all']]
  for (const command of lists) {
    for (const format of ['table', 'json', 'jsonl', 'csv', 'kv']) {
      const asked = [...command, '--format', format]
      const [shown, local] = [await people.there(asked), await people.here(asked)]
      expect([asked, shown.status, shown.stderr]).toEqual([asked, 0, local.stderr])
      if (format !== 'json') expect(shown.stdout).toBe(local.stdout)
      else expect(JSON.parse(shown.stdout)).toEqual(await json(people.there([...command, '--json'])))
    }
  }
  const rows = async (format: string, ...command: string[]) =>
    (await there(...command, '--format', format)).stdout
  expect(await rows('csv', 'queries', 'list')).toBe(
    'query,does,parameters,description\nall,reads,,Everybody\n' +
      'put,writes,"n: string, a: int?, mood: enum(calm, cross)?",\n',
  )
  expect(await rows('jsonl', 'snapshot', '--snapshot', first)).toBe(
    '{"type":"Person","kind":"node","rows":2}\n{"type":"Knows","kind":"edge","rows":1}\n',
  )
  expect(await rows('kv', 'snapshot', '--snapshot', first)).toBe(
    'type=Person\nkind=node\nrows=2\n\ntype=Knows\nkind=edge\nrows=1\n',
  )
  const failed = await there('snapshot', '--branch', 'nope', '--format', 'json')
  expect([failed.status, JSON.parse(failed.stdout).error.code]).toEqual([1, 'branch_not_found'])
}, 120_000)

it('the format of the operator config is that of lists too, and the command line goes before it', async () => {
  people.file('home/config.yaml', 'defaults: { output: csv }\n')
  try {
    expect((await there('snapshot')).stdout).toMatch(/^type,kind,rows\n/)
    expect((await there('snapshot', '--format', 'table')).stdout).toMatch(/^type +kind +rows\n/)
    expect(await json(there('snapshot', '--json'))).toMatchObject({ ok: true, branch: 'main' })
  } finally {
    people.file('home/config.yaml', '')
  }
}, 120_000)

it('the graphs of a server, of a cluster and of a root are listed to who may see them', async () => {
  const graph = { graph_id: 'people', kind: 'graph' }
  expect(await json(there('graphs', 'list', '--json'))).toEqual({
    ok: true,
    graphs: [{ ...graph, uri: '/graphs/people' }],
  })
  const local = await json(people.here(['graphs', 'list', '--json']))
  expect(local).toEqual({ ok: true, graphs: [{ ...graph, uri: expect.stringMatching(/people\.gp$/) }] })
  const root = ['graphs', 'list', local.graphs[0].uri, '--as', 'ada', '--json']
  expect(await json(runInProcess(root, {}))).toEqual(local)
  for (const refused of [
    await people.there(['graphs', 'list'], 'token-b'),
    await runInProcess(['graphs', 'list', '--cluster', people.dir, '--as', 'bob'], {}),
  ])
    expect(refused.stderr).toContain('error[forbidden]')
  const none = await people.there(['queries', 'list'], 'token-b')
  expect(none.stdout).toBe('No stored query can be called here.\n')
}, 120_000)

it('a page token and a cursor of the server go on here, and the other way round', async () => {
  const diff = ['changes', '--from', 'review/1', '--to', 'main', '--limit', '1', '--json']
  const { nextPageToken } = await json(people.there(diff))
  const next = [...diff, '--page-token', nextPageToken]
  expect((await json(people.there(next))).changes).toMatchObject([{ op: 'deleted', id: 'Cleo' }])
  expect(await json(people.here(next))).toEqual(await json(people.there(next)))
  const { cursor } = await json(people.here(['changes', '--json']))
  const dora = (await put('Dora', 1)).commit.id
  const poll = await json(there('changes', '--cursor', cursor, '--json'))
  expect(poll.blocks).toMatchObject([{ commit: { id: dora }, changes: [{ op: 'inserted', id: 'Dora' }] }])
}, 120_000)

it('a branch goes from its making to its merge and its end over a server', async () => {
  await there('branch', 'create', 'b', '--from', first)
  await put('Ada', 1, '--branch', 'b')
  const dry = ['branch', 'merge', 'b', '--dry-run', '--json']
  const found = await json(people.there(dry), 1)
  expect(found).toEqual(await json(people.here(dry), 1))
  expect(found.conflicts).toMatchObject([{ kind: 'divergent-update', base: { age: 36 }, source: { age: 1 } }])
  const refused = await there('branch', 'merge', 'b')
  expect([refused.status, refused.stdout]).toEqual([
    1,
    expect.stringMatching(/^1 conflict; nothing was merged\n {2}divergent-update: Person "Ada"/),
  ])
  expect(refused.stderr).toBe(`writing to ${people.server.url}/graphs/people\n`)
  const asked = await there('branch', 'delete', 'b')
  expect([asked.status, asked.stderr]).toEqual([1, expect.stringContaining('error[consent_needed]')])
  const gone = await there('branch', 'delete', 'b', '--yes')
  expect(gone.stdout).toMatch(/^deleted b; its head was /)
  const merged = await json(
    there('branch', 'merge', 'review/1', '--delete-branch', '--message', 'in', '--json'),
  )
  expect(merged).toMatchObject({
    ok: true,
    outcome: 'merged',
    bases: [first],
    branchDeleted: true,
    commit: { message: 'in' },
  })
  expect(merged.commit).toEqual(
    (await json(people.here(['commit', 'show', merged.commit.id, '--json']))).commit,
  )
}, 120_000)

it('refusals come with the code, the message and the remedy of the server, and nothing happens', async () => {
  const heads = async () => (await json(people.here(['branch', 'list', '--json']))).branches
  const before = await heads()
  const good = people.file('good.jsonl', '{"type":"Person","data":{"name":"Zoe"}}\n')
  const bad = people.file('bad.jsonl', '{"type":"Person","data":{"name":"Zoe"}}\n{"type":"Persn"}\n')
  const directory = join(people.dir, 'directory')
  mkdirSync(directory)
  for (const [token, code, ...command] of [
    ['token-a', 'commit_mismatch', 'load', '--data', good, '--if-commit', first],
    ['token-a', 'commit_mismatch', 'export', '--if-commit', first],
    ['token-a', 'commit_mismatch', 'branch', 'create', 'x', '--if-commit', first],
    ['token-a', 'file_not_found', 'load', '--data', join(people.dir, 'none.jsonl')],
    ['token-a', 'file_unreadable', 'load', '--data', directory],
    ['token-a', 'branch_not_found', 'export', '--branch', 'nope'],
    ['token-a', 'branch_not_found', 'branch', 'delete', 'nope', '--yes'],
    ['token-a', 'commit_not_found', 'commit', 'show', '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['token-a', 'cursor_rejected', 'changes', '--cursor', 'nonsense'],
    ['token-a', 'graph_address', 'export', 'people.gp'],
    ['token-b', 'forbidden', 'load', '--data', good],
    ['token-b', 'forbidden', 'export'],
    ['token-b', 'forbidden', 'changes', '--baseline'],
    ['token-b', 'forbidden', 'branch', 'create', 'x'],
    ['token-wrong', 'token_unknown', 'commit', 'list'],
  ] as const) {
    expect([command, await people.refusal(command, token)]).toEqual([command, { code, remedy: true }])
  }
  const lines = ['load', '--data', bad]
  const [shown, local] = [await people.there(lines), await people.here(lines)]
  const failure = (ran: Ran) => ran.stderr.slice(ran.stderr.indexOf('error['))
  expect(failure(shown)).toBe(failure(local))
  expect(failure(shown)).toContain('2')
  expect(await heads()).toEqual(before)
}, 120_000)

it('a refusal ends a load whose input does not end, and lets go of the input', async () => {
  let released = () => {}
  const letGo = new Promise<void>((resolve) => {
    released = resolve
  })
  const endless = async function* () {
    try {
      for (;;) yield Buffer.from('{"type":"Person","data":{"name":"x"}}\n'.repeat(1000))
    } finally {
      released()
    }
  }
  const forbidden = { error: { code: 'forbidden', message: 'No.', requestId: 'r' } }
  const server = createServer((_, answer) =>
    answer.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(forbidden)),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const remote = await remoteGraph({ server: `http://127.0.0.1:${port}`, graph: 'g' }, 'read')
    if (!remote) throw new Error('no server')
    const load = loadOver(remote, endless, { mode: 'append' }, () => {})
    await expect(load).rejects.toMatchObject({ code: 'forbidden' })
    await letGo
  } finally {
    server.close()
    server.closeAllConnections()
  }
}, 60_000)
