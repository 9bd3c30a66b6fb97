import { createServer, type IncomingMessage, request as requestTo, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What the server does with one request: hands it on to the target and the answer back; answers by itself; breaks off
 * before anything is answered, or in the middle of the answer, the request handed on or not; or says nothing at all.
 */
export type Behaviour =
  | 'pass'
  | 'reset'
  | 'silence'
  | 'pass-then-reset'
  | 'half'
  | {
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly authorization: string | undefined
}

/** A server of DataHub with bad days, on a real socket, in front of one that is well. */
export class HostileGms {
  readonly seen: SeenRequest[] = []
  /** Called for each request, whole; what it answers is done. */
  behave: (request: SeenRequest, n: number) => Behaviour | Promise<Behaviour> = () => 'pass'
  /** Called when the target has answered the n-th request, before that is handed back. */
  onPassed: (n: number) => void | Promise<void> = () => {}
  readonly #target: string
  readonly #server: Server

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy())
    })
  }

  static async start(target: string): Promise<HostileGms> {
    const gms = new HostileGms(target)
    await new Promise<void>((done) => gms.#server.listen(0, '127.0.0.1', done))
    return gms
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What proposals were sent, as `[urn, aspect]`, and in how many requests. */
  get proposals(): { requests: number; sent: (readonly [string, string])[] } {
    const posts = this.seen.filter(({ path }) => path.startsWith('/aspects?action=ingestProposal'))
    const sent = posts.flatMap(({ body }) => {
      const { proposals, proposal } = JSON.parse(body)
      return (proposals ?? [proposal]).map(
        (p: { entityUrn: string; aspectName: string }) => [p.entityUrn, p.aspectName] as const,
      )
    })
    return { requests: posts.length, sent }
  }

  forget(): void {
    this.seen.length = 0
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  async #serve(request: IncomingMessage, response: import('node:http').ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: Buffer.concat(parts).toString('utf8'),
      authorization: request.headers.authorization,
    }
    const n = this.seen.push(seen)
    const behaviour = await this.behave(seen, n)
    if (behaviour === 'reset') return void request.socket.destroy()
    if (behaviour === 'silence') return
    if (typeof behaviour === 'object') {
      response.writeHead(behaviour.status, { 'content-type': 'application/json', ...behaviour.headers })
      return void response.end(behaviour.body ?? '')
    }
    const answer = await this.#passed(seen, request)
    await this.onPassed(n)
    if (behaviour === 'pass-then-reset') return void request.socket.destroy()
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer.text),
    })
    if (behaviour === 'pass') return void response.end(answer.text)
    response.write(answer.text.slice(0, answer.text.length >> 1), () => request.socket.destroy())
  }

  #passed(seen: SeenRequest, { headers }: IncomingMessage): Promise<{ status: number; text: string }> {
    const { authorization, 'content-type': type } = headers
    return new Promise((done, failed) => {
      // Not `fetch`: the path goes on byte for byte.
      const { hostname, port, pathname } = new URL(this.#target)
      const passed = requestTo(
        {
          hostname,
          port,
          method: seen.method,
          path: `${pathname.replace(/\/$/, '')}${seen.path}`,
          headers: {
            ...(type && { 'content-type': type }),
            ...(authorization && { authorization }),
          },
        },
        (answer) => {
          let text = ''
          answer
            .setEncoding('utf8')
            .on('data', (part: string) => {
              text += part
            })
            .on('end', () => done({ status: answer.statusCode ?? 0, text }))
        },
      )
      passed.on('error', failed).end(seen.body)
    })
  }
}
