import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BodyTooSlow, ServerError } from '../server-error.js'

/** Up to this many bytes are held in memory; a longer body goes to a file. */
const MEMORY_BYTES = 1024 * 1024

export interface SpoolLimits {
  readonly maxBytes: number
  /** How long the sender may say nothing. */
  readonly idleMs: number
}

/** A body that has arrived whole. */
export interface SpooledBody {
  /** Its bytes, once. */
  chunks(): AsyncIterable<Uint8Array>
  /** Gives its space back. */
  close(): Promise<void>
}

/**
 * Takes a body in before anything is done with it, so that a sender who is slow holds
 * nothing but its own connection: a load holds the one writer of its graph. The file
 * has no name once it is open, so a crash leaves nothing behind.
 *
 * Throws `stream_too_large` (413) and `body_too_slow` (408).
 */
export async function spoolBody(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes, idleMs }: SpoolLimits,
): Promise<SpooledBody> {
  const held: Uint8Array[] = []
  let file: FileHandle | undefined
  let total = 0
  try {
    for await (const chunk of withoutPauses(chunks, idleMs)) {
      total += chunk.length
      if (total > maxBytes) throw tooLarge(maxBytes)
      if (!file && total > MEMORY_BYTES) {
        file = await openNameless()
        for (const earlier of held.splice(0)) await file.write(earlier)
      }
      if (file) await file.write(chunk)
      else held.push(chunk)
    }
  } catch (error) {
    await file?.close()
    throw error
  }
  return {
    chunks: () => (file ? readFrom(file) : arrived(held)),
    close: async () => file?.close(),
  }
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `groundplane-body-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  return file
}

async function* arrived(held: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* held
}

async function* readFrom(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(65_536), 0, 65_536, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* withoutPauses(chunks: AsyncIterable<Uint8Array>, idleMs: number): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await within(idleMs, source.next())
      if (next.done) return
      yield next.value
    }
  } finally {
    // Not waited for: the source may be in the middle of the very read that does not end.
    void source.return?.()?.catch(() => {})
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new BodyTooSlow(ms)), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function tooLarge(maxBytes: number): ServerError {
  return new ServerError('too-large', 'stream_too_large', `The stream is longer than ${maxBytes} bytes.`, {
    remedy: 'Split the load, or raise the limit of the server.',
  })
}
