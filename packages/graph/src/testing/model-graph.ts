import type { Choices } from '@groundplane/lang/testing/choices'
import type { Json } from '../api.js'
import type { Transaction } from '../write/transaction.js'
import type { ModelMigration } from './model-migration.js'
import {
  edgesOf,
  keyOf,
  type ModelProperty,
  type ModelSchema,
  type ModelType,
  nodesOf,
  someValue,
  typeOf,
} from './model-schema.js'
import type { OracleGraph } from './oracle.js'

/** Values by the number of their property. */
export interface ModelEntity {
  readonly from: string
  readonly to: string
  readonly values: Readonly<Record<number, Json>>
}

/** By the number of the type, then by id. */
export type ModelState = ReadonlyMap<number, ReadonlyMap<string, ModelEntity>>
type Draft = Map<number, Map<string, ModelEntity>>

export function emptyState(schema: ModelSchema): ModelState {
  return new Map(schema.types.map((t) => [t.uid, new Map()]))
}

/** What a migration makes of the data: renames keep it, drops lose it, defaults fill what a required property lacks. */
export function migrateState(state: ModelState, { before, after }: ModelMigration): ModelState {
  return new Map(
    after.types.map((type) => {
      const old = before.types.find((t) => t.uid === type.uid)
      const known = new Set(old?.properties.map((p) => p.uid))
      const value = (p: ModelProperty, entity: ModelEntity): Json => {
        const had = known.has(p.uid) ? (entity.values[p.uid] ?? null) : null
        return had === null && !p.nullable ? p.default : had
      }
      const entities = [...(state.get(type.uid) ?? [])].map(
        ([id, entity]) =>
          [
            id,
            {
              ...entity,
              values: Object.fromEntries(type.properties.map((p) => [p.uid, value(p, entity)])),
            },
          ] as const,
      )
      return [type.uid, new Map(entities)]
    }),
  )
}

/** As the evaluator and a reader have it: by the names of a schema. */
export function named(schema: ModelSchema, state: ModelState): OracleGraph {
  const entities = (type: ModelType) =>
    [...(state.get(type.uid) as ReadonlyMap<string, ModelEntity>)].map(([id, { from, to, values }]) => ({
      type: type.name,
      id,
      from,
      to,
      data: Object.fromEntries(type.properties.map((p) => [p.name, values[p.uid] ?? null])),
    }))
  return {
    nodes: nodesOf(schema)
      .flatMap(entities)
      .map(({ type, id, data }) => ({ kind: 'node', type, id, data })),
    edges: edgesOf(schema)
      .flatMap(entities)
      .map((e) => ({ kind: 'edge', ...e })),
    ends: Object.fromEntries(
      edgesOf(schema).map((e) => [
        e.name,
        { from: typeOf(schema, e.from).name, to: typeOf(schema, e.to).name },
      ]),
    ),
  }
}

/** One change of the data that is possible there, for the store and for the model alike. */
export interface ModelChange {
  readonly store: (tx: Transaction) => void
  readonly model: (draft: Draft) => void
}

export function draftOf(state: ModelState): Draft {
  return new Map([...state].map(([uid, entities]) => [uid, new Map(entities)]))
}

export function someChange(schema: ModelSchema, state: ModelState, choices: Choices): ModelChange | null {
  const type = choices.of(schema.types)
  return type.kind === 'node'
    ? nodeChange(schema, type, state, choices)
    : edgeChange(schema, type, state, choices)
}

const IDS = ['n0', 'n1', 'n2', 'n3', "n'4"]

function nodeChange(
  schema: ModelSchema,
  type: ModelType,
  state: ModelState,
  choices: Choices,
): ModelChange | null {
  const known = state.get(type.uid) as ReadonlyMap<string, ModelEntity>
  const key = keyOf(type)
  const action = choices.below(6)
  if (action >= 4) {
    const id = choices.maybe([...known.keys()])
    if (id === undefined) return null
    if (action === 5) return deletion(schema, type, id)
    const changed = choices.maybe(type.properties.filter((p) => !p.key))
    if (!changed) return null
    const value = filled(changed, choices)
    return {
      store: (tx) => void tx.patchNode(type.name, id, { [changed.name]: value }),
      model: (draft) => set(draft, type, id, { [changed.uid]: value }),
    }
  }
  const id = choices.of(IDS)
  const values = row(type, choices, !known.has(id))
  if (key) values.given[key.name] = id
  else values.given.id = id
  if (key) values.stored[key.uid] = id
  return {
    store: (tx) => void tx.upsertNode(type.name, values.given),
    model: (draft) => void draft.get(type.uid)?.set(id, { from: '', to: '', values: values.stored }),
  }
}

/** A node goes with its edges. */
function deletion(schema: ModelSchema, type: ModelType, id: string): ModelChange {
  return {
    store: (tx) => void tx.deleteNode(type.name, id),
    model: (draft) => {
      draft.get(type.uid)?.delete(id)
      for (const edge of edgesOf(schema)) {
        const edges = draft.get(edge.uid) as Map<string, ModelEntity>
        for (const [edgeId, { from, to }] of [...edges])
          if ((edge.from === type.uid && from === id) || (edge.to === type.uid && to === id))
            edges.delete(edgeId)
      }
    },
  }
}

function edgeChange(
  schema: ModelSchema,
  type: ModelType,
  state: ModelState,
  choices: Choices,
): ModelChange | null {
  const known = state.get(type.uid) as ReadonlyMap<string, ModelEntity>
  const id = `e${choices.below(5)}`
  if (!known.has(id)) {
    const [from, to] = [type.from, type.to].map((end) =>
      choices.maybe([...(state.get(end) as ReadonlyMap<string, ModelEntity>).keys()]),
    )
    if (from === undefined || to === undefined) return null
    const values = row(type, choices, true)
    return {
      store: (tx) => void tx.insertEdge(type.name, from, to, { id, ...values.given }),
      model: (draft) => void draft.get(type.uid)?.set(id, { from, to, values: values.stored }),
    }
  }
  const changed = choices.maybe(type.properties)
  if (!changed || typeOf(schema, type.uid) !== type || choices.below(3) === 0) {
    return {
      store: (tx) => void tx.deleteEdge(type.name, id),
      model: (draft) => void draft.get(type.uid)?.delete(id),
    }
  }
  const value = filled(changed, choices)
  return {
    store: (tx) => void tx.updateEdge(type.name, id, { [changed.name]: value }),
    model: (draft) => set(draft, type, id, { [changed.uid]: value }),
  }
}

function set(draft: Draft, type: ModelType, id: string, values: Record<number, Json>): void {
  const entity = draft.get(type.uid)?.get(id) as ModelEntity
  draft.get(type.uid)?.set(id, { ...entity, values: { ...entity.values, ...values } })
}

function filled(property: ModelProperty, choices: Choices): Json {
  return property.nullable && choices.rarely(4) ? null : someValue(property, choices)
}

/** Values of all properties but the key; some left out when the entity is new, for the defaults to stand in. */
function row(
  type: ModelType,
  choices: Choices,
  isNew: boolean,
): { given: Record<string, Json>; stored: Record<number, Json> } {
  const given: Record<string, Json> = {}
  const stored: Record<number, Json> = {}
  for (const property of type.properties.filter((p) => !p.key)) {
    const left = isNew && choices.rarely(4)
    const value = left ? property.default : filled(property, choices)
    stored[property.uid] = value
    if (!left) given[property.name] = value
  }
  return { given, stored }
}
