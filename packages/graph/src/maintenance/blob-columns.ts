import type { Db } from '../storage/database.js'
import { type Layout, layoutKey } from '../storage/layout.js'
import { parseModel } from '../storage/schema-store.js'

/** Every column that holds references to content, under any schema the graph ever had. */
export function blobColumns(db: Db): { readonly table: string; readonly column: string }[] {
  const found = new Map<string, { table: string; column: string }>()
  const schemas = db.prepare('SELECT model, layout FROM schemas').all() as { model: string; layout: string }[]
  for (const row of schemas) {
    const model = parseModel(row.model)
    const layout = JSON.parse(row.layout) as Layout
    for (const type of [...model.nodes, ...model.edges]) {
      const where = layout.types[layoutKey(type.kind, type.name)]
      for (const property of type.properties) {
        const column = where?.columns[property.name]
        if (property.type.kind !== 'blob' || !where || column === undefined) continue
        found.set(`${where.table}\0${column}`, { table: where.table, column })
      }
    }
  }
  return [...found.values()]
}
