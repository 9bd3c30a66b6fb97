import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a server that is no use as a storage root deals with If-Match and If-None-Match. */
export type Heedlessness =
  /** As servers do that do not know the headers. */
  | 'ignores'
  /** Obeys If-None-Match; a put with If-Match on nothing creates. */
  | 'creates-on-match'
  /** Checks, then writes: right for one writer, wrong for two. */
  | 'checks-then-writes'
  /** Answers 501. */
  | 'refuses'

/** The few requests of S3 that a probe sends, on a map in memory: what the real servers we can run do not do wrong any more. */
export async function heedlessServer(
  way: Heedlessness,
): Promise<{ endpoint: string; objects: Map<string, Buffer>; close(): void }> {
  const objects = new Map<string, Buffer>()
  const server: Server = createServer((incoming, response) => void handle(way, objects, incoming, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function handle(
  way: Heedlessness,
  objects: Map<string, Buffer>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const key = new URL(incoming.url ?? '/', 'http://server').pathname
  const body: Buffer[] = []
  for await (const chunk of incoming) body.push(chunk as Buffer)
  const answer = (status: number, headers: Record<string, string> = {}) => {
    response.writeHead(status, headers)
    response.end()
  }
  if (incoming.method === 'DELETE') {
    objects.delete(key)
    return answer(204)
  }
  if (incoming.method !== 'PUT') return answer(objects.has(key) ? 200 : 404)
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = incoming.headers
  if (way === 'refuses' && (ifMatch ?? ifNoneMatch) !== undefined) return answer(501)
  if (way !== 'ignores') {
    const stored = objects.get(key)
    if (ifNoneMatch !== undefined && stored) return answer(412)
    if (ifMatch !== undefined && stored && ifMatch !== tagOf(stored)) return answer(412)
    if (ifMatch !== undefined && !stored && way !== 'creates-on-match') return answer(404)
    await new Promise((resolve) => setImmediate(resolve))
    if (way === 'checks-then-writes') await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const whole = Buffer.concat(body)
  objects.set(key, whole)
  return answer(200, { etag: tagOf(whole) })
}

function tagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}
