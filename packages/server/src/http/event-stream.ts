import type { FastifyReply } from 'fastify'

export interface ServerSentEvent {
  readonly id: number
  readonly event: string
  readonly data: string
}

/** Bytes waiting in the socket beyond which a reader that does not keep up is let go. It can resume by id. */
const MAX_BACKLOG_BYTES = 4 * 1024 * 1024

/** An open `text/event-stream`. Writing after the end is a no-op. */
export class EventStream {
  readonly #reply: FastifyReply
  readonly #heartbeat: NodeJS.Timeout
  #onClose: (() => void) | undefined
  #ended = false

  constructor(reply: FastifyReply, heartbeatMs: number) {
    this.#reply = reply
    const { raw } = reply
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    }
    reply.hijack()
    // `no` keeps a reverse proxy from collecting the events before passing them on.
    raw.writeHead(200, { ...headers, connection: 'keep-alive', 'x-accel-buffering': 'no' } as Record<
      string,
      string
    >)
    raw.flushHeaders()
    raw.on('close', () => this.#close())
    this.#heartbeat = setInterval(() => this.#write(': heartbeat\n\n'), heartbeatMs)
    this.#heartbeat.unref()
  }

  /** Called once, when either side is done. */
  onClose(listener: () => void): void {
    if (this.#ended) listener()
    else this.#onClose = listener
  }

  send({ id, event, data }: ServerSentEvent): void {
    this.#write(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`)
    if (this.#reply.raw.writableLength > MAX_BACKLOG_BYTES) this.#reply.raw.destroy()
  }

  end(): void {
    if (!this.#ended) this.#reply.raw.end()
    this.#close()
  }

  #write(text: string): void {
    if (!this.#ended) this.#reply.raw.write(text)
  }

  #close(): void {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#heartbeat)
    this.#onClose?.()
  }
}
