import type { Choices } from '@groundplane/lang/testing/choices'
import {
  EDGE_NAMES,
  edgesOf,
  freshUid,
  type ModelProperty,
  type ModelSchema,
  type ModelType,
  type ModelValueType,
  NODE_NAMES,
  nodesOf,
  PROPERTY_NAMES,
  required,
  someNode,
  someProperty,
} from './model-schema.js'

/** What a migration makes of a schema, and what to call it. Everything in it is supported, whatever the data. */
export interface ModelMigration {
  readonly before: ModelSchema
  readonly after: ModelSchema
  /** Former names by number, of what is renamed. */
  readonly renamed: ReadonlyMap<number, string>
}

/** One to three changes at once, of all supported kinds. */
export function someMigration(before: ModelSchema, choices: Choices): ModelMigration {
  let schema = before
  const renamed = new Map<number, string>()
  // A name that was in use at the start stands for what had it then: it is not given to another at once.
  const taken = new Set(before.types.flatMap((t) => [t.name, ...t.properties.map((p) => p.name)]))
  for (let i = choices.below(3); i >= 0; i--) schema = change(schema, choices, renamed, taken)
  const [old, kept] = [uidsOf(before), uidsOf(schema)]
  for (const uid of renamed.keys()) if (!old.has(uid) || !kept.has(uid)) renamed.delete(uid)
  return { before, after: schema, renamed }
}

function uidsOf({ types }: ModelSchema): Set<number> {
  return new Set(types.flatMap((t) => [t.uid, ...t.properties.map((p) => p.uid)]))
}

const KINDS = [
  'add-property',
  'rename-property',
  'drop-property',
  'alter-property',
  'alter-property',
  'add-node',
  'add-edge',
  'rename-type',
  'drop-type',
] as const

function change(
  schema: ModelSchema,
  choices: Choices,
  renamed: Map<number, string>,
  taken: Set<string>,
): ModelSchema {
  const kind = choices.of(KINDS)
  const type = choices.of(schema.types)
  const fresh = (names: readonly string[]): string | undefined => {
    const name = choices.maybe(names.filter((n) => !taken.has(n)))
    if (name !== undefined) taken.add(name)
    return name
  }
  const rename = <T extends { uid: number; name: string }>(thing: T, name: string | undefined): T => {
    if (name === undefined) return thing
    if (!renamed.has(thing.uid)) renamed.set(thing.uid, thing.name)
    return { ...thing, name }
  }
  switch (kind) {
    case 'add-property': {
      const name = fresh(PROPERTY_NAMES)
      return name === undefined
        ? schema
        : withType(schema, { ...type, properties: [...type.properties, someProperty(name, choices)] })
    }
    case 'rename-property': {
      const old = choices.maybe(type.properties)
      return old ? withProperty(schema, type, rename(old, fresh(PROPERTY_NAMES))) : schema
    }
    case 'drop-property': {
      const old = choices.maybe(type.properties.filter((p) => !p.key))
      return old
        ? withType(schema, { ...type, properties: type.properties.filter((p) => p !== old) })
        : schema
    }
    case 'alter-property': {
      const old = choices.maybe(type.properties.filter((p) => !p.key))
      return old ? withProperty(schema, type, altered(old, choices)) : schema
    }
    case 'add-node': {
      const name = fresh(NODE_NAMES)
      if (name === undefined) return schema
      const node = someNode(name, choices)
      // Its property may be renamed by the next change, and not to the name of another.
      for (const p of node.properties) taken.add(p.name)
      return { types: [...schema.types, node] }
    }
    case 'add-edge': {
      const name = fresh(EDGE_NAMES)
      const ends = { from: choices.of(nodesOf(schema)).uid, to: choices.of(nodesOf(schema)).uid }
      if (name === undefined) return schema
      return { types: [...schema.types, { kind: 'edge', uid: freshUid(), name, ...ends, properties: [] }] }
    }
    case 'rename-type':
      return withType(schema, rename(type, fresh(type.kind === 'node' ? NODE_NAMES : EDGE_NAMES)))
    case 'drop-type': {
      if (type.kind === 'edge') return { types: schema.types.filter((t) => t !== type) }
      if (nodesOf(schema).length === 1) return schema
      const incident = edgesOf(schema).filter((e) => e.from === type.uid || e.to === type.uid)
      return { types: schema.types.filter((t) => t !== type && !incident.includes(t)) }
    }
  }
}

const WIDER: Partial<Record<ModelValueType, ModelValueType>> = { I32: 'I64', U32: 'I64', F32: 'F64' }

function altered(p: ModelProperty, choices: Choices): ModelProperty {
  const wider = WIDER[p.type]
  switch (choices.below(4)) {
    case 0:
      if (p.type === 'enum') return { ...p, values: [...new Set([...p.values, 'w'])] }
      return wider === undefined ? p : { ...p, type: wider }
    case 1:
      return p.type === '[String]' ? p : required(p, choices)
    case 2:
      return { ...p, nullable: true, default: null }
    default:
      return p.type === '[String]' ? p : { ...p, indexed: !p.indexed }
  }
}

function withType(schema: ModelSchema, type: ModelType): ModelSchema {
  return { types: schema.types.map((t) => (t.uid === type.uid ? type : t)) }
}

function withProperty(schema: ModelSchema, type: ModelType, property: ModelProperty): ModelSchema {
  return withType(schema, {
    ...type,
    properties: type.properties.map((p) => (p.uid === property.uid ? property : p)),
  })
}
