import { isAbsolute, resolve } from 'node:path'
import { type Diagnostic, jsonDigest, sha256 } from '@groundplane/core'
import { checkQueries, type SchemaModel } from '@groundplane/lang'
import { ClusterError } from './cluster-error.js'
import { type ClusterRoot, graphRoot, isLocal, objectPath, STATE_KEY } from './cluster-root.js'
import type { CrewRole, CrewRoleConfig, EmbeddingProfile, ServerSection, SourceKind } from './config.js'
import { checkDataDirectory } from './data-directory.js'
import { environment } from './environment.js'
import { listIntents } from './intent.js'
import { isDiagnostic, type Ledger, readLedger } from './ledger.js'
import { graphOf, kindOf, type LedgerEntry, payloadKey } from './ledger-entry.js'
import { locateRoot } from './locate-root.js'
import { nothingApplied } from './nothing-applied.js'
import { openSchema } from './observe.js'
import type { CronTimes } from './schedule/cron.js'

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

export interface LoadOptions {
  /** Refuse when any graph would be quarantined. */
  readonly requireAllGraphs?: boolean
  /**
   * Leave out everything published but the policies: graphs come without queries, and the rest
   * is empty. For work on the graphs themselves, which lost or altered content must not keep
   * anybody from; the rules are needed for it and are verified.
   */
  readonly rulesOnly?: boolean
}

/**
 * Loads what may be served from a config directory or a storage root. Takes no
 * lock: the ledger is replaced atomically, so an apply in flight does not matter.
 * A graph that cannot be served is quarantined and the others go on; what is
 * wrong with the cluster as a whole is a `ClusterError` with its remedy.
 */
export async function loadApplied(dir: string, options: LoadOptions = {}): Promise<AppliedRevision> {
  const { root, configDir } = await locateRoot(dir)
  const stored = await readLedger(root)
  if (stored === null)
    throw await nothingApplied(dir, { root, ...(configDir !== undefined && { configDir }) })
  if (isDiagnostic(stored)) throw asError(stored)
  const misplaced = await checkDataDirectory(root, environment({}), false)
  if (misplaced) throw asError(misplaced)
  const loader = new Loader(root, stored.ledger)
  const revision = await loader.load(options)
  return { ...revision, ...(configDir !== undefined && { configDir }), cas: stored.cas }
}

/**
 * `sha256:<hex>` of the ledger's bytes that are recorded now, null when there are none; it
 * moves with every command that records something. One read and nothing verified, for
 * whoever waits for a new revision.
 */
export async function recordedLedger(dir: string): Promise<string | null> {
  const { root } = await locateRoot(dir)
  const stored = await root.storage.get(STATE_KEY)
  return stored && `sha256:${sha256(stored.body)}`
}

function asError(d: Diagnostic): ClusterError {
  return new ClusterError('unavailable', d.code, d.message, {
    ...(d.remedy !== undefined && { remedy: d.remedy }),
    diagnostics: [d],
  })
}

class Loader {
  /** By kind, each in address order. */
  readonly #byKind = new Map<string, [name: string, entry: LedgerEntry][]>()
  readonly #queriesOf = new Map<string, [name: string, entry: LedgerEntry][]>()
  readonly #quarantined: QuarantinedGraph[] = []

