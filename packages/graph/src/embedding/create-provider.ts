import { GraphError } from '../error.js'
import { mockProvider } from './mock-provider.js'
import { type PostOptions, postJson } from './post-json.js'
import {
  EMBEDDING_KINDS,
  type EmbeddingKind,
  type EmbeddingProvider,
  type EmbeddingRequest,
  invalidAnswer,
  unitVector,
} from './provider.js'

/** What a provider is made from; secrets resolved. */
export interface EmbeddingProfile {
  readonly kind: EmbeddingKind
  readonly model?: string
  /** Without a trailing slash or with one. */
  readonly baseUrl?: string
  readonly apiKey?: string
}

export interface ProviderOptions extends PostOptions {
  /** Texts in one request at most. Default 96. */
  readonly batchTexts?: number
  /** Characters in one request at most; a longer text goes alone. Default 200 000. */
  readonly batchChars?: number
}

const DEFAULTS: Readonly<Record<EmbeddingKind, { readonly model: string; readonly baseUrl: string }>> = {
  'openai-compatible': { model: 'openai/text-embedding-3-large', baseUrl: 'https://openrouter.ai/api/v1' },
  openai: { model: 'text-embedding-3-large', baseUrl: 'https://api.openai.com/v1' },
  gemini: { model: 'gemini-embedding-2', baseUrl: 'https://generativelanguage.googleapis.com/v1beta' },
  mock: { model: 'mock', baseUrl: '' },
}

/** `GraphError('invalid', 'embedding_profile_invalid')` when something is missing. Opens no connection. */
export function createEmbeddingProvider(
  profile: EmbeddingProfile,
  options: ProviderOptions = {},
): EmbeddingProvider {
  const defaults = DEFAULTS[profile.kind]
  const model = profile.model ?? defaults.model
  if (profile.kind === 'mock') return mockProvider(model)
  const { apiKey } = profile
  if (!apiKey)
    throw invalidProfile(`The ${profile.kind} embedding provider has no API key.`, 'Give its api_key.')
  const base = (profile.baseUrl ?? defaults.baseUrl).replace(/\/+$/, '')
  if (!URL.canParse(base))
    throw invalidProfile('The address of the embedding provider is not a URL.', 'Correct it.')
  const speak = profile.kind === 'gemini' ? gemini(base, model, apiKey) : openai(base, model, apiKey)
  return {
    kind: profile.kind,
    model,
    async embed(texts, request) {
      const vectors: Float32Array[] = []
      for (const batch of batches(texts, options)) {
        const { url, headers, body } = speak.ask(batch, request)
        const signal = request.signal ? { signal: request.signal } : {}
        const rows = speak.read(await postJson(url, headers, body, { ...options, ...signal }), batch.length)
        for (const row of rows) vectors.push(unitVector(row, request.dimensions))
      }
      return vectors
    },
  }
}

function invalidProfile(message: string, remedy: string): GraphError {
  return new GraphError('invalid', 'embedding_profile_invalid', message, { remedy })
}

function* batches(texts: readonly string[], options: ProviderOptions): Iterable<string[]> {
  const [maxTexts, maxChars] = [options.batchTexts ?? 96, options.batchChars ?? 200_000]
  let batch: string[] = []
  let chars = 0
  for (const text of texts) {
    if (batch.length > 0 && (batch.length >= maxTexts || chars + text.length > maxChars)) {
      yield batch
      batch = []
      chars = 0
    }
    batch.push(text)
    chars += text.length
  }
  if (batch.length > 0) yield batch
}

interface Dialect {
  ask(
    texts: readonly string[],
    request: EmbeddingRequest,
  ): { url: string; headers: Record<string, string>; body: unknown }
  /** One row of numbers per text, in their order; not checked further. */
  read(answer: unknown, count: number): unknown[]
}

function openai(base: string, model: string, apiKey: string): Dialect {
  return {
    ask: (input, { dimensions }) => ({
      url: `${base}/embeddings`,
      headers: { authorization: `Bearer ${apiKey}` },
      body: { model, input, dimensions, encoding_format: 'float' },
    }),
    read(answer, count) {
      const data = (answer as { data?: unknown } | null)?.data
      if (!Array.isArray(data) || data.length !== count) throw invalidAnswer(`does not hold ${count} vectors`)
      const rows: unknown[] = new Array(count).fill(undefined)
      data.forEach((item: { index?: unknown; embedding?: unknown } | null, i) => {
        const at = typeof item?.index === 'number' ? item.index : i
        if (rows[at] !== undefined || !(at in rows)) throw invalidAnswer('does not number its vectors from 0')
        rows[at] = item?.embedding ?? null
      })
      return rows
    },
  }
}

