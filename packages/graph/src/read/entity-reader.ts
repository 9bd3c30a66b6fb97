import type { Row } from '../api.js'
import { entityColumns, entityDecoder } from '../compile/read-query.js'
import { quoteIdent } from '../compile/sql.js'
import type { BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import type { SqlValue } from '../value/codec.js'

/** `SELECT id, (from, to,) …properties` for a type's versions under alias `t`, with end points by id. */
export function entitySelect(type: BoundType): string {
  const columns = entityColumns(type, 't').map((c) => c.text)
  // An id never changes, so any version of an end point tells it.
  if (type.kind === 'edge') {
    columns.splice(1, 0, anyIdOf(type.from.table, 't.src'), anyIdOf(type.to.table, 't.dst'))
  }
  return columns.join(', ')
}

function anyIdOf(table: string, eid: string): string {
  const quoted = quoteIdent(table)
  return `COALESCE((SELECT n.id FROM ${quoted} n WHERE n.eid = ${eid} AND n.br = 1 AND n.ended IS NULL),
    (SELECT n.id FROM ${quoted} n WHERE n.eid = ${eid} AND (n.br <> 1 OR n.ended IS NOT NULL) LIMIT 1))`
}

/** Reads single versions of a type as entity values, without properties that a hard drop erased. */
export function versionReader(db: Db, bound: BoundType): (vid: number) => Row {
  const type = withoutErased(bound)
  const statement = db
    .prepare(`SELECT ${entitySelect(type)} FROM ${quoteIdent(type.table)} t WHERE t.vid = ?`)
    .raw(true)
  const decode = entityDecoder(type)
  return (vid) => decode(statement.get(vid) as SqlValue[], 0) as Row
}

export function withoutErased(type: BoundType): BoundType {
  const properties = type.properties.filter((p) => p.erased === undefined)
  return properties.length === type.properties.length ? type : { ...type, properties }
}
