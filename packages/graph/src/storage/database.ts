import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { tooLarge } from '../compile/query-size.js'
import { GraphError } from '../error.js'
import { type Lifeline, registerFunctions } from '../query/deadline.js'
import { registerSearchFunctions } from '../search/search-run.js'
import { allowExternalBlobs } from '../value/blob-input.js'
import type { ExternalBlobs } from '../value/external-blobs.js'
import { FORMAT_VERSION } from './format.js'
import { upgradeFormat } from './upgrade.js'

export type Db = Database.Database
export const GRAPH_FILE = 'graph.db'

/** How long a write waits for another process's write before `graph_busy`. */
const BUSY_TIMEOUT_MS = 10_000

/** Pages beyond the connection's cache are read in place: all connections of all threads share them. */
const MAP_BYTES = 1 << 30

export interface OpenOptions {
  readonly readOnly?: boolean
  /** Page cache of this connection in KiB. */
  readonly cacheKiB?: number
  /** How much of the file is read through the system's page cache without copying; 0 for none. */
  readonly mapBytes?: number
  /** What Blobs written on this connection may refer to; default nothing. */
  readonly externalBlobs?: ExternalBlobs
}

/**
 * Opens the file and checks that it is a graph of a format this version reads. One of an older format is first brought
 * to the present one, also for a reader: what it holds stays the same. Repairs nothing.
 */
export function openDatabase(root: string, lifeline: Lifeline, options: OpenOptions = {}): Db {
  const file = join(root, GRAPH_FILE)
  if (!existsSync(root) || !statSync(root).isDirectory() || !existsSync(file)) {
    throw new GraphError('not-found', 'graph_not_found', `There is no graph at ${root}.`, {
      remedy: 'Check the path, or create the graph first (groundplane init --schema FILE ROOT).',
    })
  }
  let db: Db | undefined
  try {
    db = new Database(file, {
      fileMustExist: true,
      readonly: options.readOnly === true,
      timeout: BUSY_TIMEOUT_MS,
    })
    // First, as the settings of a writer would change a file that is none of ours.
    const format = checkFormat(db, root)
    configure(db, lifeline, options)
    if (format < FORMAT_VERSION) bringUpToDate(file, root, format)
    if (options.externalBlobs) allowExternalBlobs(db, options.externalBlobs)
    return db
  } catch (error) {
    db?.close()
    if (error instanceof GraphError) throw error
    if (isPermission(error)) throw notWritable(root, error)
    throw new GraphError(
      'unavailable',
      'graph_unreadable',
      `The graph at ${root} cannot be read: ${(error as Error).message}.`,
      {
        remedy: 'Check permissions and disk; if the file is damaged, restore it from a backup or an export.',
        cause: error,
      },
    )
  }
}

export function configure(db: Db, lifeline: Lifeline, options: OpenOptions): void {
  if (!options.readOnly) {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    // A commit writes some pages, most of them the same ones again: the
    // longer the log before it is folded back, the less each commit pays for that.
    db.pragma('wal_autocheckpoint = 6000')
    db.pragma('journal_size_limit = 67108864')
  }
  db.pragma('foreign_keys = OFF')
  db.pragma('trusted_schema = OFF')
  db.pragma(`cache_size = -${options.cacheKiB ?? 8192}`)
  db.pragma(`mmap_size = ${options.mapBytes ?? MAP_BYTES}`)
  registerFunctions(db, lifeline)
  registerSearchFunctions(db, () => lifeline.check())
}

function checkFormat(db: Db, root: string): number {
  const found = db.prepare("SELECT value FROM meta WHERE key = 'format'").pluck().get() as number | undefined
  if (typeof found !== 'number') throw new Error('it holds no format version')
  if (found > FORMAT_VERSION) {
    throw new GraphError(
      'unsupported',
      'graph_format_unsupported',
      `The graph at ${root} has format ${found}; this version reads up to ${FORMAT_VERSION}.`,
      { remedy: 'Use the newer Groundplane that wrote it.' },
    )
  }
  return found
}

/** On a connection of its own, as a reader's cannot write. */
function bringUpToDate(file: string, root: string, found: number): void {
  let db: Db | undefined
  try {
    db = new Database(file, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
    db.pragma('synchronous = FULL')
    upgradeFormat(db)
  } catch (error) {
    if (!isPermission(error)) throw translated(error)
    throw new GraphError(
      'unsupported',
      'graph_format_outdated',
      `The graph at ${root} has format ${found}, this version reads format ${FORMAT_VERSION}, and this user may not write it.`,
      {
        remedy:
          'Open it once as a user who may: that brings it up to date, and changes nothing that it holds.',
        details: { found, expected: FORMAT_VERSION },
        cause: error,
      },
    )
  } finally {
    db?.close()
  }
}

/** Runs `body` in one read transaction: everything it reads is of one moment. */
export function readTransaction<T>(db: Db, body: () => T): T {
  if (db.inTransaction) return body()
  db.exec('BEGIN')
  try {
    return body()
  } finally {
    if (db.inTransaction) db.exec('COMMIT')
  }
}

/** How SQLite says that a statement exceeds one of its limits. */
const STATEMENT_LIMIT =
  /too many (?:FROM clause terms|columns|terms|SQL variables|arguments|references)|at most \d+ tables in a join|parser stack overflow|Expression tree is too large|statement too long/i

function isPermission(error: unknown): boolean {
  if (!(error instanceof Database.SqliteError)) return (error as NodeJS.ErrnoException)?.code === 'EACCES'
  return (
    error.code.startsWith('SQLITE_READONLY') ||
    error.code === 'SQLITE_CANTOPEN' ||
    error.code === 'SQLITE_PERM'
  )
}

function notWritable(what: string, cause: unknown): GraphError {
  return new GraphError('denied', 'graph_not_writable', `This user may not write ${what}.`, {
    remedy:
      'Give the user write permission on the directory and its files; reading needs it too, for the shared index of the log.',
    cause,
  })
}

/** SQLite's own failures as errors of this package; everything else unchanged. */
export function translated(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error
  if (error.code.startsWith('SQLITE_BUSY')) {
    return new GraphError(
      'unavailable',
      'graph_busy',
      'Another process is writing to this graph and did not finish in time.',
      {
        remedy: 'Try again in a moment.',
        retry: { afterMs: 1000 },
        cause: error,
      },
    )
  }
  if (error.code === 'SQLITE_FULL' || error.code.startsWith('SQLITE_IOERR')) {
    return new GraphError('unavailable', 'graph_io_failed', `The disk failed the graph: ${error.message}.`, {
      remedy: 'Check free space and the disk; nothing of this write was kept.',
      cause: error,
    })
  }
  // A handle that is open read-only refuses before it asks SQLite, so this is about the file.
  if (isPermission(error)) return notWritable('the files of the graph', error)
  if (STATEMENT_LIMIT.test(error.message)) {
    return tooLarge(`The query is larger than the store can run: ${error.message}.`, {}, error)
  }
  if (error.code === 'SQLITE_TOOBIG') {
    return new GraphError('too-large', 'value_too_large', 'A value is larger than the store can hold.', {
      remedy: 'Keep large content outside the graph and store a reference to it.',
      cause: error,
    })
  }
  if (error.code === 'SQLITE_CORRUPT' || error.code === 'SQLITE_NOTADB') {
    return new GraphError('unavailable', 'graph_unreadable', `The graph file is damaged: ${error.message}.`, {
      remedy: 'Restore it from a backup or an export.',
      cause: error,
    })
  }
  return error
}
