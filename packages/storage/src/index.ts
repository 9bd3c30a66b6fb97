/**
 * A storage root: keys, bytes, conditional writes. What the control plane keeps
 * (ledger, lock, catalog, intents) goes through it, so that a directory and an
 * object store are the same to it. No domain words, and no graph data: graphs
 * are databases and own their files.
 */
export { directoryRoot } from './directory-root.js'
export { storageRoot } from './open-root.js'
export { isS3Location, parseS3Location, type S3Location } from './s3-location.js'
export { type S3RootOptions, s3Root } from './s3-root.js'
export { StorageError, type StorageErrorCode } from './storage-error.js'
export type { DeleteOptions, PutOptions, StorageRoot, StoredObject } from './storage-root.js'
