import { GraphError } from '../error.js'

/** A single line longer than this is a mistake, not data. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

/** `{`: how nearly every line begins. */
const BRACE = 0x7b
export const NEWLINE = 0x0a

export interface NumberedLine {
  readonly text: string
  readonly line: number
}

/**
 * Numbered lines of a source. A string item is one or more whole lines; byte
 * items are one stream, cut anywhere. Blank lines are counted and skipped.
 * Yields in batches, so that the common case pays no promise per line. Each
 * byte is looked at once, however the stream is cut.
 */
export async function* numberedLines(
  source: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncIterable<NumberedLine[]> {
  const lines = new LineSplitter()
  for await (const item of source) {
    const batch = typeof item === 'string' ? lines.takeText(item) : lines.takeBytes(item)
    if (batch.length > 0) yield batch
  }
  const last = lines.finish()
  if (last.length > 0) yield last
}

class LineSplitter {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  /** The pieces of a line whose end has not come yet. */
  #open: Uint8Array[] = []
  #openBytes = 0
  #line = 0

  takeText(item: string): NumberedLine[] {
    const before = this.finish()
    const whole = item.endsWith('\n') ? item.slice(0, -1) : item
    if (whole.length > MAX_LINE_BYTES) this.#refuseLongLines(whole.split('\n'))
    return [...before, ...this.#number(whole.split('\n'))]
  }

  takeBytes(bytes: Uint8Array): NumberedLine[] {
    const end = bytes.lastIndexOf(NEWLINE)
    if (end < 0) {
      this.#keep(bytes)
      return []
    }
    const whole = this.#openBytes > 0 ? this.#joined(bytes.subarray(0, end)) : bytes.subarray(0, end)
    this.#open = []
    this.#openBytes = 0
    const texts = this.#decode(whole).split('\n')
    if (whole.length > MAX_LINE_BYTES) this.#refuseLongLines(texts)
    const batch = this.#number(texts)
    if (end + 1 < bytes.length) this.#keep(bytes.subarray(end + 1))
    return batch
  }

  finish(): NumberedLine[] {
    if (this.#openBytes === 0) return []
    const text = this.#decode(this.#joined(new Uint8Array(0)))
    this.#open = []
    this.#openBytes = 0
    return this.#number([text])
  }

  #keep(bytes: Uint8Array): void {
    this.#open.push(Buffer.from(bytes))
    this.#openBytes += bytes.length
    if (this.#openBytes > MAX_LINE_BYTES) throw lineTooLong(this.#line + 1)
  }

  #joined(bytes: Uint8Array): Uint8Array {
    return Buffer.concat([...this.#open, bytes])
  }

  #refuseLongLines(texts: readonly string[]): void {
    const at = texts.findIndex((t) => t.length > MAX_LINE_BYTES || Buffer.byteLength(t) > MAX_LINE_BYTES)
    if (at >= 0) throw lineTooLong(this.#line + at + 1)
  }

  #number(texts: readonly string[]): NumberedLine[] {
    const batch: NumberedLine[] = []
    for (const text of texts) {
      this.#line++
      const trimmed = this.#line === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text
      if (trimmed.charCodeAt(0) === BRACE || trimmed.trim() !== '')
        batch.push({ text: trimmed, line: this.#line })
    }
    return batch
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes)
    } catch (cause) {
      throw new GraphError('invalid', 'load_not_utf8', `The data is not UTF-8 near line ${this.#line + 1}.`, {
        remedy: 'Save the file as UTF-8.',
        cause,
      })
    }
  }
}

function lineTooLong(line: number): GraphError {
  return new GraphError(
    'too-large',
    'line_too_long',
    `Line ${line} is longer than ${MAX_LINE_BYTES} bytes.`,
    {
      remedy: 'Check that lines end with a newline.',
      details: { line, maxBytes: MAX_LINE_BYTES },
    },
  )
}
