import type { EdgeModel, NodeModel, SchemaModel } from '@groundplane/lang'

/**
 * Which table and columns hold a schema's types. Chosen once per type and
 * property and kept through renames, so a rename is metadata only and an old
 * commit reads with the layout of its own schema.
 */
export interface Layout {
  readonly types: Readonly<Record<string, TypeLayout>>
}

export interface TypeLayout {
  /** Stable small integer; the same type under any name. */
  readonly tid: number
  readonly table: string
  readonly columns: Readonly<Record<string, string>>
}

/** Edge and node names live apart in the language, so the key says which it is. */
export function layoutKey(kind: 'node' | 'edge', name: string): string {
  return `${kind}:${name}`
}

export interface PhysicalNames {
  /** Every table ever made, lower case. */
  readonly tables: ReadonlySet<string>
  /** Every column ever made in a table, lower case, soft-dropped ones included. */
  columns(table: string): ReadonlySet<string>
  nextTid: number
}

/** What a type or property was before: its layout is carried over. `null`: new, gets names of its own. */
export interface Lineage {
  type(type: NodeModel | EdgeModel): TypeLayout | null
  property(type: NodeModel | EdgeModel, property: string): string | null
}

export const newLineage: Lineage = { type: () => null, property: () => null }

/** Chooses names for what is new, keeps the rest. Pure; `physical` is not changed. */
export function planLayout(model: SchemaModel, lineage: Lineage, physical: PhysicalNames): Layout {
  const types: Record<string, TypeLayout> = {}
  const tables = new Set(physical.tables)
  let tid = physical.nextTid
  for (const type of [...model.nodes, ...model.edges]) {
    const before = lineage.type(type)
    const table = before?.table ?? freshName(`${type.kind}_${type.name}`, tables)
    const taken = new Set(before ? physical.columns(before.table) : [])
    // Without a prototype: `__proto__` is a property name like any other.
    const columns: Record<string, string> = Object.create(null)
    for (const property of type.properties) {
      const kept = before ? lineage.property(type, property.name) : null
      columns[property.name] = kept ?? freshName(`p_${property.name}`, taken)
    }
    types[layoutKey(type.kind, type.name)] = { tid: before?.tid ?? tid++, table, columns }
  }
  return { types }
}

/** SQLite compares names without regard to (ASCII) case; the language does not. */
function freshName(wish: string, taken: Set<string>): string {
  let name = wish
  for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wish}_${n}`
  taken.add(name.toLowerCase())
  return name
}
