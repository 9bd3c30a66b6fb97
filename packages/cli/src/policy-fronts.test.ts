import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyCluster, importCluster } from '@groundplane/cluster'
import { actorPrincipal, GroundplaneError } from '@groundplane/core'
import { Graph, GraphService } from '@groundplane/graph'
import { authorizer, type PolicyAction, PolicyEngine, requestsOf } from '@groundplane/policy'
import { type RunningServer, serve } from '@groundplane/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CommandsInTurn } from './testing/command-in-process.js'

// One policy, one list of wishes, four doors: the library, its service of worker threads, the
// command line and HTTP. Each must refuse exactly what the policy refuses, and do the rest.

const SCHEMA = 'node Person { name: String @key }\n'
const NEXT_SCHEMA = 'node Person { name: String @key age: I32? }\n'
const QUERIES = 'query find($n: String) { match { $p: Person { name: $n } } return { $p.name as name } }\n'
const PUT = 'query put($n: String) { insert Person { name: $n } }'
const ALL = 'query all() { match { $p: Person } return { $p.name as name } }'
const CONFIG = `version: 1
metadata: { name: fronts }
graphs: { team: { schema: team.pg, queries: queries/ } }
policies: { base: { file: base.policy.yaml, applies_to: [team] } }
`
const POLICY = `version: 1
protected_branches: [main, release, vault]
rules:
  - { id: ada-reads, allow: { actors: [ada], actions: [read] } }
  - { id: ada-works-beside, allow: { actors: [ada], actions: [change, export], branch_scope: unprotected } }
  - id: ada-shapes-beside
    allow: { actors: [ada], actions: [branch_create, branch_delete, branch_merge, schema_apply], target_branch_scope: unprotected }
  - { id: bob-reads-beside, allow: { actors: [bob], actions: [read], branch_scope: unprotected } }
  - { id: bob-shapes, allow: { actors: [bob], actions: [branch_create, branch_merge, invoke_query] } }
`

type Kind =
  | 'create'
  | 'delete'
  | 'merge'
  | 'preview'
  | 'bring'
  | 'mutate'
  | 'load'
  | 'export'
  | 'read'
  | 'readAt'
  | 'stored'
  | 'schema'
  | 'optimize'

interface Wish {
  readonly title: string
  readonly actor: 'ada' | 'bob'
  readonly kind: Kind
  readonly branch?: string
  readonly to?: string
  readonly allowed: boolean
}

const wish = (allowed: boolean, actor: Wish['actor'], kind: Kind, branch?: string, to?: string): Wish => ({
  title: [actor, kind, branch, to && `→ ${to}`].filter(Boolean).join(' '),
  actor,
  kind,
  ...(branch !== undefined && { branch }),
  ...(to !== undefined && { to }),
  allowed,
})

// In this order: later wishes use what earlier ones made.
const WISHES: readonly Wish[] = [
  wish(true, 'ada', 'create', 'main', 'draft'),
  wish(false, 'ada', 'create', 'main', 'release'),
  wish(false, 'bob', 'create', 'main', 'copy'),
  wish(true, 'bob', 'create', 'draft', 'copy'),
  wish(true, 'ada', 'mutate', 'draft'),
  wish(false, 'ada', 'mutate', 'main'),
  wish(false, 'bob', 'mutate', 'draft'),
  wish(true, 'ada', 'load', 'draft'),
  wish(false, 'ada', 'load', 'main'),
  wish(true, 'ada', 'export', 'draft'),
  wish(false, 'ada', 'export', 'main'),
  wish(true, 'bob', 'read', 'draft'),
  wish(false, 'bob', 'read', 'main'),
  wish(false, 'bob', 'readAt', 'main'),
  wish(true, 'bob', 'readAt', 'draft'),
  wish(false, 'ada', 'preview', 'draft', 'main'),
  wish(false, 'ada', 'merge', 'draft', 'main'),
  wish(true, 'ada', 'merge', 'draft', 'side'),
  wish(false, 'bob', 'merge', 'main', 'side'),
  wish(false, 'ada', 'delete', undefined, 'vault'),
  wish(true, 'ada', 'delete', undefined, 'copy'),
  wish(false, 'bob', 'delete', undefined, 'draft'),
  wish(true, 'bob', 'stored', 'draft'),
  wish(false, 'ada', 'stored', 'draft'),
  wish(true, 'ada', 'schema', 'draft'),
  wish(false, 'ada', 'schema', 'main'),
  wish(false, 'ada', 'optimize'),
  wish(true, 'bob', 'merge', 'side', 'main'),
  // The branch `moved` brings a migration: whoever may merge may not therefore migrate.
  wish(false, 'bob', 'bring', 'moved', 'main'),
  wish(true, 'ada', 'bring', 'moved', 'side'),
]

