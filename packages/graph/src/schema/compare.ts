import { canonicalJson } from '@groundplane/core'
import type { EdgeModel, NodeModel, PropertyModel, SchemaModel, ValueType } from '@groundplane/lang'
import { typeName } from '../value/codec.js'
import { writtenPattern } from '../value/written-pattern.js'

type TypeModel = NodeModel | EdgeModel

export type StepKind =
  | 'add_type'
  | 'rename_type'
  | 'drop_type'
  | 'add_property'
  | 'rename_property'
  | 'drop_property'
  | 'widen_property'
  | 'widen_enum'
  | 'relax_property'
  | 'require_property'
  | 'add_constraint'
  | 'remove_constraint'
  | 'add_index'
  | 'remove_index'
  | 'change_metadata'
  | 'unsupported_change'

export interface MigrationStep {
  readonly kind: StepKind
  readonly entity: 'node' | 'edge' | 'interface'
  /** The name in the new schema; in the old one for a drop. */
  readonly type: string
  readonly property?: string
  /** The name before a rename. */
  readonly from?: string
  /** What exactly: a constraint, an index, enum values, a type change. */
  readonly detail?: string
  /** Only on a drop. Soft: past commits go on answering. Hard: the data is erased from every commit. */
  readonly mode?: 'soft' | 'hard'
  /** Only on `unsupported_change`: why not, and what to do instead. */
  readonly reason?: string
  readonly remedy?: string
}

/** Old and new side by side: which type and property each new one was. */
export interface Comparison {
  readonly steps: readonly MigrationStep[]
  readonly types: readonly TypePair[]
  readonly dropped: readonly DroppedData[]
}

/** A type of the old schema, or one property of it, that the new one lacks. */
export interface DroppedData {
  readonly type: TypeModel
  readonly property?: PropertyModel
}

export interface TypePair {
  readonly before: TypeModel | null
  readonly after: TypeModel
  /** New property name to the old one. */
  readonly properties: ReadonlyMap<string, PropertyModel>
}

/** Pure: from two models to the steps between them, in an order that reads well. */
export function compareSchemas(
  before: SchemaModel,
  after: SchemaModel,
  mode: 'soft' | 'hard' = 'soft',
): Comparison {
  const steps: MigrationStep[] = []
  const types: TypePair[] = []
  const dropped: DroppedData[] = []
  for (const [olds, news] of [
    [before.nodes, after.nodes],
    [before.edges, after.edges],
  ] as readonly [readonly TypeModel[], readonly TypeModel[]][]) {
    const pairs = pairTypes(olds, news, steps)
    types.push(...pairs)
    const kept = new Set(pairs.map((p) => p.before))
    for (const old of olds)
      if (!kept.has(old)) {
        dropped.push({ type: old })
        steps.push({ kind: 'drop_type', entity: old.kind, type: old.name, mode })
      }
  }
  for (const pair of types) {
    if (!pair.before) continue
    compareType(pair, pair.before, types, steps, mode)
    const used = new Set(pair.properties.values())
    for (const property of pair.before.properties)
      if (!used.has(property)) dropped.push({ type: pair.before, property })
  }
  compareInterfaces(before, after, steps)
  return { steps, types, dropped }
}

function pairTypes(
  olds: readonly TypeModel[],
  news: readonly TypeModel[],
  steps: MigrationStep[],
): TypePair[] {
  const byName = new Map(olds.map((t) => [t.name, t]))
  const newNames = new Set(news.map((t) => t.name))
  const taken = new Set<string>()
  return news.map((after) => {
    let before = byName.get(after.name) ?? null
    const from = after.renamedFrom
    if (!before && from !== undefined && byName.has(from) && !newNames.has(from) && !taken.has(from)) {
      before = byName.get(from) as TypeModel
      taken.add(from)
      steps.push({ kind: 'rename_type', entity: after.kind, type: after.name, from })
    } else if (!before) steps.push({ kind: 'add_type', entity: after.kind, type: after.name })
    return { before, after, properties: before ? pairProperties(before, after) : new Map() }
  })
}

