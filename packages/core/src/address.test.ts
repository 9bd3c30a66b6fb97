import { expect, it } from 'vitest'
import { withoutCredentials } from './address.js'

it('shows an address without user and password, whatever they are made of', () => {
  for (const [address, shown] of [
    ['https://host/path', 'https://host/path'],
    ['https://me:secret@host:8080/p@th?q=a@b', 'https://***@host:8080/p@th?q=a@b'],
    ['postgres://me:se@cret@host/db', 'postgres://***@host/db'],
    ['s3://key@bucket', 's3://***@bucket'],
    ['https:me:secret@host', 'https:***@host'],
    ['data/file@2.db', 'data/file@2.db'],
  ])
    expect(withoutCredentials(address as string)).toBe(shown)
})
