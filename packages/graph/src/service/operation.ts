import { GroundplaneError } from '@groundplane/core'
import type { LoadResult, MutationResult, QueryResult } from '../api.js'
import type { Explanation } from '../explain/explanation.js'

export type OperationKind =
  | 'read'
  | 'mutate'
  | 'explain'
  | 'load'
  | 'export'
  | 'branch-create'
  | 'branch-delete'
  | 'merge'
  | 'diff'
  | 'feed'
  | 'schema-plan'

/**
 * `deadline`, `cancelled`: ended before it was done. `rejected`: too much was going on, nothing was begun.
 * `refused`: the request's own fault, or policy's no. `failed`: ours.
 */
export type OperationOutcome = 'ok' | 'deadline' | 'cancelled' | 'rejected' | 'refused' | 'failed'

/** Who asked, as the caller of the service wants to find it again in what is observed. */
export interface OperationOrigin {
  readonly requestId?: string
  /** Name of the stored query; absent for a text that a caller sent. */
  readonly storedQuery?: string
}

/** One operation of a service that has ended. Holds no parameter and no row. */
export interface Operation {
  readonly kind: OperationKind
  readonly outcome: OperationOutcome
  /** Of the error, when there is one. */
  readonly code: string | null
  /** Waiting included. */
  readonly ms: number
  /** Null for a read of a commit by its id alone. */
  readonly branch: string | null
  readonly actor: string | null
  /** Read from, or made by it; null when there is none. */
  readonly commit: string | null
  /** Returned, exported or changed. */
  readonly rows: number
  readonly query: { readonly name: string | null; readonly text: string } | null
  readonly origin: OperationOrigin
}

/** Called after each operation, on the service's thread. Must not throw. */
export type ObserveOperation = (operation: Operation) => void

/** What keeps the threads of a service busy at this moment. */
export interface ServiceActivity {
  readonly readersBusy: number
  /** Most that may work at the same time. */
  readonly readers: number
  /** Reads that wait for a reader. */
  readonly readsWaiting: number
  /** Writes that wait for their turn or are at work. */
  readonly writesPending: number
}

const REJECTED = new Set(['graph_overloaded', 'graph_busy'])

export function outcomeOf(error: unknown): { readonly outcome: OperationOutcome; readonly code: string } {
  if (!(error instanceof GroundplaneError)) return { outcome: 'failed', code: 'internal' }
  const { code, kind } = error
  if (code === 'query_cancelled') return { outcome: 'cancelled', code }
  if (kind === 'deadline') return { outcome: 'deadline', code }
  if (REJECTED.has(code)) return { outcome: 'rejected', code }
  return { outcome: kind === 'unavailable' || kind === 'internal' ? 'failed' : 'refused', code }
}

/** Rows and commit of what an operation answers. */
export function measureOf(kind: OperationKind, value: unknown): { rows?: number; commit?: string | null } {
  switch (kind) {
    case 'read': {
      const { rowCount, commit } = value as QueryResult
      return { rows: rowCount, commit }
    }
    case 'explain': {
      const { rows, commit } = value as Explanation
      return { rows: rows.returned ?? 0, commit }
    }
    case 'mutate':
    case 'load': {
      const { inserted, updated, deleted, commit } = value as MutationResult | LoadResult
      return { rows: inserted + updated + deleted, commit: commit?.id ?? null }
    }
    default:
      return {}
  }
}

export interface Begun {
  readonly kind: OperationKind
  readonly options: {
    readonly branch?: string
    readonly commit?: string
    readonly name?: string
    readonly principal?: { readonly actor: string }
    readonly origin?: OperationOrigin
  }
  readonly text?: string
}

/** One operation while it runs; `end` tells the observer, once. */
export class RunningOperation {
  /** Filled in when it is known. */
  queryName: string | undefined
  readonly #observe: ObserveOperation
  readonly #begun: Begun
  readonly #startedAt = performance.now()

  constructor(observe: ObserveOperation, begun: Begun) {
    this.#observe = observe
    this.#begun = begun
    this.queryName = begun.options.name
  }

  end(result: {
    readonly outcome: OperationOutcome
    readonly code?: string
    readonly rows?: number
    readonly commit?: string | null
  }): void {
    const { kind, options, text } = this.#begun
    this.#observe({
      kind,
      outcome: result.outcome,
      code: result.code ?? null,
      ms: performance.now() - this.#startedAt,
      branch: options.branch ?? (options.commit === undefined ? 'main' : null),
      actor: options.principal?.actor ?? null,
      commit: result.commit ?? null,
      rows: result.rows ?? 0,
      query: text === undefined ? null : { name: this.queryName ?? null, text },
      origin: options.origin ?? {},
    })
  }
}

/** Lines as they are, and at their end, however it comes, the observer told of them. */
export async function* observedLines(
  lines: AsyncIterable<string>,
  observe: ObserveOperation,
  begun: Begun,
): AsyncIterable<string> {
  const running = new RunningOperation(observe, begun)
  let rows = 0
  // A reader that goes away before the end says nothing: it only stops asking.
  let ended: Parameters<RunningOperation['end']>[0] = { outcome: 'cancelled' }
  try {
    for await (const line of lines) {
      yield line
      rows++
    }
    ended = { outcome: 'ok' }
  } catch (error) {
    ended = outcomeOf(error)
    throw error
  } finally {
    running.end({ ...ended, rows })
  }
}
