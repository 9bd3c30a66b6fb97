import type { EdgeModel, NodeModel, PropertyModel, SchemaModel } from '../ir/schema-model.js'

/** A schema by name. Edges are found ignoring case: `Knows` is traversed as `knows`. */
export class SchemaLookup {
  readonly #nodes: ReadonlyMap<string, NodeModel>
  readonly #edges: ReadonlyMap<string, EdgeModel>
  readonly #edgesFolded: ReadonlyMap<string, EdgeModel>
  readonly #properties = new Map<string, ReadonlyMap<string, PropertyModel>>()

  constructor(model: SchemaModel) {
    this.#nodes = new Map(model.nodes.map((node) => [node.name, node]))
    this.#edges = new Map(model.edges.map((edge) => [edge.name, edge]))
    this.#edgesFolded = new Map(model.edges.map((edge) => [edge.name.toLowerCase(), edge]))
  }

  node(name: string): NodeModel | undefined {
    return this.#nodes.get(name)
  }

  /** By its declared name, as mutations write it. */
  edge(name: string): EdgeModel | undefined {
    return this.#edges.get(name)
  }

  /** As a traversal writes it. */
  traversedEdge(name: string): EdgeModel | undefined {
    return this.#edgesFolded.get(name.toLowerCase())
  }

  get nodeNames(): string[] {
    return [...this.#nodes.keys()]
  }

  get edgeNames(): string[] {
    return [...this.#edges.keys()]
  }

  properties(kind: 'node' | 'edge', type: string): ReadonlyMap<string, PropertyModel> {
    const key = `${kind} ${type}`
    const known = this.#properties.get(key)
    if (known) return known
    const entity = kind === 'node' ? this.#nodes.get(type) : this.#edges.get(type)
    const properties = new Map((entity?.properties ?? []).map((property) => [property.name, property]))
    this.#properties.set(key, properties)
    return properties
  }
}

/** `Knows` as a query writes it. */
export function traversalName(edge: string): string {
  return edge.charAt(0).toLowerCase() + edge.slice(1)
}
