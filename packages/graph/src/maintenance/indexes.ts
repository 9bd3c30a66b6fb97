import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { type IndexDefinition, indexesOf, SYSTEM_INDEXES } from '../storage/format.js'
import { layoutKey, type TypeLayout } from '../storage/layout.js'
import type { SchemaStore } from '../storage/schema-store.js'

/** The schemas that the heads of live branches have. */
export function liveSchemas(env: { readonly db: Db; readonly schemas: SchemaStore }): BoundSchema[] {
  const versions = env.db
    .prepare(
      'SELECT DISTINCT c.schema_version FROM heads b JOIN commits c ON c.seq = b.head_seq WHERE b.deleted_at IS NULL',
    )
    .pluck()
    .all() as number[]
  return versions.map((version) => env.schemas.at(version))
}

/** Every index that the head of some live branch asks for, and those of the system tables. */
export function wantedIndexes(env: { readonly db: Db; readonly schemas: SchemaStore }): IndexDefinition[] {
  const wanted = new Map<string, IndexDefinition>(SYSTEM_INDEXES.map((index) => [index.name, index]))
  for (const { byTid, layout } of liveSchemas(env)) {
    for (const type of byTid.values()) {
      const where = layout.types[layoutKey(type.kind, type.name)] as TypeLayout
      for (const index of indexesOf(type.model, where)) wanted.set(index.name, index)
    }
  }
  return [...wanted.values()]
}

export function storedIndexes(db: Db): { readonly name: string; readonly sql: string }[] {
  return db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").all() as {
    name: string
    sql: string
  }[]
}

/** As SQLite keeps the text of a definition. */
export function storedForm(index: IndexDefinition): string {
  return index.sql.replace('IF NOT EXISTS ', '')
}
