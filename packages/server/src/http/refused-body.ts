import type { IncomingMessage } from 'node:http'
import { ServerError } from '../server-error.js'

/** How long the sender of a body that is refused may go on sending it, and say nothing meanwhile: who waits for the answer is not sending. */
const DISCARD_MS = 5_000
const PAUSE_MS = 500

/**
 * Reads what is left of a refused body, and forgets it, before the refusal is sent: most clients read no answer before
 * they have sent everything, and to one whose sending is cut off the system may never show it. Ends when there
 * is no more, when the sender pauses or is gone, or after a few seconds.
 */
export function discardRest(body: IncomingMessage): Promise<void> {
  if (body.complete || body.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(limit)
      clearTimeout(pause)
      body.off('data', heard)
      resolve()
    }
    const limit = setTimeout(done, DISCARD_MS)
    const pause = setTimeout(done, PAUSE_MS)
    const heard = (): void => void pause.refresh()
    body.on('data', heard).once('end', done).once('close', done).once('error', done)
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
