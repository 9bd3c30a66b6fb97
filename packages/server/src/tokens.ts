import { hash, timingSafeEqual } from 'node:crypto'
import { DEFAULT_TENANT, type Principal } from '@groundplane/core'
import { ServerError } from './server-error.js'

export const TOKENS_VARIABLE = 'GROUNDPLANE_SERVER_BEARER_TOKENS_JSON'

/** One token as it is configured: the secret itself, or the SHA-256 (hex) of it. */
export interface TokenSpec {
  readonly token?: string
  readonly sha256?: string
  readonly tenant?: string
  readonly clusterId?: string
  readonly env?: string
  readonly roles?: readonly string[]
}

interface Entry {
  readonly digest: Buffer
  readonly principal: Principal
}

/** The tokens as they are at this moment; another table, with principals of its own, once they have changed. */
export interface TokensInForce {
  readonly current: TokenTable
  /** Code of why what they come from is not in force as it is now; null when it is. `tokens_gone`: no token is valid. */
  readonly refusal: string | null
  /** The listener is called after each change. */
  onChange(listener: () => void): void
}

/** Tokens that are those of the start. */
export function fixedTokens(current: TokenTable): TokensInForce {
  return { current, refusal: null, onChange() {} }
}

/**
 * Who each bearer token is. Only SHA-256 digests are kept; a presented token is
 * hashed and compared with every digest in constant time, so that neither a
 * prefix nor the position of a token can be learnt from timing.
 */
export class TokenTable {
  /** Nobody is let in. */
  static readonly NONE = new TokenTable([])
  readonly #entries: readonly Entry[]

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries
  }

  get size(): number {
    return this.#entries.length
  }

  /** `ServerError` `tokens_invalid` for an empty secret, a malformed digest, or one secret given to two actors. No tokens at all are no mistake here. */
  static of(tokens: Readonly<Record<string, string | TokenSpec>>): TokenTable {
    const entries: Entry[] = []
    for (const [actor, spec] of Object.entries(tokens)) {
      if (actor.trim() === '') throw invalid('A token has an empty actor.')
      const entry = entryOf(actor, typeof spec === 'string' ? { token: spec } : spec)
      if (entries.some((other) => other.digest.equals(entry.digest))) {
        throw invalid(`The token of "${actor}" is also another actor's.`)
      }
      entries.push(entry)
    }
    return new TokenTable(entries)
  }

  /** `{"actor": "secret"}` or `{"actor": {"token" | "sha256", "tenant"?, "roles"?, …}}`. `from` names the text in errors. */
  static parse(text: string, from: string): TokenTable {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      // The parser's message quotes the text around the mistake, which may be a secret.
      throw invalid(`${from} is not JSON.`)
    }
    if (json === null || typeof json !== 'object' || Array.isArray(json))
      throw invalid(`${from} is not an object.`)
    return TokenTable.of(json as Record<string, string | TokenSpec>)
  }

  /** `ServerError` `tokens_invalid` when there are none: a server does not start that would let nobody in. */
  atLeastOne(): this {
    if (this.size === 0) throw invalid('There are no tokens in it.')
    return this
  }

  /** The principal of the header `Authorization`, or undefined. */
  ofHeader(authorization: string): Principal | undefined {
    const token = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1]
    return token === undefined ? undefined : this.resolve(token)
  }

  /** The principal of a presented token, or undefined. */
  resolve(token: string): Principal | undefined {
    const digest = hash('sha256', token, 'buffer')
    let found: Principal | undefined
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) found = entry.principal
    return found
  }
}

function entryOf(actor: string, spec: TokenSpec): Entry {
  const known = spec !== null && typeof spec === 'object'
  if (!known || (typeof spec.token === 'string') === (typeof spec.sha256 === 'string')) {
    throw invalid(`The token of "${actor}" must be a text, or an object with one of "token" and "sha256".`)
  }
  if (spec.token !== undefined && !/^[\x21-\x7e]+$/.test(spec.token)) {
    throw invalid(`The token of "${actor}" is empty or has characters a header cannot carry.`)
  }
  if (spec.sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(spec.sha256)) {
    throw invalid(`"sha256" of "${actor}" is not 64 hexadecimal digits.`)
  }
  const roles = spec.roles ?? []
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) {
    throw invalid(`"roles" of "${actor}" must be a list of texts.`)
  }
  const digest =
    spec.sha256 === undefined ? hash('sha256', spec.token ?? '', 'buffer') : Buffer.from(spec.sha256, 'hex')
  return {
    digest,
    principal: {
      actor,
      tenant: spec.tenant ?? DEFAULT_TENANT,
      ...(spec.clusterId !== undefined && { clusterId: spec.clusterId }),
      ...(spec.env !== undefined && { env: spec.env }),
      roles,
    },
  }
}

function invalid(message: string): ServerError {
  return new ServerError('invalid', 'tokens_invalid', message, {
    remedy: `Give {"actor": "secret", …} by option, in ${TOKENS_VARIABLE} or in a token file.`,
  })
}
