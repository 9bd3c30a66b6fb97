import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyCluster, importCluster } from '@groundplane/cluster'
import { type RunningServer, serve } from '@groundplane/server'
import { type Ran, runInProcess } from './command-in-process.js'

const POLICY = `version: 1
rules:
  - id: all
    allow: { actors: [ada], actions: [read, export, change, invoke_query, branch_create, branch_delete, branch_merge, schema_apply, admin] }
  - { id: some, allow: { actors: [bob], actions: [read] } }
`
const SERVER_POLICY = `version: 1
rules:
  - { id: lists, allow: { actors: [ada], actions: [graph_list] } }
`
const QUERIES = `query all() @description("Everybody") { match { $p: Person } return { $p.name as name, $p.age as age } order { $p.name asc } }
query put($n: String, $a: I32?, $mood: enum(calm, cross)?) { insert Person { name: $n, age: $a } }
`

/** A cluster with the graph `people`, served: `ada` may do everything, `bob` may read. */
export class ServedPeople {
  private constructor(
    readonly dir: string,
    readonly server: RunningServer,
  ) {}

  /** `schema` is added to that of the graph, `graph` to its entry of the configuration. */
  static async start(more: { schema?: string; graph?: string } = {}): Promise<ServedPeople> {
    const dir = mkdtempSync(join(tmpdir(), 'groundplane-served-'))
    const files = {
      'people.pg':
        'node Person { name: String @key age: I32? score: F64? }\nedge Knows: Person -> Person { since: I64? }\n' +
        (more.schema ?? ''),
      'people.gq': QUERIES,
      'p.policy.yaml': POLICY,
      's.policy.yaml': SERVER_POLICY,
      'cluster.yaml':
        'version: 1\nmetadata: { name: one }\ngraphs:\n  people: { schema: people.pg, queries: people.gq' +
        `${more.graph === undefined ? '' : `, ${more.graph}`} }\n` +
        'policies:\n  p: { file: p.policy.yaml, applies_to: [people] }\n  s: { file: s.policy.yaml, applies_to: [cluster] }\n',
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
    mkdirSync(join(dir, 'home'))
    await importCluster(dir)
    const { ok, diagnostics } = await applyCluster(dir, { actor: 'operator' })
    if (!ok) throw new Error(JSON.stringify(diagnostics))
    const server = await serve({
      clusterDir: dir,
      bind: '127.0.0.1:0',
      tokens: { ada: 'token-a', bob: 'token-b' },
      reloadMs: 0,
      logLevel: 'silent',
      print: () => {},
    })
    return new ServedPeople(dir, server)
  }

  /** The text of its schema. */
  schema(): string {
    return readFileSync(join(this.dir, 'people.pg'), 'utf8')
  }

  file(name: string, text: string): string {
    const path = join(this.dir, name)
    writeFileSync(path, text)
    return path
  }

  /** At the server, as whoever holds the token. */
  there(args: readonly string[], token = 'token-a'): Promise<Ran> {
    const { url } = this.server
    return runInProcess([...args, '--server', url, '--graph', 'people'], {
      GROUNDPLANE_HOME: join(this.dir, 'home'),
      GROUNDPLANE_SERVER: url,
      GROUNDPLANE_TOKEN: token,
    })
  }

  /** The code that a command at the server is refused with, and whether it says what to do. Throws for one that is not refused as a person wants it. */
  async refusal(args: readonly string[], token?: string): Promise<{ code: string; remedy: boolean }> {
    const { status, stdout, stderr } = await this.there(args, token)
    const code = /error\[(\w+)\]: /.exec(stderr)?.[1]
    if (status !== 1 || stdout !== '' || code === undefined)
      throw new Error(`${args.join(' ')} exited ${status}:\n${stdout}${stderr}`)
    return { code, remedy: /\n {4}\S/.test(stderr) }
  }

  /** The same graph, in the cluster directory, as `ada`. */
  here(args: readonly string[]): Promise<Ran> {
    return runInProcess([...args, '--cluster', this.dir, '--graph', 'people', '--as', 'ada'], {
      GROUNDPLANE_HOME: join(this.dir, 'home'),
    })
  }

  async stop(): Promise<void> {
    await this.server.close()
    rmSync(this.dir, { recursive: true, force: true })
  }
}
