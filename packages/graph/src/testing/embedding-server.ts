import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mockProvider } from '../embedding/mock-provider.js'

/** One request as the server saw it. */
export interface SeenRequest {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
}

/** What the server does with one request instead of answering well. */
export type Misbehaviour =
  | { readonly status: number; readonly retryAfter?: string; readonly body?: string }
  | { readonly silent: true }
  | { readonly hangUp: true }
  | { readonly answer: unknown }

/**
 * A server on this machine that speaks the OpenAI and the Gemini embedding
 * protocols, with the mock provider's vectors. The next requests get what `script` holds, the others a good answer.
 */
export async function embeddingServer(): Promise<{
  readonly url: string
  readonly seen: SeenRequest[]
  readonly script: Misbehaviour[]
  close(): Promise<void>
}> {
  const seen: SeenRequest[] = []
  const script: Misbehaviour[] = []
  const server = createServer((request, response) => void answer(request, response, seen, script))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    script,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest[],
  script: Misbehaviour[],
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
  seen.push({ path: request.url ?? '', headers: request.headers, body })
  const wrong = script.shift()
  if (wrong && 'silent' in wrong) return
  if (wrong && 'hangUp' in wrong) return void request.socket.destroy()
  if (wrong && 'status' in wrong) {
    if (wrong.retryAfter !== undefined) response.setHeader('retry-after', wrong.retryAfter)
    return void response.writeHead(wrong.status).end(wrong.body ?? '{"error":"no"}')
  }
  const value = wrong ? wrong.answer : await good(request.url ?? '', body)
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(typeof value === 'string' ? value : JSON.stringify(value))
}

async function good(path: string, body: Record<string, unknown>): Promise<unknown> {
  if (path.endsWith(':batchEmbedContents')) {
    const requests = body.requests as {
      content: { parts: { text: string }[] }
      outputDimensionality: number
    }[]
    const texts = requests.map((r) => (r.content.parts[0] as { text: string }).text)
    return {
      embeddings: (await vectors(texts, requests[0]?.outputDimensionality ?? 0)).map((values) => ({
        values,
      })),
    }
  }
  const rows = await vectors(body.input as string[], body.dimensions as number)
  const data = rows.map((embedding, index) => ({ object: 'embedding', index, embedding }))
  return { object: 'list', data: data.reverse(), model: body.model }
}

async function vectors(texts: readonly string[], dimensions: number): Promise<number[][]> {
  const made = await mockProvider('m').embed(texts, { dimensions, purpose: 'document' })
  // Not of length 1: bringing it there is the client's work.
  return made.map((v) => Array.from(v, (n) => n * 3))
}