const ACTIONS: Record<Kind, PolicyAction> = {
  create: 'branch_create',
  delete: 'branch_delete',
  merge: 'branch_merge',
  preview: 'branch_merge',
  bring: 'schema_apply',
  mutate: 'change',
  load: 'change',
  export: 'export',
  read: 'read',
  readAt: 'read',
  stored: 'invoke_query',
  schema: 'schema_apply',
  optimize: 'admin',
}

/** What a wish asks for, in the words of `policy explain`. */
function operationOf({ actor, kind, branch, to }: Wish) {
  const action = ACTIONS[kind]
  const target = to ?? (kind === 'schema' ? branch : undefined)
  const source = kind === 'schema' || kind === 'stored' || kind === 'bring' ? undefined : branch
  return {
    principal: actorPrincipal(actor),
    action,
    graph: 'team',
    ...(source !== undefined && { branch: source }),
    ...(target !== undefined && { targetBranch: target }),
  }
}

const engine = PolicyEngine.load([
  { name: 'base', source: POLICY, file: 'base.policy.yaml', appliesTo: ['team'] },
])

/** A door says of a wish: it was done, or it was refused, as `denied` or (for a stored query) as unknown. */
type Door = (wish: Wish) => Promise<'done' | 'refused'>

let scratch: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'groundplane-fronts-'))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function makeCluster(name: string): Promise<string> {
  const dir = join(scratch, name)
  mkdirSync(join(dir, 'queries'), { recursive: true })
  for (const [file, text] of Object.entries({
    'cluster.yaml': CONFIG,
    'team.pg': SCHEMA,
    'next.pg': NEXT_SCHEMA,
    'queries/find.gq': QUERIES,
    'base.policy.yaml': POLICY,
    'rows.jsonl': '{"type":"Person","data":{"name":"loaded"}}\n',
  }))
    writeFileSync(join(dir, file), text)
  await importCluster(dir)
  const applied = await applyCluster(dir, { actor: 'operator' })
  expect(applied.diagnostics).toEqual([])
  const graph = Graph.open(join(dir, 'graphs/team.gp'))
  graph.mutate(PUT, { n: 'first' })
  for (const branch of ['side', 'vault', 'moved']) graph.createBranch(branch)
  graph.applySchema(NEXT_SCHEMA, { branch: 'moved' })
  graph.close()
  return dir
}

const root = (dir: string) => join(dir, 'graphs/team.gp')

function headOf(dir: string, branch: string): string {
  const graph = Graph.open(root(dir), { readOnly: true })
  try {
    return graph.head(branch).id
  } finally {
    graph.close()
  }
}

async function outcome(body: () => unknown): Promise<'done' | 'refused'> {
  try {
    await body()
    return 'done'
  } catch (error) {
    if (error instanceof GroundplaneError && error.kind === 'denied') return 'refused'
    throw error
  }
}

function library(dir: string, graph: Graph): Door {
  return ({ actor, kind, branch = 'main', to = '' }) => {
    const principal = actorPrincipal(actor)
    return outcome(() => {
      switch (kind) {
        case 'create':
          return graph.createBranch(to, { from: branch, principal })
        case 'delete':
          return graph.deleteBranch(to, { principal })
        case 'merge':
        case 'bring':
        case 'preview':
          return graph.merge({ source: branch, target: to, principal, dryRun: kind === 'preview' })
        case 'mutate':
          return graph.mutate(PUT, { n: `by ${actor}` }, { branch, principal })
        case 'load':
          return graph.load(['{"type":"Person","data":{"name":"loaded"}}\n'], {
            mode: 'merge',
            branch,
            principal,
          })
        case 'export':
          return [...graph.export({ branch, principal })]
        case 'read':
          return graph.query(ALL, {}, { branch, principal })
        case 'readAt':
          return graph.query(ALL, {}, { commit: headOf(dir, branch), principal })
        case 'stored':
          return graph.gate.allow('invoke_query', { principal })
        case 'schema':
          return graph.applySchema(NEXT_SCHEMA, { branch, principal })
        case 'optimize':
          return graph.optimize({ principal })
      }
    })
  }
}

