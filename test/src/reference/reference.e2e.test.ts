import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ServedCluster, TOKENS } from '../http/served-cluster.js'
import type { ReferenceFailure } from './reference-client.js'
import { CLIENTS, CONTRACT, type ReferenceApi } from './sdk.js'

// Scripts that were written for the reference, against a serving process of ours. What is not served is in
// docs/compatibility.md.

let cluster: ServedCluster
beforeAll(async () => {
  cluster = await ServedCluster.start()
})
afterAll(() => cluster?.dispose())

const FIND =
  'query find($name: String) { match { $p: Person { name: $name } } return { $p.name as name, $p.age as age } }'
const ADD = 'query add($name: String, $age: I32?) { insert Person { name: $name, age: $age } }'
const SET = 'query set($name: String, $age: I32?) { update Person set { age: $age } where name = $name }'
const FRIEND =
  'query friend($name: String, $of: String) { insert Person { name: $name } insert Knows { from: $of, to: $name } }'

async function failure(work: Promise<unknown>): Promise<ReferenceFailure> {
  try {
    await work
  } catch (error) {
    return error as ReferenceFailure
  }
  throw new Error('it was expected to fail')
}

// biome-ignore lint/suspicious/noExplicitAny: read by path, as a script does
async function collect(lines: AsyncIterable<any>): Promise<any[]> {
  const all = []
  for await (const line of lines) all.push(line)
  return all
}

