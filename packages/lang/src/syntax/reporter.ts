import { type Diagnostic, LineIndex, readableDiagnostic } from '@groundplane/core'
import { DIAGNOSTIC_CODES, type DiagnosticCodeName } from '../diagnostic-codes.js'
import type { Span } from './token.js'

/** More would bury the first cause; a hostile file must not make a gigabyte of messages either. */
const MAX_DIAGNOSTICS = 200

export type Remedy = string | undefined | (() => string | undefined)

/** Collects the diagnostics of one source text and turns offsets into positions, once, when asked. */
export class Reporter {
  readonly #text: string
  readonly #file: string | undefined
  readonly #diagnostics: Diagnostic[] = []
  /** An interface property is judged once per type that implements it; its mistake is one mistake. */
  readonly #seen = new Set<string>()
  #lines: LineIndex | undefined
  #errors = 0

  constructor(text: string, file: string | undefined) {
    this.#text = text
    this.#file = file
  }

  /**
   * `remedy` replaces the general one of the table; leave it out unless this place knows better. As a function
   * it runs only for a diagnostic that is kept, which is where a search for similar names belongs.
   */
  report(code: DiagnosticCodeName, span: Span, message: string, remedy?: Remedy): void {
    const known = DIAGNOSTIC_CODES[code]
    if (known.severity === 'error') this.#errors++
    if (this.#diagnostics.length >= MAX_DIAGNOSTICS) return
    const place = `${code}:${span.start}:${span.end}`
    if (this.#seen.has(place)) return
    this.#seen.add(place)
    this.#lines ??= new LineIndex(this.#text)
    const diagnostic = {
      code,
      severity: known.severity,
      message,
      remedy: (typeof remedy === 'function' ? remedy() : remedy) ?? known.remedy,
      ...(this.#file !== undefined && { file: this.#file }),
      range: this.#lines.range(span.start, span.end),
    }
    this.#diagnostics.push(readableDiagnostic(diagnostic))
  }

  /** Errors reported so far, kept ones or not: compare before and after a step to know whether it failed. */
  get errors(): number {
    return this.#errors
  }

  /** In source order. */
  finish(): Diagnostic[] {
    const offset = (d: Diagnostic) => d.range?.start.offset ?? 0
    return this.#diagnostics.sort((a, b) => offset(a) - offset(b))
  }
}
