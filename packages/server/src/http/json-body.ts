import { isUtf8 } from 'node:buffer'
import { assert } from '@groundplane/core'
import { type Operation, operations } from '@groundplane/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServerError } from '../server-error.js'

/**
 * JSON bodies, as RFC 8259 has them: UTF-8, and nothing else. A decoder that replaces what is wrong would
 * store other text than was sent. Keys that reach for a prototype are refused. Clients that name a media
 * type and send nothing where no body is asked for sent no body.
 */
export function takeJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer
    if (bytes.length === 0 && !needsBody(request)) done(null, undefined)
    else if (!isUtf8(bytes)) done(notUtf8())
    else {
      const text = bytes.toString('utf8')
      if (keepsText(request)) texts.set(request, text)
      parse(request, text, done)
    }
  })
}

const texts = new WeakMap<FastifyRequest, string>()

/** The JSON text of the body, of an operation that keeps it. */
export function bodyTextOf(request: FastifyRequest): string {
  const text = texts.get(request)
  assert(text !== undefined, 'the operation keeps the text of its body')
  return text
}

function keepsText({ routeOptions: { config } }: FastifyRequest): boolean {
  return config.operation !== undefined && (operations[config.operation] as Operation).bodyText === true
}

function needsBody({ routeOptions: { config } }: FastifyRequest): boolean {
  if (config.operation === undefined) return true
  const { body, bodyOptional }: Operation = operations[config.operation]
  return body !== undefined && bodyOptional !== true
}

function notUtf8(): ServerError {
  return new ServerError('invalid', 'body_not_utf8', 'The request body is not UTF-8.', {
    remedy: 'Encode the JSON as UTF-8 and send it again.',
  })
}
