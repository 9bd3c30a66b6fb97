import { classifyFailure } from './s3-failure.js'
import type { S3Location } from './s3-location.js'
import { StorageError } from './storage-error.js'

export function absentAsNull(error: unknown): null {
  if (classifyFailure(error) === 'absent') return null
  throw error
}

export function preconditionFailed(key: string, why: string): StorageError {
  return new StorageError('stale', 'precondition_failed', `${key} was not written: ${why}`, {
    remedy: 'Read it again and decide on what it says now.',
  })
}

export function outcomeUnknown(key: string, cause: unknown): StorageError {
  return new StorageError(
    'unavailable',
    'storage_outcome_unknown',
    `whether ${key} was written is not known: ${textOf(cause)}`,
    { remedy: 'Read it before writing it again; running the command again does so.', cause },
  )
}

export function busy(key: string): StorageError {
  return new StorageError('unavailable', 'storage_busy', `others keep writing ${key}`, {
    remedy: 'Try again.',
    retry: { afterMs: 1000 },
  })
}

export function readFailed(location: S3Location, key: string, cause: unknown): StorageError {
  return new StorageError(
    'unavailable',
    'storage_read_error',
    `${urlOf(location, key)} cannot be read: ${textOf(cause)}`,
    { remedy: remedyFor(cause), cause },
  )
}

export function writeFailed(location: S3Location, key: string, cause: unknown): StorageError {
  return new StorageError(
    'unavailable',
    'storage_write_error',
    `${urlOf(location, key)} cannot be written: ${textOf(cause)}`,
    { remedy: remedyFor(cause), cause },
  )
}

function urlOf({ bucket, prefix }: S3Location, key: string): string {
  return `s3://${bucket}/${prefix}${key}`
}

function textOf(cause: unknown): string {
  const { name, message, code } = cause as { name?: string; message?: string; code?: string }
  const what = message || code || 'no answer'
  return name === undefined || name === 'Error' || name === 'StorageError' ? what : `${name}: ${what}`
}

function remedyFor(cause: unknown): string {
  const { name, message } = cause as { name?: string; message?: string }
  if (name === 'NoSuchBucket') return 'Create the bucket, or correct its name and the endpoint.'
  if (/region is missing/i.test(message ?? '')) return 'Set AWS_REGION.'
  if (classifyFailure(cause) === 'denied')
    return 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or the profile), and that they may get, put, list and delete below this prefix.'
  return 'Check AWS_ENDPOINT_URL, AWS_REGION and the network, then run the command again.'
}
