import { directoryRoot } from './directory-root.js'
import { isS3Location } from './s3-location.js'
import { s3Root } from './s3-root.js'
import type { StorageRoot } from './storage-root.js'

/** The storage root at `s3://bucket/prefix`, or in the directory of that path. Opens nothing yet. */
export function storageRoot(location: string): StorageRoot {
  return isS3Location(location) ? s3Root(location) : directoryRoot(location)
}
