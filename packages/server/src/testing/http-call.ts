import { errorResponse, type Operation, type OperationId, operations } from '@groundplane/protocol'
import { TOKENS } from './cluster-fixture.js'

export interface CallOptions {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  readonly rawBody?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers by path; callOperation has held the shape against the schema
  readonly json: any
  readonly text: string
  readonly headers: Headers
}

/** Calls one operation over a real socket and holds the answer against the published schema. */
export async function callOperation(
  baseUrl: string,
  id: OperationId,
  options: CallOptions = {},
): Promise<Answer> {
  const operation: Operation = operations[id]
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(options.params?.[name] ?? ''),
  )
  const { token = TOKENS.operator } = options
  const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  const response = await fetch(`${baseUrl}${path}${options.query ? `?${options.query}` : ''}`, {
    method: operation.method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body !== undefined && { body, duplex: 'half' }),
  } as RequestInit)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  const json = isJson ? JSON.parse(text) : undefined
  if (response.ok) operation.response?.parse(json)
  else errorResponse.parse(json)
  return { status: response.status, json, text, headers: response.headers }
}
