import { type ModelEndpoint, ModelFailure } from './endpoint.js'
import { ThinkSplitter } from './think-splitter.js'

export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | {
      readonly role: 'assistant'
      readonly content: string | null
      readonly tool_calls?: readonly ToolCallMessage[]
    }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }

export interface ToolCallMessage {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

export interface ChatTool {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: object
}

export interface ChatRequest {
  readonly endpoint: ModelEndpoint
  readonly key: string | undefined
  readonly messages: readonly ChatMessage[]
  readonly tools: readonly ChatTool[]
  readonly maxTokens: number
  readonly signal: AbortSignal
  /** Reasoning as it streams, from a field of its own or from inside `<think>`. */
  readonly onReasoning: (text: string) => void
}

export interface ChatAnswer {
  /** Without reasoning. */
  readonly content: string
  readonly toolCalls: readonly ToolCallMessage[]
  readonly tokensIn: number
  readonly tokensOut: number
}

const MAX_RESPONSE_BYTES = 8_000_000

/**
 * One streamed chat completion. Reads server-sent events, and a plain JSON body from
 * servers that do not stream. Token counts come from the server, or are estimated at
 * four characters each. Throws ModelFailure; the signal aborts at any point.
 */
export async function chat(request: ChatRequest): Promise<ChatAnswer> {
  const response = await post(request)
  const collected = new Collected(request)
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  try {
    if (isJson) collected.add(parseJson(await bodyText(response)))
    else for await (const data of serverSentData(response)) collected.add(parseJson(data))
  } catch (error) {
    if (error instanceof ModelFailure) throw error
    throw new ModelFailure('model_unreachable', `the answer broke off: ${reason(error)}`, error)
  }
  return collected.answer(request.messages)
}

async function post({ endpoint, key, messages, tools, maxTokens, signal }: ChatRequest): Promise<Response> {
  let response: Response
  try {
    response = await fetch(`${endpoint.base_url.replace(/\/+$/, '')}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({
        model: endpoint.model,
        messages,
        ...(tools.length > 0 && { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: maxTokens,
        temperature: 0,
      }),
      signal,
      redirect: 'error', // a redirect would carry the key to another host
    })
  } catch (error) {
    throw new ModelFailure('model_unreachable', `cannot reach ${hostOf(endpoint)}: ${reason(error)}`, error)
  }
  if (response.ok) return response
  const body = await response.text().catch(() => '')
  throw new ModelFailure(
    'model_http_error',
    `${hostOf(endpoint)} answered ${response.status}: ${errorText(body, key)}`,
  )
}

interface Usage {
  readonly prompt_tokens?: number
  readonly completion_tokens?: number
}

/** What the pieces of one answer add up to. */
class Collected {
  readonly #key: string | undefined
  readonly #onReasoning: (text: string) => void
  readonly #splitter = new ThinkSplitter()
  readonly #calls = new Map<number, { id: string; name: string; arguments: string }>()
  #content = ''
  #reasoned = 0
  #usage: Usage | undefined
  #choices = 0

  constructor({ key, onReasoning }: ChatRequest) {
    this.#key = key
    this.#onReasoning = onReasoning
  }

  /** A chunk, or a whole completion: both have choices, with a `delta` or a `message`. */
  add(piece: Record<string, unknown>): void {
    if (piece.error !== undefined && piece.error !== null)
      throw new ModelFailure(
        'model_http_error',
        `the model answered with an error: ${errorText(JSON.stringify(piece), this.#key)}`,
      )
    if (piece.usage !== null && typeof piece.usage === 'object') this.#usage = piece.usage as Usage
    const choice = Array.isArray(piece.choices) ? piece.choices[0] : undefined
    const delta = choice?.delta ?? choice?.message
    if (delta === null || typeof delta !== 'object') return
    this.#choices++
    const reasoning = delta.reasoning_content ?? delta.reasoning
    if (typeof reasoning === 'string') this.#reason(reasoning)
    if (typeof delta.content === 'string') this.#split(this.#splitter.push(delta.content))
    for (const [position, call] of (Array.isArray(delta.tool_calls) ? delta.tool_calls : []).entries())
      this.#addCall(call, position)
  }

  answer(messages: readonly ChatMessage[]): ChatAnswer {
    if (this.#choices === 0) throw new ModelFailure('model_garbage', 'the answer had no message in it')
    this.#split(this.#splitter.end())
    const toolCalls = [...this.#calls.entries()]
      .sort(([a], [b]) => a - b)
      .map(([index, call]) => ({
        id: call.id || `call_${index}`,
        type: 'function' as const,
        function: { name: call.name, arguments: call.arguments || '{}' },
      }))
    const written =
      this.#content.length + this.#reasoned + toolCalls.reduce((n, c) => n + c.function.arguments.length, 0)
    return {
      content: this.#content.trim(),
      toolCalls,
      tokensIn: this.#usage?.prompt_tokens ?? Math.ceil(JSON.stringify(messages).length / 4),
      tokensOut: this.#usage?.completion_tokens ?? Math.ceil(written / 4),
    }
  }

  #split({ answer, reasoning }: { answer: string; reasoning: string }): void {
    this.#content += answer
    if (reasoning) this.#reason(reasoning)
  }

  #reason(text: string): void {
    if (text === '') return
    this.#reasoned += text.length
    this.#onReasoning(text)
  }

  #addCall(call: unknown, position: number): void {
    if (call === null || typeof call !== 'object') return
    const {
      index,
      id,
      function: fn,
    } = call as { index?: number; id?: string; function?: { name?: string; arguments?: string } }
    const at = typeof index === 'number' ? index : position
    const known = this.#calls.get(at) ?? { id: '', name: '', arguments: '' }
    this.#calls.set(at, {
      id: known.id || (typeof id === 'string' ? id : ''),
      name: known.name || (typeof fn?.name === 'string' ? fn.name : ''),
      arguments: known.arguments + (typeof fn?.arguments === 'string' ? fn.arguments : ''),
    })
  }
}

