import { hash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { FastifyBaseLogger } from 'fastify'
import { ServerError } from './server-error.js'
import { type TokensInForce, TokenTable } from './tokens.js'

/**
 * The tokens of a file, which may change while the server runs: a request is judged by what
 * was read last. A file that cannot be read or used leaves the tokens as they are, so that one that is caught
 * half written locks nobody out; it is read again at the next look. A pipe is read once.
 */
export class TokenFile implements TokensInForce {
  readonly #file: string
  readonly #log: FastifyBaseLogger
  #current: TokenTable
  /** Of the text they are from: the secrets themselves are not kept. */
  #digest: string
  #complaint: string | undefined

  /** Throws `tokens_unreadable` or `tokens_invalid`. */
  constructor(file: string, log: FastifyBaseLogger) {
    const text = readText(file)
    this.#file = file
    this.#log = log
    this.#current = TokenTable.parse(text, file)
    this.#digest = digestOf(text)
  }

  get current(): TokenTable {
    return this.#current
  }

  /** Reads the file again. Does not throw: why the tokens stay as they are is logged, once for each reason. */
  refresh(): void {
    if (givesOnce(this.#file)) return
    try {
      const text = readText(this.#file)
      const digest = digestOf(text)
      if (digest !== this.#digest) {
        this.#current = TokenTable.parse(text, this.#file)
        this.#digest = digest
        this.#log.info({ tokens: this.#current.size }, 'the tokens have changed')
      }
      this.#complaint = undefined
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      const { code, message } = error
      if (message !== this.#complaint) this.#log.error({ code }, `the tokens stay as they are: ${message}`)
      this.#complaint = message
    }
  }
}

function digestOf(text: string): string {
  return hash('sha256', text, 'hex')
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
