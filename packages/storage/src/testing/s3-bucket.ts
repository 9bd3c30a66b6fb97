import { randomUUID } from 'node:crypto'

/** `s3://bucket` of the server that `test/s3-server.mjs` started, undefined where it is not installed. */
export const S3_BUCKET: string | undefined = process.env.GROUNDPLANE_TEST_S3

/** For `describe.skipIf`: the server is not installed, which the set-up has said aloud. */
export const NO_S3 = S3_BUCKET === undefined

/** A place of its own in the bucket. */
export function freshLocation(): string {
  return `${S3_BUCKET}/${randomUUID()}`
}
