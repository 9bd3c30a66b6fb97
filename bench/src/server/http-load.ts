import { Connection } from './connection.js'

export interface LoadResult {
  /** Requests answered. */
  readonly answered: number
  /** Answers whose status was not 200, and connections that ended. */
  readonly failed: number
  readonly seconds: number
  /** Milliseconds, sorted; see `httpLoad`. */
  readonly latencies: readonly number[]
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
 * Sends one request over and over. Without a rate every connection sends the next request when it has its
 * answer. With a rate, requests are due at even times whether or not those before them are
 * answered, and one that finds every connection busy waits, which counts: a slow server cannot hide behind its own
 * slowness. What does not count is that this process, which sleeps between two looks at the clock, was late
 * itself: while a connection is free, a request's time begins when it is sent.
 */
export async function httpLoad(options: LoadOptions): Promise<LoadResult> {
  const load = new Load(options)
  await load.open()
  return load.run()
}

class Load {
  readonly #options: LoadOptions
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #startedAt = new Map<Connection, number>()
  readonly #latencies: number[] = []
  #failed = 0
  #beganAt = 0
  #over = false
  #onQuiet: () => void = () => undefined

  constructor(options: LoadOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.connections }, () => this.#connect()))
  }

  async run(): Promise<LoadResult> {
    const { seconds, rate } = this.#options
    this.#beganAt = performance.now()
    const endAt = this.#beganAt + seconds * 1000
    const quiet = new Promise<void>((resolve) => {
      this.#onQuiet = resolve
    })
    if (rate === undefined) {
      for (const connection of this.#idle.splice(0)) this.#send(connection, performance.now())
      setTimeout(() => this.#stop(), seconds * 1000)
    } else this.#pace(endAt, rate)
    await quiet
    const took = (performance.now() - this.#beganAt) / 1000
    for (const connection of this.#all) connection.close()
    const latencies = this.#latencies.sort((a, b) => a - b)
    return { answered: latencies.length, failed: this.#failed, seconds: took, latencies }
  }

  /** Looks at the clock every millisecond; what has become due since then is sent together. */
  #pace(endAt: number, rate: number): void {
    let sent = 0
    /** Since when the oldest request that is due has found no connection. */
    let waitingSince: number | null = null
    const tick = (): void => {
      const now = performance.now()
      const due = Math.floor(((Math.min(now, endAt) - this.#beganAt) * rate) / 1000)
      while (sent < due) {
        const connection = this.#idle.pop()
        if (!connection) {
          waitingSince ??= now
          break
        }
        const dueAt = this.#beganAt + (sent++ * 1000) / rate
        this.#send(connection, waitingSince === null ? now : Math.max(waitingSince, dueAt))
      }
      if (sent === due) waitingSince = null
      if (now < endAt || sent < due) setTimeout(tick, 1)
      else this.#stop()
    }
    tick()
  }

  #stop(): void {
    this.#over = true
    this.#quietIfDone()
  }

  #send(connection: Connection, since: number): void {
    this.#startedAt.set(connection, since)
    connection.send()
  }

  #answered(connection: Connection, ok: boolean): void {
    const now = performance.now()
    this.#latencies.push(now - (this.#startedAt.get(connection) as number))
    this.#startedAt.delete(connection)
    if (!ok) this.#failed++
    if (connection.closed) {
      this.#all.delete(connection)
      void this.#connect().then(() => this.#goOn())
    } else this.#idle.push(connection)
    this.#goOn()
  }

  /** What an idle connection does next; with a rate, the pace says. */
  #goOn(): void {
    if (this.#over) this.#quietIfDone()
    else if (this.#options.rate === undefined)
      for (const connection of this.#idle.splice(0)) this.#send(connection, performance.now())
  }

  async #connect(): Promise<void> {
    const { port, request } = this.#options
    const connection = await Connection.open(port, request, (from, ok) => this.#answered(from, ok))
    this.#all.add(connection)
    this.#idle.push(connection)
  }

  #quietIfDone(): void {
    if (this.#startedAt.size === 0) this.#onQuiet()
  }
}

export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN
}
