/**
 * A user mistake, described where it stands. Diagnostics are values: they are
 * collected, never thrown one at a time. Positions are 1-based lines and columns
 * counted in UTF-16 code units; `offset` is 0-based.
 */
export type Severity = 'error' | 'warning' | 'info'

export interface Position {
  readonly line: number
  readonly column: number
  readonly offset: number
}

export interface SourceRange {
  readonly start: Position
  readonly end: Position
}

export interface Diagnostic {
  /** Stable kebab-case or snake_case code; a script may depend on it. */
  readonly code: string
  readonly severity: Severity
  /** One sentence saying what is wrong. */
  readonly message: string
  /** One sentence saying what to do. */
  readonly remedy?: string
  /** File (or logical document) the range is in, as the user named it. */
  readonly file?: string
  readonly range?: SourceRange
  /** Address inside a structured document, e.g. `graphs.knowledge.schema`. */
  readonly path?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** What one sentence to people may hold: texts of the caller that it quotes may be of any size. UTF-16 code units. */
export const MAX_SENTENCE = 2000

/** A sentence as it is, or its beginning when it is too long to be read. */
export function readable(sentence: string): string {
  if (sentence.length <= MAX_SENTENCE) return sentence
  const cut = sentence.slice(0, MAX_SENTENCE - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** The same with its sentences cut to a length that can be read. */
export function readableDiagnostic(d: Diagnostic): Diagnostic {
  const isReadable = d.message.length <= MAX_SENTENCE && (d.remedy?.length ?? 0) <= MAX_SENTENCE
  if (isReadable) return d
  return { ...d, message: readable(d.message), ...(d.remedy !== undefined && { remedy: readable(d.remedy) }) }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error')
}

/** `file:line:column: error[code]: message` and, indented below it, the remedy. */
export function formatDiagnostic(d: Diagnostic): string {
  const place = [d.file, d.range?.start.line, d.range?.start.column].filter((x) => x !== undefined).join(':')
  const subject = place || d.path
  const head = `${subject ? `${subject}: ` : ''}${d.severity}[${d.code}]: ${d.message}`
  return d.remedy ? `${head}\n    ${d.remedy}` : head
}

/** Turns offsets of one text into positions. Build once per text. */
export class LineIndex {
  readonly #starts: number[] = [0]
  readonly #length: number

  constructor(text: string) {
    this.#length = text.length
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#starts.push(i + 1)
  }

  /** Offsets outside the text are clamped to it. */
  position(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.#length))
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const mid = (low + high + 1) >> 1
      if ((this.#starts[mid] as number) <= at) low = mid
      else high = mid - 1
    }
    return { line: low + 1, column: at - (this.#starts[low] as number) + 1, offset: at }
  }

  range(start: number, end: number): SourceRange {
    return { start: this.position(start), end: this.position(end) }
  }
}
