import type { Principal } from '@groundplane/core'
import type { Authorize, ReadContext, WriteContext } from '../api.js'
import type { EmbeddingProvider } from '../embedding/provider.js'
import type { ObserveOperation, OperationOrigin } from './operation.js'

export interface ServiceOptions {
  /** Reader threads at most; they start when needed. Default 2. */
  readonly readers?: number
  /** Default deadline of a query. Default 10 000. */
  readonly deadlineMs?: number
  /** How long a write waits for those before it; then `graph_busy`. Default 10 000. A load waits six times as long. */
  readonly writeWaitMs?: number
  /** Rows of one answer at most; more are cut and `truncated` says so. Default 10 000. */
  readonly maxRows?: number
  /** Requests that may wait for a reader; more are refused with `graph_overloaded`. Default 256. */
  readonly maxQueued?: number
  readonly authorize?: Authorize
  /** Base URIs that Blobs may refer to; default none. */
  readonly externalBlobs?: readonly string[]
  /** Makes vectors of texts, on the calling thread, before the query or write they are for. */
  readonly embedder?: EmbeddingProvider
  /** Told of each operation when it has ended. */
  readonly observe?: ObserveOperation
}

/** What is said about a request when it is observed. */
export interface Observed {
  readonly origin?: OperationOrigin
}

export interface QueryOptions extends ReadContext, Observed {
  readonly name?: string
  readonly deadlineMs?: number
  readonly maxRows?: number
  /** A function is asked only when the query is not answered at once: a signal costs as much as a lookup. */
  readonly signal?: AbortSignal | (() => AbortSignal)
}

export interface MutateOptions extends WriteContext, Observed, Pick<QueryOptions, 'signal'> {
  readonly name?: string
}

export interface SlowReadOptions {
  readonly principal?: Principal
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
}

/** What a worker needs of the options of a read. */
export function readContext(options: ReadContext): ReadContext {
  return {
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.commit !== undefined && { commit: options.commit }),
    ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
  }
}

/** What a worker needs of the options of a write. */
export function writeContext(options: WriteContext): WriteContext {
  return {
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
    ...(options.principal !== undefined && { principal: options.principal }),
    ...(options.provenance !== undefined && { provenance: options.provenance }),
    ...(options.message !== undefined && { message: options.message }),
  }
}
