import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { GraphError } from '../error.js'
import { MAX_LINE_BYTES, NEWLINE } from './lines.js'

export type LoadSource = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

/** Input kept in memory; what is longer goes to a file. */
const MEMORY_BYTES = 8 * 1024 * 1024
/** The same of all loads of this process that are being sent: with many at once, each gets its file sooner. */
const MEMORY_BYTES_OF_ALL = 64 * 1024 * 1024
let keptByAll = 0
const CHUNK_BYTES = 1 << 20

/**
 * The whole input of a load, at hand: reading it never waits for whoever sends
 * it. May be handed to another thread of this process: the file is known by its
 * descriptor only.
 */
export interface StagedInput {
  /** Read first. */
  readonly memory: readonly Uint8Array[]
  /** Holds the rest; its name is gone already, so that a crash leaves nothing behind. */
  readonly file: number | null
}

/**
 * Takes in all of a source before anybody holds the write lock for it: a sender
 * that stops in the middle delays no other writer. `dir` gets the file that
 * long input needs. The caller ends with `discardStaged`.
 */
export async function stageInput(source: LoadSource, dir: string): Promise<StagedInput> {
  const stage = new Stage(dir)
  try {
    for await (const item of source) {
      stage.add(typeof item === 'string' ? lineBytes(item) : item)
      // The reader of the staged input says which line it is.
      if (stage.hasEndlessLine) break
    }
    return stage.finish()
  } catch (error) {
    stage.discard()
    throw error
  }
}

export function* stagedChunks(input: StagedInput): Iterable<Uint8Array> {
  yield* input.memory
  if (input.file === null) return
  for (let at = 0; ; ) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    const read = readSync(input.file, buffer, 0, CHUNK_BYTES, at)
    if (read === 0) return
    at += read
    yield buffer.subarray(0, read)
  }
}

/** The same, letting the event loop turn between chunks. */
export async function* unhurriedChunks(input: StagedInput): AsyncIterable<Uint8Array> {
  for (const chunk of stagedChunks(input)) {
    yield chunk
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Once for each staged input. */
export function discardStaged(input: StagedInput): void {
  keptByAll -= input.memory.reduce((sum, chunk) => sum + chunk.length, 0)
  if (input.file !== null) closeSync(input.file)
}

class Stage {
  readonly #dir: string
  #memory: Uint8Array[] = []
  #file: number | null = null
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #kept = 0
  #lineBytes = 0
  hasEndlessLine = false

  constructor(dir: string) {
    this.#dir = dir
  }

  add(bytes: Uint8Array): void {
    // Copied: a source may use its buffer again.
    this.#pending.push(Buffer.from(bytes))
    this.#pendingBytes += bytes.length
    this.#measureLine(bytes)
    if (this.#pendingBytes >= CHUNK_BYTES) this.#flush()
  }

  #measureLine(bytes: Uint8Array): void {
    const last = bytes.lastIndexOf(NEWLINE)
    this.#lineBytes = last < 0 ? this.#lineBytes + bytes.length : bytes.length - last - 1
    if (this.#lineBytes > MAX_LINE_BYTES) this.hasEndlessLine = true
  }

  #flush(): void {
    if (this.#pendingBytes === 0) return
    const chunk = this.#pending.length === 1 ? (this.#pending[0] as Uint8Array) : Buffer.concat(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    const kept = this.#kept + chunk.length
    // Once one chunk is in the file, all that follow must be.
    if (this.#file !== null || kept > MEMORY_BYTES || keptByAll + chunk.length > MEMORY_BYTES_OF_ALL) {
      this.#write(chunk)
      return
    }
    this.#kept = kept
    keptByAll += chunk.length
    this.#memory.push(chunk)
  }

  #write(chunk: Uint8Array): void {
    try {
      this.#file ??= namelessFile(this.#dir)
      for (let at = 0; at < chunk.length; ) at += writeSync(this.#file, chunk, at)
    } catch (cause) {
      throw new GraphError(
        'unavailable',
        'graph_io_failed',
        `The input of the load could not be kept in ${this.#dir}: ${(cause as Error).message}.`,
        { remedy: 'Check free space and permissions; nothing was loaded.', cause },
      )
    }
  }

  finish(): StagedInput {
    this.#flush()
    return { memory: this.#memory, file: this.#file }
  }

  discard(): void {
    keptByAll -= this.#kept
    if (this.#file !== null) closeSync(this.#file)
  }
}

function namelessFile(dir: string): number {
  const path = join(dir, `.load-${randomUUID()}`)
  const file = openSync(path, 'wx+', 0o600)
  rmSync(path)
  return file
}

const SURROGATE = /[\uD800-\uDFFF]/
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** A string item is whole lines. UTF-8 has no lone surrogate: written as the JSON escape, it is judged as before. */
function lineBytes(text: string): Uint8Array {
  const whole = text.endsWith('\n') ? text : `${text}\n`
  if (!SURROGATE.test(whole)) return Buffer.from(whole)
  return Buffer.from(whole.replace(LONE_SURROGATE, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`))
}
