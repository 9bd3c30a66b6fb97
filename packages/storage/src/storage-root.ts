/** What a storage root holds under one key, and the tag that names exactly these bytes. */
export interface StoredObject {
  readonly body: Uint8Array
  /** Opaque. Equal tags mean equal bytes; pass it back as `ifMatch`. */
  readonly etag: string
}

export interface PutOptions {
  /** Replace only if the stored object still has this tag. */
  readonly ifMatch?: string
  /** Create only if nothing is stored under the key. Exclusive with `ifMatch`. */
  readonly ifNoneMatch?: true
}

export interface DeleteOptions {
  readonly ifMatch?: string
}

/**
 * A flat space of keys (`a/b/c.json`: segments of letters, digits, `. _ -`,
 * none starting with a dot) with conditional writes.
 *
 * What every implementation promises:
 * - An acknowledged write is durable: it survives the death of the process and of the machine.
 * - A reader sees an object whole, as it was before or after a write, never between.
 * - A conditional write is one atomic decision, also between processes: of several
 *   writers holding the same tag, one wins and the others get `precondition_failed`.
 * - A writer that dies at any instant leaves the object old or new and blocks nobody.
 *
 * - A conditional delete is such a write too. A delete without a condition removes
 *   whatever is there; of several at once more than one may say that it did.
 *
 * Failures are `StorageError`: `invalid_key`, `precondition_failed`, `storage_busy`,
 * `storage_read_error`, `storage_write_error`, `storage_outcome_unknown`,
 * `storage_conditions_ignored`.
 */
export interface StorageRoot {
  /** How people name this root: a directory path, or `s3://bucket/prefix`. */
  readonly location: string
  get(key: string): Promise<StoredObject | null>
  put(key: string, body: Uint8Array | string, options?: PutOptions): Promise<{ etag: string }>
  /** Keys that start with `prefix`, sorted by code unit. An absent prefix is an empty list. */
  list(prefix: string): Promise<string[]>
  /** False when nothing was stored under the key. */
  delete(key: string, options?: DeleteOptions): Promise<boolean>
}
