import { Agent, request } from 'node:http'
import { TOKEN } from '../catalog-cluster.js'

/** So many clients, each of which sends its next event when the one before is answered, until the time is over. */
export interface Senders {
  readonly url: string
  readonly count: number
  readonly ms: number
  /** Gives each event once. */
  readonly next: () => string
}

export interface Sent {
  readonly perSecond: number
  readonly events: number
  /** How long an answer took, in milliseconds, sorted. */
  readonly tookMs: readonly number[]
}

/** Throws when an event is not answered with 200. */
export async function send({ url, count, ms, next }: Senders): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: count })
  const tookMs: number[] = []
  const startedMs = performance.now()
  const one = async () => {
    while (performance.now() - startedMs < ms) {
      const sentMs = performance.now()
      await post(agent, url, next())
      tookMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: count }, one))
  const seconds = (performance.now() - startedMs) / 1000
  agent.destroy()
  return { perSecond: tookMs.length / seconds, events: tookMs.length, tookMs: tookMs.sort((a, b) => a - b) }
}

function post(agent: Agent, url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    const sent = request(url, { agent, method: 'POST', headers }, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 200) resolve()
        else reject(new Error(`an event was answered with ${answer.statusCode}`))
      })
    })
    sent.on('error', reject).end(body)
  })
}