function threads(dir: string, service: GraphService): Door {
  const direct = library(dir, service.graph)
  return (wanted) => {
    const { actor, kind, branch = 'main', to = '' } = wanted
    const principal = actorPrincipal(actor)
    return outcome(async () => {
      switch (kind) {
        case 'create':
          return service.createBranch(to, { from: branch, principal })
        case 'delete':
          return service.deleteBranch(to, { principal })
        case 'merge':
        case 'bring':
        case 'preview':
          return service.merge({ source: branch, target: to, principal, dryRun: kind === 'preview' })
        case 'mutate':
          return service.mutate(PUT, { n: `by ${actor}` }, { branch, principal })
        case 'load': {
          const lines = async function* () {
            yield '{"type":"Person","data":{"name":"loaded"}}\n'
          }
          return service.load(lines(), { mode: 'merge', branch, principal })
        }
        case 'export':
          for await (const _line of service.export({ branch, principal }));
          return undefined
        case 'read':
          return service.query(ALL, {}, { branch, principal })
        case 'readAt':
          return service.query(ALL, {}, { commit: headOf(dir, branch), principal })
        default:
          // What the service does not offer itself is asked of its graph.
          if ((await direct(wanted)) === 'refused') throw new GroundplaneError('denied', 'forbidden', '')
          return undefined
      }
    })
  }
}

function commandLine(dir: string): Door {
  return async ({ actor, kind, branch = 'main', to = '' }) => {
    const commands: Partial<Record<Kind, string[]>> = {
      create: ['branch', 'create', to, '--from', branch],
      delete: ['branch', 'delete', to, '--yes'],
      merge: ['branch', 'merge', branch, '--into', to],
      bring: ['branch', 'merge', branch, '--into', to],
      preview: ['branch', 'merge', branch, '--into', to, '--dry-run'],
      mutate: ['mutate', '-e', PUT, '--params', `{"n":"by ${actor}"}`, '--branch', branch],
      load: ['load', '--data', join(dir, 'rows.jsonl'), '--mode', 'merge', '--branch', branch],
      export: ['export', '--branch', branch],
      read: ['query', '-e', ALL, '--branch', branch],
      readAt: ['query', '-e', ALL, '--snapshot', kind === 'readAt' ? headOf(dir, branch) : ''],
      stored: ['query', 'find', '--params', '{"n":"first"}', '--branch', branch],
      optimize: ['optimize'],
    }
    const command = commands[kind]
    if (!command) throw new Error(`no command for ${kind}`)
    const ran = await run([...command, '--cluster', dir, '--as', actor])
    if (ran.status === 0) return 'done'
    expect(ran.stderr).toMatch(/error\[(forbidden|query_not_found)\]/)
    return 'refused'
  }
}

const commands = new CommandsInTurn()
const run = (args: readonly string[]) =>
  commands.run(args.slice(0, 2).join(' '), args, { GROUNDPLANE_HOME: join(scratch, 'no-home') })

const TOKENS = { ada: 'token-of-ada', bob: 'token-of-bob' }

function http(dir: string, server: RunningServer): Door {
  return async ({ actor, kind, branch = 'main', to = '' }) => {
    const base = `${server.url}/graphs/team`
    const post = (path: string, body: unknown) => ({
      path,
      init: { method: 'POST', body: JSON.stringify(body) },
    })
    const requests: Partial<Record<Kind, { path: string; init: RequestInit }>> = {
      create: post('branches', { name: to, from: branch }),
      delete: { path: `branches/${to}`, init: { method: 'DELETE' } },
      merge: post('branches/merge', { source: branch, target: to }),
      bring: post('branches/merge', { source: branch, target: to }),
      preview: post('branches/merge', { source: branch, target: to, dry_run: true }),
      mutate: post('mutate', { query: PUT, params: { n: `by ${actor}` }, branch }),
      load: post('load', { data: '{"type":"Person","data":{"name":"loaded"}}\n', mode: 'merge', branch }),
      export: post('export', { branch }),
      read: post('query', { query: ALL, branch }),
      readAt: post('query', { query: ALL, snapshot: headOf(dir, kind === 'readAt' ? branch : 'main') }),
      stored: post('queries/find', { params: { n: 'first' }, branch }),
    }
    const wanted = requests[kind]
    if (!wanted) throw new Error(`no route for ${kind}`)
    const response = await fetch(`${base}/${wanted.path}`, {
      ...wanted.init,
      headers: {
        authorization: `Bearer ${TOKENS[actor]}`,
        ...(wanted.init.body !== undefined && { 'content-type': 'application/json' }),
      },
    })
    const text = await response.text()
    if (response.ok) return 'done'
    expect([response.status, text]).toEqual([kind === 'stored' ? 404 : 403, text])
    return 'refused'
  }
}

