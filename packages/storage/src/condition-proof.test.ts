import { describe, expect, it } from 'vitest'
import { s3Root } from './s3-root.js'
import { type Heedlessness, heedlessServer } from './testing/heedless-server.js'
import { NO_S3 } from './testing/s3-bucket.js'

describe.skipIf(NO_S3)('a root on S3', () => {
  it.each<[Heedlessness, string]>([
    ['ignores', 'If-Match created an object where there was none'],
    ['creates-on-match', 'If-Match created an object where there was none'],
    ['checks-then-writes', 'created the same object'],
    ['refuses', 'it refuses them'],
  ])('is refused before anything is written when its server %s conditions', async (way, why) => {
    const server = await heedlessServer(way)
    const root = s3Root('s3://bucket/prefix', { endpoint: server.endpoint, pause: async () => {} })
    try {
      for (const write of [
        () => root.put('x', '1', { ifNoneMatch: true }),
        () => root.put('x', '1', { ifMatch: '"0"' }),
        () => root.delete('x', { ifMatch: '"0"' }),
      ]) {
        await expect(write()).rejects.toMatchObject({
          code: 'storage_conditions_ignored',
          kind: 'unsupported',
          message: expect.stringContaining(why),
        })
      }
      expect([...server.objects.keys()]).toEqual([])
    } finally {
      server.close()
    }
  })
})
