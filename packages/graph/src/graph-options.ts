import type { Clock, Principal, Provenance, UlidSource } from '@groundplane/core'
import type { AdjacencyMode } from './adjacency/adjacency-store.js'
import type { Authorize, ReadContext } from './api.js'
import type { EmbeddingProvider } from './embedding/provider.js'
import type { Lifeline } from './query/deadline.js'
import type { EmbeddedTexts } from './search/search-run.js'

export interface CreateOptions {
  /** `.pg` text. Errors in it: `GraphError('invalid', 'schema_invalid')` with diagnostics. */
  readonly schema: string
  /** Default: the directory's name without `.gp`. */
  readonly graphId?: string
  readonly context?: {
    readonly principal?: Principal
    readonly provenance?: Provenance
    readonly message?: string
  }
  readonly authorize?: Authorize
  readonly clock?: Clock
  readonly ids?: UlidSource
  readonly embedder?: EmbeddingProvider
}

export interface OpenGraphOptions {
  readonly readOnly?: boolean
  /** Asked before every operation; throws to deny. */
  readonly authorize?: Authorize
  readonly clock?: Clock
  readonly ids?: UlidSource
  /** Page cache in KiB; default 8192. */
  readonly cacheKiB?: number
  /** Base URIs that Blobs may refer to. Default none: only content given as `base64:` is taken. */
  readonly externalBlobs?: readonly string[]
  /** Makes vectors of texts: for `nearest` with a text, and for `@embed` properties in `load`. Without it both are refused or left out. */
  readonly embedder?: EmbeddingProvider
  /** Raised by another thread to stop a running query. */
  readonly lifeline?: Lifeline
  /** When walks of several hops use adjacency arrays; default `auto`. The answers are the same. */
  readonly adjacency?: AdjacencyMode
}

/** `embedded`: vectors of the texts that `nearest` is given, made before (`embedTexts`). */
export interface SearchContext extends ReadContext {
  readonly embedded?: EmbeddedTexts
}