/** The `data:` of each event up to `[DONE]`. */
async function* serverSentData(response: Response): AsyncIterable<string> {
  let buffer = ''
  for await (const text of decoded(response)) {
    buffer += text
    for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
      const line = buffer.slice(0, end).replace(/\r$/, '')
      buffer = buffer.slice(end + 1)
      if (line === '' || line.startsWith(':') || /^(?:event|id|retry):/.test(line)) continue
      if (!line.startsWith('data:'))
        throw new ModelFailure('model_garbage', 'the stream is not made of server-sent events')
      const data = line.slice(5).trim()
      if (data === '[DONE]') return
      yield data
    }
  }
  const last = buffer.trim()
  if (last.startsWith('data:') && last !== 'data: [DONE]') yield last.slice(5).trim()
}

async function bodyText(response: Response): Promise<string> {
  let body = ''
  for await (const text of decoded(response)) body += text
  return body
}

async function* decoded(response: Response): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_RESPONSE_BYTES)
      throw new ModelFailure('model_garbage', `the answer is longer than ${MAX_RESPONSE_BYTES} bytes`)
    yield decoder.decode(chunk, { stream: true })
  }
}

function parseJson(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ModelFailure('model_garbage', 'the answer is not JSON', error)
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new ModelFailure('model_garbage', 'the answer is not a JSON object')
}

/** What the server says is wrong, in at most 200 characters. Some repeat the key they refuse; a report does not. */
function errorText(body: string, key: string | undefined): string {
  const text = saidIn(key ? body.replaceAll(key, '***') : body)
  return text.replace(/\s+/g, ' ').trim().slice(0, 200) || 'no reason given'
}

function saidIn(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as { error?: { message?: string } | string; message?: string }
    const text = typeof error === 'string' ? error : (error?.message ?? message)
    if (text) return String(text)
  } catch {
    // Not JSON: the text itself is shown.
  }
  return body
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}

function hostOf(endpoint: ModelEndpoint): string {
  try {
    return new URL(endpoint.base_url).host
  } catch {
    return endpoint.base_url
  }
}
