import type { ConflictKind, MergeOutcome } from '../merge/merge-result.js'

/**
 * Branches and merges said plainly: every commit is its whole state, ancestors
 * are sets, a merge compares everything with everything. Meant to be obviously
 * right on a handful of entities, and to disagree with the store when that is wrong.
 */
export const MODEL_SCHEMA = `
node A { name: String @key n: I32? s: String? @unique(s) }
edge L: A -> A @card(0..2) { w: I32? }
`

export interface Entity {
  readonly kind: 'A' | 'L'
  readonly props: Readonly<Record<string, unknown>>
}

/** By kind and id. */
export type ModelState = ReadonlyMap<string, Entity>

export interface ModelCommit {
  readonly at: number
  readonly parents: readonly ModelCommit[]
  readonly state: ModelState
  id: string
}

export type ModelOp =
  | { readonly do: 'put'; readonly name: string; readonly n: number | null; readonly s: string | null }
  | { readonly do: 'patch'; readonly name: string; readonly n: number | null }
  | { readonly do: 'delete'; readonly name: string }
  | {
      readonly do: 'link'
      readonly id: string
      readonly from: string
      readonly to: string
      readonly w: number | null
    }
  | { readonly do: 'reweigh'; readonly id: string; readonly w: number | null }
  | { readonly do: 'unlink'; readonly id: string }

/** Applies what is possible; null when the result breaks the schema. */
export function applyOps(state: ModelState, ops: readonly ModelOp[]): ModelState | null {
  const next = new Map(state)
  for (const op of ops) if (isPossible(next, op)) applyOp(next, op)
  return violations(next).length > 0 ? null : next
}

export function isPossible(state: ModelState, op: ModelOp): boolean {
  switch (op.do) {
    case 'put':
      return true
    case 'patch':
    case 'delete':
      return state.has(`A ${op.name}`)
    case 'link':
      return !state.has(`L ${op.id}`) && state.has(`A ${op.from}`) && state.has(`A ${op.to}`)
    case 'reweigh':
    case 'unlink':
      return state.has(`L ${op.id}`)
  }
}

export function applyOp(state: Map<string, Entity>, op: ModelOp): void {
  switch (op.do) {
    case 'put':
      state.set(`A ${op.name}`, { kind: 'A', props: { n: op.n, s: op.s } })
      return
    case 'patch': {
      const props = (state.get(`A ${op.name}`) as Entity).props
      state.set(`A ${op.name}`, { kind: 'A', props: { ...props, n: op.n } })
      return
    }
    case 'delete':
      state.delete(`A ${op.name}`)
      for (const [key, e] of [...state])
        if (e.kind === 'L' && (e.props.from === op.name || e.props.to === op.name)) state.delete(key)
      return
    case 'link':
      state.set(`L ${op.id}`, { kind: 'L', props: { from: op.from, to: op.to, w: op.w } })
      return
    case 'reweigh': {
      const props = (state.get(`L ${op.id}`) as Entity).props
      state.set(`L ${op.id}`, { kind: 'L', props: { ...props, w: op.w } })
      return
    }
    case 'unlink':
      state.delete(`L ${op.id}`)
  }
}

/** What a state breaks, as `kind id`; of equal values all holders. */
function violations(state: ModelState): string[] {
  const found: string[] = []
  const nodes = [...state].filter(([, e]) => e.kind === 'A')
  const edges = [...state].filter(([, e]) => e.kind === 'L')
  for (const [key, { props }] of edges) {
    if (!state.has(`A ${props.from}`) || !state.has(`A ${props.to}`))
      found.push(`orphan-edge ${key.slice(2)}`)
  }
  for (const [key] of nodes) {
    if (edges.filter(([, e]) => `A ${e.props.from}` === key).length > 2)
      found.push(`cardinality-violation ${key.slice(2)}`)
  }
  const values = nodes.map(([, e]) => e.props.s).filter((s) => s !== null)
  if (new Set(values).size < values.length) found.push('unique-violation')
  return found
}

const UNSETTLED: unique symbol = Symbol('unsettled')
type Value = unknown
type MaybeEntity = Entity | undefined | typeof UNSETTLED

export interface ModelMerge {
  readonly outcome: MergeOutcome
  readonly state: ModelState
  /** `kind id`, sorted; a unique violation without its id, since either holder may be named. */
  readonly conflicts: readonly string[]
}

