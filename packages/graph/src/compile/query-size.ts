import type { Expression } from '@groundplane/lang'
import { GraphError } from '../error.js'
import type { Sql } from './sql.js'

/** What one statement of the store can hold (SQLite's limits), counted before it is asked to. */
export const MAX_JOINED = 64
export const MAX_COLUMNS = 2000
export const MAX_BOUND_VALUES = 32_766
export const MAX_SQL_LENGTH = 1_000_000

/** Throws `query_too_large` for a pattern that joins more tables than one statement can. */
export function refuseManyJoins(count: number): void {
  if (count > MAX_JOINED) {
    throw tooLarge(`A pattern block of the query joins more than ${MAX_JOINED} tables.`, {
      most: MAX_JOINED,
    })
  }
}

/** Throws `query_too_large` for a statement with too many columns, bound values or characters. */
export function refuseLargeStatement(statement: Sql, columns: number): void {
  if (columns > MAX_COLUMNS) {
    throw tooLarge(`The query returns ${columns} columns; ${MAX_COLUMNS} are possible.`, { columns })
  }
  if (statement.slots.length > MAX_BOUND_VALUES) {
    const values = statement.slots.length
    throw tooLarge(`The query uses ${values} literals and parameters; ${MAX_BOUND_VALUES} are possible.`, {
      values,
    })
  }
  if (statement.text.length > MAX_SQL_LENGTH) {
    throw tooLarge('The query is too long to be one statement.', { characters: statement.text.length })
  }
}

/** Texts that one `concat` joins at most, those of `concat` inside it too: each may be as long as a value can be. */
export const MAX_CONCATENATED = 256

/** Throws `query_too_large`. */
export function refuseLongConcat(call: Expression): void {
  const count = leaves(call)
  if (count > MAX_CONCATENATED) {
    throw tooLarge(`A concat of the query joins ${count} values; ${MAX_CONCATENATED} are possible.`, {
      values: count,
    })
  }
}

function leaves(expression: Expression): number {
  return expression.kind === 'call' ? expression.args.reduce((sum, arg) => sum + leaves(arg), 0) : 1
}

export function tooLarge(
  message: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): GraphError {
  return new GraphError('invalid', 'query_too_large', message, {
    remedy: 'Split the query into several smaller ones.',
    details,
    ...(cause !== undefined && { cause }),
  })
}
