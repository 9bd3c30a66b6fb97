import type { SnapshotInfo } from '../api.js'
import { quoteIdent } from '../compile/sql.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { type View, visible } from '../storage/view.js'

/** Rows per type in a view (types whose data was erased are left out), node types first, each in declaration order. */
export function countRows(db: Db, schema: BoundSchema, view: View): SnapshotInfo['types'] {
  const types = [...schema.nodes.values(), ...schema.edges.values()].filter((t) => t.erased === undefined)
  return types.map((type) => ({
    name: type.name,
    kind: type.kind,
    rows: db
      .prepare(`SELECT COUNT(*) FROM ${quoteIdent(type.table)} t WHERE ${visible(view, 't', type.tid).text}`)
      .pluck()
      .get() as number,
  }))
}
