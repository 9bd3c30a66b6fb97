import { proveConditions } from './condition-proof.js'
import { writeConditionally, writeMark } from './conditional-write.js'
import { checkKey, isKey } from './key.js'
import { Retry, type RetryOptions } from './retry.js'
import { absentAsNull, busy, preconditionFailed, readFailed, writeFailed } from './s3-error.js'
import { parseS3Location } from './s3-location.js'
import { type S3ConnectionOptions, type S3Object, S3Objects } from './s3-objects.js'
import { StorageError } from './storage-error.js'
import type { DeleteOptions, PutOptions, StorageRoot, StoredObject } from './storage-root.js'
import { isTombstone, newTombstone, TOMBSTONE_BYTES } from './tombstone.js'

export interface S3RootOptions extends S3ConnectionOptions, RetryOptions {}

/**
 * A storage root below `s3://bucket/prefix`. The tag of an object is its ETag.
 *
 * Atomic, as the server decides them: a put with `ifMatch` or `ifNoneMatch`, and a
 * delete with `ifMatch`, which puts a tombstone under the same condition and leaves it
 * there; a tombstone counts as no object, and a create replaces it by its tag.
 * Not atomic: the answer of a delete without `ifMatch`, which looks first and then
 * deletes (of two at once both may answer true), and a listing, which is as of no one
 * moment while others write.
 *
 * The first conditional write of a root proves that the server obeys conditions
 * (`storage_conditions_ignored` otherwise). Every request is bounded in time and
 * tried again where that is safe. A lost answer of a conditional write is
 * resolved by reading back; where that cannot be told: `storage_outcome_unknown`.
 */
export function s3Root(location: string, options: S3RootOptions = {}): StorageRoot {
  return new S3Root(location, options)
}

class S3Root implements StorageRoot {
  readonly location: string
  readonly #objects: S3Objects
  readonly #retry: Retry
  #proven: Promise<void> | undefined

  constructor(location: string, options: S3RootOptions) {
    const place = parseS3Location(location)
    this.location = `s3://${place.bucket}/${place.prefix}`.replace(/\/$/, '')
    this.#objects = new S3Objects(place, options)
    this.#retry = new Retry(options)
  }

  async get(key: string): Promise<StoredObject | null> {
    checkKey(key)
    const found = await this.#read(key)
    return found && !isTombstone(found.body) ? { body: found.body, etag: found.etag } : null
  }

  async put(key: string, data: Uint8Array | string, options: PutOptions = {}): Promise<{ etag: string }> {
    checkKey(key)
    const body = typeof data === 'string' ? Buffer.from(data, 'utf8') : data
    if (isTombstone(body)) throw reserved(key)
    if (options.ifNoneMatch) return this.#create(key, body)
    if (options.ifMatch !== undefined) return this.#replace(key, body, options.ifMatch)
    try {
      const mark = writeMark('anything')
      return { etag: await this.#retry.idempotent(() => this.#objects.put(key, body, mark)) }
    } catch (error) {
      throw writeFailed(this.#objects.location, key, error)
    }
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = []
    try {
      for (let from: string | undefined; ; ) {
        const { objects, next } = await this.#retry.idempotent(() => this.#objects.page(prefix, from))
        for (const { key, bytes } of objects) {
          if (!isKey(key)) continue
          if (bytes === TOMBSTONE_BYTES && !(await this.get(key))) continue
          keys.push(key)
        }
        if (next === undefined) break
        from = next
      }
    } catch (error) {
      throw error instanceof StorageError ? error : readFailed(this.#objects.location, prefix, error)
    }
    return keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    checkKey(key)
    if (options.ifMatch !== undefined) {
      await this.#replace(key, newTombstone(), options.ifMatch)
      return true
    }
    try {
      const bytes = await this.#retry.idempotent(() => this.#objects.bytesOf(key)).catch(absentAsNull)
      if (bytes === null || (bytes === TOMBSTONE_BYTES && !(await this.get(key)))) return false
      await this.#retry.idempotent(() => this.#objects.remove(key))
      return true
    } catch (error) {
      throw error instanceof StorageError ? error : writeFailed(this.#objects.location, key, error)
    }
  }

  async #create(key: string, body: Uint8Array): Promise<{ etag: string }> {
    await this.#prove()
    for (let attempt = 1; attempt <= 20; attempt++) {
      try {
        return await writeConditionally(this.#objects, this.#retry, key, body, { ifNoneMatch: true })
      } catch (error) {
        if (!isRefusal(error)) throw error
      }
      const current = await this.#read(key)
      if (!current) continue
      if (!isTombstone(current.body)) throw preconditionFailed(key, 'it exists already')
      try {
        return await this.#replace(key, body, current.etag)
      } catch (error) {
        if (!isRefusal(error)) throw error
      }
    }
    throw busy(key)
  }

  async #replace(key: string, body: Uint8Array, ifMatch: string): Promise<{ etag: string }> {
    await this.#prove()
    return writeConditionally(this.#objects, this.#retry, key, body, { ifMatch })
  }

  async #read(key: string): Promise<S3Object | null> {
    try {
      return await this.#retry.idempotent(() => this.#objects.get(key)).catch(absentAsNull)
    } catch (error) {
      throw readFailed(this.#objects.location, key, error)
    }
  }

  /** Once for this root; again after a failure. */
  #prove(): Promise<void> {
    this.#proven ??= proveConditions(this.#objects, this.#retry).catch((error) => {
      this.#proven = undefined
      throw error
    })
    return this.#proven
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'precondition_failed'
}

function reserved(key: string): StorageError {
  return new StorageError(
    'invalid',
    'storage_write_error',
    `${key} was not written: these bytes mark deleted objects`,
    {
      remedy: 'Write other bytes.',
    },
  )
}