  constructor(
    readonly root: ClusterRoot,
    readonly ledger: Ledger,
  ) {
    const sorted = Object.entries(ledger.applied_revision.resources).sort(([a], [b]) => (a < b ? -1 : 1))
    const add = (map: Map<string, [string, LedgerEntry][]>, key: string, item: [string, LedgerEntry]) => {
      const known = map.get(key)
      if (known) known.push(item)
      else map.set(key, [item])
    }
    for (const [address, entry] of sorted) {
      const kind = kindOf(address)
      add(this.#byKind, kind, [address.slice(kind.length + 1), entry])
      const id = graphOf(address)
      if (kind === 'query' && id !== undefined)
        add(this.#queriesOf, id, [address.slice(`query.${id}.`.length), entry])
    }
  }

  async load({
    requireAllGraphs = false,
    rulesOnly = false,
  }: LoadOptions): Promise<Omit<AppliedRevision, 'cas'>> {
    const recorded = this.#of('graph')
    if (recorded.length === 0) {
      throw new ClusterError('unavailable', 'cluster_empty', 'the applied cluster has no graph', {
        remedy: 'Declare a graph in cluster.yaml and run "groundplane cluster apply".',
      })
    }
    const pending = await this.#pendingGraphs()
    const graphs: AppliedGraph[] = []
    for (const [id, entry] of recorded) {
      const graph = await this.#graph(id, entry, pending, rulesOnly)
      if (graph) graphs.push(graph)
    }
    this.#requireHealthy(graphs, requireAllGraphs)
    const served = new Set(graphs.map((g) => g.id))
    const base = {
      name: this.ledger.name ?? '',
      root: this.root.directory,
      local: isLocal(this.root),
      revision: this.ledger.state_revision,
      graphs,
      policies: await this.#policies(served),
      governed: this.#of('policy').length > 0,
      quarantined: this.#quarantined,
    }
    if (rulesOnly) return { ...base, sources: [], assertionSets: [], publishTargets: [] }
    const crew = (await this.#contents<CrewConfig>('crew'))
      .map(({ content }) => content)
      .find((c) => served.has(c.graph))
    const [server] = await this.#contents<ServerSection>('server')
    return {
      ...base,
      sources: await this.#sources(served),
      assertionSets: (await this.#contents<Omit<AppliedAssertionSet, 'name'>>('assertion'))
        .map(({ name, content }) => ({ ...content, name }))
        .filter((set) => served.has(set.graph)),
      publishTargets: await this.#publishTargets(served),
      ...(crew && { crew }),
      ...(server && { server: server.content }),
    }
  }

  #of(kind: string): readonly [name: string, entry: LedgerEntry][] {
    return this.#byKind.get(kind) ?? []
  }

  async #pendingGraphs(): Promise<ReadonlyMap<string, string>> {
    const found = await listIntents(this.root)
    const broken = found.diagnostics[0]
    if (broken) {
      throw new ClusterError('unavailable', 'cluster_recovery_unattributed', broken.message, {
        ...(broken.remedy !== undefined && { remedy: broken.remedy }),
        diagnostics: found.diagnostics,
      })
    }
    return new Map(found.intents.map(({ intent }) => [intent.graph, intent.operation]))
  }

  async #graph(
    id: string,
    entry: LedgerEntry,
    pending: ReadonlyMap<string, string>,
    rulesOnly: boolean,
  ): Promise<AppliedGraph | undefined> {
    const quarantine = (code: string, message: string): undefined => {
      this.#quarantined.push({ graph: id, code, message })
    }
    const provider = entry.embedding_provider
    const profile = provider === undefined ? undefined : this.ledger.applied_revision.resources[provider]
    const embedding = profile?.embedding_profile
    if (provider !== undefined && !embedding) {
      return quarantine(
        'embedding_provider_profile_missing',
        `graph ${id} uses ${provider}, whose profile is not recorded; run apply`,
      )
    }
    // Texts and a key are sent where it says.
    if (embedding && jsonDigest(embedding) !== profile?.digest) {
      return quarantine(
        'embedding_provider_digest_mismatch',
        `graph ${id} uses ${provider}, whose recorded profile was altered; run apply`,
      )
    }
    const operation = pending.get(id)
    if (operation !== undefined) {
      return quarantine(
        'cluster_recovery_pending',
        `an interrupted ${operation} of graph ${id} is not resolved; run "groundplane cluster apply"`,
      )
    }
    const queries = rulesOnly ? [] : await this.#queries(id)
    const live = openSchema(this.root, id)
    if ('error' in live)
      return quarantine('graph_unopenable', `graph ${id} cannot be opened: ${(live.error as Error).message}`)
    const broken = firstBrokenQuery(queries, live.model)
    if (broken)
      return quarantine(
        'query_typecheck_error',
        `query ${broken.name} does not fit the live schema of graph ${id}: ${broken.why}`,
      )
    return {
      id,
      root: graphRoot(this.root, id),
      kind: entry.graph_kind ?? 'graph',
      schemaDigest: live.model.digest,
      queries,
      ...(embedding && { embedding }),
      ...(entry.external_blob_policy && {
        externalBlobs: entry.external_blob_policy.bases.map(({ uri }) => uri),
      }),
    }
  }

  #requireHealthy(graphs: readonly AppliedGraph[], requireAll: boolean): void {
    const first = this.#quarantined[0]
    if (!first || (graphs.length > 0 && !requireAll)) return
    const code = graphs.length === 0 ? 'cluster_no_healthy_graphs' : first.code
    const summary = this.#quarantined.map((q) => `${q.graph}: ${q.message}`).join('; ')
    throw new ClusterError(
      'unavailable',
      code,
      graphs.length === 0 ? `no graph can be served: ${summary}` : summary,
      {
        remedy: 'Run "groundplane cluster apply", or repair the graph as the message says, then start again.',
        details: { quarantined: this.#quarantined },
      },
    )
  }

  #queries(id: string): Promise<AppliedQuery[]> {
    const own = this.#queriesOf.get(id) ?? []
    return Promise.all(
      own.map(async ([name, entry]) => ({
        name,
        source: await this.#content(`query.${id}.${name}`, entry),
        digest: entry.digest,
        expose: entry.expose ?? true,
      })),
    )
  }

