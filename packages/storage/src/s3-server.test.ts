import { randomUUID } from 'node:crypto'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { parseS3Location } from './s3-location.js'
import { NO_S3, S3_BUCKET } from './testing/s3-bucket.js'

/**
 * What the other tests of S3 lean on, shown with the plain client and none of our code: the
 * server they run against really decides conditional puts, and does so atomically.
 */
describe.skipIf(NO_S3)('the S3-compatible server of the tests', () => {
  const Bucket = parseS3Location(S3_BUCKET ?? 's3://none').bucket
  const client = new S3Client({ forcePathStyle: true, maxAttempts: 1 })
  const put = (Key: string, Body: string, condition: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...condition }))
  const status = (outcome: PromiseSettledResult<unknown>) =>
    outcome.status === 'fulfilled' ? 200 : outcome.reason.$metadata.httpStatusCode

  it('refuses If-None-Match where something is, and If-Match with another tag or where nothing is', async () => {
    const key = `proof/${randomUUID()}`
    expect(await put(key, 'x', { IfMatch: '"0123"' }).catch((e) => e.name)).toBe('NoSuchKey')
    const { ETag } = await put(key, 'a', { IfNoneMatch: '*' })
    expect(await put(key, 'b', { IfNoneMatch: '*' }).catch((e) => e.name)).toBe('PreconditionFailed')
    expect(await put(key, 'b', { IfMatch: '"0123"' }).catch((e) => e.name)).toBe('PreconditionFailed')
    await put(key, 'b', { IfMatch: ETag as string })
    expect(await put(key, 'c', { IfMatch: ETag as string }).catch((e) => e.name)).toBe('PreconditionFailed')
  })

  it('carries out exactly one of 32 conditional puts sent at once, four times over', async () => {
    const refused = Array.from({ length: 31 }, () => 412)
    for (let round = 0; round < 4; round++) {
      const key = `proof/${randomUUID()}`
      // Each body once only: bytes that were there before have the tag that was there before.
      const everyone = (condition: { IfMatch?: string; IfNoneMatch?: string }) =>
        Promise.allSettled(Array.from({ length: 32 }, () => put(key, randomUUID(), condition)))
      const created = await everyone({ IfNoneMatch: '*' })
      expect(created.map(status).sort()).toEqual([200, ...refused])
      const winner = created.find((outcome) => outcome.status === 'fulfilled')
      const swapped = await everyone({ IfMatch: winner?.value.ETag as string })
      expect(swapped.map(status).sort()).toEqual([200, ...refused])
    }
  })
})
