import { hash } from 'node:crypto'

/** Lower-case hex SHA-256. */
export type Digest = string & { readonly __brand: 'Digest' }

export function sha256(data: string | Uint8Array): Digest {
  return hash('sha256', data, 'hex') as Digest
}

/**
 * One text per JSON value: keys sorted by code unit, no white space, `undefined`
 * members dropped. Numbers print as JavaScript prints them (RFC 8785).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new RangeError('non-finite number in JSON')
    return JSON.stringify(value) ?? 'null'
  }
  if (Array.isArray(value))
    return `[${value.map((v) => canonicalJson(v === undefined ? null : v)).join(',')}]`
  const members = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`)
  return `{${members.join(',')}}`
}

export function jsonDigest(value: unknown): Digest {
  return sha256(canonicalJson(value))
}
