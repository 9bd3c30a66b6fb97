import { GroundplaneError } from '@groundplane/core'
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { ServerError } from '../server-error.js'

/** What failed, as every other door tells it. What was not expected is `internal`, and tells nothing. */
export function errorOf(thrown: unknown): GroundplaneError {
  if (thrown instanceof GroundplaneError && thrown.kind !== 'internal') return thrown
  if (thrown instanceof z.ZodError) {
    const issues = thrown.issues.map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`)
    return new ServerError(
      'invalid',
      'arguments_invalid',
      `The arguments do not fit: ${issues.join('; ')}.`,
      {
        remedy: "Compare them with the tool's input schema.",
      },
    )
  }
  return new ServerError('internal', 'internal', 'The server failed to answer.', {
    remedy: 'Tell the operator, who can see why in the log.',
  })
}

/** "Resource not found" of the protocol (2025-06-18, Resources, Error Handling), which the SDK has no name for. */
export const RESOURCE_NOT_FOUND = -32002

/**
 * The same where the protocol has no result marked as an error: for resources and prompts. `notFound`: what is said of
 * something that is not there; of prompts the protocol has no code of its own (2025-06-18, Prompts, Error Handling).
 */
export function protocolErrorOf(thrown: unknown, notFound: number = ErrorCode.InvalidParams): McpError {
  if (thrown instanceof McpError) return thrown
  const error = errorOf(thrown)
  const code =
    error.kind === 'internal'
      ? ErrorCode.InternalError
      : error.kind === 'not-found'
        ? notFound
        : ErrorCode.InvalidParams
  return new McpError(code, `${error.message} ${error.remedy ?? ''}`.trim(), error.toBody())
}
