import { stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { canonicalJson, type Diagnostic, jsonDigest, sha256 } from '@groundplane/core'
import { checkPolicy } from '@groundplane/policy'
import type {
  AssertionConfig,
  CrewDeclaration,
  Declared,
  PartialConfig,
  PolicyConfig,
  PublishConfig,
  ServerSection,
  SourceConfig,
  StrayFile,
} from './config.js'
import type { DesiredResource } from './desired.js'
import type { ClusterExtensions } from './extensions.js'
import { problem, warning } from './problem.js'
import { References } from './references.js'
import { sharedNamespaces } from './shared-namespaces.js'
import type { SourceFiles } from './source-file.js'

/** The resources beside the graphs: providers, policies, sources, assertion sets, publish targets, the crew and how it is all served. */
export class BindingResources {
  readonly diagnostics: Diagnostic[] = []
  readonly resources: DesiredResource[] = []
  readonly #references: References
  readonly #boundScopes = new Map<string, string>()

  constructor(
    readonly config: PartialConfig,
    readonly files: SourceFiles,
    readonly extensions: ClusterExtensions | undefined,
    /** Where the cluster's state is, when that is a directory. */
    readonly stateRoot: string,
  ) {
    this.#references = new References(config, this.diagnostics)
  }

  async collect(): Promise<this> {
    for (const { name, profile } of this.config.providers) {
      this.resources.push({
        address: `provider.embedding.${name}`,
        kind: 'provider',
        entry: { digest: jsonDigest(profile), embedding_profile: profile },
        dependsOn: [],
      })
    }
    this.#references.checkProviders()
    await this.collectPolicies()
    for (const source of this.config.sources) await this.#source(source)
    this.diagnostics.push(...sharedNamespaces(this.config.sources, this.files.configDir))
    for (const assertion of this.config.assertions) await this.#assertion(assertion)
    for (const target of this.config.publish) this.#publish(target)
    if (this.config.crew) this.#crew(this.config.crew)
    if (this.config.server) this.#server(this.config.server)
    for (const stray of this.config.strayFiles) await this.#stray(stray)
    return this
  }

  /** The policies alone, for those who only look at them. */
  async collectPolicies(): Promise<void> {
    for (const policy of this.config.policies) await this.#policy(policy)
  }

  async #stray({ kind, file }: StrayFile): Promise<void> {
    if (kind === 'metadata') {
      const text = await this.files.read(file, 'metadata_file_missing')
      if (text !== undefined) this.#extension('checkMetadata', text, file, file.place.path)
    } else {
      const text = await this.files.read(file, 'assertion_file_missing')
      if (text !== undefined) this.#extension('checkAssertions', text, file, file.place.path)
    }
  }

  async #policy(policy: PolicyConfig): Promise<void> {
    const text = await this.files.read(policy.file, 'policy_file_missing')
    const scopes = policy.appliesTo.flatMap((target) => this.#policyScope(policy, target) ?? [])
    const kinds = new Set(scopes.map((scope) => (scope === 'cluster' ? 'cluster' : 'graph')))
    if (kinds.size > 1) {
      this.diagnostics.push(
        problem(
          'policy_mixed_binding_kinds',
          policy.place,
          `policy "${policy.name}" is bound to the cluster and to graphs`,
          'Split it into one bundle for the cluster and one for graphs.',
        ),
      )
    }
    if (text === undefined) return
    const checked = checkPolicy(text, policy.file.value)
    const path = `policies.${policy.name}.file`
    this.diagnostics.push(
      ...checked.diagnostics.map((d) => ({
        path,
        ...d,
        code: d.severity === 'error' ? 'policy_invalid' : d.code,
      })),
    )
    const target = checked.policy?.target
    if (target && target !== 'either' && kinds.size === 1 && !kinds.has(target)) {
      this.diagnostics.push(
        problem(
          'wrong_kind_reference',
          policy.place,
          `policy "${policy.name}" has rules for ${target === 'cluster' ? 'the cluster' : 'graphs'} but is bound to ${target === 'cluster' ? 'graphs' : 'the cluster'}`,
          target === 'cluster' ? 'Bind it with applies_to: [cluster].' : 'Bind it to graphs.',
        ),
      )
    }
    if (!checked.policy) return
    const format = policy.file.value.endsWith('.cedar') ? ('cedar' as const) : ('yaml' as const)
    this.resources.push({
      address: `policy.${policy.name}`,
      kind: 'policy',
      entry: { digest: sha256(text), format, applies_to: [...new Set(scopes)].sort() },
      payload: text,
      path: policy.file.value,
      dependsOn: scopes.filter((scope) => scope !== 'cluster'),
    })
  }

  /** `cluster` or `graph.<id>`; each may be governed by one bundle only. */
  #policyScope(policy: PolicyConfig, target: Declared<string>): string | undefined {
    const scope = target.value === 'cluster' ? 'cluster' : this.#references.graphAddress(target)
    if (scope === undefined) return undefined
    const holder = this.#boundScopes.get(scope)
    if (holder !== undefined && holder !== policy.name) {
      return this.#report(
        'duplicate_policy_binding',
        target,
        `policies "${holder}" and "${policy.name}" both apply to ${target.value}`,
        'Merge the two bundles, or bind them to different graphs.',
      )
    }
    this.#boundScopes.set(scope, policy.name)
    return scope
  }

  async #source(source: SourceConfig): Promise<void> {
    const graph = this.#references.catalogGraph(source.graph)
    const metadata = source.metadata && (await this.files.read(source.metadata, 'metadata_file_missing'))
    if (metadata !== undefined && source.metadata) {
      this.#extension('checkMetadata', metadata, source.metadata, `sources.${source.name}.metadata`)
    }
    if (source.kind === 'sqlite') await this.#warnAbsentDatabase(source.url)
    if (!graph) return
    const content = {
      kind: source.kind,
      graph: source.graph.value.replace(/^graph\./, ''),
      url: source.url.value,
      ...(source.password !== undefined && { password: source.password }),
      ...(source.schemas && { schemas: source.schemas }),
      platform_instance: source.platformInstance,
      ...(source.targetPlatformInstance !== undefined && {
        target_platform_instance: source.targetPlatformInstance,
      }),
      ...(source.targetPlatform !== undefined && { target_platform: source.targetPlatform }),
      ...(source.targetDatabase !== undefined && { target_database: source.targetDatabase }),
      ...(source.openlineageNamespaces && {
        openlineage_namespaces: source.openlineageNamespaces.map(({ value }) => value),
      }),
      env: source.env,
      ...(metadata !== undefined && { metadata }),
      ...(source.schedule && { schedule: source.schedule }),
      ...(source.health !== undefined && { health: source.health }),
    }
    const payload = canonicalJson(content)
    const isPath = source.kind !== 'postgres' && !isAbsolute(source.url.value)
    const base = isPath ? this.#baseDirectory() : undefined
    this.resources.push({
      address: `source.${source.name}`,
      kind: 'source',
      entry: { digest: sha256(payload), ...(base !== undefined && { base_dir: base }) },
      payload,
      ...(source.metadata && { path: source.metadata.value }),
      dependsOn: [graph],
    })
  }

  async #assertion(assertion: AssertionConfig): Promise<void> {
    const graph = this.#references.catalogGraph(assertion.graph)
    const text = await this.files.read(assertion.file, 'assertion_file_missing')
    if (text !== undefined)
      this.#extension('checkAssertions', text, assertion.file, `assertions.${assertion.name}.file`)
    const sources = assertion.sources.flatMap(
      (s) => this.#references.databaseAddress(s, assertion.graph) ?? [],
    )
    if (!graph || text === undefined || sources.length !== assertion.sources.length) return
    const payload = canonicalJson({
      graph: graph.slice('graph.'.length),
      sources: sources.map((s) => s.slice('source.'.length)),
      source: text,
      ...(assertion.schedule && { schedule: assertion.schedule }),
    })
    this.resources.push({
      address: `assertion.${assertion.name}`,
      kind: 'assertion',
      entry: { digest: sha256(payload) },
      payload,
      path: assertion.file.value,
      dependsOn: [graph, ...sources],
    })
  }

  #publish(target: PublishConfig): void {
    const graph = this.#references.catalogGraph(target.graph)
    const required = target.requireHealthy?.flatMap(
      (s) => this.#references.databaseAddress(s, target.graph) ?? [],
    )
    if (!graph || required?.length !== target.requireHealthy?.length) return
    const payload = canonicalJson({
      graph: graph.slice('graph.'.length),
      url: target.url,
      ...(target.token !== undefined && { token: target.token }),
      ...(target.plainHttp && { plain_http: true }),
      ...(required && { require_healthy: required.map((s) => s.slice('source.'.length)) }),
      ...(target.schedule && { schedule: target.schedule }),
    })
    this.resources.push({
      address: `publish.${target.name}`,
      kind: 'publish',
      entry: { digest: sha256(payload) },
      payload,
      dependsOn: [graph, ...(required ?? [])],
    })
  }

  #crew(crew: CrewDeclaration): void {
    const graph = this.#references.catalogGraph(crew.graph)
    const sources = [crew.reference, crew.production].map((s) =>
      this.#references.databaseAddress(s, crew.graph),
    )
    const [reference, production] = sources
    if (!graph || !reference || !production) return
    const payload = canonicalJson({
      graph: graph.slice('graph.'.length),
      reference: reference.slice('source.'.length),
      production: production.slice('source.'.length),
      ...(crew.roles && { roles: crew.roles }),
      ...(crew.examples && { examples: crew.examples }),
    })
    this.resources.push({
      address: 'crew',
      kind: 'crew',
      entry: { digest: sha256(payload) },
      payload,
      dependsOn: [graph, reference, production],
    })
  }

  #server(server: ServerSection): void {
    const payload = canonicalJson(server)
    this.resources.push({
      address: 'server',
      kind: 'server',
      entry: { digest: sha256(payload) },
      payload,
      dependsOn: [],
    })
  }

  #extension(
    check: 'checkMetadata' | 'checkAssertions',
    text: string,
    file: Declared<string>,
    path: string,
  ): void {
    const found = this.extensions?.[check](text, file.value) ?? []
    this.diagnostics.push(
      ...found.map((d) => ({
        file: file.value,
        ...d,
        path: d.path === undefined ? path : `${path}:${d.path}`,
      })),
    )
  }

  /** The config directory as the ledger records it: relative to the graphs where that holds on every machine. */
  #baseDirectory(): string {
    const path = relative(this.stateRoot, this.files.configDir)
    const { dataDir } = this.config
    const movesAlong = dataDir !== undefined && !isAbsolute(dataDir.value)
    return path === '' ? '.' : path.startsWith('..') && !movesAlong ? this.files.configDir : path
  }

  async #warnAbsentDatabase(url: Declared<string>): Promise<void> {
    const path = resolve(this.files.configDir, url.value)
    if (await stat(path).catch(() => undefined)) return
    this.diagnostics.push(
      warning(
        'source_database_missing',
        url.place,
        `${url.value} does not exist yet`,
        'Create the database before harvesting or checking it, or correct the path.',
      ),
    )
  }

  #report(code: string, at: Declared<string>, message: string, remedy: string): undefined {
    this.diagnostics.push(problem(code, at.place, message, remedy))
  }
}
