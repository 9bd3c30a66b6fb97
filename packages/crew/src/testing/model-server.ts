import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a model was asked: the body of a chat completion request, and its authorisation. */
export interface ModelRequest {
  readonly authorization: string | undefined
  readonly body: {
    readonly model: string
    readonly stream: boolean
    readonly messages: readonly {
      readonly role: string
      readonly content: string | null
      readonly tool_call_id?: string
    }[]
    readonly tools?: readonly { readonly function: { readonly name: string } }[]
  }
}

export type ModelReply = (request: ModelRequest, response: ServerResponse) => void

export interface ModelServer {
  /** As `base_url` of an endpoint. */
  readonly url: string
  readonly requests: ModelRequest[]
  close(): Promise<void>
}

/** An HTTP server that speaks the streaming protocol of OpenAI's chat completions, replying as told. */
export async function startModelServer(reply: ModelReply): Promise<ModelServer> {
  const requests: ModelRequest[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      if (request.url !== '/v1/chat/completions' || request.method !== 'POST') {
        response.writeHead(404).end()
        return
      }
      const seen = { authorization: request.headers.authorization, body: JSON.parse(text) }
      requests.push(seen)
      reply(seen, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Streams deltas as server-sent events, in pieces that do not respect their boundaries, then usage and the end. */
export function stream(
  response: ServerResponse,
  deltas: readonly object[],
  usage = { prompt_tokens: 100, completion_tokens: 20 },
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  const chunks = deltas.map((delta) => ({
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: null }],
  }))
  const last = { object: 'chat.completion.chunk', choices: [], usage }
  const text = `: a comment\n\n${[...chunks, last].map((c) => `data: ${JSON.stringify(c)}\n\n`).join('')}data: [DONE]\n\n`
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 37) response.write(bytes.subarray(at, at + 37))
  response.end()
}

/** The deltas of an answer, a few characters each. */
export function said(answer: unknown): object[] {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  return (text.match(/[\s\S]{1,9}/gu) ?? []).map((content) => ({ content }))
}

/** The deltas of one tool call, its arguments in two pieces. */
export function calls(name: string, args: object, id = 'call_1'): object[] {
  const text = JSON.stringify(args)
  return [
    { tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: text.slice(0, 5) } }] },
    { tool_calls: [{ index: 0, function: { arguments: text.slice(5) } }] },
  ]
}

/** Which role asks, by its instructions. */
export function roleOf({ body }: ModelRequest): string {
  return /You are the ([A-Za-z-]+)/.exec(body.messages[0]?.content ?? '')?.[1]?.toLowerCase() ?? ''
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
