import { GroundplaneError } from '@groundplane/core'

export type StorageErrorCode =
  | 'invalid_key'
  | 'invalid_storage_location'
  | 'precondition_failed'
  | 'storage_busy'
  | 'storage_conditions_ignored'
  | 'storage_outcome_unknown'
  | 'storage_read_error'
  | 'storage_write_error'

/**
 * A storage root could not do what was asked. Nothing was changed, unless the code is
 * `storage_outcome_unknown` or `storage_write_error`: then what is stored must be read back.
 */
export class StorageError extends GroundplaneError {
  declare readonly code: StorageErrorCode
}