export function ancestors(commit: ModelCommit): Set<ModelCommit> {
  const seen = new Set<ModelCommit>()
  const visit = (c: ModelCommit): void => {
    if (seen.has(c)) return
    seen.add(c)
    c.parents.forEach(visit)
  }
  visit(commit)
  return seen
}

/** Common ancestors that no other common ancestor descends from, newest first. */
function basesOf(left: readonly ModelCommit[], right: ModelCommit): ModelCommit[] {
  const all = new Set(left.flatMap((c) => [...ancestors(c)]))
  const common = [...ancestors(right)].filter((c) => all.has(c))
  return common
    .filter((c) => !common.some((other) => other !== c && ancestors(other).has(c)))
    .sort((a, b) => b.at - a.at)
}

function baseOf(bases: readonly ModelCommit[], key: string): MaybeEntity {
  const last = bases[bases.length - 1] as ModelCommit
  if (bases.length === 1) return last.state.get(key)
  const rest = bases.slice(0, -1)
  const merged = mergeEntity(baseOf(basesOf(rest, last), key), baseOf(rest, key), last.state.get(key))
  return merged.entity
}

export function modelMerge(target: ModelCommit, source: ModelCommit): ModelMerge {
  const bases = basesOf([target], source)
  const unchanged = { outcome: 'already-up-to-date' as const, state: target.state, conflicts: [] }
  if (bases[0] === source) return unchanged
  const keys = new Set([...bases, target, source].flatMap((c) => [...c.state.keys()]))
  for (const c of ancestors(source)) for (const key of c.state.keys()) keys.add(key)
  const state = new Map(target.state)
  const conflicts: string[] = []
  const inConflict = new Set<string>()
  let differing = 0
  for (const key of keys) {
    const base: MaybeEntity = baseOf(bases, key)
    const [ours, theirs] = [target.state.get(key), source.state.get(key)]
    if (!equal(base, theirs)) differing++
    const { entity, conflict } = mergeEntity(base, ours, theirs)
    if (conflict) {
      conflicts.push(`${conflict} ${key.slice(2)}`)
      inConflict.add(key)
    } else if (entity === undefined) state.delete(key)
    else state.set(key, entity as Entity)
  }
  for (const found of violations(state)) {
    if (!(found.startsWith('orphan-edge ') && inConflict.has(`L ${found.slice(12)}`))) conflicts.push(found)
  }
  if (differing === 0) return unchanged
  return { outcome: bases[0] === target ? 'fast-forward' : 'merged', state, conflicts: conflicts.sort() }
}

function mergeEntity(
  base: MaybeEntity,
  ours: MaybeEntity,
  theirs: MaybeEntity,
): { entity: MaybeEntity; conflict?: ConflictKind } {
  if (equal(ours, theirs) || equal(base, theirs)) return { entity: ours }
  if (equal(base, ours)) return { entity: theirs }
  if (ours === UNSETTLED || theirs === UNSETTLED) return { entity: UNSETTLED, conflict: 'divergent-update' }
  if (ours === undefined || theirs === undefined) return { entity: UNSETTLED, conflict: 'delete-vs-update' }
  const props: Record<string, Value> = {}
  let conflict: ConflictKind | undefined
  for (const name of Object.keys(ours.props)) {
    const [a, b] = [ours.props[name], theirs.props[name]]
    const known = base !== undefined && base !== UNSETTLED
    const c = known ? base.props[name] : UNSETTLED
    if (a !== UNSETTLED && a === b) props[name] = a
    else if (b !== UNSETTLED && b === c) props[name] = a
    else if (a !== UNSETTLED && a === c) props[name] = b
    else {
      props[name] = UNSETTLED
      conflict = base === undefined ? 'divergent-insert' : 'divergent-update'
    }
  }
  return { entity: { kind: ours.kind, props }, ...(conflict && { conflict }) }
}

function equal(a: MaybeEntity, b: MaybeEntity): boolean {
  if (a === undefined || b === undefined || a === UNSETTLED || b === UNSETTLED)
    return a !== UNSETTLED && a === b
  return Object.keys(a.props).every((k) => a.props[k] !== UNSETTLED && a.props[k] === b.props[k])
}
