import { link, mkdir, open, readdir, readFile, rename, rmdir, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { sha256 } from '@groundplane/core'
import { checkKey } from './key.js'
import { StorageError } from './storage-error.js'
import type { DeleteOptions, PutOptions, StorageRoot, StoredObject } from './storage-root.js'
import { claim, ignoreAbsent, newClaimId, sweepDeadWriters, temporaryName } from './write-claim.js'

/**
 * A storage root in a local directory. The tag of an object is the SHA-256 of
 * its bytes, so the files may be read with any tool, and an edit by hand moves
 * the tag.
 *
 * Creation is a hard link from a synced temporary file (exclusive in the
 * kernel); replacement and deletion decide under a {@link claim}. Reads take no
 * lock. Empty directories are removed with their last object.
 */
export function directoryRoot(path: string): StorageRoot {
  return new DirectoryRoot(resolve(path))
}

class DirectoryRoot implements StorageRoot {
  readonly location: string

  constructor(location: string) {
    this.location = location
  }

  async get(key: string): Promise<StoredObject | null> {
    checkKey(key)
    const body = await this.#read(join(this.location, key))
    return body && { body, etag: sha256(body) }
  }

  async put(key: string, data: Uint8Array | string, options: PutOptions = {}): Promise<{ etag: string }> {
    checkKey(key)
    const path = join(this.location, key)
    const body = typeof data === 'string' ? Buffer.from(data, 'utf8') : data
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#ensureDirectory(dirname(path))
        if (options.ifNoneMatch) await this.#create(path, key, body)
        else await this.#replace(path, key, body, options.ifMatch)
        return { etag: sha256(body) }
      } catch (error) {
        // Someone deleted the last object of this directory, and the directory with it.
        if (isAbsent(error) && attempt < 10) continue
        throw asWriteError(error, path)
      }
    }
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = []
    const visit = async (directory: string): Promise<void> => {
      const entries = await readdir(join(this.location, directory), { withFileTypes: true }).catch(
        (error) => {
          if (isAbsent(error)) return []
          throw readError(join(this.location, directory), error)
        },
      )
      for (const entry of entries) {
        if (entry.name.startsWith('.')) continue
        const key = directory === '' ? entry.name : `${directory}/${entry.name}`
        if (entry.isDirectory()) {
          if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) await visit(key)
        } else if (key.startsWith(prefix)) keys.push(key)
      }
    }
    await visit(prefix.slice(0, Math.max(0, prefix.lastIndexOf('/'))))
    return keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    checkKey(key)
    const path = join(this.location, key)
    const directory = dirname(path)
    try {
      const held = await claim(directory, basename(path)).catch((error) => {
        if (isAbsent(error)) return null // no directory, so no object
        throw error
      })
      let removed = false
      if (held) {
        try {
          const current = await this.#read(path)
          if (options.ifMatch !== undefined) checkTag(key, current, options.ifMatch)
          if (current) {
            await unlink(path)
            await syncDirectory(directory)
            removed = true
          }
        } finally {
          await held.release()
        }
        await this.#pruneEmpty(directory)
      } else if (options.ifMatch !== undefined) checkTag(key, null, options.ifMatch)
      return removed
    } catch (error) {
      throw asWriteError(error, path)
    }
  }

  async #create(path: string, key: string, body: Uint8Array): Promise<void> {
    const temporary = join(dirname(path), temporaryName(basename(path), newClaimId()))
    try {
      await writeSynced(temporary, body)
      await link(temporary, path).catch((error) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        throw preconditionFailed(key, 'it exists already')
      })
    } finally {
      await unlink(temporary).catch(ignoreAbsent)
      await sweepDeadWriters(dirname(path))
    }
    await syncDirectory(dirname(path))
  }

  async #replace(path: string, key: string, body: Uint8Array, ifMatch: string | undefined): Promise<void> {
    const held = await claim(dirname(path), basename(path))
    const temporary = join(dirname(path), temporaryName(basename(path), held.id))
    try {
      if (ifMatch !== undefined) checkTag(key, await this.#read(path), ifMatch)
      await writeSynced(temporary, body)
      await rename(temporary, path)
      await syncDirectory(dirname(path))
    } finally {
      await unlink(temporary).catch(ignoreAbsent)
      await held.release()
    }
  }

  async #read(path: string): Promise<Uint8Array | null> {
    return readFile(path).catch((error) => {
      if (isAbsent(error)) return null
      throw readError(path, error)
    })
  }

  /** Creates what is missing below the root and syncs each parent, so that a durable file is in a durable directory. */
  async #ensureDirectory(directory: string): Promise<void> {
    const first = await mkdir(directory, { recursive: true })
    if (first === undefined) return
    for (let made = directory; made.length >= first.length; made = dirname(made))
      await syncDirectory(dirname(made))
  }

  async #pruneEmpty(directory: string): Promise<void> {
    for (let at = directory; at.length > this.location.length; at = dirname(at)) {
      try {
        await rmdir(at)
      } catch {
        return // not empty, or someone else's business by now
      }
    }
  }
}

function checkTag(key: string, current: Uint8Array | null, expected: string): void {
  if (!current) throw preconditionFailed(key, 'it does not exist')
  if (sha256(current) !== expected) throw preconditionFailed(key, 'it has been changed')
}

function preconditionFailed(key: string, why: string): StorageError {
  return new StorageError('stale', 'precondition_failed', `${key} was not written: ${why}`, {
    remedy: 'Read it again and decide on what it says now.',
  })
}

async function writeSynced(path: string, body: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(body)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function readError(path: string, cause: unknown): StorageError {
  return new StorageError(
    'unavailable',
    'storage_read_error',
    `${path} cannot be read: ${(cause as Error).message}`,
    {
      remedy: 'Check that the file is readable by this user and the disk is healthy.',
      cause,
    },
  )
}

function asWriteError(error: unknown, path: string): unknown {
  if (error instanceof StorageError || (error as NodeJS.ErrnoException).code === undefined) return error
  return new StorageError(
    'unavailable',
    'storage_write_error',
    `${path} cannot be written: ${(error as Error).message}`,
    {
      remedy: 'Check permissions and free space, then run the command again.',
      cause: error,
    },
  )
}