async function mergeOverMcp({ url }: RunningServer, token: string, source: string): Promise<string> {
  const call = { name: 'merge_branch', arguments: { graph: 'team', source, target: 'main' } }
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call }),
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
  })
  return response.text()
}

async function holds(dir: string, door: Door, without: readonly Kind[]): Promise<void> {
  const wishes = WISHES.filter(({ kind }) => !without.includes(kind))
  for (const wanted of wishes) {
    const branches = ['main', 'side', 'vault']
    const before = wanted.allowed ? [] : branches.map((name) => headOf(dir, name))
    expect([wanted.title, await door(wanted)]).toEqual([wanted.title, wanted.allowed ? 'done' : 'refused'])
    if (!wanted.allowed) expect(branches.map((name) => headOf(dir, name))).toEqual(before)
  }
}

describe('the policy of a graph', () => {
  it.each(WISHES)('decides of: $title — what `policy explain` says', (wanted) => {
    const decisions = requestsOf(operationOf(wanted)).map((request) => engine.decide(request))
    expect(decisions.every(({ allowed }) => allowed)).toBe(wanted.allowed)
  })

  it('holds for callers of the library, and without an actor refuses', async () => {
    const dir = await makeCluster('library')
    const graph = Graph.open(root(dir), { authorize: authorizer(engine, { mode: 'policy' }) })
    try {
      await holds(dir, library(dir, graph), [])
      expect(() => graph.query(ALL)).toThrow(/no actor was given/)
      expect(() => graph.createBranch('nobody')).toThrow(/no actor was given/)
      expect(() => graph.merge({ source: 'draft', target: 'side' })).toThrow(/no actor was given/)
    } finally {
      graph.close()
    }
  })

  it('holds for callers of the service with its threads', async () => {
    const dir = await makeCluster('threads')
    const service = await GraphService.start(root(dir), {
      readers: 1,
      authorize: authorizer(engine, { mode: 'policy' }),
    })
    try {
      await holds(dir, threads(dir, service), [])
    } finally {
      await service.close()
    }
  })

  it('holds for the command line', { timeout: 120_000 }, async () => {
    const dir = await makeCluster('command-line')
    // A schema of a cluster graph is changed by `cluster apply` only.
    await holds(dir, commandLine(dir), ['schema'])
    const nobody = await run(['branch', 'list', '--cluster', dir])
    expect(nobody.stderr).toContain('error[actor_required]')
  })

  it('holds over HTTP, where the log names the rule and no token', async () => {
    const dir = await makeCluster('http')
    const lines: string[] = []
    const server = await serve({
      clusterDir: dir,
      bind: '127.0.0.1:0',
      tokens: TOKENS,
      environment: {},
      logLevel: 'info',
      logTo: { write: (line) => lines.push(line) },
      print: () => {},
    })
    try {
      // These have no route.
      await holds(dir, http(dir, server), ['schema', 'optimize'])
      expect(await mergeOverMcp(server, TOKENS.bob, 'moved')).toContain('forbidden')
      expect(headOf(dir, 'main')).not.toBe(headOf(dir, 'moved'))
    } finally {
      await server.close()
    }
    const told = lines.map((line) => JSON.parse(line)).filter((line) => line.decision !== undefined)
    const about = (action: string, branch: string) =>
      told.find((line) => line.actor === 'ada' && line.action === action && line.branch === branch)
    expect(about('change', 'draft')).toMatchObject({
      decision: 'allow',
      rule: 'base/ada-works-beside',
      level: 30,
    })
    expect(about('change', 'main')).toMatchObject({ decision: 'deny', level: 40, graph: 'team' })
    expect(about('change', 'main').rule).toBeUndefined()
    expect(told.some((line) => line.repeated > 0)).toBe(true)
    for (const token of Object.values(TOKENS)) expect(lines.join('')).not.toContain(token)
  })

  it('lets a merge land and keeps its source when only deleting that is refused', async () => {
    const dir = await makeCluster('keep-source')
    const graph = Graph.open(root(dir), { authorize: authorizer(engine, { mode: 'policy' }) })
    try {
      graph.mutate(PUT, { n: 'more' }, { branch: 'side', principal: actorPrincipal('ada') })
      const merged = graph.merge({
        source: 'side',
        target: 'main',
        deleteBranch: true,
        principal: actorPrincipal('bob'),
      })
      expect(merged).toMatchObject({ outcome: 'fast-forward', branchDeleteError: { code: 'forbidden' } })
      expect(headOf(dir, 'side')).toBeTypeOf('string')
    } finally {
      graph.close()
    }
  })
})
