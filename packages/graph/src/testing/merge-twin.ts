import { expect } from 'vitest'
import { GraphError } from '../error.js'
import type { Graph } from '../graph.js'
import type { MergeConflict } from '../merge/merge-result.js'
import type { ChangeBlock } from '../read/change-feed.js'
import type { Transaction } from '../write/transaction.js'
import {
  applyOp,
  applyOps,
  basesOf,
  type Entity,
  type ExtraProperty,
  isPossible,
  type ModelCommit,
  type ModelOp,
  type ModelSchema,
  type ModelState,
  modelMerge,
  modelSource,
  propOf,
  underSchema,
} from './merge-model.js'

export type ModelMigrationKind =
  | 'add'
  | 'add-required'
  | 'narrow'
  | 'drop'
  | 'hard-drop'
  | 'rename'
  | 'require'

/** Numbers stand for a choice among what is there at the time. */
export type MergeStep =
  | { readonly kind: 'write'; readonly on: number; readonly ops: readonly ModelOp[] }
  | { readonly kind: 'merge' | 'cross'; readonly from: number; readonly on: number }
  | { readonly kind: 'branch'; readonly from: number; readonly on: number }
  | { readonly kind: 'branch-at'; readonly at: number; readonly on: number }
  | { readonly kind: 'delete'; readonly on: number }
  | { readonly kind: 'migrate'; readonly on: number; readonly what: ModelMigrationKind; readonly at: number }
  | { readonly kind: 'cleanup'; readonly keep: number }

/** The store and the model, led through the same history. */
export class MergeTwin {
  readonly graph: Graph
  readonly commits: ModelCommit[]
  readonly heads = new Map<string, ModelCommit>()
  readonly seen = {
    merged: 0,
    'fast-forward': 0,
    'already-up-to-date': 0,
    'schemas-diverged': 0,
    conflicts: 0,
    criss: 0,
    migrated: 0,
    erased: 0,
    cleaned: 0,
  }
  /** Commits whose data a cleanup has removed. */
  readonly #gone = new Set<ModelCommit>()
  /** Numbers of properties that hard drops erased. */
  readonly #erased = new Set<number>()
  #uids = 0

  constructor(graph: Graph) {
    this.graph = graph
    const schema = { version: 0, extra: [], narrow: false }
    const init = { at: 0, parents: [], state: new Map(), schema, id: graph.head().id }
    this.commits = [init]
    this.heads.set('main', init)
  }

  step(s: MergeStep): void {
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
      case 'migrate':
        this.migrate(this.#branch(s.on), s.what, s.at)
        return
      case 'cleanup':
        this.cleanup(s.keep)
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
      const make = () => this.graph.createBranch(branch, { fromCommit: commit.id })
      if (this.#gone.has(commit)) {
        expect(attempt(make)?.code).toBe('commit_removed')
        return
      }
      // Such a branch could not be read; what becomes of one has a test of its own.
      if (this.#lacks(commit)) return
      make()
      this.heads.set(branch, commit)
    }
  }

  /** Whether a hard drop has taken something from a commit. */
  #lacks(commit: ModelCommit): boolean {
    return commit.schema.extra.some((x) => this.#erased.has(x.uid))
  }

  #commit(
    branch: string,
    state: ModelState,
    parents: readonly ModelCommit[],
    id: string,
    schema: ModelSchema,
  ): void {
    const commit = { at: this.commits.length, parents, state, schema, id }
    this.commits.push(commit)
    this.heads.set(branch, commit)
  }

  write(branch: string, ops: readonly ModelOp[]): void {
    const head = this.heads.get(branch) as ModelCommit
    const next = applyOps(head.state, ops, head.schema)
    const run = () =>
      this.graph.transact({ branch }, (tx) => {
        const state = new Map(head.state)
        for (const o of ops) {
          if (!isPossible(state, o, head.schema)) continue
          applyOp(state, o, head.schema)
          applyToStore(tx, o, head.schema)
        }
      })
    if (next === null) {
      expect(run).toThrow(GraphError)
      return
    }
    const { commit } = run()
    if (commit) this.#commit(branch, next, [head], commit.id, head.schema)
    else expect(plain(next)).toEqual(plain(head.state))
    this.check(branch)
  }

