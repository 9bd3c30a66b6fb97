import { readFailure, UnreachableError } from './errors.js'

export interface TransportOptions {
  readonly baseUrl: string
  /** Sent as a bearer token; a function is asked before each request. */
  readonly token?: string | (() => string | undefined)
  readonly fetch: typeof fetch
  /** W3C trace context to continue, per request. */
  readonly traceparent?: () => string | undefined
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
  readonly body?: unknown
  readonly rawBody?: { readonly type: string; readonly content: string | ReadableStream<Uint8Array> }
  readonly accept?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Statuses besides success that are an answer. A redirect among them is not followed. */
  readonly accepts?: readonly number[]
}

/** Sends one request. Gives the response when it is a success, else throws `ApiError` or `UnreachableError`. */
export async function send(options: TransportOptions, request: Request): Promise<Response> {
  const url = urlOf(options.baseUrl, request)
  const headers = headersOf(options, request)
  const init: RequestInit & { duplex?: 'half' } = { method: request.method, headers }
  if (request.signal) init.signal = request.signal
  if (request.accepts?.includes(302)) init.redirect = 'manual'
  if (request.rawBody) {
    init.body = request.rawBody.content
    init.duplex = 'half'
  } else if (request.body !== undefined) init.body = JSON.stringify(request.body)
  let response: Response
  try {
    response = await options.fetch(url, init)
  } catch (cause) {
    if (request.signal?.aborted) throw request.signal.reason
    throw new UnreachableError(url, cause)
  }
  if (!response.ok && !request.accepts?.includes(response.status)) throw await readFailure(response)
  return response
}

function urlOf(baseUrl: string, request: Request): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  }
  const text = search.toString()
  return `${baseUrl.replace(/\/+$/, '')}${request.path}${text && `?${text}`}`
}

function headersOf(options: TransportOptions, request: Request): Record<string, string> {
  const headers: Record<string, string> = { accept: request.accept ?? 'application/json', ...request.headers }
  const token = typeof options.token === 'function' ? options.token() : options.token
  if (token) headers['authorization'] = `Bearer ${token}`
  const traceparent = options.traceparent?.()
  if (traceparent) headers['traceparent'] = traceparent
  if (request.rawBody) headers['content-type'] = request.rawBody.type
  else if (request.body !== undefined) headers['content-type'] = 'application/json'
  return headers
}

/** Lines of a streamed text, without their ends. The stream is cancelled when the reader stops early. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true })
      let start = 0
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
        yield rest.slice(start, rest[end - 1] === '\r' ? end - 1 : end)
        start = end + 1
      }
      rest = rest.slice(start)
      if (done) break
    }
    if (rest !== '') yield rest
  } finally {
    await reader.cancel().catch(() => {})
  }
}
