import type { EmbeddingProfile } from './config.js'

/** Bases are normalised and sorted. Only `server_safe` ones can be declared: what a server may be made to hand out. */
export interface ExternalBlobPolicy {
  readonly mode: 'allow'
  readonly bases: readonly { readonly uri: string; readonly scope: 'server_safe' }[]
}

/**
 * What the ledger says of one applied resource: the digest of its content, and
 * beside it the bindings that are not content. Everything but `digest` is
 * metadata: a change of metadata alone is a change, applied without new content.
 */
export interface LedgerEntry {
  readonly digest: string
  /** graph */
  readonly graph_kind?: 'graph' | 'catalog'
  /** graph: `provider.embedding.<name>`. */
  readonly embedding_provider?: string
  /** graph: what Blobs may refer to. Absent: nothing. */
  readonly external_blob_policy?: ExternalBlobPolicy
  /** query: false when it is not listed or callable by name. Absent: true. */
  readonly expose?: boolean
  /** policy: `cluster` or `graph.<id>`, sorted. */
  readonly applies_to?: readonly string[]
  /** policy: `yaml` or `cedar`, the ending of its payload. */
  readonly format?: 'yaml' | 'cedar'
  /** provider.embedding: the profile, secrets unresolved. */
  readonly embedding_profile?: EmbeddingProfile
  /** source with a relative url: what it is relative to, itself relative to the storage root where that is possible. */
  readonly base_dir?: string
}

export type ResourceKind =
  | 'graph'
  | 'schema'
  | 'query'
  | 'policy'
  | 'provider'
  | 'source'
  | 'assertion'
  | 'publish'
  | 'crew'
  | 'server'

/** The kind a resource address starts with. */
export function kindOf(address: string): ResourceKind {
  return address.split('.', 1)[0] as ResourceKind
}

/** The graph whose subtree a `graph.`, `schema.` or `query.` address is in. */
export function graphOf(address: string): string | undefined {
  const [kind, id] = address.split('.')
  return kind === 'graph' || kind === 'schema' || kind === 'query' ? id : undefined
}

/** What an applied resource needs, as far as its address and entry say it; a payload is not opened for it. */
export function recordedDependencies(address: string, entry: LedgerEntry): string[] {
  const graph = graphOf(address)
  switch (kindOf(address)) {
    case 'graph':
      return entry.embedding_provider === undefined ? [] : [entry.embedding_provider]
    case 'schema':
      return [`graph.${graph}`]
    case 'query':
      return [`schema.${graph}`]
    case 'policy':
      return (entry.applies_to ?? []).filter((scope) => scope !== 'cluster')
    default:
      return []
  }
}

/**
 * Where the content of an applied resource is stored, or undefined for a kind
 * whose content is the graph itself or the ledger entry.
 */
export function payloadKey(address: string, entry: LedgerEntry): string | undefined {
  const [kind, first, second] = address.split('.') as [ResourceKind, string, string]
  const base = '__cluster/resources'
  switch (kind) {
    case 'query':
      return `${base}/query/${first}/${second}/${entry.digest}.gq`
    case 'policy':
      return `${base}/policy/${first}/${entry.digest}.${entry.format ?? 'yaml'}`
    case 'source':
    case 'assertion':
    case 'publish':
      return `${base}/${kind}/${first}/${entry.digest}.json`
    case 'crew':
    case 'server':
      return `${base}/${kind}/${entry.digest}.json`
    default:
      return undefined
  }
}
