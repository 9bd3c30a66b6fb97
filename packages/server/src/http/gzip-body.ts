import { type Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Operation, operations } from '@groundplane/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServerError } from '../server-error.js'
import { bodyTooLarge } from './refused-body.js'

/**
 * Bodies with `Content-Encoding: gzip`, of the operations that take them. The limit of the body is one of what it
 * inflates to, and inflating stops there: a small body that would become a huge one costs no more than a
 * huge one.
 */
export function takeGzip(app: FastifyInstance): void {
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const encoding = takesGzip(request)
      ? request.headers['content-encoding']?.trim().toLowerCase()
      : undefined
    if (encoding === undefined || encoding === 'identity') done(null, payload)
    else if (encoding === 'gzip' || encoding === 'x-gzip')
      done(null, inflated(payload, request.routeOptions.bodyLimit))
    else done(unknownEncoding())
  })
}

function takesGzip({ routeOptions: { config } }: FastifyRequest): boolean {
  return config.operation !== undefined && (operations[config.operation] as Operation).bodyGzip === true
}

/** `receivedEncodedLength` is what Fastify compares Content-Length with. */
function inflated(payload: Readable, maxBytes: number): Readable & { receivedEncodedLength: number } {
  let bytes = 0
  const limited = Object.assign(
    new Transform({
      transform(chunk: Buffer, _encoding, next) {
        bytes += chunk.length
        if (bytes > maxBytes) next(bodyTooLarge(maxBytes))
        else next(null, chunk)
      },
    }),
    { receivedEncodedLength: 0 },
  )
  payload.on('data', (chunk: Buffer) => {
    limited.receivedEncodedLength += chunk.length
  })
  const gunzip = createGunzip()
  gunzip.on('error', (error: NodeJS.ErrnoException) => {
    limited.destroy(error.code?.startsWith('Z_') ? notGzip() : error)
  })
  payload.on('error', (error) => gunzip.destroy(error))
  // The connection is not given up with the body: the answer goes over it.
  limited.on('close', () => {
    payload.unpipe(gunzip)
    gunzip.destroy()
  })
  payload.pipe(gunzip).pipe(limited)
  return limited
}

function notGzip(): ServerError {
  return new ServerError('invalid', 'body_not_gzip', 'The request body is not whole gzip.', {
    remedy: 'Compress it again, or leave the header Content-Encoding out.',
  })
}

function unknownEncoding(): ServerError {
  return new ServerError(
    'invalid',
    'content_encoding_unsupported',
    'The Content-Encoding is not supported.',
    {
      remedy: 'Use gzip, or send the body as it is.',
    },
  )
}
