import type { Principal } from '@groundplane/core'
import type { Caller } from '../graph-access/caller.js'
import type { Call } from '../http/route.js'
import { ServerError } from '../server-error.js'

/** What every call about a graph has in common. */
export type AnyCall = Pick<Call, 'params' | 'principal' | 'provenance' | 'request' | 'reply'>

export function principalOf({ principal }: Pick<AnyCall, 'principal'>): { principal?: Principal } {
  return principal ? { principal } : {}
}

// Written out: objects put together by spreading cost as much as a lookup.
export function callerOf(call: Pick<AnyCall, 'principal' | 'provenance' | 'request'>): Caller {
  const { principal, provenance } = call
  const { requestId } = call.request.context
  return principal ? { principal, provenance, requestId } : { provenance, requestId }
}

/** The caller with a signal that is raised when it goes away before it has its answer. */
export function waitingCallerOf(call: AnyCall): Caller {
  const { principal, provenance } = call
  const { requestId } = call.request.context
  const { raw } = call.reply
  const signal = () => {
    const abort = new AbortController()
    raw.once('close', () => {
      if (!raw.writableFinished) abort.abort()
    })
    return abort.signal
  }
  return principal ? { principal, provenance, requestId, signal } : { provenance, requestId, signal }
}

export function ifCommitOf({ request }: Pick<Call, 'request'>): string {
  const header =
    request.headers['groundplane-if-graph-commit'] ??
    request.headers['omnigraph-if-graph-commit'] /* clients of the reference server */
  if (typeof header === 'string' && header !== '') return header
  throw new ServerError(
    'invalid',
    'precondition_missing',
    'The header Groundplane-If-Graph-Commit is missing.',
    {
      remedy: 'Send the commit the branch is expected to be at, or use the route without a condition.',
    },
  )
}
