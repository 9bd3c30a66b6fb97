import type { CommitInfo, Row } from '../api.js'
import { quoteIdent } from '../compile/sql.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { commitInfo, type History } from '../storage/history.js'
import { COLD, HOT, type View } from '../storage/view.js'
import { versionReader } from './entity-reader.js'

/** One version of a node: what it was from a commit on. */
export interface EntityVersion {
  readonly commit: CommitInfo
  readonly value: Row
}

interface Stored {
  readonly vid: number
  readonly br: number
  readonly born: number
}

/**
 * The versions of a node that a view has had, newest first, each with the commit that made it; told in
 * the words of the schema that is read. Costs by the versions of that node, whatever the graph holds. A
 * merge made what it brought. Versions that a cleanup removed are gone; of a node that is deleted its
 * last version is still told.
 */
export function entityVersions(
  { db, history }: { readonly db: Db; readonly history: History },
  schema: BoundSchema,
  view: View,
  node: { readonly type: string; readonly id: string },
  limit: number,
): EntityVersion[] {
  const type = schema.nodes.get(node.type)
  if (!type) return []
  const table = quoteIdent(type.table)
  const part = (condition: string) => `SELECT vid, br, born FROM ${table} WHERE id = ?1 AND (${condition})`
  const stored = db.prepare(`${part(HOT)} UNION ALL ${part(COLD)}`).all({ 1: node.id }) as Stored[]
  const read = versionReader(db, type)
  return stored
    .filter(({ br, born }) =>
      view.chain.some((link) => link.br === br && (link.upto === null || born <= link.upto)),
    )
    .sort((a, b) => b.born - a.born)
    .slice(0, limit)
    .map(({ vid, born }) => ({ commit: commitInfo(history.at(born)), value: read(vid) }))
}
