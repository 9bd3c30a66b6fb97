import { GraphError } from '../error.js'

/** A single line longer than this is a mistake, not data. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024

/** `{`: how nearly every line begins. */
const BRACE = 0x7b

export interface NumberedLine {
  readonly text: string
  readonly line: number
}

/**
 * Numbered lines of a source. A string item is one or more whole lines; byte
 * items are one stream, cut anywhere. Blank lines are counted and skipped.
 * Yields in batches, so that the common case pays no promise per line.
 */
export async function* numberedLines(
  source: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncIterable<NumberedLine[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let line = 0
  const take = (texts: readonly string[]): NumberedLine[] => {
    const batch: NumberedLine[] = []
    for (const text of texts) {
      line++
      const trimmed = line === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text
      if (trimmed.charCodeAt(0) === BRACE || trimmed.trim() !== '') batch.push({ text: trimmed, line })
    }
    return batch
  }
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch (cause) {
      throw new GraphError('invalid', 'load_not_utf8', `The data is not UTF-8 near line ${line + 1}.`, {
        remedy: 'Save the file as UTF-8.',
        cause,
      })
    }
  }
  for await (const item of source) {
    if (typeof item === 'string') {
      const whole = item.endsWith('\n') ? item.slice(0, -1) : item
      yield take(whole.split('\n'))
      continue
    }
    const parts = (rest + decode(item)).split('\n')
    rest = parts.pop() as string
    if (rest.length > MAX_LINE_BYTES) {
      throw new GraphError(
        'too-large',
        'load_line_too_long',
        `Line ${line + parts.length + 1} is longer than ${MAX_LINE_BYTES} bytes.`,
        {
          remedy: 'Check that lines end with a newline.',
        },
      )
    }
    if (parts.length > 0) yield take(parts)
  }
  rest += decode()
  if (rest !== '') yield take([rest])
}