describe.each(CLIENTS)('%s', (name, open) => {
  let og: ReferenceApi
  let count = 0
  const unique = () => `${name.replaceAll(' ', '-')}-${count++}`
  const branchOf = async () => {
    const name = `ref-${unique()}`
    await og.branches.create({ name, from: 'main' })
    return name
  }
  const find = (branch: string, name: string) => og.query({ query: FIND, params: { name }, branch })

  beforeAll(async () => {
    og = await open({ baseUrl: cluster.url, token: TOKENS.operator, graphId: 'team' })
  })

  it('sees that the server is alive and ready', async () => {
    expect(await og.health()).toMatchObject({
      status: 'ok',
      version: expect.any(String),
      internalSchemaVersion: expect.any(Number),
    })
    expect(await og.readiness()).toMatchObject({ ready: true, servedGraphCount: 2, quarantinedGraphCount: 0 })
  })

  it('lists graphs and goes on to another', async () => {
    const graphs = (await og.graphs.list()) as { graphId: string; uri: string }[]
    expect(graphs.map(({ graphId }) => graphId)).toEqual(['catalog', 'team'])
    const { graphBranch, datasets } = await og.graph('catalog').snapshot()
    expect([graphBranch, datasets.length > 0]).toEqual(['main', true])
  })

  it('reads a snapshot by types and counts', async () => {
    const { graphBranch, graphManifestVersion, internalSchemaVersion, datasets } = await og.snapshot({
      branch: 'main',
    })
    expect([graphBranch, graphManifestVersion > 0, internalSchemaVersion > 0]).toEqual(['main', true, true])
    expect(datasets).toContainEqual({
      typeName: 'Knows',
      entityKind: 'edge',
      entityCount: 3,
      datasetPath: expect.any(String),
      publishedDatasetVersion: expect.any(Number),
      nativeDatasetBranch: null,
    })
  })

  it('queries with parameters whose names are its own', async () => {
    const query =
      'query q($firstName: String) { match { $p: Person { name: $firstName } } return { $p.name, $p.age } }'
    const read = await og.query({ query, name: 'q', params: { firstName: 'Alice' } })
    expect(read).toMatchObject({
      queryName: 'q',
      rowCount: 1,
      target: { branch: 'main', snapshot: null },
      columns: Object.keys(read.rows[0]),
    })
    expect(Object.values(read.rows[0])).toEqual(['Alice', 30])
    const then = await og.query({ query, params: { firstName: 'Alice' }, snapshot: read.graphCommitId })
    expect([then.rows, then.target.snapshot]).toEqual([read.rows, read.graphCommitId])
  })

  it('mutates on a condition: once, not from a stale place, and says when nothing changed', async () => {
    const branch = await branchOf()
    const before = await find(branch, 'Frank')
    const add = { query: ADD, params: { name: 'Frank', age: 50 }, branch }
    const added = await og.mutate(add, { ifGraphCommit: before.graphCommitId })
    expect(added).toMatchObject({
      affectedNodes: 1,
      affectedEdges: 0,
      branch,
      actorId: 'operator',
      queryName: 'add',
    })
    expect(added.commit).toMatchObject({ graphBranch: branch, parentCommitId: before.graphCommitId })
    expect(await og.commits.retrieve(added.commit.graphCommitId)).toEqual(added.commit)

    const set = { query: SET, params: { name: 'Frank', age: 99 }, branch }
    const stale = await failure(og.mutate(set, { ifGraphCommit: before.graphCommitId }))
    expect([stale.status, stale.requestId]).toEqual([412, expect.any(String)])
    expect(stale.body.preconditionFailure).toEqual({
      expected: before.graphCommitId,
      actual: added.commit.graphCommitId,
    })
    expect((await find(branch, 'Frank')).rows).toEqual([{ name: 'Frank', age: 50 }])

    const nobody = { query: SET, params: { name: 'Nobody', age: 1 }, branch }
    const nothing = await og.mutate(nobody, { ifGraphCommit: added.commit.graphCommitId })
    expect(nothing).toMatchObject({ affectedNodes: 0, affectedEdges: 0, commit: null })
  })

  it('is told which entity is there already', async () => {
    const branch = await branchOf()
    const line = JSON.stringify({ type: 'Person', data: { name: 'Alice' } })
    const { status, code, body } = await failure(og.load({ branch, mode: 'append', data: line }))
    expect([status, code]).toEqual([422, 'bad_request'])
    expect(body.keyConflict).toEqual({ entityKind: 'node', typeName: 'Person', entityId: 'Alice' })
  })

  it('creates, lists, merges and deletes branches', async () => {
    const branch = await branchOf()
    const into = await branchOf()
    expect(await og.branches.list()).toContain(branch)
    const merge = () => og.branches.merge({ source: branch, target: into })
    expect(await merge()).toMatchObject({ source: branch, target: into, outcome: 'already_up_to_date' })
    await og.mutate({ query: ADD, params: { name: 'Gail' }, branch })
    expect((await merge()).outcome).toBe('fast_forward')
    await og.mutate({ query: ADD, params: { name: 'Hal' }, branch: into })
    await og.mutate({ query: ADD, params: { name: 'Ida' }, branch })
    expect(await merge()).toMatchObject({ outcome: 'merged', actorId: 'operator' })
    expect(await og.branches.delete(branch)).toMatchObject({ name: branch, uri: '/graphs/team' })
    expect(await og.branches.list()).not.toContain(branch)
    const gone = await failure(find(branch, 'Gail'))
    expect([gone.status, gone.code]).toEqual([404, 'not_found'])
    const again = await failure(og.branches.create({ name: 'main' }))
    expect([again.status, again.code]).toEqual([409, 'conflict'])
  })

  it('is told every conflict of a merge, and nothing is merged', async () => {
    const [ours, theirs] = [await branchOf(), await branchOf()]
    await og.mutate({ query: SET, params: { name: 'Bob', age: 1 }, branch: ours })
    await og.mutate({ query: SET, params: { name: 'Bob', age: 2 }, branch: theirs })
    const refused = await failure(og.branches.merge({ source: theirs, target: ours }))
    expect([refused.status, refused.code]).toEqual([409, 'conflict'])
    expect(refused.body.mergeConflicts).toMatchObject([
      {
        entityKind: 'node',
        typeName: 'Person',
        entityId: 'Bob',
        kind: 'divergent_update',
        message: expect.any(String),
      },
    ])
    expect((await find(ours, 'Bob')).rows).toEqual([{ name: 'Bob', age: 1 }])
  })

  it('loads into a branch that the load begins, as a document and as lines', async () => {
    const branch = `ref-${unique()}`
    const line = (name: string) => `${JSON.stringify({ type: 'Person', data: { name, age: 33 } })}\n`
    const lost = await failure(og.load({ branch, mode: 'merge', data: line('Carol 2') }))
    expect([lost.status, lost.code]).toEqual([404, 'not_found'])
    const loaded = await og.load({ branch, from: 'main', mode: 'merge', data: line('Carol 2') })
    expect(loaded).toMatchObject({
      branch,
      baseBranch: 'main',
      branchCreated: true,
      mode: 'merge',
      nodes: [{ name: 'Person', entitiesLoaded: 1 }],
      edges: [],
      totalEntities: 1,
      commit: { graphBranch: branch },
    })
    expect(await og.commits.retrieve(loaded.commit.graphCommitId)).toEqual(loaded.commit)
    const ndjson = `${line('Dave')}${JSON.stringify({ edge: 'Knows', from: 'Dave', to: 'Carol 2', data: {} })}\n`
    const streamed = await og.loadNdjson({ branch, from: 'main', mode: 'merge', ndjson })
    expect(streamed).toMatchObject({
      branchCreated: false,
      nodes: [{ name: 'Person', entitiesLoaded: 1 }],
      edges: [{ name: 'Knows', entitiesLoaded: 1 }],
      totalEntities: 2,
    })
    expect((await find(branch, 'Dave')).graphCommitId).toBe(streamed.commit.graphCommitId)
  })

  it('exports a branch line by line, whole or by types', async () => {
    const all = await collect(og.export({ branch: 'main' }))
    expect(all.filter((line) => line.edge === 'Knows')).toHaveLength(3)
    const people = await collect(og.export({ branch: 'main', typeNames: ['Person'] }))
    expect(people.map((line) => line.data.name)).toEqual(['Alice', 'Bob', 'Carol', 'Dora'])
  })

  it('reads commits, newest first, and one by its id', async () => {
    const branch = await branchOf()
    const { commit } = await og.mutate({ query: ADD, params: { name: 'Jo' }, branch })
    const commits = await og.commits.list({ branch })
    expect(commits[0]).toEqual(commit)
    expect(commit).toMatchObject({
      actorId: 'operator',
      mergedParentCommitId: null,
      createdAt: expect.any(Number),
    })
    const none = await failure(og.commits.retrieve('01HXXXXXXXXXXXXXXXXXXXXXXX'))
    expect([none.status, none.code]).toEqual([404, 'not_found'])
  })

  it('pages the changes of a commit, follows a feed from a baseline, and gets entities verbatim', async () => {
    const branch = await branchOf()
    const baseline = await collect(og.changes.baseline({ branch }))
    const { snapshotCommitId, resumeCursor } = baseline.pop().baseline
    expect(baseline.some((line) => line.type === 'Person' && line.data.name === 'Alice')).toBe(true)
    expect(snapshotCommitId).toBe((await find(branch, 'x')).graphCommitId)

    const changed = await og.mutate({ query: FRIEND, params: { name: 'Kim', of: 'Alice' }, branch })
    expect([changed.affectedNodes, changed.affectedEdges]).toEqual([1, 1])
    const id = changed.commit.graphCommitId
    const first = await og.commits.changes(id, { limit: 1 })
    const second = await og.commits.changes(id, { limit: 1, pageToken: first.nextPageToken })
    expect(first.cause).toMatchObject({ graphCommitId: id, authoredBranch: branch })
    expect([...first.changes, ...second.changes].map((change) => [change.kind, change.op])).toEqual([
      ['node', 'insert'],
      ['edge', 'insert'],
    ])
    expect(second.nextPageToken ?? null).toBeNull()
    const edges = await og.commits.changes(id, { kind: ['edge'], type: ['Knows'], op: ['insert'] })
    expect(edges.changes[0].after).toEqual({ endpoints: { from: 'Alice', to: 'Kim' }, properties: {} })

    const page = await og.changes
      .poll({ branch, cursor: resumeCursor, kind: ['node'] })
      .catch((e: ReferenceFailure) => e)
    // A cursor is bound to what it was taken for.
    expect(page.status).toBe(400)
    const feed = await og.changes.poll({ branch, cursor: resumeCursor })
    expect(
      feed.blocks.map((block: { cause: { graphCommitId: string } }) => block.cause.graphCommitId),
    ).toEqual([id])
    expect(feed.blocks[0].changes[0].after.properties).toEqual({ name: 'Kim', age: null })
    expect([feed.caughtUp, typeof feed.cursor]).toEqual([true, 'string'])
    expect((await og.changes.poll({ branch, cursor: feed.cursor })).blocks).toEqual([])
    expect((await og.changes.poll({ branch, start: 'now' })).blocks).toEqual([])
    expect((await og.changes.poll({ branch, start: `after:${snapshotCommitId}` })).blocks).toHaveLength(1)
  })

  it('lists and invokes stored queries, reading, writing, and on a condition', async () => {
    const { queries } = await og.queries.list()
    const byName = Object.fromEntries(queries.map((query: { name: string }) => [query.name, query]))
    expect(byName.add_person).toMatchObject({
      mutation: true,
      toolName: 'add_person',
      params: [
        { name: 'name', kind: 'string', nullable: false },
        { name: 'age', kind: 'int', nullable: true },
      ],
    })
    const branch = await branchOf()
    const read = await og.queries.invoke('find_person', { params: { name: 'Alice' }, branch })
    expect(read.rows).toEqual([{ name: 'Alice', age: 30 }])
    const at = { ifGraphCommit: read.graphCommitId }
    const input = { params: { name: 'Alice', age: 31 }, branch, expectMutation: true }
    const changed = await og.queries.invoke('set_age', input, at)
    expect([changed.affectedNodes, changed.commit.parentCommitId]).toEqual([1, read.graphCommitId])
    expect((await failure(og.queries.invoke('set_age', input, at))).status).toBe(412)
    const wrongKind = await failure(
      og.queries.invoke('find_person', { params: { name: 'x' }, expectMutation: true }),
    )
    expect([wrongKind.status, wrongKind.code]).toEqual([400, 'bad_request'])
    const unknown = await failure(og.queries.invoke('nothing'))
    expect([unknown.status, unknown.code]).toEqual([404, 'not_found'])
  })

  it('reads the schema, and learns that the cluster changes it', async () => {
    const { schemaSource } = await og.schema.get()
    expect(schemaSource).toContain('node Person')
    const refused = await failure(og.schema.apply({ schemaSource, allowDataLoss: false }))
    expect([refused.status, refused.code]).toEqual([409, 'conflict'])
  })

  it('reads a blob whole, by range and by what it has already', async () => {
    const selector = { entity: 'node', type: 'Report', id: 'annual', property: 'file' }
    const stat = await og.blobs.stat(selector)
    const size = Number(stat.headers.get('content-length'))
    expect([stat.status, size > 10, stat.headers.has('omnigraph-snapshot-id')]).toEqual([200, true, true])
    const whole = await (await og.blobs.get(selector)).text()
    expect(whole).toHaveLength(size)
    const part = await og.blobs.get({ ...selector, range: 'bytes=2-7' })
    expect([part.status, await part.text()]).toEqual([206, whole.slice(2, 8)])
    const etag = stat.headers.get('etag') as string
    expect((await og.blobs.get({ ...selector, ifNoneMatch: etag })).status).toBe(304)
    expect((await failure(og.blobs.get({ ...selector, ifMatch: '"other"' }))).status).toBe(412)
    const after = await failure(og.blobs.get({ ...selector, range: `bytes=${size}-` }))
    expect([after.status, after.body.blobRange]).toEqual([416, { start: size, end: size, length: size }])
  })

  it('is refused by the class it looks for', async () => {
    const as = async (token: string | undefined, graphId = 'team') =>
      open({ baseUrl: cluster.url, graphId, ...(token !== undefined && { token }) })
    const nobody = await failure((await as(undefined)).snapshot())
    expect([nobody.status, nobody.code]).toEqual([401, 'unauthorized'])
    const viewer = await as(TOKENS.viewer)
    const denied = await failure(viewer.mutate({ query: ADD, params: { name: 'no' } }))
    expect([denied.status, denied.code]).toEqual([403, 'forbidden'])
    const hidden = await failure(viewer.queries.invoke('add_person', { params: { name: 'no' } }))
    expect([hidden.status, hidden.code]).toEqual([404, 'not_found'])
    const elsewhere = await failure((await as(TOKENS.operator, 'none')).snapshot())
    expect([elsewhere.status, elsewhere.code]).toEqual([404, 'not_found'])
    const wrong = await failure(og.query({ query: 'query q() { match { $p: Nothing } return { $p } }' }))
    expect([wrong.status, wrong.code]).toEqual([400, 'bad_request'])
    expect(wrong.body.error.message).toContain('Nothing')
  })
})

// After the others: it looks at what they sent and were told.
describe.runIf(CONTRACT)('the OpenAPI of the reference', () => {
  it('names everything that was sent and answered, but for the older routes and these refusals', () => {
    expect(CONTRACT?.unseen.sort()).toEqual(['cluster_change', 'cluster_ingest', 'cluster_read'])
    // A branch or a graph that is not there, and rows that break a rule.
    expect([...(CONTRACT?.unnamedRefusals ?? [])].sort()).toEqual([
      'cluster_getSnapshot 404',
      'cluster_load 404',
      'cluster_load 422',
      'cluster_query 404',
    ])
  })
})
