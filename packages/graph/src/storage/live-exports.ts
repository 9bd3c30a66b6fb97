import { closeSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isProcessGone, processIdentity } from '@groundplane/core'

/** `.export.<process>.<number>`: whose export it is stands in its name. */
const MARK = /^\.export\.([^.]+)\.\d+$/
let exports = 0

/**
 * Says, for as long as an export runs, that it does: what would take the graph away
 * looks for these marks (`liveExports`). Returns what ends it. A directory that this
 * user may only read is exported without a mark: nobody who obeys permissions deletes it.
 */
export function announceExport(root: string): () => void {
  const mark = join(root, `.export.${processIdentity()}.${++exports}`)
  try {
    closeSync(openSync(mark, 'wx'))
  } catch {
    return () => {}
  }
  return () => rmSync(mark, { force: true })
}

/** How many exports of a graph run now. Removes the marks of processes that are gone. */
export function liveExports(root: string): number {
  let living = 0
  for (const name of readdirSync(root)) {
    const owner = MARK.exec(name)?.[1]
    if (owner === undefined) continue
    if (isProcessGone(owner)) rmSync(join(root, name), { force: true })
    else living++
  }
  return living
}
