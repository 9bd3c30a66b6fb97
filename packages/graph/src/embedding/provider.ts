import { GraphError } from '../error.js'

export const EMBEDDING_KINDS = ['openai-compatible', 'openai', 'gemini', 'mock'] as const
export type EmbeddingKind = (typeof EMBEDDING_KINDS)[number]

export interface EmbeddingRequest {
  /** Numbers per vector, as the property's type says. */
  readonly dimensions: number
  /** Some models embed what is searched for and what is searched in differently. */
  readonly purpose: 'query' | 'document'
  readonly signal?: AbortSignal
}

/**
 * Makes vectors of texts. The vectors come in the order of the texts, have the
 * dimensions asked for and length 1. Errors: `embedding_unavailable` (after its
 * retries; try later), `embedding_refused` (the provider says no and will again),
 * `embedding_invalid` (an answer that is no such vectors), `embedding_cancelled`.
 * Safe to call at the same time from several places.
 */
export interface EmbeddingProvider {
  readonly kind: EmbeddingKind
  /** Vectors of different models are never compared. */
  readonly model: string
  embed(texts: readonly string[], request: EmbeddingRequest): Promise<Float32Array[]>
}

/** A blank text has nothing to embed: its vector is absent. */
export function isEmbeddable(text: unknown): text is string {
  return typeof text === 'string' && text.trim() !== ''
}

export function providerMissing(what: string): GraphError {
  return new GraphError(
    'unprocessable',
    'embedding_provider_missing',
    `${what}, and no embedding provider is bound.`,
    {
      remedy:
        'Bind one (embedding_provider of the graph in cluster.yaml, or GROUNDPLANE_EMBED_PROVIDER), or give the vector itself.',
    },
  )
}

/** Checks one vector of an answer and brings it to length 1. */
export function unitVector(values: unknown, dimensions: number): Float32Array {
  if (!Array.isArray(values) || values.some((v) => typeof v !== 'number' || !Number.isFinite(v))) {
    throw invalidAnswer('holds a vector that is not a list of finite numbers')
  }
  if (values.length !== dimensions) {
    throw invalidAnswer(
      `holds a vector of ${values.length} numbers where ${dimensions} were asked for`,
      'Choose a model that makes vectors of the declared size, or declare the size the model makes.',
    )
  }
  const length = Math.sqrt(values.reduce((sum: number, v: number) => sum + v * v, 0))
  if (length === 0) throw invalidAnswer('holds a vector of zeros, which has no direction')
  return Float32Array.from(values, (v: number) => v / length)
}

export function invalidAnswer(
  what: string,
  remedy = 'Check the address and the model of the provider.',
): GraphError {
  return new GraphError('unavailable', 'embedding_invalid', `The answer of the embedding provider ${what}.`, {
    remedy,
  })
}
