import { withoutCredentials } from '@groundplane/core'
import { checkKey } from './key.js'
import { StorageError } from './storage-error.js'

/** Where a storage root on S3 is. */
export interface S3Location {
  readonly bucket: string
  /** Empty, or ends in a slash: what every object key of the root starts with. */
  readonly prefix: string
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, general purpose buckets. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

export function isS3Location(location: string): boolean {
  return /^s3:/i.test(location)
}

/** Reads `s3://bucket` or `s3://bucket/prefix`; anything else is `invalid_storage_location`. */
export function parseS3Location(location: string): S3Location {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(location) ?? []
  const prefix = rest.replace(/\/+$/, '')
  if (!BUCKET.test(bucket) || bucket.includes('..') || !isPrefix(prefix)) {
    const shown = withoutCredentials(location)
    throw new StorageError('invalid', 'invalid_storage_location', `"${shown}" is not a place on S3`, {
      remedy:
        'Write s3://bucket or s3://bucket/prefix: a bucket name of 3 to 63 lower-case letters, digits, dots and dashes, and a prefix of letters, digits, dot, underscore, dash and slash. Endpoint, region and credentials come from the AWS_… variables of the environment.',
    })
  }
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}

function isPrefix(prefix: string): boolean {
  if (prefix === '') return true
  try {
    checkKey(prefix)
    return true
  } catch {
    return false
  }
}
