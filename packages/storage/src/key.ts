import { StorageError } from './storage-error.js'

const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/

/** Refuses what could leave the root, hide in it, or mean different things to different backends. */
export function checkKey(key: string): void {
  if (isKey(key)) return
  throw new StorageError('invalid', 'invalid_key', `"${key}" is not a storage key`, {
    remedy:
      'Use segments of letters, digits, dot, underscore and dash, separated by "/", none starting with a dot.',
  })
}

export function isKey(key: string): boolean {
  return key !== '' && key.split('/').every((segment) => SEGMENT.test(segment))
}
