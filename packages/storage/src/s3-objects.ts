import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import type { S3Location } from './s3-location.js'

/** One object as stored, tombstones included. */
export interface S3Object {
  readonly body: Uint8Array
  readonly etag: string
  readonly metadata: Readonly<Record<string, string>>
}

export type Condition = { readonly ifMatch: string } | { readonly ifNoneMatch: true }

export interface S3Page {
  readonly objects: readonly { readonly key: string; readonly bytes: number }[]
  readonly next?: string
}

export interface S3ConnectionOptions {
  /** Instead of `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`. */
  readonly endpoint?: string
  /** How long one request may take, its answer read whole. */
  readonly requestMs?: number
  /** Keys in one page of a listing; S3 gives 1000 at most. */
  readonly pageKeys?: number
}

/**
 * Single requests to one bucket: nothing is tried twice here, because whether a
 * request may be repeated depends on what it was for. Keys are those of the
 * root; the prefix is added here. Failures are thrown as the client gives them,
 * for `classifyFailure`.
 *
 * Credentials, region and endpoint come from the environment as the AWS tools
 * read it. With an endpoint of one's own the bucket stands in the path, and the
 * region defaults to `us-east-1`. The client is loaded with the first request.
 */
export class S3Objects {
  readonly #requestMs: number
  #loaded: Promise<Loaded> | undefined

  constructor(
    readonly location: S3Location,
    readonly options: S3ConnectionOptions = {},
  ) {
    this.#requestMs = options.requestMs ?? 30_000
  }

  async get(key: string): Promise<S3Object> {
    return this.#within(async ({ client, sdk }, abortSignal) => {
      const found = await client.send(new sdk.GetObjectCommand(this.#address(key)), { abortSignal })
      const body = await readWhole(found, abortSignal)
      return { body, etag: found.ETag ?? '', metadata: found.Metadata ?? {} }
    })
  }

  async bytesOf(key: string): Promise<number> {
    return this.#within(async ({ client, sdk }, abortSignal) => {
      const found = await client.send(new sdk.HeadObjectCommand(this.#address(key)), { abortSignal })
      return found.ContentLength ?? 0
    })
  }

  /** The tag of what is stored now. */
  async put(
    key: string,
    body: Uint8Array,
    metadata: Readonly<Record<string, string>>,
    condition?: Condition,
  ): Promise<string> {
    return this.#within(async ({ client, sdk }, abortSignal) => {
      const request = new sdk.PutObjectCommand({
        ...this.#address(key),
        Body: body,
        ContentType: key.endsWith('.json') ? 'application/json' : 'application/octet-stream',
        Metadata: metadata,
        ...(condition && ('ifMatch' in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: '*' })),
      })
      const { ETag } = await client.send(request, { abortSignal })
      return ETag ?? ''
    })
  }

  async remove(key: string): Promise<void> {
    await this.#within(({ client, sdk }, abortSignal) =>
      client.send(new sdk.DeleteObjectCommand(this.#address(key)), { abortSignal }),
    )
  }

  async page(prefix: string, from: string | undefined): Promise<S3Page> {
    return this.#within(async ({ client, sdk }, abortSignal) => {
      const request = new sdk.ListObjectsV2Command({
        Bucket: this.location.bucket,
        Prefix: this.location.prefix + prefix,
        ...(from !== undefined && { ContinuationToken: from }),
        ...(this.options.pageKeys !== undefined && { MaxKeys: this.options.pageKeys }),
      })
      const {
        Contents = [],
        IsTruncated,
        NextContinuationToken,
      } = await client.send(request, { abortSignal })
      return {
        objects: Contents.map(({ Key = '', Size = 0 }) => ({
          key: Key.slice(this.location.prefix.length),
          bytes: Size,
        })),
        ...(IsTruncated && NextContinuationToken !== undefined && { next: NextContinuationToken }),
      }
    })
  }

  #address(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.location.bucket, Key: this.location.prefix + key }
  }

  async #within<T>(request: (loaded: Loaded, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    this.#loaded ??= load(this.options.endpoint)
    return request(await this.#loaded, AbortSignal.timeout(this.#requestMs))
  }
}

interface Loaded {
  readonly client: S3Client
  readonly sdk: typeof import('@aws-sdk/client-s3')
}

async function load(given: string | undefined): Promise<Loaded> {
  const sdk = await import('@aws-sdk/client-s3')
  const env = process.env
  // It asks for a newer Node because of versions to come; this one is pinned (docs/decisions/0007).
  env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const endpoint = given ?? (env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined)
  const region =
    env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint === undefined ? undefined : 'us-east-1')
  const client = new sdk.S3Client({
    maxAttempts: 1, // its own tries would hide whether a conditional put was already carried out
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(region !== undefined && { region }),
  })
  return { client, sdk }
}

/** The signal of a request ends with its headers; here it also bounds the body. */
async function readWhole({ Body }: GetObjectCommandOutput, signal: AbortSignal): Promise<Uint8Array> {
  if (!Body) return new Uint8Array()
  const stream = Body as unknown as { destroy(error: Error): void }
  const stop = () => stream.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Body.transformToByteArray()
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
