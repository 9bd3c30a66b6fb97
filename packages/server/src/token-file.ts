import { hash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { FastifyBaseLogger } from 'fastify'
import { ServerError } from './server-error.js'
import { type TokensInForce, TokenTable } from './tokens.js'

/**
 * The tokens of a file, which may change while the server runs: a request is judged by what
 * was read last. A file that cannot be read or used leaves the tokens as they are, so that one that is caught
 * half written, or has a slip in it, locks nobody out. A file that is gone is no slip: when it is gone at two looks one after the
 * other, no token is valid until there is a file again. One look is not enough, because some editors remove a file to
 * write it anew. A pipe is read once.
 */
export class TokenFile implements TokensInForce {
  readonly #file: string
  readonly #log: FastifyBaseLogger
  readonly #listeners: (() => void)[] = []
  #current: TokenTable
  /** Of the text they are from: the secrets themselves are not kept. Null when they are from none. */
  #digest: string | null
  #refusal: { readonly code: string; readonly message: string } | null = null
  #timer: NodeJS.Timeout | undefined

  /** Throws `tokens_unreadable` or `tokens_invalid`. */
  constructor(file: string, log: FastifyBaseLogger) {
    const text = readText(file)
    this.#file = file
    this.#log = log
    this.#current = TokenTable.parse(text, file).atLeastOne()
    this.#digest = digestOf(text)
  }

  get current(): TokenTable {
    return this.#current
  }

  get refusal(): string | null {
    return this.#refusal?.code ?? null
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Looks every so many milliseconds, whatever else the server waits for; 0 never. */
  watch(everyMs: number): void {
    if (everyMs > 0) this.#timer = setInterval(() => this.refresh(), everyMs).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Looks at the file. Does not throw: why the tokens stay as they are, or none is valid, is logged, once for each reason. */
  refresh(): void {
    if (givesOnce(this.#file)) return
    try {
      const text = readText(this.#file)
      const digest = digestOf(text)
      if (digest !== this.#digest) this.#take(TokenTable.parse(text, this.#file), digest)
      this.#refusal = null
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      if (isAbsence(error)) this.#missed()
      else this.#refuse(error.code, `the tokens stay as they are: ${error.message}`)
    }
  }

  #take(tokens: TokenTable, digest: string | null): void {
    this.#current = tokens
    this.#digest = digest
    this.#log.info({ tokens: tokens.size }, 'the tokens have changed')
    for (const listener of this.#listeners) listener()
  }

  #missed(): void {
    const before = this.refusal
    if (before === 'tokens_gone') return
    if (before !== 'tokens_missing') {
      this.#refuse(
        'tokens_missing',
        `the token file ${this.#file} is not there; if it is not back at the next look, no token is valid`,
      )
      return
    }
    this.#refuse('tokens_gone', `the token file ${this.#file} is gone: no token is valid until there is one`)
    this.#take(TokenTable.NONE, null)
  }

  #refuse(code: string, message: string): void {
    if (message !== this.#refusal?.message) this.#log.error({ code }, message)
    this.#refusal = { code, message }
  }
}

function digestOf(text: string): string {
  return hash('sha256', text, 'hex')
}

function isAbsence(error: ServerError): boolean {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** To open a pipe again would wait for somebody who writes, and the whole server with it. */
function givesOnce(file: string): boolean {
  try {
    const kind = statSync(file)
    return kind.isFIFO() || kind.isCharacterDevice()
  } catch {
    // Reading it says why.
    return false
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ServerError('invalid', 'tokens_unreadable', `The token file ${file} cannot be read.`, {
      remedy: 'Check the path and its permissions.',
      cause,
    })
  }
}