function pairProperties(before: TypeModel, after: TypeModel): Map<string, PropertyModel> {
  const byName = new Map(before.properties.map((p) => [p.name, p]))
  const newNames = new Set(after.properties.map((p) => p.name))
  const pairs = new Map<string, PropertyModel>()
  const used = new Set<string>()
  for (const property of after.properties) {
    const same = byName.get(property.name)
    const from = property.renamedFrom
    if (same) pairs.set(property.name, same)
    else if (from !== undefined && byName.has(from) && !newNames.has(from) && !used.has(from)) {
      used.add(from)
      pairs.set(property.name, byName.get(from) as PropertyModel)
    }
  }
  return pairs
}

function compareType(
  pair: TypePair,
  before: TypeModel,
  all: readonly TypePair[],
  steps: MigrationStep[],
  mode: 'soft' | 'hard',
): void {
  const { after } = pair
  const at = { entity: after.kind, type: after.name } as const
  const kept = new Set(pair.properties.values())
  for (const property of before.properties) {
    if (!kept.has(property)) steps.push({ kind: 'drop_property', ...at, property: property.name, mode })
  }
  for (const property of after.properties) {
    const old = pair.properties.get(property.name)
    if (old) compareProperty(at, old, property, steps)
    else
      steps.push({
        kind: 'add_property',
        ...at,
        property: property.name,
        detail: `${typeName(property.type)}${property.nullable ? '?' : ''}${filling(property)}`,
      })
  }
  const oldNames = new Map([...pair.properties].map(([name, old]) => [old.name, name]))
  compareIdentity(at, before, after, oldNames, all, steps)
  compareConstraints(at, constraintsOf(before, oldNames), constraintsOf(after), 'constraint', steps)
  compareConstraints(at, indexesOfModel(before, oldNames), indexesOfModel(after), 'index', steps)
  if (!same(metadataOf(before), metadataOf(after))) steps.push({ kind: 'change_metadata', ...at })
}

type At = { readonly entity: 'node' | 'edge'; readonly type: string }

function compareProperty(at: At, old: PropertyModel, now: PropertyModel, steps: MigrationStep[]): void {
  const here = { ...at, property: now.name }
  if (old.name !== now.name) steps.push({ kind: 'rename_property', ...here, from: old.name })
  const change = typeChange(old.type, now.type)
  if (change === 'unsupported') {
    steps.push({
      kind: 'unsupported_change',
      ...here,
      detail: `${typeName(old.type)} to ${typeName(now.type)}`,
      reason: `${at.type}.${now.name} cannot change from ${typeName(old.type)} to ${typeName(now.type)}: its values would not fit.`,
      remedy: 'Add a property of the new type under another name and copy the values.',
    })
  } else if (change !== 'same') steps.push({ kind: change.kind, ...here, detail: change.detail })
  if (old.nullable && !now.nullable) {
    const detail = filling(now)
    steps.push({ kind: 'require_property', ...here, ...(detail !== '' && { detail: detail.trim() }) })
  }
  if (!old.nullable && now.nullable) steps.push({ kind: 'relax_property', ...here })
  const described = (p: PropertyModel): unknown => [p.annotations, p.default ?? null]
  if (!same(described(old), described(now)) || old.fromInterface !== now.fromInterface) {
    steps.push({ kind: 'change_metadata', ...here })
  }
}

/** What existing rows get that have no value. */
function filling(property: PropertyModel): string {
  if (property.default === undefined || property.nullable) return ''
  return ` filled with ${comparable(property.default)}`
}

const WIDENINGS = new Set(['I32>I64', 'U32>I64', 'F32>F64'])