function gemini(base: string, model: string, apiKey: string): Dialect {
  const name = `models/${model}`
  return {
    ask: (texts, { dimensions, purpose }) => ({
      url: `${base}/models/${encodeURIComponent(model)}:batchEmbedContents`,
      headers: { 'x-goog-api-key': apiKey },
      body: {
        requests: texts.map((text) => ({
          model: name,
          content: { parts: [{ text }] },
          taskType: purpose === 'query' ? 'RETRIEVAL_QUERY' : 'RETRIEVAL_DOCUMENT',
          outputDimensionality: dimensions,
        })),
      },
    }),
    read(answer, count) {
      const list = (answer as { embeddings?: unknown } | null)?.embeddings
      if (!Array.isArray(list) || list.length !== count) throw invalidAnswer(`does not hold ${count} vectors`)
      return list.map((item: { values?: unknown } | null) => item?.values)
    },
  }
}

/** A profile as cluster.yaml writes it: the key is `${NAME}`, looked up here and nowhere earlier. */
export interface DeclaredEmbeddingProfile {
  readonly kind: EmbeddingKind
  readonly base_url?: string
  readonly model?: string
  readonly api_key?: string
}

/** As declared, its key looked up when the first text is embedded: whoever embeds nothing needs no key. */
export function declaredEmbeddingProvider(
  declared: DeclaredEmbeddingProfile,
  environment: Variables,
): EmbeddingProvider {
  let resolved: EmbeddingProvider | undefined
  return {
    kind: declared.kind,
    model: declared.model ?? DEFAULTS[declared.kind].model,
    async embed(texts, request) {
      resolved ??= resolveEmbeddingProvider(declared, environment)
      return resolved.embed(texts, request)
    },
  }
}

type Variables = Readonly<Record<string, string | undefined>>

/** Throws `embedding_provider_missing` naming the variable that is not set. */
export function resolveEmbeddingProvider(
  declared: DeclaredEmbeddingProfile,
  environment: Variables,
  options?: ProviderOptions,
): EmbeddingProvider {
  const variable = /^\$\{(.+)\}$/.exec(declared.api_key ?? '')?.[1]
  const apiKey = variable === undefined ? undefined : environment[variable]
  if (declared.kind !== 'mock' && !apiKey) {
    throw new GraphError(
      'unavailable',
      'embedding_provider_missing',
      `The embedding provider needs the environment variable ${variable ?? 'of its api_key'}, which is not set.`,
      { remedy: `Set ${variable ?? 'it'} where this process runs.` },
    )
  }
  return createEmbeddingProvider(
    {
      kind: declared.kind,
      ...(declared.base_url !== undefined && { baseUrl: declared.base_url }),
      ...(declared.model !== undefined && { model: declared.model }),
      ...(apiKey && { apiKey }),
    },
    options,
  )
}

/**
 * The provider for graphs that no cluster configures: `GROUNDPLANE_EMBED_PROVIDER` (its kind),
 * `GROUNDPLANE_EMBED_MODEL`, `GROUNDPLANE_EMBED_BASE_URL`, `GROUNDPLANE_EMBED_API_KEY`. Undefined when the first is not set.
 */
export function embeddingProviderFromEnvironment(
  environment: Variables,
  options?: ProviderOptions,
): EmbeddingProvider | undefined {
  const kind = environment.GROUNDPLANE_EMBED_PROVIDER
  if (!kind) return undefined
  if (!(EMBEDDING_KINDS as readonly string[]).includes(kind)) {
    throw invalidProfile(
      `GROUNDPLANE_EMBED_PROVIDER is ${JSON.stringify(kind)}, which is no kind of provider.`,
      `Use one of: ${EMBEDDING_KINDS.join(', ')}.`,
    )
  }
  const [model, baseUrl] = [environment.GROUNDPLANE_EMBED_MODEL, environment.GROUNDPLANE_EMBED_BASE_URL]
  const profile = {
    kind: kind as EmbeddingKind,
    ...(model && { model }),
    ...(baseUrl && { base_url: baseUrl }),
  }
  return resolveEmbeddingProvider(
    { ...profile, api_key: '${GROUNDPLANE_EMBED_API_KEY}' },
    environment,
    options,
  )
}
