import type { Reporter } from './reporter.js'
import type { Token, TokenKind } from './token.js'

export const MAX_SOURCE_LENGTH = 2 * 1024 * 1024
export const MAX_TOKENS = 200_000

const TWO_CHARACTER_SYMBOLS = new Set(['->', '..', '!=', '<=', '>='])
const SYMBOLS = new Set('{}()[],:.@=<>?+-*/%')
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', r: '\r', t: '\t' }

/** Common slips of people who come from another language, with what to write instead. */
const FOREIGN_SYMBOLS: Readonly<Record<string, string>> = {
  "'": 'Write strings in "double quotes".',
  '`': 'Write names bare and strings in "double quotes".',
  ';': 'Remove it; nothing in this language ends with a semicolon.',
  '&': 'Write conditions below each other, or join them with `and`.',
  '|': 'Join alternatives with `or`.',
  '!': 'Write `not { … }` for negation and != for "differs from".',
  '#': 'Write comments as // or /* */.',
  $: 'Write a variable as $name, its first letter lower case or _.',
}

/**
 * Splits a text into tokens, ending with one `end` token. Never throws and takes
 * time linear in the text; what cannot be read is reported once and skipped.
 */
export function lex(text: string, reporter: Reporter): Token[] {
  if (text.length > MAX_SOURCE_LENGTH) {
    reporter.report(
      'source-too-large',
      { start: 0, end: 0 },
      `The file has ${text.length} characters; the limit is ${MAX_SOURCE_LENGTH}.`,
    )
    return [{ kind: 'end', start: 0, end: 0, text: '' }]
  }
  const lexer = new Lexer(text, reporter)
  return lexer.run()
}

class Lexer {
  readonly #text: string
  readonly #reporter: Reporter
  readonly #tokens: Token[] = []
  #at = 0
  /** Once a string has run to the end of the file, later ones stop at their line: this keeps lexing linear. */
  #openString = false

