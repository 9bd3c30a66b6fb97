import { SourceError } from '../source-error.js'

interface DriverError {
  /** An SQLSTATE of the server, or a code of Node. */
  readonly code?: string
  readonly message?: string
}

const SQLSTATE = /^[0-9A-Z]{5}$/
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/
const NOT_NOW: ReadonlySet<string> = new Set(['53300', '57P03', '57P01', '57P02', '57P05'])

/** The SQLSTATE when the server refused a statement, undefined for anything else. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code } = error as DriverError
  return typeof code === 'string' && SQLSTATE.test(code) && error instanceof Error && 'severity' in error
    ? code
    : undefined
}

/**
 * What a refusal of the server says, fit to be shown and recorded. Refusals that quote data (classes 22
 * and 23, errors raised by functions) lose what they quote: it may be a value that nobody is to see.
 */
export function refusalOf(error: unknown): string {
  const state = sqlStateOf(error)
  const message = error instanceof Error ? error.message : String(error)
  if (state === undefined) return message
  if (/^(22|23)/.test(state))
    return `${message.replace(/"[\s\S]*"/, '"…"').replace(/\(.*\)/s, '(…)')} (${state})`
  if (/^(P0|38|39|2F)/.test(state)) return `a function of the database raised an error (${state})`
  return message
}

/** Why there is no connection to the database called `where`. */
export function connectionError(error: unknown, where: string): SourceError {
  if (error instanceof SourceError) return error
  const { code = '', message = '' } = error as DriverError
  const cause = { cause: error, details: { source: where, ...(code !== '' && { code }) } }
  if (code === '28P01' || code === '28000' || /SASL|password must be a string/.test(message)) {
    return new SourceError(
      'denied',
      'source_login_refused',
      `${where} does not let this user in: ${loginRefusal(message)}`,
      {
        remedy: 'Check the user in the "url" of the source and the variable that its "password" names.',
        ...cause,
      },
    )
  }
  if (code === '3D000') {
    return new SourceError('not-found', 'source_database_unknown', `there is no database ${where}`, {
      remedy: 'Check the name of the database after the host in the "url" of the source.',
      ...cause,
    })
  }
  if (code === '42501') {
    return new SourceError('denied', 'source_denied', `${where} may not be read by this user: ${message}`, {
      remedy: 'Grant the user CONNECT on the database, and SELECT on what it is to read.',
      ...cause,
    })
  }
  if (TLS_CODE.test(code) || /SSL|certificate|no pg_hba.conf entry/i.test(message)) {
    return new SourceError(
      'unavailable',
      'source_tls_failed',
      `no protected connection to ${where}: ${message}`,
      {
        remedy: 'Check sslmode, sslrootcert, sslcert and sslkey in the "url" of the source.',
        ...cause,
      },
    )
  }
  return unreachable(where, message === '' ? (innerCode(error) ?? code) : message, error)
}

/** A refusal during a harvest or a check that concerns the whole source; undefined when it concerns one statement only. */
export function sessionError(error: unknown, where: string): SourceError | undefined {
  if (error instanceof SourceError) return error
  const state = sqlStateOf(error)
  if (state !== undefined && !NOT_NOW.has(state)) return undefined
  return unreachable(where, (error as Error).message, error)
}

/** For a statement without which nothing can be said of the source. */
export function statementError(error: unknown, where: string): SourceError {
  const whole = sessionError(error, where)
  if (whole) return whole
  const state = sqlStateOf(error)
  if (state === '55P03') {
    return new SourceError('unavailable', 'source_locked', `${where} is locked by a writer`, {
      remedy: 'Try again when the writer has finished.',
      retry: { afterMs: 1_000 },
      cause: error,
    })
  }
  if (state === '57014') {
    return new SourceError('deadline', 'source_timeout', `${where} did not describe itself in time`, {
      remedy: 'Try again when the server has less to do.',
      retry: { afterMs: 10_000 },
      cause: error,
    })
  }
  return new SourceError(
    'unavailable',
    'source_refused',
    `${where} does not describe itself: ${refusalOf(error)}`,
    {
      remedy: 'Check that the server is PostgreSQL 13 or later and that this user may read its catalogs.',
      cause: error,
    },
  )
}

function unreachable(where: string, why: string, cause: unknown): SourceError {
  return new SourceError('unavailable', 'source_unreachable', `${where} cannot be reached: ${why}`, {
    remedy: 'Check host and port in the "url" of the source, and that the server runs and takes connections.',
    retry: { afterMs: 5_000 },
    details: { source: where },
    cause,
  })
}

/** PostgreSQL's own words; the driver's are about its inside. */
function loginRefusal(message: string): string {
  return /SASL|password must be a string/.test(message)
    ? 'it asks for a password, and there is none'
    : message
}

/** Several addresses of one name that all fail come as one error without a text of its own. */
function innerCode(error: unknown): string | undefined {
  const { errors } = error as { errors?: readonly DriverError[] }
  return errors?.[0]?.message
}
