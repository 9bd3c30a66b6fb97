import type { Diagnostic } from '@groundplane/core'
import type { Place } from './problem.js'
import type { CronTimes } from './schedule/cron.js'

/** `cluster.yaml` as declared: shapes and names checked, files not read yet. */
export interface ClusterConfig {
  readonly name: string
  /** Where the cluster keeps its state, as written. Absent: the config directory. */
  readonly storage?: Declared<string>
  /** Local directory of the graphs when `storage` is on S3, as written. */
  readonly dataDir?: Declared<string>
  readonly lock: boolean
  readonly providers: readonly ProviderConfig[]
  readonly graphs: readonly GraphConfig[]
  readonly policies: readonly PolicyConfig[]
  readonly sources: readonly SourceConfig[]
  readonly assertions: readonly AssertionConfig[]
  readonly publish: readonly PublishConfig[]
  readonly crew?: CrewDeclaration
  /** Absent: the server's defaults. */
  readonly server?: ServerSection
  /** The document as data: what the config digest covers. */
  readonly data: unknown
}

export interface Declared<T> {
  readonly value: T
  readonly place: Place
}

export interface EmbeddingProfile {
  readonly kind: 'openai-compatible' | 'openai' | 'gemini' | 'mock'
  readonly base_url?: string
  readonly model?: string
  /** Always `${ENV}`. The secret itself is never read here. */
  readonly api_key?: string
}

export interface ProviderConfig {
  readonly name: string
  readonly profile: EmbeddingProfile
  readonly place: Place
}

export interface GraphConfig {
  readonly id: string
  readonly kind: 'graph' | 'catalog'
  readonly schema?: Declared<string>
  readonly queries?: QueriesConfig
  readonly embeddingProvider?: Declared<string>
  /** Normalised bases that Blobs may refer to, sorted; empty allows none, as absent does. */
  readonly externalBlobs?: readonly string[]
  readonly place: Place
}

export type QueriesConfig =
  /** A directory (every `.gq` in it) or one file. */
  | { readonly form: 'path'; readonly path: Declared<string> }
  | { readonly form: 'files'; readonly files: readonly Declared<string>[] }
  | { readonly form: 'map'; readonly entries: readonly QueryEntry[] }

export interface QueryEntry {
  readonly name: string
  readonly file: Declared<string>
  /** False keeps the query out of listings and stored-query routes. */
  readonly expose: boolean
  readonly place: Place
}

export interface PolicyConfig {
  readonly name: string
  readonly file: Declared<string>
  readonly appliesTo: readonly Declared<string>[]
  readonly place: Place
}

export const SOURCE_KINDS = ['sqlite', 'postgres', 'dbt', 'great_expectations'] as const
export type SourceKind = (typeof SOURCE_KINDS)[number]

export interface SourceConfig {
  readonly name: string
  readonly kind: SourceKind
  readonly graph: Declared<string>
  /** SQLite: a path. dbt: path of the target directory. Great Expectations: path of the validation results. PostgreSQL: an address without a password, or `${ENV}`. */
  readonly url: Declared<string>
  /** Always `${ENV}`. */
  readonly password?: string
  /** Of a PostgreSQL database, the schemas to read; absent: all but the system's. */
  readonly schemas?: readonly string[]
  readonly platformInstance: string
  /** Of a dbt project and of validation results: the platform instance of the warehouse. */
  readonly targetPlatformInstance?: string
  /** Of validation results: DataHub's name of the warehouse's platform, and the database of it. */
  readonly targetPlatform?: string
  readonly targetDatabase?: string
  /** Namespaces in which OpenLineage events name its datasets, beside the one of its own address. */
  readonly openlineageNamespaces?: readonly Declared<string>[]
  readonly env: 'PROD'
  readonly metadata?: Declared<string>
  /** When it is harvested without being asked to. */
  readonly schedule?: CronTimes
  /** A query of the source whose one value says whether it may be read now. */
  readonly health?: string
  readonly place: Place
}

export interface AssertionConfig {
  readonly name: string
  readonly file: Declared<string>
  readonly graph: Declared<string>
  readonly sources: readonly Declared<string>[]
  /** When it is run on each of its sources without being asked to. */
  readonly schedule?: CronTimes
  readonly place: Place
}

/** A server of DataHub that a catalog is published to. */
export interface PublishConfig {
  readonly name: string
  readonly graph: Declared<string>
  /** Address of the GMS, without credentials and without a slash at its end. */
  readonly url: string
  /** Always `${ENV}`. */
  readonly token?: string
  /** The token may go without TLS. */
  readonly plainHttp: boolean
  /** Sources that must be healthy; absent: all of the catalog. */
  readonly requireHealthy?: readonly Declared<string>[]
  /** When it is published without being asked to. */
  readonly schedule?: CronTimes
  readonly place: Place
}

export const CREW_ROLES = ['coordinator', 'detective', 'reality_checker', 'fixer'] as const
export type CrewRole = (typeof CREW_ROLES)[number]

export interface CrewRoleConfig {
  readonly base_url: string
  readonly model: string
  /** Always `${ENV}`. */
  readonly api_key: string
  readonly max_tokens?: number
  readonly timeout_ms?: number
  readonly budget_usd?: number
  readonly input_cost_per_mtok?: number
  readonly output_cost_per_mtok?: number
}

export interface CrewDeclaration {
  readonly graph: Declared<string>
  readonly reference: Declared<string>
  readonly production: Declared<string>
  readonly roles?: Partial<Record<CrewRole, CrewRoleConfig>>
  /** Sentences offered to somebody who is about to write one. */
  readonly examples?: readonly string[]
  readonly place: Place
}

/** `server`, as declared: how the applied revision is served. A flag of the serving process goes before each of them. */
export interface ServerSection {
  /** Origins whose pages may call the server. */
  readonly cors_origins?: readonly string[]
  /** Addresses and CIDR ranges of the reverse proxies whose `X-Forwarded-For` is believed. */
  readonly trusted_proxies?: readonly string[]
  readonly limits?: ServerLimits
}

/** The unit is in the name; a rate is requests per second. 0 is no limit, of rate and concurrency alone. */
export interface ServerLimits {
  readonly body_bytes?: number
  readonly load_bytes?: number
  readonly stream_bytes?: number
  readonly request_seconds?: number
  readonly actor_rate?: number
  readonly actor_concurrency?: number
}

/**
 * What could be made out of a `cluster.yaml` with mistakes, so that the files it names are checked in the
 * same run: never planned, never applied.
 */
export interface PartialConfig extends ClusterConfig {
  /** Names that stand in the document, also those whose entry could not be read: a reference to one is no second mistake. */
  readonly named: Readonly<Record<NamedSection, ReadonlySet<string>>>
  /** Files of entries that could not be read otherwise. */
  readonly strayFiles: readonly StrayFile[]
}

export type NamedSection = 'graphs' | 'sources' | 'providers'

export interface StrayFile {
  readonly kind: 'assertions' | 'metadata'
  readonly file: Declared<string>
}

export interface ParsedConfig {
  /** Absent when any diagnostic is an error. */
  readonly config?: ClusterConfig
  /** Present when the document can be read at all. */
  readonly partial?: PartialConfig
  readonly diagnostics: readonly Diagnostic[]
}
