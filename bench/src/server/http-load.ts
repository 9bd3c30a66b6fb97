import { median } from '../row.js'
import { Connection } from './connection.js'

export interface LoadOptions {
  readonly port: number
  readonly request: string
  readonly connections: number
  readonly seconds: number
  /** Before them, the same for so long without being measured: until this process is compiled and the server busy. */
  readonly warmSeconds: number
  /** Requests per second; without it as many as there are answers. */
  readonly rate?: number
}

/** Milliseconds; none of them is of a request that failed. */
export interface LoadResult {
  /** Requests answered. */
  readonly answered: number
  /** Answers whose status was not 200, and connections that ended. */
  readonly failed: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /**
   * The median of the p99 of quarters of a second. Where other machines share the processors, all stands still for some
   * milliseconds a few times a second, whatever runs; most quarters have none of it.
   */
  readonly quarterP99: number
  /** By how much this process was late itself: how long after they were due requests were sent that had a connection to go by. 0 without a rate. */
  readonly late99: number
}

/**
 * Sends one request over and over. Without a rate every connection sends the next request when it has its
 * answer. With a rate, requests are due at even times, each alone, whether or not those before them are
 * answered; a request's time begins when it was due, so neither a slow server nor a client that was late
 * itself hides what a caller would have waited.
 *
 * Never sleeps: it takes a processor whole. A client that slept would have to be woken by the system for nearly every
 * answer, at the cost of the process that answers if both are on one machine, and would wake up late for what is due.
 */
export async function httpLoad(options: LoadOptions): Promise<LoadResult> {
  const load = new Load(options)
  await load.open()
  await load.run(options.warmSeconds)
  const result = await load.run(options.seconds)
  load.close()
  return result
}

class Load {
  readonly #options: LoadOptions
  readonly #request: Buffer
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #since = new Map<Connection, number>()
  #latencies = new Times()
  #lateness = new Times()
  #failed = 0
  #over = false

  constructor(options: LoadOptions) {
    this.#options = options
    this.#request = Buffer.from(options.request)
  }

  async open(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.connections }, () => this.#connect()))
  }

  async run(seconds: number): Promise<LoadResult> {
    const { rate } = this.#options
    this.#latencies = new Times()
    this.#lateness = new Times()
    this.#failed = 0
    this.#over = false
    const beganAt = performance.now()
    const endAt = beganAt + seconds * 1000
    let due = 0
    /** Whether the oldest request that is due has found every connection busy. */
    let blocked = false
    await new Promise<void>((resolve) => {
      const turn = (): void => {
        const now = performance.now()
        if (rate === undefined) {
          if (now >= endAt) this.#over = true
          else for (const connection of this.#idle.splice(0)) this.#send(connection, now)
        } else {
          const before = Math.min(now, endAt) - beganAt
          while ((due * 1000) / rate < before) {
            const connection = this.#idle.pop()
            blocked ||= connection === undefined
            if (!connection) break
            const dueAt = beganAt + (due++ * 1000) / rate
            if (!blocked) this.#lateness.add(now - dueAt, now)
            this.#send(connection, dueAt)
          }
          blocked &&= (due * 1000) / rate < before
          this.#over = now >= endAt && (due * 1000) / rate >= before
        }
        if (this.#over && this.#since.size === 0) resolve()
        else setImmediate(turn)
      }
      turn()
    })
    const took = (performance.now() - beganAt) / 1000
    const latencies = this.#latencies.sorted()
    return {
      answered: latencies.length,
      failed: this.#failed,
      seconds: took,
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      quarterP99: median(this.#latencies.quarters().map((times) => percentile(times, 99))),
      late99: rate === undefined ? 0 : percentile(this.#lateness.sorted(), 99),
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close()
  }

  #send(connection: Connection, since: number): void {
    this.#since.set(connection, since)
    connection.send()
  }

  #answered(connection: Connection, ok: boolean): void {
    const now = performance.now()
    if (ok) this.#latencies.add(now - (this.#since.get(connection) as number), now)
    else this.#failed++
    this.#since.delete(connection)
    if (connection.closed) {
      this.#all.delete(connection)
      void this.#connect()
    } else if (this.#over || this.#options.rate !== undefined) this.#idle.push(connection)
    else this.#send(connection, now)
  }

  async #connect(): Promise<void> {
    const answered = (from: Connection, ok: boolean) => this.#answered(from, ok)
    const connection = await Connection.open(this.#options.port, this.#request, answered)
    this.#all.add(connection)
    this.#idle.push(connection)
  }
}

const QUARTER_MS = 250

/** Times put down without making garbage, which would be collected while a request waits. */
class Times {
  #at = new Float64Array(1 << 16)
  #count = 0
  /** Where quarters of a second end, but the last. */
  readonly #ends: number[] = []
  #endsAt = performance.now() + QUARTER_MS

  add(ms: number, now: number): void {
    if (this.#count === this.#at.length) {
      const more = new Float64Array(2 * this.#count)
      more.set(this.#at)
      this.#at = more
    }
    if (now >= this.#endsAt) {
      this.#ends.push(this.#count)
      this.#endsAt = now + QUARTER_MS
    }
    this.#at[this.#count++] = ms
  }

  sorted(): Float64Array {
    return this.#at.slice(0, this.#count).sort()
  }

  /** Of each whole quarter of a second, sorted. */
  quarters(): Float64Array[] {
    return this.#ends.map((end, i) => this.#at.slice(this.#ends[i - 1] ?? 0, end).sort())
  }
}

function percentile(sorted: Float64Array, p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN
}
