import type { IncomingMessage } from 'node:http'
import { ServerError } from '../server-error.js'

/** How long the sender of a body that is refused may go on sending it. */
const DISCARD_MS = 5_000

/**
 * Reads what is left of a refused body, and forgets it, before the refusal is sent: most clients read no answer before
 * they have sent everything, and to one whose sending is cut off the system may never show it. Ends when there
 * is no more, when the sender is gone, or after a few seconds.
 */
export function discardRest(body: IncomingMessage): Promise<void> {
  if (body.complete || body.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, DISCARD_MS)
    body.once('end', done).once('close', done).once('error', done)
    body.resume()
  })
}

export function bodyTooLarge(maxBytes: number): ServerError {
  return new ServerError(
    'too-large',
    'body_too_large',
    `The request body is larger than the ${maxBytes} bytes that are allowed here.`,
    { remedy: 'Send less at once; loads can be streamed to load/ndjson.', details: { maxBytes } },
  )
}
