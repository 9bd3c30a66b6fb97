import { BodyTooSlow, ServerError } from '../server-error.js'

export interface BodyLimits {
  readonly maxBytes: number
  /** How long the sender may say nothing. */
  readonly idleMs: number
  /** How long it may take in all. */
  readonly maxMs: number
}

/** The chunks of a streamed body, until more than `maxBytes` have come (413), none for `idleMs`, or not all in `maxMs` (408). */
export async function* limitBody(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes, idleMs, maxMs }: BodyLimits,
): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]()
  const endsAtMs = performance.now() + maxMs
  let total = 0
  try {
    for (;;) {
      const leftMs = endsAtMs - performance.now()
      if (leftMs <= 0) throw new BodyTooSlow(`The body did not come whole within ${maxMs} ms.`)
      const next = await within(Math.min(idleMs, leftMs), source.next())
      if (next.done) return
      total += next.value.length
      if (total > maxBytes) throw tooLarge(maxBytes)
      yield next.value
    }
  } finally {
    // Not waited for: the source may be in the middle of the very read that does not end.
    void source.return?.()?.catch(() => {})
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new BodyTooSlow(`Nothing of the body came for ${Math.round(ms)} ms.`)),
      ms,
    )
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function tooLarge(maxBytes: number): ServerError {
  return new ServerError('too-large', 'stream_too_large', `The stream is longer than ${maxBytes} bytes.`, {
    remedy: 'Split the load, or raise the limit of the server.',
  })
}
