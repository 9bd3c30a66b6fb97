import type { SnapshotInfo } from '../api.js'
import { quoteIdent } from '../compile/sql.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { type View, visible } from '../storage/view.js'

/** Rows per type in a view, node types first, each in declaration order. */
export function countRows(db: Db, schema: BoundSchema, view: View): SnapshotInfo['types'] {
  return [...schema.nodes.values(), ...schema.edges.values()].map((type) => ({
    name: type.name,
    kind: type.kind,
    rows: db
      .prepare(`SELECT COUNT(*) FROM ${quoteIdent(type.table)} t WHERE ${visible(view, 't', type.tid).text}`)
      .pluck()
      .get() as number,
  }))
}
