import { canonicalJson } from '@groundplane/core'
import type { FastifyRequest } from 'fastify'
import type { TokensInForce } from '../tokens.js'
import type { Call } from './route.js'

interface OpenStream {
  readonly request: FastifyRequest
  readonly end: () => void
}

/**
 * Streams under way, in either direction. A request that is whole ends by itself within its deadline; a stream can
 * go on for hours, so one whose token is gone, or is somebody else's now, is ended with it.
 */
export class OpenStreams {
  readonly #tokens: TokensInForce | null
  readonly #open = new Set<OpenStream>()

  /** Null: everybody is served, and nothing is ended here. */
  constructor(tokens: TokensInForce | null) {
    this.#tokens = tokens
  }

  /**
   * From now on the stream is ended by `end` when its token goes, at once if it is gone by now. Held until the answer is called, or
   * the request is answered: its connection may go on to serve others.
   */
  hold({ request, reply }: Pick<Call, 'request' | 'reply'>, end: () => void): () => void {
    if (reply.raw.destroyed) return () => {}
    const stream = { request, end }
    const release = () => void this.#open.delete(stream)
    this.#open.add(stream)
    reply.raw.once('close', release)
    if (!this.#mayGoOn(stream)) {
      release()
      end()
    }
    return release
  }

  /** Ends the streams whose token is gone; gives how many. */
  endRevoked(): number {
    const revoked = [...this.#open].filter((stream) => !this.#mayGoOn(stream))
    for (const stream of revoked) {
      this.#open.delete(stream)
      stream.end()
    }
    return revoked.length
  }

  #mayGoOn({ request }: OpenStream): boolean {
    if (!this.#tokens) return true
    const now = this.#tokens.current.ofHeader(request.headers.authorization ?? '')
    return now !== undefined && canonicalJson(now) === canonicalJson(request.context.principal)
  }
}
