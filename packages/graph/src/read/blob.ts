import { quoteIdent } from '../compile/sql.js'
import { GraphError } from '../error.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { dataErased } from '../storage/erasure.js'
import { type View, visible } from '../storage/view.js'
import { unknownType } from '../write/changeset.js'

/** Which Blob: one property of one entity. */
export interface BlobCell {
  readonly entity: 'node' | 'edge'
  readonly type: string
  readonly id: string
  readonly property: string
}

export type BlobInfo =
  | {
      readonly kind: 'managed'
      /** SHA-256 of the content, hex. The same content has the same digest everywhere. */
      readonly digest: string
      readonly size: number
      /** The commit it was read at: a later read there gives the same bytes. */
      readonly commit: string
    }
  /** Content kept elsewhere; nobody here has ever read it. */
  | { readonly kind: 'external'; readonly uri: string; readonly commit: string }

/** Bytes of one read at most; larger content is read in several. */
export const MAX_BLOB_READ = 4 * 1024 * 1024

export function blobInfo(db: Db, schema: BoundSchema, view: View, commit: string, cell: BlobCell): BlobInfo {
  const reference = storedReference(db, schema, view, cell)
  if (!reference.startsWith('sha256:')) return { kind: 'external', uri: reference, commit }
  const digest = reference.slice('sha256:'.length)
  const size = db.prepare('SELECT size FROM blobs WHERE digest = ?').pluck().get(digest) as number | undefined
  if (size === undefined) throw damaged(digest)
  return { kind: 'managed', digest, size, commit }
}

/** Bytes `start` to before `end` of managed content. */
export function blobBytes(db: Db, digest: string, start: number, end: number): Uint8Array {
  const wrong = !Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start
  if (wrong || end - start > MAX_BLOB_READ) {
    throw new GraphError(
      wrong ? 'invalid' : 'too-large',
      wrong ? 'blob_range_invalid' : 'blob_range_too_large',
      `Bytes ${start} to ${end} cannot be read at once.`,
      { remedy: `Read at most ${MAX_BLOB_READ} bytes at a time, start first.` },
    )
  }
  const bytes = db
    .prepare('SELECT substr(content, ?, ?) FROM blobs WHERE digest = ?')
    .pluck()
    .get(start + 1, end - start, digest) as Uint8Array | undefined
  if (bytes === undefined) throw damaged(digest)
  return bytes
}

function storedReference(db: Db, schema: BoundSchema, view: View, cell: BlobCell): string {
  const types = cell.entity === 'node' ? schema.nodes : schema.edges
  const type = types.get(cell.type)
  if (!type) throw unknownType(cell.entity, cell.type, [...types.keys()])
  const property = type.byName.get(cell.property)
  if (property?.codec.type.kind !== 'blob') {
    const blobs = type.properties.filter((p) => p.codec.type.kind === 'blob').map((p) => p.name)
    throw new GraphError(
      'invalid',
      'blob_property_unknown',
      `${type.name} has no Blob property ${JSON.stringify(cell.property)}.`,
      { remedy: blobs.length > 0 ? `Its Blobs are ${blobs.join(', ')}.` : `${type.name} holds no Blobs.` },
    )
  }
  if (type.erased !== undefined) throw dataErased(type.name)
  if (property.erased !== undefined) throw dataErased(`${type.name}.${property.name}`)
  const row = db
    .prepare(
      `SELECT t.${quoteIdent(property.column)} AS value FROM ${quoteIdent(type.table)} t WHERE t.id = ? AND ${visible(view, 't', type.tid).text}`,
    )
    .get(cell.id) as { value: string | null } | undefined
  if (row && row.value !== null) return row.value
  throw new GraphError(
    'not-found',
    row ? 'blob_not_found' : 'entity_not_found',
    row
      ? `${type.name} ${JSON.stringify(cell.id)} has no ${property.name}.`
      : `There is no ${type.name} ${JSON.stringify(cell.id)}.`,
    { remedy: 'Correct the id, or read at a commit where it has one.' },
  )
}

function damaged(digest: string): GraphError {
  return new GraphError('internal', 'blob_damaged', `The content sha256:${digest} is not stored.`, {
    remedy: 'Run groundplane repair to see what else is damaged, then restore a backup.',
  })
}
