import { GroundplaneError } from '@groundplane/core'

export type StorageErrorCode =
  | 'invalid_key'
  | 'precondition_failed'
  | 'storage_busy'
  | 'storage_read_error'
  | 'storage_write_error'

/** A storage root could not do what was asked; nothing was changed unless the code is `storage_write_error`, whose outcome must be read back. */
export class StorageError extends GroundplaneError {
  declare readonly code: StorageErrorCode
}
