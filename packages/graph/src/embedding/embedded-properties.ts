import type { NodeModel, PropertyModel, SchemaModel } from '@groundplane/lang'

/** A vector property that is made from a text beside it: `@embed("source", model="…")`. */
export interface EmbeddedProperty {
  readonly type: string
  readonly property: string
  readonly source: string
  readonly dimensions: number
  readonly nullable: boolean
  /** As the schema pins it. */
  readonly model: string | undefined
}

const known = new WeakMap<NodeModel, readonly EmbeddedProperty[]>()

export function embeddedProperties(type: NodeModel): readonly EmbeddedProperty[] {
  let list = known.get(type)
  if (!list) {
    list = type.properties.flatMap((p) => embeddedProperty(type, p) ?? [])
    known.set(type, list)
  }
  return list
}

function embeddedProperty(type: NodeModel, property: PropertyModel): EmbeddedProperty | null {
  const annotation = property.annotations.find((a) => a.name === 'embed')
  if (!annotation || property.type.kind !== 'vector' || typeof annotation.value !== 'string') return null
  const model = annotation.arguments.model
  return {
    type: type.name,
    property: property.name,
    source: annotation.value,
    dimensions: property.type.dimensions,
    nullable: property.nullable,
    model: typeof model === 'string' ? model : undefined,
  }
}

export function hasEmbeddedProperties(schema: SchemaModel): boolean {
  return schema.nodes.some((type) => embeddedProperties(type).length > 0)
}
