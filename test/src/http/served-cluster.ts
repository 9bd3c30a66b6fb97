import type { ChildProcess } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeWarehouse } from '@groundplane/catalog/testing/small-warehouse'
import { runJson, startCommand } from '../command.js'

/** `operator` may everything, `viewer` only read, `stranger` nothing: no rule names it. */
export const TOKENS = {
  operator: 'operator-9fe1c2aa41d04e5b',
  viewer: 'viewer-5e0b7d3c88a14f02',
  stranger: 'stranger-71c4a9e06b2d4f3e',
}
const TOKEN_FILE = 'tokens.json'
export type Actor = keyof typeof TOKENS

const CONFIG = `version: 1
metadata: { name: conformance }
graphs:
  catalog: { kind: catalog }
  team: { schema: team.pg, queries: team.gq, external_blobs: { allow: [https://files.example/reports/] } }
policies:
  base: { file: base.policy.yaml, applies_to: [catalog, team] }
  server: { file: server.policy.yaml, applies_to: [cluster] }
sources:
  reference: { kind: sqlite, graph: catalog, url: reference.db, platform_instance: reference, env: PROD }
  production: { kind: sqlite, graph: catalog, url: production.db, platform_instance: production, env: PROD }
assertions:
  shop: { file: shop.assertions.yaml, graph: catalog, sources: [reference, production] }
crew: { graph: catalog, reference: reference, production: production }
`
const SCHEMA = `node Person {
  name: String @key
  age: I32?
}
node Report {
  name: String @key
  file: Blob?
}
edge Knows: Person -> Person
`
const QUERIES = `query find_person($name: String) {
  match { $p: Person { name: $name } }
  return { $p.name as name, $p.age as age }
}
query add_person($name: String, $age: I32?) {
  insert Person { name: $name, age: $age }
}
query set_age($name: String, $age: I32?) {
  update Person set { age: $age } where name = $name
}
`
const POLICY = `version: 1
rules:
  - { id: operator-data, allow: { actors: [operator], actions: [read, export, change, schema_apply] } }
  - { id: operator-branches, allow: { actors: [operator], actions: [branch_create, branch_delete, branch_merge] } }
  - { id: operator-invokes, allow: { actors: [operator], actions: [invoke_query] } }
  - { id: viewer-reads, allow: { actors: [viewer], actions: [read] } }
`
const SERVER_POLICY = `version: 1
rules:
  - { id: operator-lists, allow: { actors: [operator], actions: [graph_list] } }
`
const ASSERTIONS = `version: 1
assertions:
  customers_row_count: { dataset: customers, type: row_count, equals: 4 }
  amount_not_null: { dataset: payments, column: amount, type: not_null }
`
/** Four people, three acquaintances, and a report whose file is kept in the graph. */
export const PEOPLE = ['Alice', 'Bob', 'Carol', 'Dora']
const REPORT_FILE = 'a report of sixteen words and one byte order that nobody needs to know about at all'
const DATA = [
  ...PEOPLE.map((name, i) => ({ type: 'Person', data: { name, age: 30 + i } })),
  { type: 'Report', data: { name: 'annual', file: `base64:${Buffer.from(REPORT_FILE).toString('base64')}` } },
  ...[0, 1, 2].map((i) => ({ edge: 'Knows', from: PEOPLE[i], to: PEOPLE[i + 1], data: {} })),
]

/** A small cluster that the installed command made, filled and serves, as a process of its own. */
export class ServedCluster {
  readonly dir = mkdtempSync(join(tmpdir(), 'groundplane-http-'))
  #child: ChildProcess | undefined
  #log = ''
  url = ''

  /**
   * With `tokensInFile`, `tokens.json` in its directory has them and not its environment. `fill` writes
   * and applies what is to be served; by default the cluster of the conformance tests.
   */
  static async start(
    options: readonly string[] = [],
    {
      tokensInFile = false,
      fill = fillConformance,
    }: {
      readonly tokensInFile?: boolean
      readonly fill?: (cluster: ServedCluster) => Promise<void>
    } = {},
  ): Promise<ServedCluster> {
    const cluster = new ServedCluster()
    try {
      await fill(cluster)
      cluster.giveTokens(TOKENS)
      const file = ['--tokens-file', join(cluster.dir, TOKEN_FILE)]
      const tokens = { GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify(TOKENS) }
      await (tokensInFile ? cluster.#serve([...options, ...file], {}) : cluster.#serve(options, tokens))
      return cluster
    } catch (error) {
      await cluster.dispose()
      throw error
    }
  }

  /** What the server has written to stderr. */
  get log(): string {
    return this.#log
  }

  get alive(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null
  }

  /** Resident memory of the server in bytes, where the system tells it (`/proc`). */
  get residentBytes(): number {
    return this.#memory('VmRSS')
  }

  /** The same without the pages of files, which the system may take back. */
  get heldBytes(): number {
    return this.#memory('RssAnon')
  }

  #memory(figure: string): number {
    const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8')
    return Number(new RegExp(`^${figure}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  }

  /** Files the server has open, where the system tells it (`/proc`); those without a name end in `(deleted)`. */
  get openFiles(): string[] {
    const directory = `/proc/${this.#child?.pid}/fd`
    const target = (fd: string): string[] => {
      try {
        return [readlinkSync(join(directory, fd))]
      } catch {
        return [] // closed since
      }
    }
    return readdirSync(directory).flatMap(target)
  }

  /** Writes the token file anew. */
  giveTokens(tokens: Readonly<Record<string, string>>): void {
    this.write(TOKEN_FILE, JSON.stringify(tokens))
  }

  async dispose(): Promise<void> {
    const child = this.#child
    if (child && this.alive) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    }
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Writes a file of the cluster's directory; answers its path. */
  write(path: string, text: string): string {
    const full = join(this.dir, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, text)
    return full
  }

  async #serve(options: readonly string[], environment: Record<string, string>): Promise<void> {
    const where = ['--cluster', this.dir, '--bind', '127.0.0.1:0']
    const child = startCommand(['serve', ...where, ...options], environment)
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text
    })
    this.url = await new Promise<string>((resolve, reject) => {
      let said = ''
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        said += text
        const address = /listening on (\S+)/.exec(said)?.[1]
        if (address !== undefined) resolve(address)
      })
      child.once('exit', (code) => reject(new Error(`groundplane serve exited ${code}:\n${this.#log}`)))
    })
  }
}

async function fillConformance(cluster: ServedCluster): Promise<void> {
  cluster.write('cluster.yaml', CONFIG)
  cluster.write('team.pg', SCHEMA)
  cluster.write('team.gq', QUERIES)
  cluster.write('base.policy.yaml', POLICY)
  cluster.write('server.policy.yaml', SERVER_POLICY)
  cluster.write('shop.assertions.yaml', ASSERTIONS)
  makeWarehouse(join(cluster.dir, 'reference.db'), 4, 0)
  makeWarehouse(join(cluster.dir, 'production.db'), 3, 2)
  const data = cluster.write('team.jsonl', DATA.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await runJson(['cluster', 'import', '--config', cluster.dir])
  await runJson(['cluster', 'apply', '--config', cluster.dir, '--as', 'operator'])
  await runJson(['harvest', '--cluster', cluster.dir, '--as', 'operator'])
  await runJson(['check', '--cluster', cluster.dir, '--as', 'operator'])
  await runJson(['load', '--cluster', cluster.dir, '--graph', 'team', '--data', data, '--as', 'operator'])
}
