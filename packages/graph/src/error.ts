import { type Diagnostic, type ErrorKind, type ErrorOptions, GroundplaneError } from '@groundplane/core'
import type { GraphErrorCode } from './error-codes.js'

/**
 * Every operational failure of a graph. `code` is stable; `kind` says what a
 * caller can do about it. Violations of the schema arrive as
 * `('unprocessable', 'constraint_violation')` with one diagnostic each.
 */
export class GraphError extends GroundplaneError {
  declare readonly code: GraphErrorCode

  constructor(kind: ErrorKind, code: GraphErrorCode, message: string, options: ErrorOptions = {}) {
    super(kind, code, message, options)
  }
}

/** Violations reported together; those past the limit are only counted. */
export const MAX_REPORTED_VIOLATIONS = 100

/** One error for all violations found, `details.total` counting those not listed too. */
export function violationError(violations: readonly Diagnostic[], total = violations.length): GraphError {
  const first = violations[0]
  const more = total > 1 ? ` (and ${total - 1} more)` : ''
  return new GraphError(
    'unprocessable',
    'constraint_violation',
    `${first?.message ?? 'The data breaks the schema.'}${more}`,
    {
      remedy: first?.remedy ?? 'Correct the data; nothing was written.',
      diagnostics: violations.slice(0, MAX_REPORTED_VIOLATIONS),
      details: { total },
    },
  )
}
