import { connect, type Socket } from 'node:net'

export interface LoadResult {
  /** Requests answered. */
  readonly answered: number
  /** Answers whose status was not 200, and connections that ended. */
  readonly failed: number
  readonly seconds: number
  /** Milliseconds from when a request was due to its answer, sorted. */
  readonly latencies: readonly number[]
}

/** One keep-alive connection that sends the same request again and again, one at a time. */
class Connection {
  readonly #socket: Socket
  readonly #request: Buffer
  #received: Buffer = Buffer.alloc(0)
  #settle: ((ok: boolean) => void) | null = null

  private constructor(socket: Socket, request: Buffer) {
    this.#socket = socket
    this.#request = request
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => this.#end(false))
    socket.on('error', () => this.#end(false))
  }

  static open(port: number, request: Buffer): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket, request)))
      socket.once('error', reject)
    })
  }

  get closed(): boolean {
    return this.#socket.destroyed
  }

  /** True when the answer's status is 200. */
  exchange(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#settle = resolve
      if (this.#socket.destroyed) this.#end(false)
      else this.#socket.write(this.#request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#received.length < end + 4 + length) return
    this.#received = this.#received.subarray(end + 4 + length)
    this.#end(head.startsWith('HTTP/1.1 200'))
  }

  #end(ok: boolean): void {
    const settle = this.#settle
    this.#settle = null
    settle?.(ok)
  }
}

export interface LoadOptions {
  readonly port: number
  readonly request: Buffer
  readonly connections: number
  readonly seconds: number
  /** Requests per second; without it as many as there are answers. */
  readonly rate?: number
}

/**
 * Sends one request over and over. With a rate, a request is due at its time whether or not
 * those before it are answered, and its wait counts: a slow server cannot hide behind its own slowness.
 */
export async function httpLoad(options: LoadOptions): Promise<LoadResult> {
  const { port, request, seconds, rate } = options
  const connections = await Promise.all(
    Array.from({ length: options.connections }, () => Connection.open(port, request)),
  )
  const latencies: number[] = []
  let failed = 0
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  let due = 0
  const next = async (): Promise<number | null> => {
    if (rate === undefined) return performance.now() < endAt ? performance.now() : null
    const at = startedAt + (due++ * 1000) / rate
    if (at >= endAt) return null
    const waitMs = at - performance.now()
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs))
    return at
  }
  await Promise.all(
    connections.map(async (connection, i) => {
      let current = connection
      for (let at = await next(); at !== null; at = await next()) {
        const ok = await current.exchange()
        latencies.push(performance.now() - at)
        if (!ok) failed++
        if (!ok && current.closed) connections[i] = current = await Connection.open(port, request)
      }
    }),
  )
  const took = (performance.now() - startedAt) / 1000
  for (const connection of connections) connection.close()
  return { answered: latencies.length, failed, seconds: took, latencies: latencies.sort((a, b) => a - b) }
}

export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN
}
