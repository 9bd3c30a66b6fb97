import { type Diagnostic, readable, readableDiagnostic } from './diagnostic.js'

/** The serialisable form of a failure. The same body crosses HTTP, MCP, the CLI and the ledger. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly remedy?: string
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retry?: { readonly afterMs?: number }
  readonly details?: Readonly<Record<string, unknown>>
  readonly diagnostics?: readonly Diagnostic[]
}

/**
 * What the caller can do about a failure; each boundary maps it once to its own
 * form (HTTP status, exit code).
 *
 * - `invalid` the request is wrong (400) · `unauthenticated` (401) · `denied` policy says no (403)
 * - `not-found` (404) · `conflict` something else exists or holds it (409) · `stale` precondition failed (412)
 * - `gone` it was there and has been removed for good (410)
 * - `too-large` (413) · `unprocessable` well-formed but breaks a constraint (422) · `limited` (429)
 * - `deadline` (504) · `unavailable` (503) · `unsupported` not built (501) · `internal` a bug (500)
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'denied'
  | 'not-found'
  | 'conflict'
  | 'stale'
  | 'gone'
  | 'too-large'
  | 'unprocessable'
  | 'limited'
  | 'deadline'
  | 'unavailable'
  | 'unsupported'
  | 'internal'

export interface ErrorOptions {
  readonly remedy?: string
  readonly retry?: { readonly afterMs?: number }
  readonly details?: Readonly<Record<string, unknown>>
  readonly diagnostics?: readonly Diagnostic[]
  readonly cause?: unknown
}

/**
 * Base of every operational failure. Each boundary has one subclass (`GraphError`, `ClusterError`, …).
 * A message may quote what the caller gave, whatever its size: it is cut where nobody would read on.
 */
export class GroundplaneError extends Error {
  readonly kind: ErrorKind
  readonly code: string
  readonly remedy: string | undefined
  readonly retry: { readonly afterMs?: number } | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly diagnostics: readonly Diagnostic[] | undefined

  constructor(kind: ErrorKind, code: string, message: string, options: ErrorOptions = {}) {
    super(readable(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.kind = kind
    this.code = code
    this.remedy = options.remedy === undefined ? undefined : readable(options.remedy)
    this.retry = options.retry
    this.details = options.details
    this.diagnostics = options.diagnostics?.map(readableDiagnostic)
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.remedy !== undefined && { remedy: this.remedy }),
      ...(this.retry !== undefined && { retry: this.retry }),
      ...(this.details !== undefined && { details: this.details }),
      ...(this.diagnostics !== undefined && { diagnostics: this.diagnostics }),
    }
  }
}

/** A broken promise of our own code. Never caught near the place that throws it. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}

export function assertNever(value: never, what = 'value'): never {
  throw new Error(`assertion failed: unexpected ${what} ${JSON.stringify(value)}`)
}
