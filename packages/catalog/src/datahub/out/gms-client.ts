import { systemClock } from '@groundplane/core'
import { CatalogError } from '../../model/error.js'
import {
  answerInvalid,
  denied,
  type GmsFailure,
  limited,
  redirects,
  unavailable,
  unreachable,
} from './gms-failure.js'
import { MAX_RETRY_AFTER_MS, type RetryOptions, retryAfterMs, waitMs } from './retry.js'

/** A server of DataHub (GMS), or one that answers as it does. */
export interface GmsTarget {
  /** Without a slash at its end. */
  readonly url: string
  readonly token?: string
}

/** What a GMS said for good: no later request would be answered otherwise. */
export interface GmsAnswer {
  readonly status: number
  /** JSON that was answered; null for an error without. */
  readonly json: Readonly<Record<string, unknown>> | null
}

/** An answer is one line and some words; nobody reads more of one. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
/** As its own client takes them for passing. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

type Attempt =
  | { readonly answer: GmsAnswer }
  | { readonly failure: CatalogError; readonly retryAfterMs: number; readonly final?: true }

/**
 * Requests to one GMS. One that may yet succeed (no connection, no answer in time or half of one, an answer that is no JSON
 * though it says 2xx, 408, 425, 429, 5xx) is made again, with growing waits at random and never before
 * the server wants it. A redirect is not followed: the token is for this server. The token is in no message.
 *
 * Errors: `CatalogError` `gms_unreachable | gms_unavailable | gms_limited | gms_answer_invalid | gms_denied | gms_redirects`.
 */
export class GmsClient {
  readonly #target: GmsTarget
  readonly #retry: RetryOptions

  constructor(target: GmsTarget, retry: RetryOptions = {}) {
    this.#target = target
    this.#retry = retry
  }

  /** How the server is named in messages. */
  get name(): string {
    return new URL(this.#target.url).host
  }

  /** What the server says of itself; throws `gms_not_datahub` when it is none that takes aspects. */
  async config(): Promise<void> {
    const { status, json } = await this.request('GET', '/config')
    // Its own client asks for exactly this, text and not boolean.
    if (status === 200 && json?.['noCode'] === 'true') return
    throw new CatalogError(
      'unavailable',
      'gms_not_datahub',
      `${this.name} does not say at /config that it is a server of DataHub (status ${status}).`,
      {
        remedy:
          'Give the address of the GMS itself, with its path: mostly https://…:8080, or https://…/api/gms of the web application.',
      },
    )
  }

  /** `attempts`: fewer than usual, for a request that is there to find out. */
  async request(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: string,
    attempts = this.#retry.attempts ?? 6,
  ): Promise<GmsAnswer> {
    const sleep = this.#retry.sleep ?? ((ms: number) => new Promise<void>((done) => setTimeout(done, ms)))
    for (let attempt = 1; ; attempt++) {
      const made = await this.#attempt(method, path, body)
      if ('answer' in made) return made.answer
      if (made.final || attempt >= attempts || made.retryAfterMs > MAX_RETRY_AFTER_MS) throw made.failure
      await sleep(waitMs(attempt, made.retryAfterMs, this.#retry))
    }
  }

  async #attempt(method: string, path: string, body: string | undefined): Promise<Attempt> {
    const timeoutMs = this.#retry.timeoutMs ?? 30_000
    const signal = (this.#retry.timeout ?? AbortSignal.timeout)(timeoutMs)
    let response: Response
    let text: string
    try {
      response = await fetch(`${this.#target.url}${path}`, {
        method,
        headers: this.#headers(),
        redirect: 'manual',
        signal,
        ...(body !== undefined && { body }),
      })
      text = await textOf(response)
    } catch (error) {
      const what = signal.aborted
        ? `did not answer within ${timeoutMs} ms`
        : 'cannot be reached, or broke off'
      return { failure: unreachable(this.name, what, error), retryAfterMs: 0 }
    }
    return this.#judged(response, text)
  }

  #headers(): Record<string, string> {
    const { token } = this.#target
    return {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-restli-protocol-version': '2.0.0',
      'user-agent': 'groundplane',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
  }

  #judged(response: Response, text: string): Attempt {
    const { status } = response
    const json = jsonObject(text)
    const later = retryAfterMs(response.headers.get('retry-after'), (this.#retry.clock ?? systemClock)())
    const failure: GmsFailure = { server: this.name, status, said: this.#words(json), retryAfterMs: later }
    if (PASSING.has(status) || status > 504)
      return { failure: (status === 429 ? limited : unavailable)(failure), retryAfterMs: later }
    const final = { retryAfterMs: 0, final: true } as const
    if (status >= 300 && status < 400) return { failure: redirects(failure), ...final }
    if (status === 401 || status === 403) return { failure: denied(failure), ...final }
    const answered = status >= 300 || json !== null || (text === '' && status === 204)
    return answered ? { answer: { status, json } } : { failure: answerInvalid(failure), retryAfterMs: later }
  }

  /** What a server says of a refusal, fit to be shown: one line, short, and without the token. */
  words(answer: GmsAnswer): string {
    return this.#words(answer.json) || `status ${answer.status}`
  }

  #words(json: GmsAnswer['json']): string {
    const message = json?.['message'] ?? json?.['error']
    if (typeof message !== 'string') return ''
    const { token } = this.#target
    const safe = token === undefined || token === '' ? message : message.replaceAll(token, '***')
    const line = safe.replaceAll(/\s+/g, ' ').trim()
    return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)}…` : line
  }
}

const MAX_WORDS = 500

/** Throws when the answer breaks off, or is longer than any that is meant. */
async function textOf(response: Response): Promise<string> {
  if (response.body === null) return ''
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function jsonObject(text: string): GmsAnswer['json'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}
