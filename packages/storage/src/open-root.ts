import { directoryRoot } from './directory-root.js'
import { isS3Location } from './s3-location.js'
import { s3Root } from './s3-root.js'
import type { StorageRoot } from './storage-root.js'

/** One for each place and process: with its connections, and with what was proven about its server. */
const onS3 = new Map<string, StorageRoot>()

/** The storage root at `s3://bucket/prefix`, or in the directory of that path. Opens nothing yet. */
export function storageRoot(location: string): StorageRoot {
  if (!isS3Location(location)) return directoryRoot(location)
  const root = onS3.get(location) ?? s3Root(location)
  onS3.set(location, root)
  return root
}
