import type { z } from 'zod'

/**
 * One route of the HTTP interface. The server validates requests by these schemas and
 * publishes them as OpenAPI, so neither can drift from the other.
 */
export interface Operation {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE'
  /** `{name}` marks a path parameter. */
  readonly path: string
  /** The last path parameter may hold slashes: clients put it there as it is. */
  readonly greedy?: true
  readonly summary: string
  readonly tag: 'service' | 'graph' | 'catalog' | 'incidents' | 'datahub' | 'openlineage'
  /** No bearer token is asked for. */
  readonly public?: true
  readonly query?: z.ZodObject
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: z.ZodType
  /** The body may be left out. */
  readonly bodyOptional?: true
  /** The text of the body is kept beside what it says, for what has to be recorded byte for byte. */
  readonly bodyText?: true
  /** The body may come with `Content-Encoding: gzip`. */
  readonly bodyGzip?: true
  /** Media type of a body that is streamed and not parsed. */
  readonly bodyStream?: string
  readonly status: number
  readonly response?: z.ZodType
  /** Media type when the response is not JSON. */
  readonly responseType?: string
}