  /**
   * Graph ids, or the word `cluster`, as apply records them. A binding that apply cannot have written is
   * refused: ignored, it would leave a graph without its rules.
   */
  #boundScopes(name: string, { applies_to = [] }: LedgerEntry): string[] {
    if (applies_to.length === 0) {
      throw new ClusterError(
        'unavailable',
        'policy_bindings_missing',
        `the ledger does not say what policy "${name}" applies to`,
        { remedy: 'Run "groundplane cluster apply": it records the bindings.' },
      )
    }
    const { applied_revision, resource_statuses, tombstones } = this.ledger
    const remedy = 'Run "groundplane cluster apply": it records the bindings that are declared.'
    return applies_to.map((scope) => {
      if (scope === 'cluster') return scope
      if (!scope.startsWith('graph.')) {
        const message = `the ledger binds policy "${name}" to ${scope}, which is neither a graph nor the cluster`
        throw new ClusterError('unavailable', 'wrong_kind_reference', message, { remedy })
      }
      // One that is gone has a status or a tombstone.
      if (!applied_revision.resources[scope] && !resource_statuses[scope] && !tombstones?.[scope]) {
        const message = `the ledger binds policy "${name}" to ${scope}, which it does not know`
        throw new ClusterError('unavailable', 'dangling_graph_reference', message, { remedy })
      }
      return scope.slice('graph.'.length)
    })
  }

  async #policies(served: ReadonlySet<string>): Promise<AppliedPolicy[]> {
    const bundles = this.#of('policy').map(([name, entry]) => ({
      name,
      entry,
      bound: this.#boundScopes(name, entry),
    }))
    const scopes = new Map<string, string>()
    for (const { name, bound } of bundles) {
      for (const scope of bound) {
        const other = scopes.get(scope)
        if (other !== undefined) {
          throw new ClusterError(
            'unavailable',
            'duplicate_policy_binding',
            `policies "${other}" and "${name}" both apply to ${scope}`,
            { remedy: 'Merge the bundles of one scope, then apply.' },
          )
        }
        scopes.set(scope, name)
      }
    }
    const policies: AppliedPolicy[] = []
    for (const { name, entry, bound } of bundles) {
      const source = await this.#content(`policy.${name}`, entry)
      const appliesTo = bound.filter((scope) => scope === 'cluster' || served.has(scope))
      const file = `${name}${entry.format === 'cedar' ? '.cedar' : '.policy.yaml'}`
      if (appliesTo.length > 0) policies.push({ name, source, file, appliesTo })
    }
    return policies
  }

  async #publishTargets(served: ReadonlySet<string>): Promise<AppliedPublishTarget[]> {
    interface Content extends Omit<AppliedPublishTarget, 'name' | 'requireHealthy'> {
      require_healthy?: readonly string[]
    }
    return (await this.#contents<Content>('publish')).flatMap(({ name, content }) => {
      const { graph, url, token, require_healthy: requireHealthy, schedule } = content
      if (!served.has(graph)) return []
      return [
        {
          name,
          graph,
          url,
          ...(token !== undefined && { token }),
          ...(requireHealthy && { requireHealthy }),
          ...(schedule && { schedule }),
        },
      ]
    })
  }

  async #sources(served: ReadonlySet<string>): Promise<AppliedSource[]> {
    interface Content {
      kind: SourceKind
      graph: string
      url: string
      password?: string
      schemas?: readonly string[]
      platform_instance: string
      target_platform_instance?: string
      target_platform?: string
      target_database?: string
      openlineage_namespaces?: readonly string[]
      env: 'PROD'
      metadata?: string
      schedule?: CronTimes
      health?: string
    }
    const sources = (await this.#contents<Content>('source')).flatMap(({ name, content, entry }) => {
      if (!served.has(content.graph)) return []
      const { kind, graph, env, metadata, password, schemas, schedule, health } = content
      const url =
        kind === 'postgres' || isAbsolute(content.url)
          ? content.url
          : resolve(this.root.directory, entry.base_dir ?? '.', content.url)
      return [
        {
          name,
          kind,
          graph,
          url,
          ...(password !== undefined && { password }),
          ...(schemas && { schemas }),
          platformInstance: content.platform_instance,
          ...(content.target_platform_instance !== undefined && {
            targetPlatformInstance: content.target_platform_instance,
          }),
          ...(content.target_platform !== undefined && { targetPlatform: content.target_platform }),
          ...(content.target_database !== undefined && { targetDatabase: content.target_database }),
          ...(content.openlineage_namespaces && { openlineageNamespaces: content.openlineage_namespaces }),
          env,
          ...(metadata !== undefined && { metadata }),
          ...(schedule && { schedule }),
          ...(health !== undefined && { health }),
        },
      ]
    })
    return sources.sort((a, b) => Number(describesNothing(a)) - Number(describesNothing(b)))
  }

  async #contents<T>(kind: string): Promise<{ name: string; content: T; entry: LedgerEntry }[]> {
    const found: { name: string; content: T; entry: LedgerEntry }[] = []
    for (const [name, entry] of this.#of(kind)) {
      // The crew and the server are one each, and have no name.
      const address = name === '' ? kind : `${kind}.${name}`
      found.push({ name, content: JSON.parse(await this.#content(address, entry)) as T, entry })
    }
    return found
  }

  /** The published content of a resource, verified. */
  async #content(address: string, entry: LedgerEntry): Promise<string> {
    const key = payloadKey(address, entry)
    const stored = key === undefined ? null : await this.root.storage.get(key)
    const remedy = 'Run "groundplane cluster apply" to publish it again.'
    const where = key === undefined ? address : objectPath(this.root, key)
    if (!stored)
      throw new ClusterError(
        'unavailable',
        'catalog_payload_missing',
        `the content of ${address} is gone (${where})`,
        { remedy },
      )
    if (sha256(stored.body) !== entry.digest) {
      throw new ClusterError(
        'unavailable',
        'catalog_payload_digest_mismatch',
        `the content of ${address} was altered (${where})`,
        { remedy },
      )
    }
    return Buffer.from(stored.body).toString('utf8')
  }
}

function firstBrokenQuery(
  queries: readonly AppliedQuery[],
  model: SchemaModel,
): { name: string; why: string } | undefined {
  for (const { name, source } of queries) {
    const result = checkQueries(source, model, `${name}.gq`)
    if (result.queries.some((q) => q.name === name)) continue
    const why = result.diagnostics.find((d) => d.severity === 'error')?.message ?? 'it is not in its own file'
    return { name, why }
  }
  return undefined
}

/** Whether a source has results about the tables of others, and none of its own. */
function describesNothing({ kind }: AppliedSource): boolean {
  return kind === 'great_expectations'
}