function typeChange(
  old: ValueType,
  now: ValueType,
): 'same' | 'unsupported' | { readonly kind: 'widen_enum' | 'widen_property'; readonly detail: string } {
  if (same(old, now)) return 'same'
  if (old.kind === 'enum' && now.kind === 'enum') {
    if (!old.values.every((v) => now.values.includes(v))) return 'unsupported'
    const added = now.values.filter((v) => !old.values.includes(v))
    return {
      kind: 'widen_enum',
      detail: added.length > 0 ? `adds ${added.join(', ')}` : 'reorders the values',
    }
  }
  if (old.kind === 'scalar' && now.kind === 'scalar' && WIDENINGS.has(`${old.name}>${now.name}`)) {
    return { kind: 'widen_property', detail: `${old.name} to ${now.name}` }
  }
  return 'unsupported'
}

/** Key and end points are what an entity is; they do not migrate. */
function compareIdentity(
  at: At,
  before: TypeModel,
  after: TypeModel,
  oldNames: ReadonlyMap<string, string>,
  all: readonly TypePair[],
  steps: MigrationStep[],
): void {
  if (before.kind === 'node' && after.kind === 'node') {
    const oldKey = before.key.map((name) => oldNames.get(name) ?? name)
    if (same(oldKey, after.key)) return
    steps.push({
      kind: 'unsupported_change',
      ...at,
      detail: 'key',
      reason: `The key of ${after.name} cannot change: ids of nodes follow from it.`,
      remedy: 'Add a new type with the new key and load the data into it.',
    })
  } else if (before.kind === 'edge' && after.kind === 'edge') {
    const now = (name: string): string =>
      all.find((p) => p.before?.kind === 'node' && p.before.name === name)?.after.name ?? name
    if (now(before.from) === after.from && now(before.to) === after.to) return
    steps.push({
      kind: 'unsupported_change',
      ...at,
      detail: 'endpoints',
      reason: `${after.name} cannot change its end points from ${before.from} -> ${before.to} to ${after.from} -> ${after.to}.`,
      remedy: 'Add a new edge type with the new end points.',
    })
  }
}

/** Constraints as text, under the new names of what they are on. */
export function constraintsOf(type: TypeModel, names?: ReadonlyMap<string, string>): string[] {
  const to = (name: string): string => names?.get(name) ?? name
  const list = [
    ...type.unique.map((t) => `@unique(${t.map(to).join(', ')})`),
    ...type.ranges.map((r) => `@range(${to(r.property)}, ${r.min ?? ''}..${r.max ?? ''})`),
    ...type.checks.map((c) => `@check(${to(c.property)}, ${writtenPattern(c)})`),
  ]
  if (type.kind === 'edge' && (type.cardinality.min > 0 || type.cardinality.max !== null)) {
    list.push(`@card(${type.cardinality.min}..${type.cardinality.max ?? ''})`)
  }
  return list
}

function indexesOfModel(type: TypeModel, names?: ReadonlyMap<string, string>): string[] {
  return type.indexes.map((t) => `@index(${t.map((n) => names?.get(n) ?? n).join(', ')})`)
}

function compareConstraints(
  at: At,
  before: string[],
  after: string[],
  what: 'constraint' | 'index',
  steps: MigrationStep[],
): void {
  for (const gone of before.filter((c) => !after.includes(c)))
    steps.push({ kind: `remove_${what}`, ...at, detail: gone })
  for (const added of after.filter((c) => !before.includes(c)))
    steps.push({ kind: `add_${what}`, ...at, detail: added })
}

function metadataOf(type: TypeModel): unknown {
  return { annotations: type.annotations, implements: type.kind === 'node' ? type.implements : [] }
}

function compareInterfaces(before: SchemaModel, after: SchemaModel, steps: MigrationStep[]): void {
  const names = new Set([...before.interfaces, ...after.interfaces].map((i) => i.name))
  for (const name of names) {
    const [a, b] = [before, after].map((m) => m.interfaces.find((i) => i.name === name))
    if (!same(a ?? null, b ?? null)) steps.push({ kind: 'change_metadata', entity: 'interface', type: name })
  }
}

function same(a: unknown, b: unknown): boolean {
  return comparable(a) === comparable(b)
}

function comparable(value: unknown): string {
  return canonicalJson(
    JSON.parse(JSON.stringify(value ?? null, (_, v) => (typeof v === 'bigint' ? v.toString() : v))),
  )
}
