import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import {
  applyOp,
  applyOps,
  type Entity,
  isPossible,
  MODEL_SCHEMA,
  type ModelCommit,
  type ModelOp,
  type ModelState,
  modelMerge,
} from '../testing/merge-model.js'
import { scratch } from '../testing/scratch.js'
import type { Transaction } from '../write/transaction.js'
import type { MergeConflict } from './merge-result.js'

const files = scratch()
afterAll(() => files.remove())

const name = fc.constantFrom('a', 'b', 'c', 'd')
const edge = fc.constantFrom('e1', 'e2', 'e3', 'e4')
const small = fc.option(fc.nat(2))
const word = fc.option(fc.constantFrom('x', 'y', 'z'), { freq: 2 })
const op: fc.Arbitrary<ModelOp> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), name, n: small, s: word }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('patch' as const), name, n: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('link' as const), id: edge, from: name, to: name, w: small }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reweigh' as const), id: edge, w: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unlink' as const), id: edge }) },
)
const pick = fc.nat(1000)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      on: pick,
      ops: fc.array(op, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('merge' as const), from: pick, on: pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('branch' as const), from: pick, on: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('branch-at' as const), at: pick, on: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), on: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cross' as const), from: pick, on: pick }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** The store and the model, led through the same history. */
class Twin {
  readonly graph: Graph
  readonly commits: ModelCommit[]
  readonly heads = new Map<string, ModelCommit>()
  readonly seen = { merged: 0, 'fast-forward': 0, 'already-up-to-date': 0, conflicts: 0, criss: 0 }

  constructor(graph: Graph) {
    this.graph = graph
    const init = { at: 0, parents: [], state: new Map(), id: graph.head().id }
    this.commits = [init]
    this.heads.set('main', init)
  }

