import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Puts a text in the place of a file, whole or not at all, readable as `mode` says from the
 * first byte on. The directory is made for the operator alone when it is not there.
 */
export function replaceFile(file: string, text: string, mode: number): void {
  replaceFileWith(file, mode, (handle) => writeFileSync(handle, text))
}

/** The same with what `write` writes to the open file, and answers what it answers. */
export function replaceFileWith<T>(file: string, mode: number, write: (handle: number) => T): T {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const next = `${file}.${process.pid}.tmp`
  rmSync(next, { force: true })
  const handle = openSync(next, 'wx', mode)
  try {
    let written: T
    try {
      written = write(handle)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(next, file)
    return written
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}
