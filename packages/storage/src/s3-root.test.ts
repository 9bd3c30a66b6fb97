import { describe, expect, it, vi } from 'vitest'
import { parseS3Location } from './s3-location.js'
import { S3Objects } from './s3-objects.js'
import { s3Root } from './s3-root.js'
import { storageRootConformance } from './testing/conformance.js'
import { freshLocation, NO_S3, S3_BUCKET } from './testing/s3-bucket.js'
import { isTombstone } from './tombstone.js'

if (S3_BUCKET !== undefined) {
  storageRootConformance('S3', async () => ({ root: s3Root(freshLocation()), dispose: async () => {} }))
}

describe.skipIf(NO_S3)('a root on S3', () => {
  it('keeps to its prefix: roots beside and below it see nothing of it', async () => {
    const location = freshLocation()
    await s3Root(`${location}/a`).put('x', '1')
    expect(await s3Root(`${location}/ab`).list('')).toEqual([])
    expect(await s3Root(`${location}/a/x`).get('x')).toBeNull()
    expect(await s3Root(location).list('')).toEqual(['a/x'])
    expect(s3Root(`${location}/a/`).location).toBe(`${location}/a`)
  })

  it('lists more keys than one page holds, once each and in order', async () => {
    const location = freshLocation()
    const keys = Array.from({ length: 11 }, (_, i) => `page/${String(i).padStart(2, '0')}`)
    for (const key of keys) await s3Root(location).put(key, key)
    expect(await s3Root(location, { pageKeys: 3 }).list('page/')).toEqual(keys)
  })

  it('leaves a tombstone where it deleted by tag, and never takes its bytes as content', async () => {
    const location = freshLocation()
    const root = s3Root(location)
    const { etag } = await root.put('x', '1', { ifNoneMatch: true })
    await root.delete('x', { ifMatch: etag })
    const { body } = await new S3Objects(parseS3Location(location)).get('x')
    expect(isTombstone(body)).toBe(true)
    await expect(root.put('y', body)).rejects.toMatchObject({ code: 'storage_write_error' })
    // As long as a tombstone and not one.
    await root.put('z', 'z'.repeat(body.length))
    expect(await root.list('')).toEqual(['z'])
    expect(await root.delete('z')).toBe(true)
  })

  it('says which bucket is missing, and that a key is refused', async () => {
    const gone = s3Root('s3://no-such-bucket-here/x')
    await expect(gone.get('a')).rejects.toMatchObject({
      code: 'storage_read_error',
      message: expect.stringContaining('s3://no-such-bucket-here/x/a'),
      remedy: expect.stringContaining('Create the bucket'),
    })
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of-someone-else')
    try {
      const failure = await s3Root(freshLocation())
        .put('a', 'b', { ifNoneMatch: true })
        .catch((error) => error)
      expect(failure).toMatchObject({
        code: 'storage_write_error',
        remedy: expect.stringContaining('AWS_ACCESS_KEY_ID'),
      })
      expect(JSON.stringify(failure.toBody())).not.toContain('of-someone-else')
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
