import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isProcessGone, processIdentity } from '@groundplane/core'
import type { SchemaModel } from '@groundplane/lang'
import Database from 'better-sqlite3'
import { GraphError } from '../error.js'
import { Lifeline } from '../query/deadline.js'
import { configure, type Db, GRAPH_FILE } from './database.js'
import { FORMAT_VERSION, indexesOf, SYSTEM_TABLES, versionTable } from './format.js'
import { layoutKey, newLineage, planLayout, type TypeLayout } from './layout.js'
import { SchemaStore } from './schema-store.js'

export interface NewGraph {
  readonly graphId: string
  readonly source: string
  readonly model: SchemaModel
  readonly initCommit: {
    readonly id: string
    readonly atMs: number
    readonly actor: string | null
    readonly provenance: string
    readonly message: string | null
  }
}

/** `.<graph>.gp.creating-<process>.<commit>`: whose build it is stands in its name. */
const BUILD = /\.creating-([^.]+)\.[^.]+$/

/**
 * Builds the graph beside its place and renames it there: `root` appears whole
 * or not at all, also when the machine stops in between.
 */
export function createGraphFiles(root: string, graph: NewGraph): void {
  const parent = dirname(root)
  if (existsSync(root)) throw graphExists(root)
  try {
    mkdirSync(parent, { recursive: true })
    removeAbandoned(parent)
    const build = join(parent, `.${basename(root)}.creating-${processIdentity()}.${graph.initCommit.id}`)
    mkdirSync(build)
    try {
      writeGraphFile(join(build, GRAPH_FILE), graph)
      syncPath(join(build, GRAPH_FILE))
      syncPath(build)
      renameSync(build, root)
    } catch (error) {
      rmSync(build, { recursive: true, force: true })
      throw error
    }
    syncPath(parent)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') throw graphExists(root)
    if (error instanceof GraphError) throw error
    throw new GraphError(
      'unavailable',
      'graph_create_failed',
      `The graph could not be created at ${root}: ${(error as Error).message}.`,
      {
        remedy: 'Check that the directory is writable and the disk has space.',
        cause: error,
      },
    )
  }
}

function graphExists(root: string): GraphError {
  return new GraphError('conflict', 'graph_exists', `There is something at ${root} already.`, {
    remedy: 'Open it, or choose another path.',
  })
}

/** Removes builds whose process is gone, whichever graph of this directory they were to become. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = BUILD.exec(name)?.[1]
    if (owner !== undefined && isProcessGone(owner)) {
      rmSync(join(parent, name), { recursive: true, force: true })
    }
  }
}

/** Makes the entries of a directory, or the bytes of a file, durable. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Of a page of the file, for good. A commit of one row changes a few bytes on each of seven pages and writes the
 * pages: at half of SQLite's own size it writes half as much (see decision 9).
 */
const PAGE_BYTES = 2048

function writeGraphFile(file: string, graph: NewGraph): void {
  const db = new Database(file)
  try {
    // Before anything is in the file: its first page decides.
    db.pragma(`page_size = ${PAGE_BYTES}`)
    configure(db, new Lifeline(), {})
    db.transaction(() => writeInitialState(db, graph))()
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}

function writeInitialState(db: Db, graph: NewGraph): void {
  const { model, initCommit } = graph
  db.exec(SYSTEM_TABLES)
  const meta = db.prepare('INSERT INTO meta(key, value) VALUES (?, ?)')
  db.prepare("INSERT INTO meta(key, value) VALUES ('format', CAST(? AS INTEGER))").run(FORMAT_VERSION)
  meta.run('graph_id', graph.graphId)
  const layout = planLayout(model, newLineage, { tables: new Set(), columns: () => new Set(), nextTid: 1 })
  for (const type of [...model.nodes, ...model.edges]) {
    createType(db, type, layout.types[layoutKey(type.kind, type.name)] as TypeLayout)
  }
  const version = new SchemaStore(db).add(graph.source, model, layout, 1)
  db.prepare("INSERT INTO branches(br, name, created_at) VALUES (1, 'main', ?)").run(initCommit.atMs)
  db.prepare(
    `INSERT INTO commits(seq, main_seq, id, br, kind, actor, provenance, message, schema_digest, schema_version, at_ms, inserted, updated, deleted)
     VALUES (1, 1, ?, 1, 'init', ?, ?, ?, ?, ?, ?, 0, 0, 0)`,
  ).run(
    initCommit.id,
    initCommit.actor,
    initCommit.provenance,
    initCommit.message,
    model.digest,
    version,
    initCommit.atMs,
  )
}

/** Table, indexes and entity counter of one type. Inside a transaction. */
export function createType(
  db: Db,
  type: SchemaModel['nodes'][number] | SchemaModel['edges'][number],
  layout: TypeLayout,
): void {
  db.exec(versionTable(type, layout))
  for (const index of indexesOf(type, layout)) db.exec(index.sql)
  db.prepare('INSERT INTO types(tid, kind, physical, next_eid) VALUES (?, ?, ?, 1)').run(
    layout.tid,
    type.kind,
    layout.table,
  )
}
