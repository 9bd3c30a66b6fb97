import { checkSchema, type SchemaModel } from '@groundplane/lang'
import Database from 'better-sqlite3'
import { Lifeline, registerFunctions } from '../query/deadline.js'
import { type BoundSchema, bindSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { indexesOf, SYSTEM_TABLES, versionTable } from '../storage/format.js'
import { layoutKey, newLineage, planLayout, type TypeLayout } from '../storage/layout.js'

/** The tables and indexes of a schema in memory, with no commit and no row. */
export function memoryStore(source: string): { db: Db; model: SchemaModel; schema: BoundSchema } {
  const model = checkSchema(source).model as SchemaModel
  const layout = planLayout(model, newLineage, { tables: new Set(), columns: () => new Set(), nextTid: 1 })
  const db = new Database(':memory:')
  registerFunctions(db, new Lifeline())
  db.exec(SYSTEM_TABLES)
  for (const type of [...model.nodes, ...model.edges]) {
    const where = layout.types[layoutKey(type.kind, type.name)] as TypeLayout
    db.exec(versionTable(type, where))
    for (const index of indexesOf(type, where)) db.exec(index.sql)
  }
  return { db, model, schema: bindSchema(source, model.digest, model, layout) }
}
