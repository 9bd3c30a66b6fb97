import type { Choices } from '@groundplane/lang/testing/choices'
import type { Json } from '../api.js'

/**
 * A schema as the tests' own model has it: types and properties keep a number
 * through renames, so that what a name meant then and now can be told apart.
 */
export type ModelValueType =
  | 'I32'
  | 'U32'
  | 'I64'
  | 'F32'
  | 'F64'
  | 'String'
  | 'Bool'
  | 'Date'
  | '[String]'
  | 'enum'

export interface ModelProperty {
  readonly uid: number
  readonly name: string
  readonly type: ModelValueType
  /** Of an enum. */
  readonly values: readonly string[]
  readonly nullable: boolean
  readonly default: Json
  readonly indexed: boolean
  readonly key: boolean
}

export interface ModelType {
  readonly kind: 'node' | 'edge'
  readonly uid: number
  readonly name: string
  /** Numbers of the end types; of an edge only. */
  readonly from: number
  readonly to: number
  readonly properties: readonly ModelProperty[]
}

export interface ModelSchema {
  readonly types: readonly ModelType[]
}

export const nodesOf = (schema: ModelSchema): ModelType[] => schema.types.filter((t) => t.kind === 'node')
export const edgesOf = (schema: ModelSchema): ModelType[] => schema.types.filter((t) => t.kind === 'edge')
export const typeOf = (schema: ModelSchema, uid: number): ModelType =>
  schema.types.find((t) => t.uid === uid) as ModelType
export const keyOf = (type: ModelType): ModelProperty | undefined => type.properties.find((p) => p.key)
/** The numbers of all types and properties. */
export const uidsOf = (schema: ModelSchema): number[] =>
  schema.types.flatMap((t) => [t.uid, ...t.properties.map((p) => p.uid)])

export const NODE_NAMES = ['A', 'B', 'Group', 'C']
export const EDGE_NAMES = ['Link', 'Owns', 'Join', 'Of']
/** Some mean something to SQL or are names of columns the store has of its own. */
export const PROPERTY_NAMES = ['n', 's', 'group', 'born', 'l', 'vid', 'rowid', 'x']
const TYPES: readonly ModelValueType[] = [
  'I32',
  'String',
  'I64',
  'F32',
  'F64',
  'U32',
  'Bool',
  'Date',
  '[String]',
  'enum',
]
const WORDS = ['a', 'ab', '', 'b a', 'é', '𝒳', '\uFFFF'] as const

/** A value that every reader can compare exactly: small numbers, halves, words. */
export function someValue(property: ModelProperty, choices: Choices): Json {
  switch (property.type) {
    case 'I32':
    case 'U32':
    case 'I64':
      return choices.below(4)
    case 'F32':
    case 'F64':
      return choices.below(4) / 2
    case 'String':
      return choices.of(WORDS)
    case 'Bool':
      return choices.below(2) === 1
    case 'Date':
      return `2024-01-0${1 + choices.below(3)}`
    case '[String]':
      return Array.from({ length: choices.below(3) }, () => choices.of(WORDS))
    case 'enum':
      return choices.of(property.values)
  }
}

/** As a query writes a value down. */
export function literalOf(property: ModelProperty, value: Json): string {
  if (property.type === 'Date') return `date(${JSON.stringify(value)})`
  return Array.isArray(value) ? `[${value.map((v) => JSON.stringify(v)).join(', ')}]` : JSON.stringify(value)
}

let counter = 0
export const freshUid = (): number => ++counter

export function someProperty(name: string, choices: Choices): ModelProperty {
  const type = choices.of(TYPES)
  const bare: ModelProperty = {
    uid: freshUid(),
    name,
    type,
    values: type === 'enum' ? ['u', 'v'] : [],
    nullable: true,
    default: null,
    indexed: type !== '[String]' && choices.rarely(3),
    key: false,
  }
  return choices.rarely(3) && type !== '[String]' ? required(bare, choices) : bare
}

/** The same, but it needs a value and has a default. */
export function required(property: ModelProperty, choices: Choices): ModelProperty {
  return { ...property, nullable: false, default: someValue(property, choices) }
}

/** One or two node types, an edge from the first to itself, maybe more. */
export function someSchema(choices: Choices): ModelSchema {
  const node = (name: string): ModelType => someNode(name, choices)
  const types = [node('A')]
  if (choices.below(2) === 0) types.push(node('B'))
  const nodes = [...types]
  const edge = (name: string, from: ModelType, to: ModelType): ModelType => ({
    kind: 'edge',
    uid: freshUid(),
    name,
    from: from.uid,
    to: to.uid,
    properties: choices.below(2) === 0 ? [someProperty('w', choices)] : [],
  })
  const first = nodes[0] as ModelType
  types.push(edge('Link', first, first))
  if (nodes[1]) types.push(edge('Owns', first, nodes[1]))
  return { types }
}

export function someNode(name: string, choices: Choices): ModelType {
  const key: ModelProperty = {
    uid: freshUid(),
    name: 'name',
    type: 'String',
    values: [],
    nullable: false,
    default: null,
    indexed: false,
    key: true,
  }
  const keyed = !choices.rarely(4)
  const names = PROPERTY_NAMES.slice(0, 1 + choices.below(3))
  return {
    kind: 'node',
    uid: freshUid(),
    name,
    from: 0,
    to: 0,
    properties: [...(keyed ? [key] : []), ...names.map((n) => someProperty(n, choices))],
  }
}

/** As `.pg` text. `renamed`: what types and properties were called before, by number. */
export function schemaSource(schema: ModelSchema, renamed: ReadonlyMap<number, string> = new Map()): string {
  const from = (uid: number): string => (renamed.has(uid) ? ` @rename_from("${renamed.get(uid)}")` : '')
  const nameOf = (uid: number): string => typeOf(schema, uid).name
  return schema.types
    .map((type) => {
      const head =
        type.kind === 'node'
          ? `node ${type.name}${from(type.uid)}`
          : `edge ${type.name}: ${nameOf(type.from)} -> ${nameOf(type.to)}${from(type.uid)}`
      return `${head} {\n${type.properties.map((p) => `  ${propertySource(p)}${from(p.uid)}`).join('\n')}\n}`
    })
    .join('\n')
}

function propertySource(p: ModelProperty): string {
  const type = p.type === 'enum' ? `enum(${p.values.join(', ')})` : p.type
  const value = p.type === 'enum' || p.type === 'Date' ? JSON.stringify(p.default) : literalOf(p, p.default)
  const parts = [`${p.name}: ${type}${p.nullable ? '?' : ''}`]
  if (p.key) parts.push('@key')
  if (p.indexed) parts.push('@index')
  if (p.default !== null && !p.nullable) parts.push(`@default(${value})`)
  return parts.join(' ')
}
