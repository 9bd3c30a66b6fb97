import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What happens to one request on its way. */
export type Fault =
  /** The connection ends before the server hears of the request. */
  | { readonly kind: 'cut-before' }
  /** The server carries it out and answers; the connection ends before the answer arrives. */
  | { readonly kind: 'cut-after' }
  /** Half of the answer's body arrives, then the connection ends. */
  | { readonly kind: 'cut-within' }
  /** No answer comes, and the connection stays open. */
  | { readonly kind: 'silent' }
  /** Answered in the server's place, which never hears of it. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  /** The server carries it out; its answer is replaced. */
  | { readonly kind: 'answer-after'; readonly status: number; readonly code: string }

export interface Trap {
  readonly when: (request: { method: string; url: string; conditional: boolean }) => boolean
  readonly fault: Fault
  /** Runs once the fault has taken place on the server's side, before the client notices. */
  readonly meanwhile?: () => Promise<void>
}

/**
 * A proxy in front of a real server, for one test: each trap catches the first request it is for and is
 * then used up; everything else passes unchanged, signatures included.
 */
export class FaultProxy {
  readonly #traps: Trap[] = []
  readonly #server = createServer((incoming, response) => {
    this.#handle(incoming, response).catch(() => response.destroy())
  })

  private constructor(readonly target: URL) {}

  static async before(endpoint: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(endpoint))
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  trap(...traps: readonly Trap[]): void {
    this.#traps.push(...traps)
  }

  /** Traps that no request has met. */
  get unused(): number {
    return this.#traps.length
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await wholeBody(incoming)
    const { method = '', url = '', headers } = incoming
    const conditional = headers['if-match'] !== undefined || headers['if-none-match'] !== undefined
    const at = this.#traps.findIndex((trap) => trap.when({ method, url, conditional }))
    const trap = at < 0 ? undefined : this.#traps.splice(at, 1)[0]
    const { kind } = trap?.fault ?? {}
    const reaches =
      kind === undefined || kind === 'cut-after' || kind === 'cut-within' || kind === 'answer-after'
    const answer = reaches ? await this.#forward(incoming, body) : undefined
    await trap?.meanwhile?.()
    if (kind === 'cut-before' || kind === 'cut-after') incoming.socket.destroy()
    else if (kind === 'cut-within' && answer) {
      response.writeHead(answer.status, answer.headers)
      response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () =>
        incoming.socket.destroy(),
      )
    } else if (trap && (trap.fault.kind === 'answer' || trap.fault.kind === 'answer-after')) {
      const { status, code } = trap.fault
      response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' })
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>injected</Message></Error>`)
    } else if (answer) response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onward = request(
        { host: this.target.hostname, port: this.target.port, method, path: url, headers, agent: false },
        (answer) => {
          wholeBody(answer).then(
            (received) =>
              resolve({ status: answer.statusCode as number, headers: answer.headers, body: received }),
            reject,
          )
        },
      )
      onward.on('error', reject)
      onward.end(body)
    })
  }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

async function wholeBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
