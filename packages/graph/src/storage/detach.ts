import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { GraphError } from '../error.js'
import { Lifeline } from '../query/deadline.js'
import { syncPath } from './create.js'
import { type Db, openDatabase, translated } from './database.js'
import { History } from './history.js'
import { liveExports } from './live-exports.js'

export interface DetachOptions {
  /**
   * Commit id of the head of each live branch: only a graph that is exactly at these is
   * taken away (`graph_moved` else). Absent: whatever it holds, and also when it cannot be opened.
   */
  readonly ifHeads?: Readonly<Record<string, string>>
}

/**
 * Takes a graph away from its root, for good: the first half of deleting it. The root is
 * gone when this returns, in one rename, also when the machine stops in between; what it
 * held waits beside it for `removeDetached`. Done under the graph's write lock: a process
 * that has the graph open reads on from what it opened, and its next write is refused
 * (`graph_deleted`) rather than lost. Throws `graph_export_in_progress`, `graph_moved`,
 * `graph_busy`; then nothing has changed. A root that is not there is no error.
 */
export function detachGraph(root: string, options: DetachOptions = {}): void {
  const path = resolve(root)
  if (!existsSync(path)) return
  const running = liveExports(path)
  if (running > 0) {
    throw new GraphError(
      'conflict',
      'graph_export_in_progress',
      `${running === 1 ? 'An export' : `${running} exports`} of the graph at ${path} ${running === 1 ? 'is' : 'are'} running.`,
      { remedy: 'Wait until it has ended, or end it, then try again.' },
    )
  }
  const db = openForDetach(path, options)
  if (!db) {
    moveAway(path)
    return
  }
  try {
    db.exec('BEGIN IMMEDIATE')
    if (options.ifHeads) checkHeads(db, path, options.ifHeads)
    db.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES ('deleted', 1)").run()
    moveAway(path)
    db.exec('COMMIT')
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw translated(error)
  } finally {
    db.close()
  }
}

/** Removes what `detachGraph` took away from a root, now or before a crash. Nothing there: nothing done. */
export function removeDetached(root: string): void {
  const path = resolve(root)
  const parent = dirname(path)
  if (!existsSync(parent)) return
  for (const name of readdirSync(parent)) {
    if (name.startsWith(remains(path))) rmSync(join(parent, name), { recursive: true, force: true })
  }
}

/** Undefined when what stands there cannot be opened and nobody asked what it holds. */
function openForDetach(path: string, { ifHeads }: DetachOptions): Db | undefined {
  try {
    return openDatabase(path, new Lifeline())
  } catch (error) {
    if (ifHeads) throw error
    return undefined
  }
}

function checkHeads(db: Db, path: string, wanted: Readonly<Record<string, string>>): void {
  const history = new History(db)
  const live = Object.fromEntries(history.liveBranches().map((b) => [b.name, history.at(b.head_seq).id]))
  const same =
    Object.keys(live).length === Object.keys(wanted).length &&
    Object.entries(live).every(([name, head]) => wanted[name] === head)
  if (same) return
  throw new GraphError('stale', 'graph_moved', `The graph at ${path} has changed since it was looked at.`, {
    remedy: 'Look at it again and decide on what it holds now.',
  })
}

/** A name that says whose remains they are, and that the rename is the point of no return. */
function moveAway(path: string): void {
  const parent = dirname(path)
  for (let n = 1; ; n++) {
    const target = join(parent, `${remains(path)}${n}`)
    if (existsSync(target)) continue
    renameSync(path, target)
    syncPath(parent)
    return
  }
}

function remains(path: string): string {
  return `.${basename(path)}.deleted-`
}
