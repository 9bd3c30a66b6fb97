import { sha256 } from '@groundplane/core'
import type Database from 'better-sqlite3'
import type { GraphDiagnosticCode } from '../error-codes.js'
import { ValueProblem } from './codec.js'
import { ExternalBlobs } from './external-blobs.js'

/** Content of one Blob at most. It is held in memory while it is written. */
export const MAX_BLOB_BYTES = 32 * 1024 * 1024

/** What is wrong with a Blob, with a code of its own. */
export class BlobProblem extends ValueProblem {
  readonly code: GraphDiagnosticCode
  readonly remedy: string

  constructor(code: GraphDiagnosticCode, message: string, remedy: string) {
    super(message)
    this.code = code
    this.remedy = remedy
  }
}

const NOTHING_EXTERNAL = new ExternalBlobs()
const policies = new WeakMap<Database.Database, ExternalBlobs>()

/** What writes of a connection may refer to. Set once, when it is opened. */
export function allowExternalBlobs(db: Database.Database, policy: ExternalBlobs): void {
  policies.set(db, policy)
}

export function externalBlobsOf(db: Database.Database): ExternalBlobs {
  return policies.get(db) ?? NOTHING_EXTERNAL
}

/**
 * A Blob as given, as the reference its column keeps: `base64:` content is kept
 * once, under its digest; `sha256:` refers to content kept already; anything else
 * is a URI of content kept elsewhere. Throws `BlobProblem`.
 */
export function storedBlob(given: unknown, db: Database.Database): unknown {
  if (typeof given !== 'string') return given
  if (given.startsWith('base64:')) return storeContent(given.slice(7), db)
  if (given.startsWith('sha256:')) {
    if (db.prepare('SELECT 1 FROM blobs WHERE digest = ?').get(given.slice(7)) !== undefined) return given
    throw new BlobProblem(
      'blob_not_stored',
      'no content with that digest is stored',
      'Give the content as "base64:…".',
    )
  }
  const admitted = externalBlobsOf(db).admit(given)
  if ('uri' in admitted) return admitted.uri
  const shown = given.length > 80 ? `${given.slice(0, 77)}…` : given
  throw new BlobProblem(
    'external_blob_denied',
    `${JSON.stringify(shown)} ${admitted.refused}`,
    'Give the content as "base64:…", or have its base allowed for this graph.',
  )
}

function storeContent(text: string, db: Database.Database): string {
  if (text.length > (MAX_BLOB_BYTES / 3) * 4 + 4) {
    throw new BlobProblem(
      'blob_too_large',
      `the content is larger than ${MAX_BLOB_BYTES} bytes`,
      'Keep it elsewhere and refer to it, or split it.',
    )
  }
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) {
    throw new BlobProblem('blob_not_base64', 'the content is not base64', 'Encode it as "base64:…".')
  }
  const content = Buffer.from(text, 'base64')
  const digest = sha256(content)
  db.prepare('INSERT OR IGNORE INTO blobs(digest, size, content) VALUES (?, ?, ?)').run(
    digest,
    content.length,
    content,
  )
  return `sha256:${digest}`
}
