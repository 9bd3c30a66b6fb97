import { randomBytes } from 'node:crypto'

/**
 * The object that stands for an absent one on S3. A conditional delete is a
 * conditional put of a tombstone, since the conditional put is the one operation
 * that every supported server decides atomically (`docs/decisions/0007`).
 * Each tombstone is unique, so that its tag is. All have one length, so that a
 * listing tells at once which objects cannot be one.
 */
const TEXT = /^\{"groundplane":"deleted","id":"[0-9a-f]{32}"\}\n$/

export function newTombstone(): Uint8Array {
  return Buffer.from(`{"groundplane":"deleted","id":"${randomBytes(16).toString('hex')}"}\n`, 'utf8')
}

export const TOMBSTONE_BYTES = newTombstone().length

export function isTombstone(body: Uint8Array): boolean {
  return body.length === TOMBSTONE_BYTES && TEXT.test(Buffer.from(body).toString('utf8'))
}
