import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Principal } from '@groundplane/core'
import type { FastifyRequest } from 'fastify'
import { ServerError } from '../server-error.js'
import type { TokensInForce, TokenTable } from '../tokens.js'
import type { TokenGuesses } from './token-guesses.js'

/** Who sends a request, and the account its quota is kept under. */
export interface Sender {
  readonly principal: Principal
  readonly account: string
}

interface Known extends Sender {
  readonly header: Buffer
  /** The tokens that said so. */
  readonly tokens: TokenTable
}

/**
 * Who sends a request, by its bearer token and nothing else. A connection that is kept open
 * sends the same header again and again, so the last answer is kept with each connection; it
 * holds for the same header (compared in constant time: a proxy's connection carries several people's)
 * under the same tokens, and is gone with the connection.
 */
export class Authentication {
  readonly #tokens: TokensInForce
  readonly #guesses: TokenGuesses
  readonly #addressOf: (request: FastifyRequest) => string
  readonly #byConnection = new WeakMap<Socket, Known>()

  /** `addressOf`: of whom a wrong token counts against. */
  constructor(tokens: TokensInForce, guesses: TokenGuesses, addressOf: (request: FastifyRequest) => string) {
    this.#tokens = tokens
    this.#guesses = guesses
    this.#addressOf = addressOf
  }

  /** Throws `token_missing`, `token_unknown` or `too_many_guesses`. */
  senderOf(request: FastifyRequest): Sender {
    const { socket, headers } = request.raw
    const { authorization } = headers
    if (authorization === undefined) {
      throw new ServerError('unauthenticated', 'token_missing', 'This server needs a bearer token.', {
        remedy: 'Send the header `Authorization: Bearer <token>`.',
      })
    }
    const tokens = this.#tokens.current
    const header = Buffer.from(authorization, 'latin1')
    const known = this.#byConnection.get(socket)
    if (known?.tokens === tokens && sameBytes(known.header, header)) return known
    const principal = tokens.ofHeader(authorization)
    const account = principal && `${principal.tenant}/${principal.actor}`
    this.#guesses.judge(this.#addressOf(request), account)
    if (!principal || account === undefined) throw unknownToken()
    const found = { principal, account, header, tokens }
    this.#byConnection.set(socket, found)
    return found
  }
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function unknownToken(): ServerError {
  return new ServerError(
    'unauthenticated',
    'token_unknown',
    'The bearer token is not one this server knows.',
    { remedy: 'Send the header `Authorization: Bearer <token>`.' },
  )
}
