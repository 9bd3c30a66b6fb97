/** What a failed call means to the page. Pure. */
import { ApiError, UnreachableError } from '@groundplane/client'

export interface Failure {
  message: string
  remedy?: string
  code?: string
}

/** The words for any error: the server's own when it gave some. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof ApiError) {
    return { message: error.message, code: error.code, ...(error.remedy ? { remedy: error.remedy } : {}) }
  }
  if (error instanceof UnreachableError) {
    return {
      message: 'The server cannot be reached.',
      remedy: 'Check that it is running. This page keeps trying.',
    }
  }
  return { message: error instanceof Error ? error.message : String(error) }
}

/** The token is missing, wrong or expired: asking again needs another one. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}

/** Asking again later may help. */
export function isTransient(error: unknown): boolean {
  if (error instanceof UnreachableError) return true
  return error instanceof ApiError && (error.status === 429 || error.status >= 500)
}

/** Milliseconds before retry `attempt` (0 is the first): doubling from half a second, never above ten seconds. */
export function retryDelayMs(attempt: number): number {
  return Math.min(10_000, 500 * 2 ** Math.min(attempt, 10))
}
