import type { EdgeModel, NodeModel, PropertyModel, SchemaModel } from '@groundplane/lang'
import { type Codec, codecFor } from '../value/codec.js'
import { type Erasures, NOTHING_ERASED } from './erasure.js'
import { type Layout, layoutKey } from './layout.js'

/** A schema bound to its tables: what compiler, writer and readers work with. */
export interface BoundSchema {
  readonly digest: string
  readonly source: string
  readonly model: SchemaModel
  readonly layout: Layout
  readonly nodes: ReadonlyMap<string, BoundNode>
  readonly edges: ReadonlyMap<string, BoundEdge>
  readonly byTid: ReadonlyMap<number, BoundType>
  /** A type or property of it that a hard drop erased, `Type` or `Type.property`: what it says of its data is not all true any more. */
  readonly erased: string | null
}

export interface BoundProperty {
  readonly name: string
  readonly column: string
  readonly codec: Codec
  readonly model: PropertyModel
  /** Its values were erased by a hard drop: the seq of the commit that did it. */
  readonly erased?: number
}

interface BoundBase {
  readonly name: string
  readonly tid: number
  readonly table: string
  /** In declaration order. */
  readonly properties: readonly BoundProperty[]
  readonly byName: ReadonlyMap<string, BoundProperty>
  /** Its entities were erased by a hard drop: the seq of the commit that did it. */
  readonly erased?: number
}

export interface BoundNode extends BoundBase {
  readonly kind: 'node'
  readonly model: NodeModel
  /** Edge types that start or end here: what a delete cascades to. */
  readonly incident: readonly { readonly edge: BoundEdge; readonly end: 'src' | 'dst' }[]
}

export interface BoundEdge extends BoundBase {
  readonly kind: 'edge'
  readonly model: EdgeModel
  readonly from: BoundNode
  readonly to: BoundNode
}

export type BoundType = BoundNode | BoundEdge

export function bindSchema(
  source: string,
  digest: string,
  model: SchemaModel,
  layout: Layout,
  erasures: Erasures = NOTHING_ERASED,
): BoundSchema {
  const nodes = new Map<string, BoundNode>()
  const edges = new Map<string, BoundEdge>()
  const byTid = new Map<number, BoundType>()
  const incident = new Map<string, { edge: BoundEdge; end: 'src' | 'dst' }[]>()
  for (const node of model.nodes) {
    const list: { edge: BoundEdge; end: 'src' | 'dst' }[] = []
    incident.set(node.name, list)
    const bound: BoundNode = {
      kind: 'node',
      model: node,
      incident: list,
      ...bindType(node, layout, erasures),
    }
    nodes.set(node.name, bound)
    byTid.set(bound.tid, bound)
  }
  for (const edge of model.edges) {
    const from = nodes.get(edge.from)
    const to = nodes.get(edge.to)
    if (!from || !to)
      throw new Error(`assertion failed: edge ${edge.name} has an endpoint outside its schema`)
    const bound: BoundEdge = { kind: 'edge', model: edge, from, to, ...bindType(edge, layout, erasures) }
    edges.set(edge.name, bound)
    byTid.set(bound.tid, bound)
    incident.get(edge.from)?.push({ edge: bound, end: 'src' })
    incident.get(edge.to)?.push({ edge: bound, end: 'dst' })
  }
  return { digest, source, model, layout, nodes, edges, byTid, erased: firstErased(byTid.values()) }
}

function firstErased(types: Iterable<BoundType>): string | null {
  for (const type of types) {
    if (type.erased !== undefined) return type.name
    const property = type.properties.find((p) => p.erased !== undefined)
    if (property) return `${type.name}.${property.name}`
  }
  return null
}

function bindType(type: NodeModel | EdgeModel, layout: Layout, erasures: Erasures): BoundBase {
  const where = layout.types[layoutKey(type.kind, type.name)]
  if (!where) throw new Error(`assertion failed: no layout for ${type.kind} ${type.name}`)
  const properties = type.properties.map((model) => {
    const column = where.columns[model.name]
    if (column === undefined) throw new Error(`assertion failed: no column for ${type.name}.${model.name}`)
    const erased = erasures.column(where.tid, column)
    return {
      name: model.name,
      column,
      codec: codecFor(model.type),
      model,
      ...(erased !== undefined && { erased }),
    }
  })
  const erased = erasures.type(where.tid)
  const byName = new Map(properties.map((p) => [p.name, p]))
  return {
    name: type.name,
    tid: where.tid,
    table: where.table,
    properties,
    byName,
    ...(erased !== undefined && { erased }),
  }
}
