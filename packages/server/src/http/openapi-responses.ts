import { errorResponse, type Operation, readiness } from '@groundplane/protocol'
import { hoist, type JsonObject } from './openapi-schemas.js'

/**
 * Which statuses an operation can answer. By rule and not by list: what an operation takes and whether it
 * writes say which refusals can meet it, so a new route is described without anybody thinking of it.
 */
const FAILURES: Readonly<Record<number, { readonly name: string; readonly description: string }>> = {
  400: { name: 'Invalid', description: 'The request is not one that can be understood, see `error.code`' },
  401: { name: 'Unauthenticated', description: 'No bearer token, or one that is not known' },
  403: { name: 'Denied', description: 'Policy does not allow this to the actor' },
  404: { name: 'NotFound', description: 'Nothing of that name, or nothing the actor may know of' },
  408: { name: 'TooSlow', description: 'The request did not arrive whole in time' },
  409: { name: 'Conflict', description: 'What is there does not let this be done' },
  410: { name: 'Gone', description: 'A cleanup removed what is asked for' },
  412: { name: 'Stale', description: 'The branch or the content is not what the caller takes it for' },
  413: { name: 'TooLarge', description: 'The body, or what would come of it, is larger than allowed' },
  414: { name: 'PathTooLong', description: 'A part of the path is longer than any name' },
  415: { name: 'MediaTypeUnsupported', description: 'The body is of another media type' },
  416: { name: 'RangeUnsatisfiable', description: 'The range begins after the end of the content' },
  422: { name: 'Unprocessable', description: 'The data breaks a rule of the schema; nothing was written' },
  429: { name: 'Limited', description: 'Too much at once; `Retry-After` says when, where that is known' },
  431: { name: 'HeadersTooLarge', description: 'The headers are larger than allowed' },
  500: { name: 'Internal', description: 'A bug; the request id finds it in the log' },
  501: { name: 'Unsupported', description: 'Understood, and not something this server can do' },
  503: { name: 'Unavailable', description: 'Stopping, or what is needed is not to be had now' },
  504: { name: 'Deadline', description: 'Not done within the time a request has' },
}

/** Of every answer of the interface. */
export const RESPONSE_HEADERS: Readonly<Record<string, JsonObject>> = {
  'x-request-id': {
    description: 'The id of this request, the one the caller sent when it could be taken',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
  },
  traceparent: {
    description: 'The trace of this request (W3C Trace Context)',
    schema: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
  },
  'retry-after': { description: 'Seconds', schema: { type: 'integer', minimum: 0 } },
}
const everyAnswer = headersNamed('x-request-id', 'traceparent')

/** The failures of all operations, for `components.responses`. */
export function errorResponses(components: JsonObject): JsonObject {
  const content = { 'application/json': { schema: hoist(errorResponse, 'output', components) } }
  const headers = { ...everyAnswer, ...headersNamed('retry-after') }
  return Object.fromEntries(
    Object.values(FAILURES).map(({ name, description }) => [name, { description, headers, content }]),
  )
}

export function responsesOf(operation: Operation, components: JsonObject): JsonObject {
  const responses: JsonObject = { [operation.status]: success(operation, 'Done', components) }
  for (const status of failuresOf(operation)) {
    const failure = FAILURES[status] as (typeof FAILURES)[number]
    // An answer to HEAD has no body to describe.
    responses[status] =
      operation.method === 'HEAD'
        ? { description: failure.description, headers: everyAnswer }
        : { $ref: `#/components/responses/${failure.name}` }
  }
  if (isBlob(operation)) Object.assign(responses, blobResponses(operation))
  if (operation.path === '/readyz') {
    responses[503] = success({ ...operation, response: readiness }, 'Not ready for traffic', components)
  }
  return responses
}

function success(operation: Operation, description: string, components: JsonObject): JsonObject {
  const { response, responseType = 'text/plain', method } = operation
  const answer = { description, headers: everyAnswer }
  if (method === 'HEAD') return answer
  if (response)
    return { ...answer, content: { 'application/json': { schema: hoist(response, 'output', components) } } }
  // OpenAPI 3.1 has no words for one line or one event of a stream.
  return { ...answer, content: { [responseType]: {} } }
}

function blobResponses({ method, responseType = '' }: Operation): JsonObject {
  const elsewhere = {
    description: 'The content is kept elsewhere; nobody here asks that place',
    headers: { ...everyAnswer, location: { required: true, schema: { type: 'string' } } },
  }
  const same = { description: 'The caller has this content already', headers: everyAnswer }
  const part = { description: 'The range asked for', headers: everyAnswer, content: { [responseType]: {} } }
  return { 302: elsewhere, 304: same, ...(method === 'GET' && { 206: part }) }
}

function failuresOf(operation: Operation): number[] {
  const { tag, method, path, body, bodyStream } = operation
  const takesBody = body !== undefined || bodyStream !== undefined
  const mayWrite =
    (tag === 'graph' || tag === 'datahub' || tag === 'openlineage') && method !== 'GET' && method !== 'HEAD'
  const failures: readonly (readonly [boolean, readonly number[]])[] = [
    [true, [400, 431, 500, 503]],
    [operation.public !== true, [401, 403, 429]],
    [tag !== 'service', [404, 504]],
    [path.includes('{'), [404, 414]],
    [tag === 'service' && method === 'POST', [409]],
    [takesBody, [408, 413, 415]],
    [tag === 'graph', [410]],
    [mayWrite, [409, 413, 422, 501]],
    [/\/(if-graph-commit|merge)$/.test(path) || isBlob(operation), [412]],
    [isBlob(operation) && method === 'GET', [416]],
  ]
  const statuses = failures.flatMap(([holds, found]) => (holds ? found : []))
  return [...new Set(statuses)].sort((a, b) => a - b)
}

function isBlob({ path }: Operation): boolean {
  return path.endsWith('/blob')
}

function headersNamed(...names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
