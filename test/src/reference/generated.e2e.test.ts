import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ServedCluster, TOKENS } from '../http/served-cluster.js'

// A client that a generator made from the OpenAPI of the reference, unchanged, against a serving process of ours. It is there
// where test/generate-reference-client.sh has been run.

const CLIENT = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'groundplane/reference-openapi/client',
)

/** Of every operation the generator makes one function of this shape. */
type Call = (options: {
  readonly path?: object
  readonly query?: object
  readonly headers?: object
  readonly body?: unknown
}) => Promise<{
  // biome-ignore lint/suspicious/noExplicitAny: read by path, as a script does
  readonly data?: any
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly error?: any
  readonly response: Response
}>

const FIND =
  'query find($name: String) { match { $p: Person { name: $name } } return { $p.name as name, $p.age as age } }'
const ADD = 'query add($name: String, $age: I32?) { insert Person { name: $name, age: $age } }'

describe.runIf(existsSync(join(CLIENT, 'index.js')))(
  'a client generated from the OpenAPI of the reference',
  () => {
    let cluster: ServedCluster
    let api: Record<string, Call>
    const path = { graph_id: 'team' }
    const ok = async (name: string, options: Parameters<Call>[0] = { path }) => {
      const { data, error, response } = await (api[name] as Call)(options)
      expect({ name, status: response.status, error }).toEqual({ name, status: 200, error: undefined })
      return data
    }

    beforeAll(async () => {
      cluster = await ServedCluster.start()
      const load = async (file: string) => import(pathToFileURL(join(CLIENT, file)).href)
      api = await load('sdk.gen.js')
      const { client } = await load('client.gen.js')
      client.setConfig({ baseUrl: cluster.url, auth: () => TOKENS.operator })
    }, 60_000)
    afterAll(() => cluster?.dispose())

    it('lists graphs and their stored queries, and reads schema and snapshot', async () => {
      expect((await ok('listGraphs', {})).graphs.map((g: { graph_id: string }) => g.graph_id)).toEqual([
        'catalog',
        'team',
      ])
      const { queries } = await ok('clusterListQueries')
      expect(queries.map((q: { name: string }) => q.name)).toEqual(['add_person', 'find_person', 'set_age'])
      expect((await ok('clusterGetSchema')).schema_source).toContain('node Person')
      expect((await ok('clusterGetSnapshot')).graph_branch).toBe('main')
      expect((await ok('health', {})).status).toBe('ok')
    })

    it('queries, by text and by name', async () => {
      const body = { query: FIND, params: { name: 'Alice' } }
      expect((await ok('clusterQuery', { path, body })).rows).toEqual([{ name: 'Alice', age: 30 }])
      const named = { path: { ...path, name: 'find_person' }, body: { params: { name: 'Bob' } } }
      expect((await ok('clusterInvokeQuery', named)).rows).toEqual([{ name: 'Bob', age: 31 }])
    })

    it('branches, mutates there on a condition, merges, and reads the commits of it', async () => {
      expect((await ok('clusterCreateBranch', { path, body: { name: 'gen', from: 'main' } })).name).toBe(
        'gen',
      )
      const body = { query: ADD, params: { name: 'Gen', age: 7 }, branch: 'gen' }
      const { commit, affected_nodes } = await ok('clusterMutate', { path, body })
      expect([affected_nodes, commit.graph_branch]).toEqual([1, 'gen'])
      const stale = { 'Omnigraph-If-Graph-Commit': commit.parent_commit_id }
      const refused = await (api['clusterMutateIfGraphCommit'] as Call)({ path, body, headers: stale })
      expect([refused.response.status, refused.error.precondition_failure.actual]).toEqual([
        412,
        commit.graph_commit_id,
      ])
      expect((await ok('clusterListBranches')).branches).toEqual(['main', 'gen'])
      const merged = await ok('clusterMergeBranches', { path, body: { source: 'gen', target: 'main' } })
      expect(merged.outcome).toBe('fast_forward')
      const { commits } = await ok('clusterListCommits', { path, query: { branch: 'main' } })
      expect(commits[0]).toMatchObject({
        graph_branch: 'main',
        merged_parent_commit_id: commit.graph_commit_id,
      })
      const one = { path: { ...path, commit_id: commit.graph_commit_id } }
      expect(await ok('clusterGetCommit', one)).toEqual(commit)
      const { changes } = await ok('clusterGetCommitChanges', one)
      expect(changes).toMatchObject([
        { kind: 'node', op: 'insert', after: { properties: { name: 'Gen', age: 7 } } },
      ])
      expect((await ok('clusterDeleteBranch', { path: { ...path, branch: 'gen' } })).name).toBe('gen')
    })

    it('loads, exports and polls the feed', async () => {
      const line = `${JSON.stringify({ type: 'Person', data: { name: 'Lines', age: 8 } })}\n`
      const loaded = await ok('clusterLoad', { path, body: { data: line, mode: 'merge' } })
      expect(loaded.total_entities).toBe(1)
      const exported = await ok('clusterExport', { path, body: { type_names: ['Person'] } })
      // The generator takes lines for a file.
      expect(await (exported as Blob).text()).toContain('"Lines"')
      const { caught_up, cursor } = await ok('clusterPollChanges', { path, query: { start: 'now' } })
      expect([caught_up, typeof cursor]).toEqual([true, 'string'])
    })
  },
)
