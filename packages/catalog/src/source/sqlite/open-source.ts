import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { SourceError } from '../source-error.js'

export type SqliteDatabase = Database.Database

const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'

/**
 * Opens a SQLite file for reading only. Nothing is created or changed, except
 * that SQLite may put its empty `-shm`/`-wal` files beside a database in WAL mode.
 * Throws `SourceError` with what is wrong with the file.
 */
export function openSqliteSource(path: string, lockTimeoutMs = 2_000): SqliteDatabase {
  inspectFile(path)
  return guarded(path, () => {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: lockTimeoutMs })
    try {
      // A view of an untrusted file must not reach functions with side effects.
      db.pragma('trusted_schema = OFF')
      db.pragma('query_only = ON')
      db.prepare('SELECT count(*) FROM main.sqlite_schema').get()
      return db
    } catch (error) {
      db.close()
      throw error
    }
  })
}

/** Runs `body`, turning SQLite's errors about the file into `SourceError`; other errors pass. */
export function guarded<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw sourceErrorOf(path, error) ?? error
  }
}

function sourceErrorOf(path: string, error: unknown): SourceError | undefined {
  if (error instanceof SourceError) return error
  const code = error instanceof Database.SqliteError ? error.code : ''
  const cause = { cause: error, details: { path, sqlite: code } }
  if (code.startsWith('SQLITE_NOTADB')) {
    return new SourceError(
      'unprocessable',
      'source_not_a_database',
      `${path} is not a SQLite database (or is encrypted)`,
      {
        remedy: 'Point the source at a SQLite file, or decrypt it first.',
        ...cause,
      },
    )
  }
  if (code.startsWith('SQLITE_CORRUPT')) return corrupt(path, 'its pages are damaged', error)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new SourceError('unavailable', 'source_locked', `${path} is locked by a writer`, {
      remedy: 'Try again when the writer has finished, or harvest a copy of the file.',
      retry: { afterMs: 1_000 },
      ...cause,
    })
  }
  if (
    code.startsWith('SQLITE_CANTOPEN') ||
    code.startsWith('SQLITE_IOERR') ||
    code.startsWith('SQLITE_PERM') ||
    code.startsWith('SQLITE_READONLY')
  ) {
    return unreadable(path, (error as Error).message, error)
  }
  return undefined
}

function unreadable(path: string, why: string, cause: unknown): SourceError {
  return new SourceError('unavailable', 'source_unreadable', `${path} cannot be read: ${why}`, {
    remedy: 'Check that it is a regular file, that its directory is mounted, and that this user may read it.',
    details: { path },
    cause,
  })
}

function corrupt(path: string, why: string, cause?: unknown): SourceError {
  return new SourceError('unprocessable', 'source_corrupt', `${path} is damaged: ${why}`, {
    remedy: 'Restore the file from a copy, or regenerate it; `PRAGMA integrity_check` tells what is wrong.',
    details: { path },
    cause,
  })
}

/** What the first page says. `changeCounter` moves with every transaction outside WAL mode. */
export interface SqliteHeader {
  readonly changeCounter: number
}

/** Checks the file before SQLite sees it: SQLite takes an empty file for an empty database. */
export function inspectFile(path: string): { stat: Stats; header: SqliteHeader } {
  const stat = statOf(path)
  if (!stat.isFile()) throw unreadable(path, 'it is not a regular file', undefined)
  const head = headOf(path)
  if (head.length < HEADER_BYTES || head.toString('latin1', 0, 16) !== MAGIC) {
    const what = stat.size === 0 ? 'is empty' : 'is not a SQLite database'
    throw new SourceError('unprocessable', 'source_not_a_database', `${path} ${what}`, {
      remedy: 'Point the source at a SQLite file; an interrupted download or generation has to be repeated.',
      details: { path, bytes: stat.size },
    })
  }
  checkLength(path, head, stat)
  return { stat, header: { changeCounter: head.readUInt32BE(24) } }
}

function statOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new SourceError('not-found', 'source_not_found', `there is no file ${path}`, {
        remedy: 'Check the "url" of the source; relative paths start at the directory of cluster.yaml.',
        details: { path },
        cause: error,
      })
    }
    throw unreadable(path, (error as Error).message, error)
  }
}

function headOf(path: string): Buffer {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const head = Buffer.alloc(HEADER_BYTES)
    return head.subarray(0, readSync(file, head, 0, HEADER_BYTES, 0))
  } catch (error) {
    throw unreadable(path, (error as Error).message, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** The header's page count is valid when the change counter equals the version-valid-for number (SQLite file format §1.3). */
function checkLength(path: string, head: Buffer, stat: Stats): void {
  const pageSize = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16)
  const pages = head.readUInt32BE(28)
  const counted = pages > 0 && head.readUInt32BE(24) === head.readUInt32BE(92)
  if (counted && stat.size < pageSize * pages) {
    throw corrupt(path, `it has ${stat.size} of ${pageSize * pages} bytes, so its end is missing`)
  }
}