  merge(source: string, target: string): void {
    if (source === target) return
    const [ours, theirs] = [this.heads.get(target) as ModelCommit, this.heads.get(source) as ModelCommit]
    const wanted = modelMerge(ours, theirs, this.#gone)
    const before = this.graph.head(target).id
    if (wanted.outcome === 'schemas-diverged') {
      this.seen['schemas-diverged']++
      for (const dryRun of [true, false]) {
        const error = attempt(() => this.graph.merge({ source, target, dryRun }))
        expect(error?.code).toBe('merge_schemas_diverged')
      }
      expect(this.graph.head(target).id).toBe(before)
      return
    }
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
      this.#commit(target, wanted.state, [ours, theirs], result.commit.id, wanted.schema)
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

  /** One migration of a branch; refused exactly when the data breaks it or, for a hard drop, another branch reads what goes. */
  migrate(branch: string, what: ModelMigrationKind, at: number): void {
    const head = this.heads.get(branch) as ModelCommit
    const { extra, narrow } = head.schema
    const uid = ++this.#uids
    const one = extra.length > 0 ? (extra[at % extra.length] as ExtraProperty) : undefined
    const renamed = new Map<number, string>()
    const change = (): { extra: readonly ExtraProperty[]; narrow: boolean } | null => {
      switch (what) {
        case 'add':
        case 'add-required': {
          const needed = what === 'add-required'
          return { narrow, extra: [...extra, { uid, name: `p${uid}`, required: needed, since7: needed }] }
        }
        case 'narrow':
          return { narrow: !narrow, extra }
        case 'drop':
        case 'hard-drop':
          return one ? { narrow, extra: extra.filter((x) => x !== one) } : null
        case 'rename':
          if (one) renamed.set(one.uid, one.name)
          return one ? { narrow, extra: extra.map((x) => (x === one ? { ...x, name: `r${uid}` } : x)) } : null
        case 'require':
          return one && !one.required
            ? { narrow, extra: extra.map((x) => (x === one ? { ...x, required: true } : x)) }
            : null
      }
    }
    const changed = change()
    if (!changed) return
    const schema = { version: this.commits.length, ...changed }
    const state = new Map(
      [...head.state].map(([key, e]) => [key, filledWith7(underSchema(e, schema), schema)]),
    )
    const inUse =
      what === 'hard-drop' &&
      [...this.heads].some(([name, h]) => name !== branch && h.schema.extra.some((x) => x.uid === one?.uid))
    const tooLarge =
      schema.narrow && [...state.values()].some((e) => e.kind === 'A' && Number(e.props.n ?? 0) > 1)
    const source = modelSource(schema, renamed)
    const ctx = { branch, allowDataLoss: what === 'hard-drop' }
    if (inUse || tooLarge) {
      expect(attempt(() => this.graph.applySchema(source, ctx))?.code).toBe(
        inUse ? 'data_in_use' : 'constraint_violation',
      )
    } else {
      const commit = this.graph.applySchema(source, ctx)
      expect(commit).not.toBeNull()
      this.#commit(branch, state, [head], commit?.id as string, schema)
      this.seen.migrated++
      if (what === 'hard-drop') {
        this.#erased.add((one as ExtraProperty).uid)
        this.seen.erased++
      }
    }
    this.check(branch)
  }

  /** Which commits stay is asked of the store, and must be at least those that the heads and later merges need. */
  cleanup(keep: number): void {
    this.graph.cleanup({ keep })
    this.seen.cleaned++
    for (const commit of this.commits) {
      if (
        attempt(() =>
          this.graph.query('query q() { match { $x: A } return { $x.name } }', {}, { commit: commit.id }),
        ) === undefined
      ) {
        expect(this.#gone.has(commit), 'a removed commit is readable again').toBe(false)
      } else this.#gone.add(commit)
    }
    const heads = [...this.heads.values()]
    for (const needed of [...heads, ...heads.flatMap((a) => heads.flatMap((b) => basesOf([a], b)))])
      expect(this.#gone.has(needed), 'a commit that is still needed').toBe(false)
  }

  check(branch: string): void {
    const { state, schema } = this.heads.get(branch) as ModelCommit
    expect(stored(this.graph, { branch }, schema)).toEqual(plain(state))
  }

  checkAll(): void {
    for (const branch of this.heads.keys()) {
      this.check(branch)
      this.#checkFeed(branch)
    }
    for (const c of this.commits) this.#checkCommit(c)
    this.commits.forEach((from, i) => {
      const to = this.commits[(i * 7 + 3) % this.commits.length] as ModelCommit
      if (this.#gone.has(from) || this.#gone.has(to)) {
        expect(attempt(() => differing(this.graph, from, to))?.code).toBe('commit_removed')
      } else if (from.schema.version === to.schema.version && !this.#lacks(to)) {
        expect(differing(this.graph, from, to)).toEqual(expectedDiff(from.state, to.state))
      }
    })
    expect(this.graph.branches().map((b) => [b.name, b.head])).toEqual(
      [...this.heads]
        .map(([branch, c]) => [branch, c.id])
        .sort(([a], [b]) => (a === 'main' ? -1 : b === 'main' ? 1 : (a as string) < (b as string) ? -1 : 1)),
    )
    expect(this.graph.repair({ dryRun: true })).toMatchObject({
      healthy: true,
      repaired: [],
      unrepairable: [],
    })
  }

  #checkCommit(commit: ModelCommit): void {
    const read = () => stored(this.graph, { commit: commit.id }, commit.schema)
    if (this.#gone.has(commit)) expect(attempt(read)?.code).toBe('commit_removed')
    else if (this.#lacks(commit)) expect(attempt(read)?.code).toBe('data_erased')
    else expect(read()).toEqual(plain(commit.state))
  }

  /** The changes of a branch from its beginning, laid over one another, are its head; of what is removed it says so. */
  #checkFeed(branch: string): void {
    const head = this.heads.get(branch) as ModelCommit
    const line: ModelCommit[] = []
    for (let c: ModelCommit | undefined = head; c; c = c.parents[0]) line.push(c)
    const feed = () => wholeFeed(this.graph, branch)
    if (line.some((c) => this.#gone.has(c))) {
      expect(attempt(feed)?.code).toBe('changes_gone')
      return
    }
    const found = new Map<string, Readonly<Record<string, unknown>>>()
    const blocks = feed()
    expect(blocks.map((b) => b.commit.id)).toEqual(line.map((c) => c.id).reverse())
    for (const { type, id, op, after } of blocks.flatMap((b) => b.changes)) {
      expect(found.has(`${type} ${id}`), `${op} ${type} ${id}`).toBe(op !== 'inserted')
      if (op === 'deleted') found.delete(`${type} ${id}`)
      else found.set(`${type} ${id}`, after ?? {})
    }
    const lasting = (key: string, of: Readonly<Record<string, unknown>>): unknown =>
      key.startsWith('A') ? [key, of.n ?? null, of.s ?? null] : [key, of.from, of.to, of.w ?? null]
    expect([...found].map(([key, after]) => lasting(key, after)).sort()).toEqual(
      [...head.state].map(([key, e]) => lasting(key, e.props)).sort(),
    )
  }
}

function wholeFeed(graph: Graph, branch: string): ChangeBlock[] {
  const blocks: ChangeBlock[] = []
  let page = graph.feed({ branch, start: 'beginning', limit: 5 })
  for (;;) {
    for (const block of page.blocks) {
      const last = blocks.at(-1)
      if (last?.commit.id === block.commit.id)
        blocks[blocks.length - 1] = { ...last, changes: [...last.changes, ...block.changes] }
      else blocks.push(block)
    }
    if (page.nextPageToken === undefined) return blocks
    page = graph.feed({ pageToken: page.nextPageToken, limit: 5 })
  }
}

function filledWith7(entity: Entity, schema: ModelSchema): Entity {
  if (entity.kind === 'L') return entity
  const props = { ...entity.props }
  for (const x of schema.extra) if (x.required) props[propOf(x.uid)] ??= 7
  return { kind: 'A', props }
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

function applyToStore(tx: Transaction, o: ModelOp, schema: ModelSchema): void {
  switch (o.do) {
    case 'put':
      return void tx.upsertNode('A', { name: o.name, n: o.n, s: o.s })
    case 'patch':
      return void tx.patchNode('A', o.name, { n: o.n })
    case 'extra': {
      const { name } = schema.extra[o.at % schema.extra.length] as ExtraProperty
      return void tx.patchNode('A', o.name, { [name]: o.value })
    }
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

const EDGES = 'query q() { match { $x $e:l $y } return { $e, $x.name, $y.name } }'

function stored(
  graph: Graph,
  at: { branch?: string; commit?: string },
  schema: ModelSchema,
): Record<string, unknown> {
  const own = schema.extra.map((x) => `, $x.${x.name}`).join('')
  const nodes = graph
    .query(`query q() { match { $x: A } return { $x.name, $x.n, $x.s${own} } }`, {}, at)
    .rows.map((r) => {
      const extra = schema.extra.map((x) => [propOf(x.uid), r[`x.${x.name}`]])
      return [`A ${r['x.name']}`, { n: r['x.n'], s: r['x.s'], ...Object.fromEntries(extra) }] as const
    })
  const edges = graph.query(EDGES, {}, at).rows.map((r) => {
    const e = r.e as Record<string, unknown>
    expect([e.from, e.to]).toEqual([r['x.name'], r['y.name']])
    return [`L ${e.id}`, { from: e.from, to: e.to, w: e.w }] as const
  })
  return Object.fromEntries([...nodes, ...edges])
}
