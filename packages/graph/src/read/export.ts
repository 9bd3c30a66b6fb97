import type { Json, ReadContext } from '../api.js'
import { setMember } from '../compile/read-query.js'
import { quoteIdent } from '../compile/sql.js'
import { Lifeline } from '../query/deadline.js'
import type { BoundType } from '../storage/bound-schema.js'
import { type Db, openDatabase } from '../storage/database.js'
import { dataErased } from '../storage/erasure.js'
import { History } from '../storage/history.js'
import { announceExport } from '../storage/live-exports.js'
import { SchemaStore } from '../storage/schema-store.js'
import { type View, visible } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'
import { unknownType } from '../write/changeset.js'

/**
 * Streams a graph as JSONL in a total order: node types then edge types as
 * declared, each by id. Reads on a connection of its own inside one read
 * transaction, so it is of one commit however long it takes, and the caller may
 * write to the graph meanwhile. Memory: one row.
 */
export function* exportLines(
  root: string,
  ctx: (ReadContext & { types?: readonly string[]; kinds?: readonly ('node' | 'edge')[] }) | undefined,
): Iterable<string> {
  const db = openDatabase(root, new Lifeline(), { readOnly: true })
  const ended = announceExport(root)
  try {
    db.exec('BEGIN')
    const { commit, view } = new History(db).resolve(ctx)
    const schema = new SchemaStore(db).at(commit.schema_version)
    const types = [...schema.nodes.values(), ...schema.edges.values()]
    for (const name of ctx?.types ?? []) {
      if (!types.some((t) => t.name === name))
        throw unknownType(
          'node',
          name,
          types.map((t) => t.name),
        )
    }
    for (const type of types) {
      const wanted = (ctx?.types?.includes(type.name) ?? true) && (ctx?.kinds?.includes(type.kind) ?? true)
      if (wanted) yield* typeLines(db, type, view)
    }
  } finally {
    ended()
    db.close()
  }
}

function* typeLines(db: Db, type: BoundType, view: View): Iterable<string> {
  if (type.erased !== undefined) throw dataErased(type.name)
  const gone = type.properties.find((p) => p.erased !== undefined)
  if (gone) throw dataErased(`${type.name}.${gone.name}`)
  const ends =
    type.kind === 'edge' ? `${idOf(type.from, 't.src', view)}, ${idOf(type.to, 't.dst', view)}, ` : ''
  const columns = type.properties.map((p) => `, ${p.codec.select(`t.${quoteIdent(p.column)}`)}`).join('')
  const statement = db
    .prepare(
      `SELECT t.id, ${ends}1${columns} FROM ${quoteIdent(type.table)} t WHERE ${visible(view, 't', type.tid).text} ORDER BY t.id`,
    )
    .raw(true)
  const head = type.kind === 'edge' ? 4 : 2
  const blobs = db.prepare('SELECT content FROM blobs WHERE digest = ?').pluck()
  const keyed = type.kind === 'node' && type.model.key.length > 0
  for (const raw of statement.iterate()) {
    const row = raw as SqlValue[]
    const data: Record<string, Json> = keyed ? {} : { id: row[0] as string }
    type.properties.forEach((property, i) => {
      const stored = row[head + i] as SqlValue
      if (stored === null) return
      const value =
        property.codec.type.kind === 'blob'
          ? blobText(blobs, stored as string)
          : property.codec.decode(stored)
      setMember(data, property.name, value)
    })
    yield type.kind === 'node'
      ? JSON.stringify({ type: type.name, data })
      : JSON.stringify({ edge: type.name, from: row[1], to: row[2], data })
  }
}

function idOf(node: BoundType, eid: string, view: View): string {
  return `(SELECT n.id FROM ${quoteIdent(node.table)} n WHERE n.eid = ${eid} AND ${visible(view, 'n', node.tid).text})`
}

/** Content travels with the export, so that a load elsewhere has it. */
function blobText(blobs: { get(digest: string): unknown }, reference: string): string {
  if (!reference.startsWith('sha256:')) return reference
  return `base64:${(blobs.get(reference.slice('sha256:'.length)) as Buffer).toString('base64')}`
}
