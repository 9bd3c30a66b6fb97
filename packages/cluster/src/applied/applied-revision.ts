import type { CrewRole, CrewRoleConfig, EmbeddingProfile, ServerSection, SourceKind } from '../config.js'
import type { CronTimes } from '../schedule/cron.js'

/**
 * What may be served: the applied revision, never the files as they are written
 * now. Every content is verified against the digest the ledger gives it.
 */
export interface AppliedRevision {
  readonly name: string
  /** The directory whose `graphs/` holds the graphs: the storage root's own, or the data directory beside one on S3. */
  readonly root: string
  /** False when the control plane is on S3: destructive work on it asks first. */
  readonly local: boolean
  /** Present when a config directory was given rather than a storage root. */
  readonly configDir?: string
  readonly revision: number
  /** Digest of the ledger's bytes; moves with every apply. */
  readonly cas: string
  /** Healthy graphs only, by id. */
  readonly graphs: readonly AppliedGraph[]
  /** Those that speak for a healthy graph, or for the cluster. */
  readonly policies: readonly AppliedPolicy[]
  /** Whether any policy is applied: a quarantined graph does not make a governed cluster an open one. */
  readonly governed: boolean
  /** In the order in which they are harvested: what speaks of the tables of others comes after them. */
  readonly sources: readonly AppliedSource[]
  readonly assertionSets: readonly AppliedAssertionSet[]
  readonly publishTargets: readonly AppliedPublishTarget[]
  readonly crew?: CrewConfig
  /** How it is to be served. Absent: the server's defaults. */
  readonly server?: ServerSection
  readonly quarantined: readonly QuarantinedGraph[]
}

export interface AppliedGraph {
  readonly id: string
  readonly root: string
  readonly kind: 'graph' | 'catalog'
  /** Of the live graph, which the queries were checked against. */
  readonly schemaDigest: string
  readonly queries: readonly AppliedQuery[]
  /** What makes its vectors; the key still `${NAME}`. */
  readonly embedding?: EmbeddingProfile
  /** Bases that Blobs of the graph may refer to; absent: none. */
  readonly externalBlobs?: readonly string[]
}

export interface AppliedQuery {
  readonly name: string
  /** `.gq` text that declares this query and no other. */
  readonly source: string
  readonly digest: string
  readonly expose: boolean
}

export interface AppliedPolicy {
  readonly name: string
  readonly source: string
  /** A name whose ending tells the form: `<name>.policy.yaml` or `<name>.cedar`. */
  readonly file: string
  /** Graph ids, or the one word `cluster`. */
  readonly appliesTo: readonly string[]
}

export interface AppliedSource {
  readonly name: string
  readonly kind: SourceKind
  readonly graph: string
  /** SQLite, dbt and Great Expectations: absolute path. PostgreSQL: an address without a password, or `${ENV}`. */
  readonly url: string
  /** `${ENV}`. */
  readonly password?: string
  readonly schemas?: readonly string[]
  readonly platformInstance: string
  /** Of a dbt project and of validation results: the platform instance of the warehouse. */
  readonly targetPlatformInstance?: string
  /** Of validation results: DataHub's name of the warehouse's platform, and the database of it. */
  readonly targetPlatform?: string
  readonly targetDatabase?: string
  /** Namespaces in which OpenLineage events name its datasets, beside the one of its own address. */
  readonly openlineageNamespaces?: readonly string[]
  readonly env: 'PROD'
  /** YAML text. */
  readonly metadata?: string
  /** When it is harvested without being asked to. */
  readonly schedule?: CronTimes
  /** A query of the source whose one value says whether it may be read now. */
  readonly health?: string
}

export interface AppliedAssertionSet {
  readonly name: string
  readonly graph: string
  /** YAML text. */
  readonly source: string
  readonly sources: readonly string[]
  /** When it is run on each of its sources without being asked to. */
  readonly schedule?: CronTimes
}

/** A server of DataHub that a catalog is published to. */
export interface AppliedPublishTarget {
  readonly name: string
  readonly graph: string
  /** Without credentials, and without a slash at its end. */
  readonly url: string
  /** `${ENV}`. */
  readonly token?: string
  /** Names of the sources that must be healthy; absent: all of the catalog. */
  readonly requireHealthy?: readonly string[]
  /** When it is published without being asked to. */
  readonly schedule?: CronTimes
}

export interface CrewConfig {
  readonly graph: string
  readonly reference: string
  readonly production: string
  readonly roles?: Partial<Record<CrewRole, CrewRoleConfig>>
  /** Sentences offered to somebody who is about to write one. */
  readonly examples?: readonly string[]
}

export interface QuarantinedGraph {
  readonly graph: string
  readonly code: string
  readonly message: string
}
