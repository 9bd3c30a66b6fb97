import { isWebOrigin, withoutCredentials } from '@groundplane/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ServerError } from '../server-error.js'

/** What a page may send and see beyond what every page may. */
const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'groundplane-if-graph-commit',
  'if-none-match',
  'last-event-id',
  'mcp-protocol-version',
  'range',
  'traceparent',
  'x-request-id',
].join(', ')
const ANSWER_HEADERS = [
  'accept-ranges',
  'allow',
  'content-range',
  'etag',
  'retry-after',
  'traceparent',
  'x-request-id',
].join(', ')
const METHODS = 'GET, POST, PATCH, DELETE'
/** How long a browser may keep the answer to its question, in seconds. */
const MAX_AGE = '600'

/**
 * Origins whose pages may call this server through their visitors' browsers (Fetch Standard,
 * "CORS protocol"). Never all of them, and never with cookies: this server has none.
 */
export class AllowedOrigins {
  readonly #origins: ReadonlySet<string>

  /** Throws `cors_origin_invalid` for what no browser sends as `Origin`. */
  constructor(origins: readonly string[]) {
    for (const origin of origins) if (!isWebOrigin(origin)) throw notAnOrigin(origin)
    this.#origins = new Set(origins)
  }

  has(origin: string): boolean {
    return this.#origins.has(origin)
  }

  /** Puts the headers on an answer for a page of an allowed origin. True when the request was a browser's question, and is answered. */
  answer(request: FastifyRequest, reply: FastifyReply): boolean {
    const { origin } = request.headers
    if (this.#origins.size > 0) reply.header('vary', 'origin')
    if (origin === undefined || !this.#origins.has(origin)) return false
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-expose-headers', ANSWER_HEADERS)
    const asked = request.headers['access-control-request-method']
    if (request.method !== 'OPTIONS' || asked === undefined) return false
    reply
      .code(204)
      .header('access-control-allow-methods', METHODS)
      .header('access-control-allow-headers', REQUEST_HEADERS)
      .header('access-control-max-age', MAX_AGE)
      .send()
    return true
  }
}

function notAnOrigin(text: string): ServerError {
  const shown = withoutCredentials(text)
  return new ServerError('invalid', 'cors_origin_invalid', `"${shown}" is not the origin of a page.`, {
    remedy: 'Write it as browsers send it, e.g. https://data.example.com: no path, no default port, no "*".',
  })
}