  step(s: Step): void {
    switch (s.kind) {
      case 'write':
        this.write(this.#branch(s.on), s.ops)
        return
      case 'merge':
        this.merge(this.#branch(s.from), this.#branch(s.on))
        return
      case 'branch':
      case 'branch-at':
        this.create(`b/${s.on}`, s)
        return
      case 'cross':
        this.cross(this.#branch(s.from), this.#branch(s.on))
        return
      case 'delete':
        if (!this.heads.delete(`b/${s.on}`)) return
        this.graph.deleteBranch(`b/${s.on}`)
    }
  }

  #branch(n: number): string {
    const names = [...this.heads.keys()]
    return names[n % names.length] as string
  }

  create(branch: string, s: { kind: 'branch'; from: number } | { kind: 'branch-at'; at: number }): void {
    if (this.heads.has(branch)) return
    if (s.kind === 'branch') {
      const from = this.#branch(s.from)
      this.heads.set(branch, this.heads.get(from) as ModelCommit)
      this.graph.createBranch(branch, { from })
    } else {
      const commit = this.commits[s.at % this.commits.length] as ModelCommit
      this.heads.set(branch, commit)
      this.graph.createBranch(branch, { fromCommit: commit.id })
    }
  }

  #commit(branch: string, state: ModelState, parents: readonly ModelCommit[], id: string): void {
    const commit = { at: this.commits.length, parents, state, id }
    this.commits.push(commit)
    this.heads.set(branch, commit)
  }

  write(branch: string, ops: readonly ModelOp[]): void {
    const head = this.heads.get(branch) as ModelCommit
    const next = applyOps(head.state, ops)
    const run = () =>
      this.graph.transact({ branch }, (tx) => {
        const state = new Map(head.state)
        for (const o of ops) {
          if (!isPossible(state, o)) continue
          applyOp(state, o)
          applyToStore(tx, o)
        }
      })
    if (next === null) {
      expect(run).toThrow(GraphError)
      return
    }
    const { commit } = run()
    if (commit) this.#commit(branch, next, [head], commit.id)
    else expect(plain(next)).toEqual(plain(head.state))
    this.check(branch)
  }

  merge(source: string, target: string): void {
    if (source === target) return
    const [ours, theirs] = [this.heads.get(target) as ModelCommit, this.heads.get(source) as ModelCommit]
    const wanted = modelMerge(ours, theirs)
    const before = this.graph.head(target).id
    const preview = this.graph.merge({ source, target, dryRun: true })
    expect(this.graph.head(target).id).toBe(before)
    expect(names(preview.conflicts)).toEqual(wanted.conflicts)
    expect(preview.outcome).toBe(wanted.outcome)
    if (preview.bases.length > 1) this.seen.criss++
    if (wanted.conflicts.length > 0) {
      this.seen.conflicts++
      const error = attempt(() => this.graph.merge({ source, target }))
      expect(error?.code).toBe('merge_conflict')
      expect(names(error?.details?.conflicts as MergeConflict[])).toEqual(wanted.conflicts)
      this.check(target)
      return
    }
    this.seen[wanted.outcome]++
    const result = this.graph.merge({ source, target })
    expect(result.outcome).toBe(wanted.outcome)
    if (result.commit) {
      expect(result.commit.parents).toEqual([ours.id, theirs.id])
      this.#commit(target, wanted.state, [ours, theirs], result.commit.id)
    }
    this.check(target)
  }

  /** Each side takes in what the other was before: from then on their merge base is not one commit. */
  cross(x: string, y: string): void {
    for (const [clone, of] of [
      ['clone/x', x],
      ['clone/y', y],
    ] as const) {
      this.graph.createBranch(clone, { from: of })
      this.heads.set(clone, this.heads.get(of) as ModelCommit)
    }
    this.merge('clone/y', x)
    this.merge('clone/x', y)
    for (const clone of ['clone/x', 'clone/y']) {
      this.graph.deleteBranch(clone)
      this.heads.delete(clone)
    }
    this.merge(x, y)
  }

  check(branch: string): void {
    expect(stored(this.graph, { branch })).toEqual(plain((this.heads.get(branch) as ModelCommit).state))
  }

  checkAll(): void {
    for (const branch of this.heads.keys()) this.check(branch)
    for (const c of this.commits) expect(stored(this.graph, { commit: c.id })).toEqual(plain(c.state))
    this.commits.forEach((from, i) => {
      const to = this.commits[(i * 7 + 3) % this.commits.length] as ModelCommit
      expect(differing(this.graph, from, to)).toEqual(expectedDiff(from.state, to.state))
    })
    expect(this.graph.branches().map((b) => [b.name, b.head])).toEqual(
      [...this.heads]
        .map(([branch, c]) => [branch, c.id])
        .sort(([a], [b]) => (a === 'main' ? -1 : b === 'main' ? 1 : (a as string) < (b as string) ? -1 : 1)),
    )
  }
}

function differing(graph: Graph, from: ModelCommit, to: ModelCommit): string[] {
  return graph.diff({ from: from.id, to: to.id }).changes.map((c) => `${c.op} ${c.type} ${c.id}`)
}

function expectedDiff(from: ModelState, to: ModelState): string[] {
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((key) => {
    const [a, b] = [from.get(key), to.get(key)]
    if (a && b) {
      const same = Object.keys(a.props).every((name) => a.props[name] === b.props[name])
      return same ? [] : [`updated ${key}`]
    }
    return [a ? `deleted ${key}` : `inserted ${key}`]
  })
}

function attempt(body: () => unknown): GraphError | undefined {
  try {
    body()
    return undefined
  } catch (error) {
    return error as GraphError
  }
}

function names(conflicts: readonly MergeConflict[]): string[] {
  const all = conflicts.map((c) => (c.kind === 'unique-violation' ? c.kind : `${c.kind} ${c.id}`))
  return [...new Set(all)].sort()
}

function applyToStore(tx: Transaction, o: ModelOp): void {
  switch (o.do) {
    case 'put':
      return void tx.upsertNode('A', { name: o.name, n: o.n, s: o.s })
    case 'patch':
      return void tx.patchNode('A', o.name, { n: o.n })
    case 'delete':
      return void tx.deleteNode('A', o.name)
    case 'link':
      return void tx.insertEdge('L', o.from, o.to, { id: o.id, w: o.w })
    case 'reweigh':
      return void tx.updateEdge('L', o.id, { w: o.w })
    case 'unlink':
      return void tx.deleteEdge('L', o.id)
  }
}

function plain(state: ModelState): Record<string, unknown> {
  return Object.fromEntries([...state].map(([key, e]: [string, Entity]) => [key, e.props]))
}

const NODES = 'query q() { match { $x: A } return { $x.name, $x.n, $x.s } }'
const EDGES = 'query q() { match { $x $e:l $y } return { $e, $x.name, $y.name } }'

function stored(graph: Graph, at: { branch?: string; commit?: string }): Record<string, unknown> {
  const nodes = graph
    .query(NODES, {}, at)
    .rows.map((r) => [`A ${r['x.name']}`, { n: r['x.n'], s: r['x.s'] }] as const)
  const edges = graph.query(EDGES, {}, at).rows.map((r) => {
    const e = r.e as Record<string, unknown>
    expect([e.from, e.to]).toEqual([r['x.name'], r['y.name']])
    return [`L ${e.id}`, { from: e.from, to: e.to, w: e.w }] as const
  })
  return Object.fromEntries([...nodes, ...edges])
}

let made = 0
const runs = Number(process.env.GROUNDPLANE_PROP_RUNS ?? 60)

it('obligation 1: any history of branches, writes and merges is what the model makes of it, at every head and every commit', () => {
  const total = { merged: 0, 'fast-forward': 0, 'already-up-to-date': 0, conflicts: 0, criss: 0 }
  fc.assert(
    fc.property(fc.array(step, { minLength: 15, maxLength: 45 }), (steps) => {
      const graph = Graph.create(files.path(`m${made++}.gp`), { schema: MODEL_SCHEMA })
      try {
        const twin = new Twin(graph)
        twin.create('b/0', { kind: 'branch', from: 0 })
        twin.create('b/1', { kind: 'branch', from: 0 })
        for (const s of steps) twin.step(s)
        twin.checkAll()
        for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += twin.seen[key]
      } finally {
        graph.close()
      }
    }),
    { numRuns: runs, interruptAfterTimeLimit: 90_000, markInterruptAsFailure: false },
  )
  // Guards the test itself: every outcome must have been met.
  for (const count of Object.values(total)) expect(count).toBeGreaterThan(0)
}, 180_000)

it('obligation 23: the model disagrees with a store whose branches have lost what they hid', () => {
  const graph = Graph.create(files.path('broken.gp'), { schema: MODEL_SCHEMA })
  const twin = new Twin(graph)
  twin.write('main', [{ do: 'put', name: 'a', n: 1, s: null }])
  twin.create('b/0', { kind: 'branch', from: 0 })
  twin.write('b/0', [{ do: 'delete', name: 'a' }])
  twin.checkAll()
  const db = new Database(`${graph.root}/graph.db`)
  db.exec('DELETE FROM hidden')
  db.close()
  expect(() => twin.checkAll()).toThrow()
  graph.close()
})
