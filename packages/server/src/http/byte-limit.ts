import { ServerError } from '../server-error.js'

/** The chunks of a stream, until more than `maxBytes` have come: then 413. */
export async function* limitBytes(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let total = 0
  for await (const chunk of chunks) {
    total += chunk.length
    if (total > maxBytes) {
      throw new ServerError('too-large', 'stream_too_large', `The stream is longer than ${maxBytes} bytes.`, {
        remedy: 'Split the load, or raise the limit of the server.',
      })
    }
    yield chunk
  }
}