  constructor(text: string, reporter: Reporter) {
    this.#text = text
    this.#reporter = reporter
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  run(): Token[] {
    const { length } = this.#text
    for (;;) {
      this.#skipTrivia()
      if (this.#at >= length) break
      if (this.#tokens.length >= MAX_TOKENS) {
        this.#reporter.report(
          'source-too-large',
          { start: this.#at, end: this.#at + 1 },
          `The file has more than ${MAX_TOKENS} tokens.`,
        )
        break
      }
      this.#next()
    }
    this.#tokens.push({ kind: 'end', start: this.#at, end: this.#at, text: '' })
    return this.#tokens
  }

  #skipTrivia(): void {
    const text = this.#text
    for (;;) {
      const code = text.charCodeAt(this.#at)
      if (code === 32 || code === 10 || code === 13 || code === 9) {
        this.#at++
      } else if (code === 47 && text.charCodeAt(this.#at + 1) === 47) {
        const end = text.indexOf('\n', this.#at)
        this.#at = end < 0 ? text.length : end + 1
      } else if (code === 47 && text.charCodeAt(this.#at + 1) === 42) {
        this.#skipBlockComment()
      } else return
    }
  }

  #skipBlockComment(): void {
    const start = this.#at
    const end = this.#text.indexOf('*/', start + 2)
    if (end >= 0) {
      this.#at = end + 2
      return
    }
    this.#reporter.report('unterminated-comment', { start, end: start + 2 }, 'This block comment never ends.')
    this.#at = this.#text.length
  }

  #next(): void {
    const start = this.#at
    const code = this.#text.charCodeAt(start)
    if (isLower(code)) this.#word('name', start)
    else if (isUpper(code)) this.#word('type-name', start)
    else if (isDigit(code)) this.#number(start)
    else if (code === 34) this.#string(start)
    else if (code === 36 && isLower(this.#text.charCodeAt(start + 1))) this.#variable(start)
    else this.#symbol(start)
  }

  #push(kind: TokenKind, start: number, end: number, text = this.#text.slice(start, end)): void {
    this.#tokens.push({ kind, start, end, text })
    this.#at = end
  }

  #wordEnd(from: number): number {
    let end = from
    while (isWordPart(this.#text.charCodeAt(end))) end++
    return end
  }

  #word(kind: TokenKind, start: number): void {
    this.#push(kind, start, this.#wordEnd(start))
  }

  #variable(start: number): void {
    const end = this.#wordEnd(start + 1)
    this.#push('variable', start, end, this.#text.slice(start + 1, end))
  }

  /** `1..5` is an integer, a range sign and an integer. */
  #number(start: number): void {
    let end = this.#digitsEnd(start)
    if (this.#text.charCodeAt(end) === 46 && isDigit(this.#text.charCodeAt(end + 1))) {
      end = this.#digitsEnd(end + 1)
      this.#push('float', start, end)
    } else this.#push('integer', start, end)
  }

  #digitsEnd(from: number): number {
    let end = from
    while (isDigit(this.#text.charCodeAt(end))) end++
    return end
  }

  #string(start: number): void {
    const text = this.#text
    let value = ''
    let plain = start + 1
    for (let at = plain; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === 34) {
        this.#refuseHalfCharacters(start, at)
        this.#push('string', start, at + 1, value + text.slice(plain, at))
        return
      }
      if (code === 10 && this.#openString) break
      if (code !== 92) continue
      const escaped = text[at + 1]
      if (escaped === undefined) break
      const meaning = ESCAPES[escaped]
      if (meaning === undefined) {
        this.#reporter.report('invalid-escape', { start: at, end: at + 2 }, `\\${escaped} is not an escape.`)
      }
      value += text.slice(plain, at) + (meaning ?? escaped)
      at++
      plain = at + 1
    }
    this.#openString = true
    // Read on after the line: a forgotten quote must not swallow the rest of the file.
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    this.#reporter.report('unterminated-string', { start, end }, 'This string never ends.')
    this.#push('string', start, end, text.slice(start + 1, end))
  }

  /** Half of a surrogate pair cannot be stored: it would come back as something else. Only text that was never a file holds one. */
  #refuseHalfCharacters(start: number, end: number): void {
    const at = this.#text.slice(start, end).search(/\p{Cs}/u)
    if (at < 0) return
    this.#reporter.report(
      'unexpected-character',
      { start: start + at, end: start + at + 1 },
      'This string holds half of a surrogate pair.',
      'Write the whole character, or leave it out.',
    )
  }

  #symbol(start: number): void {
    const two = this.#text.slice(start, start + 2)
    if (TWO_CHARACTER_SYMBOLS.has(two)) this.#push('symbol', start, start + 2)
    else if (two === '==') {
      this.#reporter.report(
        'unexpected-character',
        { start, end: start + 2 },
        '== is not an operator.',
        'Write = for "equals".',
      )
      this.#push('symbol', start, start + 2, '=')
    } else if (SYMBOLS.has(two.charAt(0))) this.#push('symbol', start, start + 1)
    else this.#unknown(start)
  }

  /** A run of unknown characters is one mistake, not many. */
  #unknown(start: number): void {
    let end = start
    while (end < this.#text.length && !isKnown(this.#text.charCodeAt(end))) end++
    if (end === start) end = start + 1
    const shown = this.#text.slice(start, Math.min(end, start + 20))
    this.#reporter.report(
      'unexpected-character',
      { start, end },
      `Unexpected ${JSON.stringify(shown)}.`,
      FOREIGN_SYMBOLS[shown.charAt(0)],
    )
    this.#push('unknown', start, end)
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90
}

/** Lower case or `_`: the start of a name. */
function isLower(code: number): boolean {
  return (code >= 97 && code <= 122) || code === 95
}

function isWordPart(code: number): boolean {
  return isLower(code) || isUpper(code) || isDigit(code)
}

function isKnown(code: number): boolean {
  if (isWordPart(code) || code === 32 || code === 10 || code === 13 || code === 9) return true
  return code === 34 || code === 36 || SYMBOLS.has(String.fromCharCode(code))
}
