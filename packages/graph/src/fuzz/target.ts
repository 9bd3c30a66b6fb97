import { createHash } from 'node:crypto'
import { cpSync } from 'node:fs'
import { ulidSource } from '@groundplane/core'
import type { SchemaModel } from '@groundplane/lang'
import { Choices } from '@groundplane/lang/testing/choices'
import Database from 'better-sqlite3'
import { mockProvider } from '../embedding/mock-provider.js'
import { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { Lifeline } from '../query/deadline.js'
import { draftOf, emptyState, someChange } from '../testing/model-graph.js'
import { type ModelSchema, schemaSource, someSchema } from '../testing/model-schema.js'
import type { AskedText } from './hostile-query.js'
import { CANARIES, CANARY, plantCanaries, SCHEMA, seed } from './hostile-schema.js'

/** A graph with rows, kept closed; each target begins as a copy. */
export interface Template {
  readonly root: string
  readonly source: string
  /** Of the generated ones: the schema as `someQuery` and `someMigration` take it. */
  readonly schema: ModelSchema | null
}

const OUTSIDE = "CREATE TABLE outside(word TEXT); INSERT INTO outside VALUES ('here'), ('still')"
const CANARY_TYPE = `node ${CANARY} {\n  name: String @key\n  word: String\n}\n`

/** The written schema first, then some generated ones. */
export function makeTemplates(path: (name: string) => string, generated: number): Template[] {
  const written = make(path('template.gp'), SCHEMA, seed)
  return [
    written,
    ...Array.from({ length: generated }, (_, i) => generatedTemplate(path(`template${i}.gp`), i)),
  ]
}

function generatedTemplate(root: string, i: number): Template {
  const choices = new Choices(Array.from({ length: 400 }, (_, at) => ((i + 1) * 7919 + at * 104_729) % 9973))
  const schema = someSchema(choices)
  const template = make(root, `${schemaSource(schema)}\n${CANARY_TYPE}`, (graph) => {
    plantCanaries(graph)
    const draft = draftOf(emptyState(schema))
    graph.transact({}, (tx) => {
      for (let n = 0; n < 15; n++) {
        const change = someChange(schema, draft, choices)
        change?.store(tx)
        change?.model(draft)
      }
    })
  })
  return { ...template, schema }
}

function make(root: string, source: string, fill: (graph: Graph) => void): Template {
  const graph = Graph.create(root, { schema: source, ...steadySources(1) })
  fill(graph)
  diverge(graph)
  graph.close()
  const db = new Database(`${root}/graph.db`)
  db.exec(OUTSIDE)
  db.close()
  return { root, source, schema: null }
}

/** A branch that both sides went on from. */
function diverge(graph: Graph): void {
  graph.createBranch('b1')
  const { nodes } = graph.schema().model
  for (const branch of ['main', 'b1'])
    for (const { name, key, properties } of nodes) {
      if (name === CANARY || key.length > 1) continue
      const required = properties.filter(
        (p) => !p.nullable && p.default === undefined && !key.includes(p.name),
      )
      if (required.length > 0) continue
      graph.transact({ branch }, (tx) => tx.upsertNode(name, { [key[0] ?? 'id']: `only ${branch}` }))
    }
}

/** The same times and ids each time, so that a session repeats exactly. */
function steadySources(day: number) {
  let ms = Date.UTC(2026, 0, day)
  let drawn = 0
  const clock = (): number => (ms += 1000)
  return { clock, ids: ulidSource(clock, (n) => new Uint8Array(n).map(() => drawn++ & 31)) }
}

const BASES = ['https://files.example/ok/']

/** A graph under fire, and a second look at its file through a connection of its own. */
export class Target {
  readonly graph: Graph
  readonly root: string
  readonly schema: ModelSchema | null
  /** Known to have been there at some time. */
  readonly branches: string[] = ['main', 'b1']
  readonly commits: string[] = []
  /** What the feed gave. */
  readonly cursors: string[] = []
  /** Stops a read that has no deadline of its own, as a service would. */
  readonly lifeline = new Lifeline()
  /** Reads that were asked. */
  readonly asked: AskedText[] = []
  readonly #eye: Database.Database
  readonly #dataVersion: Database.Statement
  readonly #head: Database.Statement
  readonly #digests = new Map<string, string>()

  constructor(template: Template, root: string, adjacency: 'auto' | 'always' = 'auto') {
    cpSync(template.root, root, { recursive: true })
    this.root = root
    this.schema = template.schema
    this.graph = Graph.open(root, {
      ...steadySources(20),
      lifeline: this.lifeline,
      externalBlobs: BASES,
      adjacency,
      embedder: mockProvider('fuzz'),
    })
    this.#eye = new Database(`${root}/graph.db`, { readonly: true })
    this.#head = this.#eye
      .prepare('SELECT c.id FROM heads b JOIN commits c ON c.seq = b.head_seq WHERE b.br = 1')
      .pluck()
    this.#dataVersion = this.#eye.prepare('PRAGMA data_version').pluck()
    this.commits.push(this.graph.head().id)
  }

  /** Changes with every write to the file by anyone but the eye, and with what the handle takes for the head. */
  mark(): string {
    const known = this.graph.head().id
    if (known !== this.#head.get()) throw new Error('the handle has another head than the file')
    return `${this.#dataVersion.get()}:${known}`
  }

  /** What the file holds, for what may fold its log or its pages without a change of that. */
  content(): string {
    const heads = this.#eye.prepare('SELECT br, head_seq, deleted_at FROM heads').raw().all()
    return JSON.stringify([heads, digestOf(this.graph, {})])
  }

  model(branch: string): SchemaModel {
    return this.graph.schema({ branch }).model
  }

  /** Of all lines as of a commit; the first answer is what every later one must be. */
  judgePast(commit: string): void {
    const digest = digestOf(this.graph, { commit })
    const before = this.#digests.get(commit)
    if (before !== undefined && digest !== null && before !== digest)
      throw new Error(`commit ${commit} reads otherwise than before`)
    if (digest !== null) this.#digests.set(commit, digest)
  }

  get remembered(): readonly string[] {
    return [...this.#digests.keys()]
  }

  /** All that must hold whatever was done: the canaries live, the past is what it was, nothing is to be repaired. */
  judgeWhole(): void {
    for (const commit of this.remembered) this.judgePast(commit)
    const outside = this.#eye.prepare('SELECT word FROM outside').pluck().all()
    if (outside.join() !== 'here,still') throw new Error(`the table outside holds ${outside}`)
    for (const { name } of this.graph.branches()) judgeCanaries(this.graph, name)
    const { healthy, repaired, unrepairable } = this.graph.repair({ dryRun: true })
    if (!healthy) throw new Error(`repair finds ${JSON.stringify({ repaired, unrepairable })}`)
    const polluted = Object.keys(Object.prototype)
    if (polluted.length > 0) throw new Error(`every object has ${polluted}`)
  }

  close(): void {
    this.#eye.close()
    this.graph.close()
  }
}

function judgeCanaries(graph: Graph, branch: string): void {
  const found = [...graph.export({ branch, types: [CANARY] })]
  const expected = CANARIES.map(([name, word]) => JSON.stringify({ type: CANARY, data: { name, word } }))
  if (found.sort().join('\n') !== expected.sort().join('\n'))
    throw new Error(`the canaries of ${branch} are ${found.join('\n')}`)
}

/** Null when the data was removed: then there is nothing left to compare. */
export function digestOf(graph: Graph, ctx: { commit?: string; branch?: string }): string | null {
  const hash = createHash('sha256')
  try {
    for (const line of graph.export(ctx)) hash.update(line).update('\n')
  } catch (error) {
    const gone = ['commit_removed', 'data_erased', 'branch_not_found']
    if (error instanceof GraphError && gone.includes(error.code)) return null
    throw error
  }
  return hash.digest('hex')
}
