import { type ErrorKind, GroundplaneError } from '@groundplane/core'
import type { MergeConflict } from '@groundplane/graph'
import type { ErrorClass, ErrorResponse } from '@groundplane/protocol'
import { conflictToWire } from '../routes/merge-wire.js'
import { BodyTooSlow, MethodNotAllowed, RangeUnsatisfiable } from '../server-error.js'

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  stale: 412,
  'too-large': 413,
  unprocessable: 422,
  limited: 429,
  internal: 500,
  unsupported: 501,
  unavailable: 503,
  deadline: 504,
}

export interface ErrorReply {
  readonly status: number
  readonly body: ErrorResponse
  readonly headers: Readonly<Record<string, string>>
  /** Worth an operator's attention: a bug or a failing dependency, not a caller's mistake. */
  readonly unexpected: boolean
}

/**
 * The one place where a failure becomes a status and a body. An error that is not
 * ours is a bug or a failure of the machine: the caller learns only the request id.
 */
export function errorReply(error: unknown, requestId: string): ErrorReply {
  if (error instanceof GroundplaneError) return ofGroundplane(error, requestId)
  const http = ofFramework(error)
  if (http) {
    const { status, code, message, remedy } = http
    return {
      status,
      body: { error: { code, message, remedy, requestId }, code: classOf(status) },
      headers: {},
      unexpected: false,
    }
  }
  const message = 'The server failed to answer this request.'
  const remedy = `Tell the operator the request id ${requestId}.`
  return {
    status: 500,
    body: { error: { code: 'internal', message, remedy, requestId }, code: 'internal' },
    headers: {},
    unexpected: true,
  }
}

function ofGroundplane(error: GroundplaneError, requestId: string): ErrorReply {
  const status = statusOf(error)
  const { diagnostics, details, ...head } = error.toBody()
  const headers: Record<string, string> = {}
  // What is left of a body that was given up on must not be taken for the next request.
  if (status === 408 || status === 413) headers['connection'] = 'close'
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="groundplane"'
  if (error.retry?.afterMs !== undefined)
    headers['retry-after'] = String(Math.ceil(error.retry.afterMs / 1000))
  return {
    status,
    body: {
      error: {
        ...head,
        ...(details && { details: { ...details } }),
        ...(diagnostics && { diagnostics: diagnostics.map((d) => ({ ...d })) }),
        requestId,
      },
      code: classOf(status),
      ...preconditionOf(error),
      ...keyConflictOf(error),
      ...mergeConflictsOf(error),
      ...feedGapOf(error),
      ...(error instanceof RangeUnsatisfiable && { blob_range: error.asked }),
    },
    headers,
    unexpected: error.kind === 'internal',
  }
}

/** Where clients of the reference server look for the entity that is there already; the first of them. */
function keyConflictOf(error: GroundplaneError): Pick<ErrorResponse, 'key_conflict'> {
  const conflict = error.diagnostics?.find(({ code, details }) => code === 'key_conflict' && details)
  if (!conflict) return {}
  const { kind, type, id } = conflict.details as { kind: 'node' | 'edge'; type: string; id: string }
  return { key_conflict: { entity_kind: kind, type_name: type, entity_id: id } }
}

/** Where clients of the reference server look for the conflicts of a merge. */
function mergeConflictsOf(error: GroundplaneError): Pick<ErrorResponse, 'merge_conflicts'> {
  if (error.code !== 'merge_conflict') return {}
  return { merge_conflicts: ((error.details?.['conflicts'] ?? []) as MergeConflict[]).map(conflictToWire) }
}

/** Where clients of the reference server look for what a feed can no longer bring. */
function feedGapOf(error: GroundplaneError): Pick<ErrorResponse, 'change_feed_gap'> {
  const { commit, cursor } = error.details ?? {}
  if (error.code !== 'changes_gone' || typeof commit !== 'string') return {}
  return {
    change_feed_gap: {
      cursor: typeof cursor === 'string' ? cursor : null,
      first_unreadable_commit_id: commit,
    },
  }
}

function statusOf(error: GroundplaneError): number {
  if (error instanceof MethodNotAllowed) return 405
  if (error instanceof RangeUnsatisfiable) return 416
  return error instanceof BodyTooSlow ? 408 : STATUS[error.kind]
}

/** The member in which clients of the reference server look for what the branch was at. */
function preconditionOf(error: GroundplaneError): Pick<ErrorResponse, 'precondition_failure'> {
  const { expected, found } = error.details ?? {}
  if (error.kind !== 'stale' || typeof expected !== 'string') return {}
  return { precondition_failure: { expected, actual: typeof found === 'string' ? found : null } }
}

function classOf(status: number): ErrorClass | null {
  switch (status) {
    case 400:
    case 408:
    case 413:
    case 414:
    case 415:
    case 416:
    case 422:
      return 'bad_request'
    case 401:
      return 'unauthorized'
    case 403:
      return 'forbidden'
    case 404:
      return 'not_found'
    case 405:
      return 'method_not_allowed'
    case 409:
      return 'conflict'
    case 429:
      return 'too_many_requests'
    case 500:
      return 'internal'
    default:
      return null
  }
}

/** Refusals of the HTTP framework, before a handler runs. */
function ofFramework(error: unknown) {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  if (statusCode === 415) {
    const remedy = 'Send application/json, or application/x-ndjson to load/ndjson.'
    return {
      status: 415,
      code: 'media_type_unsupported',
      message: 'The Content-Type is not supported here.',
      remedy,
    }
  }
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') {
    const message = 'The body is not as long as Content-Length says.'
    return { status: 400, code: 'body_length_mismatch', message, remedy: 'Send the whole body.' }
  }
  if (statusCode === 400 && (error instanceof SyntaxError || String(code).startsWith('FST_ERR_CTP'))) {
    const message = 'The request body is not valid JSON.'
    return { status: 400, code: 'body_not_json', message, remedy: 'Send one JSON object.' }
  }
  if (statusCode === 414) {
    const message = 'A part of the path is longer than any name can be.'
    return { status: 414, code: 'path_too_long', message, remedy: 'Use the name as it is listed.' }
  }
  // Whatever else the framework refuses is the caller's to put right, not ours.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      code: 'request_malformed',
      message: 'The request is malformed.',
      remedy: 'Check the URL.',
    }
  }
  return undefined
}
