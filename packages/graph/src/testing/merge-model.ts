import type { ConflictKind, MergeOutcome } from '../merge/merge-result.js'

/**
 * Branches and merges said plainly: every commit is its whole state, ancestors
 * are sets, a merge compares everything with everything. Meant to be obviously
 * right on a handful of entities, and to disagree with the store when that is wrong.
 */
export const MODEL_SCHEMA = modelSource({ version: 0, extra: [], narrow: false })

/** A property that a migration added. It keeps its number through renames. */
export interface ExtraProperty {
  readonly uid: number
  readonly name: string
  /** Needs a value; what lacks one gets 7. */
  readonly required: boolean
  /** Added as required: then a row of before, or of a branch that does not know it, has 7 and not null. */
  readonly since7: boolean
}

/** The schema of a commit: what is always there, and what migrations made of it. */
export interface ModelSchema {
  /** Of the migration that made it. */
  readonly version: number
  readonly extra: readonly ExtraProperty[]
  /** Whether `n` must be 0 or 1. */
  readonly narrow: boolean
}

export function modelSource(
  { extra, narrow }: ModelSchema,
  renamed: ReadonlyMap<number, string> = new Map(),
): string {
  const properties = extra.map(({ uid, name, required }) => {
    const from = renamed.has(uid) ? ` @rename_from("${renamed.get(uid)}")` : ''
    return `${name}: I32${required ? ' @default(7)' : '?'}${from}`
  })
  return `
node A { name: String @key n: I32? s: String? @unique(s) ${properties.join(' ')} ${narrow ? '@range(n, 0..1)' : ''} }
edge L: A -> A @card(0..2) { w: I32? }
`
}

export const propOf = (uid: number): string => `x${uid}`

/** The value an entity has for a property, under a schema newer than what wrote it too. */
function valueUnder(entity: Entity, extra: ExtraProperty): unknown {
  const name = propOf(extra.uid)
  return Object.hasOwn(entity.props, name) ? entity.props[name] : extra.since7 ? 7 : null
}

/** An entity as a schema has it. */
export function underSchema(entity: Entity, schema: ModelSchema): Entity {
  if (entity.kind === 'L') return entity
  const { n, s } = entity.props
  const props: Record<string, unknown> = { n, s }
  for (const extra of schema.extra) props[propOf(extra.uid)] = valueUnder(entity, extra)
  return { kind: 'A', props }
}

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
  readonly schema: ModelSchema
  id: string
}

export type ModelOp =
  | { readonly do: 'put'; readonly name: string; readonly n: number | null; readonly s: string | null }
  | { readonly do: 'patch'; readonly name: string; readonly n: number | null }
  | { readonly do: 'extra'; readonly name: string; readonly at: number; readonly value: number | null }
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
export function applyOps(state: ModelState, ops: readonly ModelOp[], schema: ModelSchema): ModelState | null {
  const next = new Map(state)
  for (const op of ops) {
    if (!isPossible(next, op, schema)) continue
    applyOp(next, op, schema)
    // A wrong value is refused at once, even one that would be put right.
    if ([...next.values()].some((e) => isWrong(e, schema))) return null
  }
  return violations(next).length > 0 ? null : next
}

/** Whether an entity has a value its schema does not allow. */
function isWrong(entity: Entity, schema: ModelSchema): boolean {
  if (entity.kind === 'L') return false
  const tooLarge = schema.narrow && Number(entity.props.n ?? 0) > 1
  return tooLarge || schema.extra.some((x) => x.required && valueUnder(entity, x) === null)
}

