import type { Diagnostic } from '@groundplane/core'
import { quoteIdent } from '../compile/sql.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import { dropTextIndexesOf } from '../search/text-index.js'
import type { BoundSchema, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { forgetType } from '../storage/effects.js'
import { recordErasure } from '../storage/erasure.js'
import type { SchemaStore } from '../storage/schema-store.js'
import type { DroppedData } from './compare.js'

/** Live branches other than one, with the schema each reads at its head. */
export function otherHeads(
  env: { readonly db: Db; readonly schemas: SchemaStore },
  br: number,
): { readonly branch: string; readonly schema: BoundSchema }[] {
  const rows = env.db
    .prepare(
      `SELECT b.name, c.schema_version AS version FROM heads b JOIN commits c ON c.seq = b.head_seq
       WHERE b.deleted_at IS NULL AND b.br <> ? ORDER BY b.name`,
    )
    .all(br) as { name: string; version: number }[]
  return rows.map(({ name, version }) => ({ branch: name, schema: env.schemas.at(version) }))
}

/** What a hard drop would take from under another branch that still reads it: a reason to refuse. */
export function dataInUse(
  env: { readonly db: Db; readonly schemas: SchemaStore },
  br: number,
  current: BoundSchema,
  dropped: readonly DroppedData[],
): Diagnostic[] {
  return otherHeads(env, br).flatMap(({ branch, schema }) =>
    dropped.flatMap((drop) => {
      const { type, column } = physical(current, drop)
      const used = schema.byTid.get(type.tid)
      if (!used || (column !== null && !used.properties.some((p) => p.column === column))) return []
      const what = drop.property ? `${type.name}.${drop.property.name}` : type.name
      return [
        {
          code: 'data_in_use' satisfies GraphDiagnosticCode,
          severity: 'error' as const,
          message: `Branch ${branch} still reads ${what}; erasing it would take it from there too.`,
          remedy: 'Merge, migrate or delete that branch first, or drop softly.',
          path: what,
          details: { branch },
        },
      ]
    }),
  )
}

/**
 * Erases what the migration drops, from every version of every commit, and
 * overwrites it in the file. Inside the migration's transaction. A write-ahead
 * log keeps old pages until its next checkpoint, which the caller runs.
 */
export function eraseDropped(
  db: Db,
  seq: number,
  current: BoundSchema,
  dropped: readonly DroppedData[],
): void {
  for (const drop of dropped) {
    const { type, column } = physical(current, drop)
    const table = quoteIdent(type.table)
    dropTextIndexesOf(db, type.table, column)
    if (column !== null) {
      const name = quoteIdent(column)
      db.exec(`UPDATE ${table} SET ${name} = NULL WHERE ${name} IS NOT NULL`)
      recordErasure(db, seq, type.tid, column)
      continue
    }
    db.exec(`DELETE FROM ${table}`)
    forgetType(db, type.tid)
    recordErasure(db, seq, type.tid)
  }
}

function physical(current: BoundSchema, drop: DroppedData): { type: BoundType; column: string | null } {
  const types = drop.type.kind === 'node' ? current.nodes : current.edges
  const type = types.get(drop.type.name)
  const column = drop.property ? type?.byName.get(drop.property.name)?.column : null
  if (!type || column === undefined)
    throw new Error(`assertion failed: ${drop.type.name} is not in the schema it is dropped from`)
  return { type, column }
}
