import type { GroundplaneClient } from '@groundplane/client'
import type { ErrorKind } from '@groundplane/core'
import { CommandError } from '../errors.js'
import { serverFetch } from './server-fetch.js'
import type { ServerTarget } from './server-target.js'

/** A client of one server, with the token that belongs to it. */
export async function connect({ url, origin, token }: ServerTarget): Promise<GroundplaneClient> {
  const { createClient } = await import('@groundplane/client')
  return createClient({ baseUrl: url, fetch: serverFetch(origin), ...(token !== undefined && { token }) })
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthenticated',
  403: 'denied',
  404: 'not-found',
  409: 'conflict',
  410: 'gone',
  412: 'stale',
  413: 'too-large',
  422: 'unprocessable',
  429: 'limited',
  501: 'unsupported',
  503: 'unavailable',
  504: 'deadline',
}

/** Waits for an answer of a server; its refusal or silence becomes a failure of the command, with the server's own code. */
export async function answerOf<T>({ origin, name }: ServerTarget, answer: Promise<T>): Promise<T> {
  const { ApiError, UnreachableError } = await import('@groundplane/client')
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiError) {
      const login = `Run \`groundplane login ${name ?? origin}\`.`
      const remedy = error.status === 401 ? login : error.remedy
      throw new CommandError(error.code, error.message, {
        kind: KINDS[error.status] ?? (error.status >= 500 ? 'internal' : 'invalid'),
        ...(remedy !== undefined && { remedy }),
        diagnostics: error.diagnostics as never,
        details: { ...error.details, server: origin },
      })
    }
    if (error instanceof UnreachableError) {
      // What a wrapped fetch refused is its own failure, not an unreachable server.
      if (error.cause instanceof CommandError) throw error.cause
      throw new CommandError('server_unreachable', `${error.message}.`, {
        kind: 'unavailable',
        remedy: error.remedy,
        cause: error.cause,
      })
    }
    throw error
  }
}
