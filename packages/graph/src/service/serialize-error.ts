import { GroundplaneError } from '@groundplane/core'
import { GraphError } from '../error.js'
import type { GraphErrorCode } from '../error-codes.js'
import type { SerializedError } from './messages.js'

export function serializeError(error: unknown): SerializedError {
  if (error instanceof GroundplaneError) return { errorKind: error.kind, body: error.toBody() }
  const message = error instanceof Error ? error.message : String(error)
  return { errorKind: 'internal', body: { code: 'internal', message } }
}

export function deserializeError(error: SerializedError): GraphError {
  const { code, message, ...options } = error.body
  // What a worker throws is a GraphError, or a bug under `internal`.
  return new GraphError(error.errorKind, code as GraphErrorCode, message, options)
}
