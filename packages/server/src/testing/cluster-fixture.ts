import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  CATALOG_QUERIES,
  CATALOG_SCHEMA,
  Catalog,
  checkAssertions,
  checkMetadata,
  checkSource,
  harvestSource,
} from '@groundplane/catalog'
import { makeWarehouse } from '@groundplane/catalog/testing/small-warehouse'
import { applyCluster, importCluster, loadApplied } from '@groundplane/cluster'
import { Graph } from '@groundplane/graph'
import { type RunningServer, type ServeOptions, serve } from '../main.js'

const TEAM_SCHEMA = `node Person {
  name: String @key
  age: I32?
}
edge Knows: Person -> Person
node Report { name: String @key file: Blob? }
`
const TEAM_QUERIES = `query find_person($name: String) @description("Find one person") {
  match { $p: Person { name: $name } }
  return { $p.name as name, $p.age as age }
}
query add_person($name: String, $age: I32?) {
  insert Person { name: $name, age: $age }
}
`
const POLICY = `version: 1
groups:
  writers: [operator]
  readers: [viewer]
protected_branches: [main]
rules:
  - { id: writers-do, allow: { actors: { group: writers }, actions: [read, export, change] } }
  - { id: writers-invoke, allow: { actors: { group: writers }, actions: [invoke_query] } }
  - { id: writers-branch, allow: { actors: { group: writers }, actions: [branch_create, branch_delete, branch_merge, schema_apply] } }
  - { id: readers-read, allow: { actors: { group: readers }, actions: [read] } }
`
const SERVER_POLICY = `version: 1
rules:
  - { id: operator-lists, allow: { actors: [operator], actions: [graph_list] } }
`
/** The fixture's `cluster.yaml` without its policies. */
export const CONFIG = `version: 1
metadata: { name: shop }
graphs:
  catalog: { kind: catalog }
  team: { schema: team.pg, queries: queries/, external_blobs: { allow: [https://files.example/reports/] } }
sources:
  good: { kind: sqlite, graph: catalog, url: good.db, platform_instance: good, env: PROD }
  bad: { kind: sqlite, graph: catalog, url: bad.db, platform_instance: bad, env: PROD }
assertions:
  shop: { file: shop.assertions.yaml, graph: catalog, sources: [good, bad] }
crew: { graph: catalog, reference: good, production: bad, examples: [revenue dashboard wrong] }
`
export const POLICIES = `policies:
  base: { file: base.policy.yaml, applies_to: [catalog, team] }
  server: { file: server.policy.yaml, applies_to: [cluster] }
`
const ASSERTIONS = `version: 1
assertions:
  customers_row_count: { dataset: customers, type: row_count, equals: 10 }
  amount_not_null: { dataset: payments, column: amount, type: not_null }
`

const EXTENSIONS = {
  catalogSchema: CATALOG_SCHEMA,
  catalogQueries: CATALOG_QUERIES,
  checkAssertions,
  checkMetadata,
}

/** Tokens of the two actors the fixture's policy knows, and of one it does not. */
export const TOKENS = { operator: 'token-operator', viewer: 'token-viewer', stranger: 'token-stranger' }

/**
 * A real cluster on disk: a catalog of two tiny warehouses, one of them faulty, and a
 * graph of people; applied, harvested and checked by the packages themselves.
 */
export class ClusterFixture {
  /**
   * Made once in a process, with policies and without; what a test gets is a copy. Removed with the temporary files
   * of the run. One that could not be made is made anew for the next test.
   */
  static readonly #made = new Map<boolean, Promise<ClusterFixture>>()
  readonly dir = mkdtempSync(join(tmpdir(), 'server-'))
  readonly #servers: RunningServer[] = []

  static async create({
    policies = true,
    storage,
  }: {
    policies?: boolean
    /** `s3://…`; the graphs are then in `data/`. */
    storage?: string
  } = {}): Promise<ClusterFixture> {
    if (storage !== undefined) return ClusterFixture.#make(policies, `storage: ${storage}\ndata_dir: data\n`)
    let making = ClusterFixture.#made.get(policies)
    if (making === undefined) {
      making = ClusterFixture.#make(policies, '')
      ClusterFixture.#made.set(policies, making)
      making.catch(() => ClusterFixture.#made.delete(policies))
    }
    const made = await making
    const fixture = new ClusterFixture()
    cpSync(made.dir, fixture.dir, { recursive: true })
    return fixture
  }

  static async #make(policies: boolean, root: string): Promise<ClusterFixture> {
    const fixture = new ClusterFixture()
    fixture.write('cluster.yaml', CONFIG + (policies ? POLICIES : '') + root)
    fixture.write('team.pg', TEAM_SCHEMA)
    fixture.write('queries/people.gq', TEAM_QUERIES)
    fixture.write('base.policy.yaml', POLICY)
    fixture.write('server.policy.yaml', SERVER_POLICY)
    fixture.write('shop.assertions.yaml', ASSERTIONS)
    makeWarehouse(join(fixture.dir, 'good.db'), 10, 0)
    makeWarehouse(join(fixture.dir, 'bad.db'), 7, 2)
    await importCluster(fixture.dir, { extensions: EXTENSIONS })
    await fixture.apply()
    await fixture.#fillCatalog()
    return fixture
  }

  /** Applies the files as they are now. */
  async apply(): Promise<void> {
    const applied = await applyCluster(this.dir, { extensions: EXTENSIONS, actor: 'operator' })
    if (!applied.ok) throw new Error(`the fixture does not apply: ${JSON.stringify(applied.diagnostics)}`)
  }

  async #fillCatalog(): Promise<void> {
    const revision = await loadApplied(this.dir)
    const graph = Graph.open(revision.graphs.find((g) => g.kind === 'catalog')?.root as string)
    const catalog = new Catalog(graph)
    try {
      for (const source of revision.sources) {
        await harvestSource(catalog, source)
        for (const set of revision.assertionSets) await checkSource(catalog, source, set)
      }
    } finally {
      graph.close()
    }
  }

  async serve(options: Partial<ServeOptions> = {}): Promise<RunningServer> {
    const server = await serve({
      clusterDir: this.dir,
      bind: '127.0.0.1:0',
      tokens: TOKENS,
      environment: {},
      logLevel: 'silent',
      print: () => {},
      ...options,
    })
    this.#servers.push(server)
    return server
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true })
    writeFileSync(join(this.dir, path), text)
  }

  async remove(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()))
    rmSync(this.dir, { recursive: true, force: true })
  }
}
