import { CatalogError } from '../../model/error.js'

/** What a server did that keeps a publication from going on. `said`: its own words, fit to be shown, or empty. */
export interface GmsFailure {
  /** The server, as it is named in messages. */
  readonly server: string
  readonly status: number
  readonly said: string
  /** How long it wants to be left alone. */
  readonly retryAfterMs: number
}

export function unreachable(server: string, what: string, cause: unknown): CatalogError {
  return new CatalogError('unavailable', 'gms_unreachable', `The server ${server} ${what}.`, {
    remedy: 'Check the address, or publish again later: it goes on where it stopped.',
    cause,
  })
}

export function unavailable(failure: GmsFailure): CatalogError {
  const { server, status, said } = failure
  return new CatalogError(
    'unavailable',
    'gms_unavailable',
    `The server ${server} answers with status ${status}${colon(said)}.`,
    {
      remedy: 'Publish again later: it goes on where it stopped.',
      details: { status, said },
      ...retry(failure),
    },
  )
}

export function limited(failure: GmsFailure): CatalogError {
  return new CatalogError(
    'limited',
    'gms_limited',
    `The server ${failure.server} wants fewer requests (status ${failure.status})${colon(failure.said)}.`,
    {
      remedy: 'Publish again later, and not before it says: it goes on where it stopped.',
      ...retry(failure),
    },
  )
}

export function denied({ server, status, said }: GmsFailure): CatalogError {
  return new CatalogError(
    'denied',
    'gms_denied',
    `The server ${server} does not let the token in (status ${status})${colon(said)}.`,
    { remedy: 'Check the token: it must be allowed to edit every entity of the catalog.' },
  )
}

export function redirects({ server }: GmsFailure): CatalogError {
  return new CatalogError(
    'unavailable',
    'gms_redirects',
    `The server ${server} redirects; that is not followed.`,
    {
      remedy: 'Give the address that the server itself has, with its scheme and port.',
    },
  )
}

export function answerInvalid({ server }: GmsFailure): CatalogError {
  return new CatalogError(
    'unavailable',
    'gms_answer_invalid',
    `The server ${server} says that all is well, and does not answer with JSON.`,
    { remedy: 'Check the address: a proxy or a web page may stand before the server.' },
  )
}

/** What the server said, as the end of a sentence whose full stop follows. */
function colon(said: string): string {
  return said === '' ? '' : `: ${said.replace(/\.$/, '')}`
}

function retry({ retryAfterMs }: GmsFailure): { retry: { afterMs?: number } } {
  return { retry: retryAfterMs > 0 ? { afterMs: retryAfterMs } : {} }
}