export function isPossible(state: ModelState, op: ModelOp, schema: ModelSchema): boolean {
  switch (op.do) {
    case 'put':
      return true
    case 'extra':
      return schema.extra.length > 0 && state.has(`A ${op.name}`)
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

export function applyOp(state: Map<string, Entity>, op: ModelOp, schema: ModelSchema): void {
  switch (op.do) {
    case 'put': {
      const extra = schema.extra.map((x) => [propOf(x.uid), x.required ? 7 : null])
      state.set(`A ${op.name}`, { kind: 'A', props: { n: op.n, s: op.s, ...Object.fromEntries(extra) } })
      return
    }
    case 'extra': {
      const { uid } = schema.extra[op.at % schema.extra.length] as ExtraProperty
      const props = (state.get(`A ${op.name}`) as Entity).props
      state.set(`A ${op.name}`, { kind: 'A', props: { ...props, [propOf(uid)]: op.value } })
      return
    }
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
  readonly outcome: MergeOutcome | 'schemas-diverged'
  readonly state: ModelState
  readonly schema: ModelSchema
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
export function basesOf(left: readonly ModelCommit[], right: ModelCommit): ModelCommit[] {
  const all = new Set(left.flatMap((c) => [...ancestors(c)]))
  const common = [...ancestors(right)].filter((c) => all.has(c))
  return common
    .filter((c) => !common.some((other) => other !== c && ancestors(other).has(c)))
    .sort((a, b) => b.at - a.at)
}

/** The entity in the merge of some bases; `gone`: commits that a cleanup removed, of which nothing is known. */
function baseOf(
  bases: readonly ModelCommit[],
  key: string,
  schema: ModelSchema,
  gone: ReadonlySet<ModelCommit>,
): MaybeEntity {
  const last = bases[bases.length - 1] as ModelCommit
  const entity = last.state.get(key)
  const own = gone.has(last) ? UNSETTLED : entity && underSchema(entity, schema)
  if (bases.length === 1) return own
  const rest = bases.slice(0, -1)
  return mergeEntity(baseOf(basesOf(rest, last), key, schema, gone), baseOf(rest, key, schema, gone), own)
    .entity
}

/** The schema of a merge: of the side that has migrated since the base; null when both have. */
function schemaOf(
  target: ModelCommit,
  source: ModelCommit,
  bases: readonly ModelCommit[],
): ModelSchema | null {
  const before = bases.map((b) => b.schema.version)
  if (source.schema.version === target.schema.version || before.includes(source.schema.version))
    return target.schema
  return before.includes(target.schema.version) ? source.schema : null
}

export function modelMerge(
  target: ModelCommit,
  source: ModelCommit,
  gone: ReadonlySet<ModelCommit> = new Set(),
): ModelMerge {
  const bases = basesOf([target], source)
  const unchanged = {
    outcome: 'already-up-to-date' as const,
    state: target.state,
    schema: target.schema,
    conflicts: [],
  }
  const schema = schemaOf(target, source, bases)
  if (schema === null) return { ...unchanged, outcome: 'schemas-diverged' }
  if (bases[0] === source) return unchanged
  const moved = schema !== target.schema
  const fastForward = bases[0] === target
  const now = (commit: ModelCommit, key: string): Entity | undefined => {
    const entity = commit.state.get(key)
    return entity && underSchema(entity, schema)
  }
  const keys = new Set([...bases, target, source].flatMap((c) => [...c.state.keys()]))
  for (const c of ancestors(source)) for (const key of c.state.keys()) keys.add(key)
  const state = new Map([...target.state].map(([key, e]) => [key, underSchema(e, schema)]))
  const conflicts: string[] = []
  const inConflict = new Set<string>()
  let differing = 0
  for (const key of keys) {
    const [ours, theirs] = [now(target, key), now(source, key)]
    const base: MaybeEntity = fastForward ? ours : baseOf(bases, key, schema, gone)
    if (!equal(base, theirs)) differing++
    const { entity, conflict } = mergeEntity(base, ours, theirs)
    if (conflict) {
      conflicts.push(`${conflict} ${key.slice(2)}`)
      inConflict.add(key)
    } else if (entity === undefined) state.delete(key)
    else if (!moved && !equal(entity, ours) && isWrong(entity as Entity, schema))
      conflicts.push(`value-violation ${key.slice(2)}`)
    else state.set(key, entity as Entity)
  }
  if (moved)
    for (const [key, e] of state) if (isWrong(e, schema)) conflicts.push(`value-violation ${key.slice(2)}`)
  for (const found of violations(state)) {
    if (!(found.startsWith('orphan-edge ') && inConflict.has(`L ${found.slice(12)}`))) conflicts.push(found)
  }
  if (differing === 0 && !moved) return unchanged
  return {
    outcome: fastForward ? 'fast-forward' : 'merged',
    state,
    schema,
    conflicts: [...new Set(conflicts)].sort(),
  }
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
