import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { sha256 } from '@groundplane/core'
import { inspectFile } from './open-source.js'

/**
 * A text that changes whenever the data of a SQLite file may have changed: from
 * size, modification time and change counter of the file and the state of its
 * write-ahead log. Equal fingerprints mean nothing was written in between;
 * different ones may still mean equal data (a touched file, a checkpoint).
 * Throws `SourceError` like `openSqliteSource`.
 */
export function sourceFingerprint(source: { readonly url: string } | string): string {
  const path = typeof source === 'string' ? source : source.url
  const { stat, header } = inspectFile(path)
  const parts = [stat.size, stat.mtimeMs, header.changeCounter, walState(`${path}-wal`)]
  return `sqlite:${sha256(parts.join('|')).slice(0, 32)}`
}

/** Size, time and salts of a non-empty log. Readers create and remove an empty one; it says nothing. */
function walState(path: string): string {
  let file: number | undefined
  try {
    const stat = statSync(path)
    if (stat.size === 0) return 'none'
    file = openSync(path, 'r')
    const head = Buffer.alloc(32)
    readSync(file, head, 0, 32, 0)
    return `${stat.size}/${stat.mtimeMs}/${head.toString('hex')}`
  } catch {
    return 'none'
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
