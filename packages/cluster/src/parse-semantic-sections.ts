import { parsePostgresAddress } from '@groundplane/core'
import {
  type AssertionConfig,
  CREW_ROLES,
  type CrewDeclaration,
  type CrewRoleConfig,
  type Declared,
  SOURCE_KINDS,
  type SourceConfig,
  type SourceKind,
  type StrayFile,
} from './config.js'
import type { ConfigField } from './config-field.js'
import { declared, required, resourceId } from './config-member.js'
import { parseHealth, parseSchedule } from './parse-schedule.js'
import { credentialFreeUrl, environmentReference, isEnvironmentReference } from './secret-reference.js'

/** `sources`: the databases whose metadata a catalog graph holds. Metadata files of entries that cannot be read are strays. */
export function parseSources(field: ConfigField | undefined, strays: StrayFile[]): SourceConfig[] {
  const instances = new Map<string, string>()
  return (field?.members() ?? []).flatMap(({ name, field: entry }) => {
    resourceId(name, entry)
    const keys = entry.object(SOURCE_KEYS)
    const kind = keys['kind']
      ? keys['kind'].oneOf(SOURCE_KINDS, 'unsupported_source_kind')
      : void required(entry, keys, 'kind')
    const graph = required(entry, keys, 'graph')
    const location = parseLocation(entry, keys, kind)
    const platformInstance = keys['platform_instance'] ? keys['platform_instance'].string() : name
    keys['env']?.oneOf(['PROD'], 'unsupported_source_env')
    const metadata = keys['metadata'] && declared(keys['metadata'])
    const run = { ...parseSchedule(entry, keys), ...parseHealth(keys['health'], kind) }
    const openlineageNamespaces = parseNamespaces(entry, keys, kind)
    const holder = platformInstance === undefined ? undefined : instances.get(platformInstance)
    if (holder !== undefined) {
      entry.reportKey(
        'duplicate_platform_instance',
        `${entry.path} and sources.${holder} are both the instance "${platformInstance}": their datasets would have the same names`,
        'Give each source a platform_instance of its own.',
      )
    }
    if (!kind || !graph || !location || !platformInstance) {
      if (metadata) strays.push({ kind: 'metadata', file: metadata })
      return []
    }
    instances.set(platformInstance, name)
    return [
      {
        name,
        kind,
        graph,
        ...location,
        platformInstance,
        ...(openlineageNamespaces && { openlineageNamespaces }),
        env: 'PROD',
        place: entry.place,
        ...(metadata && { metadata }),
        ...run,
      },
    ]
  })
}

const SOURCE_KEYS = [
  'kind',
  'graph',
  'url',
  'password',
  'schemas',
  'platform_instance',
  'target_platform_instance',
  'target_platform',
  'target_database',
  'openlineage_namespaces',
  'env',
  'metadata',
  'schedule',
  'timezone',
  'health',
] as const

/** A dbt project without the platform instance of its warehouse names the datasets as events do anyway. */
function parseNamespaces(
  entry: ConfigField,
  keys: Fields,
  kind: SourceKind | undefined,
): readonly Declared<string>[] | undefined {
  const key = keys['openlineage_namespaces']
  if (key && kind === 'dbt' && !keys['target_platform_instance'])
    return key.reportKey(
      'invalid_cluster_yaml',
      `${entry.path} names openlineage_namespaces and no target_platform_instance`,
      'Add the target_platform_instance that the datasets of the warehouse are to have, or remove "openlineage_namespaces".',
    )
  return key?.items().flatMap((item) => {
    const namespace = declared(item)
    if (!namespace || !/:\/\/[^/]*@/.test(namespace.value)) return namespace ?? []
    item.report(
      'invalid_cluster_yaml',
      `${item.path} carries a user or a password`,
      'Write the namespace without them: events are compared with it so.',
    )
    return []
  })
}

type SourceLocation = Pick<
  SourceConfig,
  'url' | 'password' | 'schemas' | 'targetPlatformInstance' | 'targetPlatform' | 'targetDatabase'
>
type Fields = Record<string, ConfigField | undefined>

/** Where the source is and what of it is read. A kind that could not be read is taken for SQLite, the older one. */
function parseLocation(
  entry: ConfigField,
  keys: Fields,
  kind: SourceKind | undefined,
): SourceLocation | undefined {
  const url = required(entry, keys, 'url')
  for (const key of kind ? NOT_OF_KIND[kind] : []) {
    keys[key]?.reportKey(
      'invalid_cluster_yaml',
      `${entry.path} is ${KIND_NAMES[kind as SourceKind]}, which has no ${key}`,
      `Remove "${key}".`,
    )
  }
  if (kind === 'postgres') return url && parseDatabaseAddress(entry, keys, url)
  const target = parseTarget(entry, keys, kind)
  if (url === undefined || !URL.canParse(url.value)) return url && { url, ...target }
  return keys['url']?.report(
    'invalid_source_url',
    `${entry.path}.url is not a path`,
    `Write the path of ${PATHS[kind ?? 'sqlite']}, relative to cluster.yaml.`,
  )
}

const PATHS: Readonly<Record<Exclude<SourceKind, 'postgres'>, string>> = {
  sqlite: 'the SQLite file',
  dbt: 'the target directory of the dbt project',
  great_expectations: 'the directory of validation results (gx/uncommitted/validations)',
}

/** Which warehouse it is about; its own source names its tables in the same way. */
function parseTarget(
  entry: ConfigField,
  keys: Fields,
  kind: SourceKind | undefined,
): Partial<SourceLocation> {
  const targetPlatformInstance = keys['target_platform_instance']?.string()
  const named = targetPlatformInstance === undefined ? {} : { targetPlatformInstance }
  if (kind !== 'great_expectations') return named
  const platform = required(entry, keys, 'target_platform')?.value
  const database = keys['target_database']?.string()
  if (platform === 'postgres' && !keys['target_database']) required(entry, keys, 'target_database')
  return {
    ...named,
    ...(platform !== undefined && { targetPlatform: platform }),
    ...(database !== undefined && { targetDatabase: database }),
  }
}

export const KIND_NAMES: Readonly<Record<SourceKind, string>> = {
  sqlite: 'a SQLite file',
  postgres: 'a PostgreSQL database',
  dbt: 'a dbt project',
  great_expectations: 'a store of Great Expectations',
}

/** What people know about a dbt project stands in the project; of results nothing more is to be known. */
const NOT_OF_KIND: Readonly<Record<SourceKind, readonly (typeof SOURCE_KEYS)[number][]>> = {
  sqlite: ['password', 'schemas', 'target_platform_instance', 'target_platform', 'target_database'],
  postgres: ['target_platform_instance', 'target_platform', 'target_database'],
  dbt: ['password', 'schemas', 'metadata', 'health', 'target_platform', 'target_database'],
  great_expectations: ['password', 'schemas', 'metadata', 'health', 'openlineage_namespaces'],
}

function parseDatabaseAddress(
  entry: ConfigField,
  keys: Fields,
  url: Declared<string>,
): SourceLocation | undefined {
  const password = keys['password'] && environmentReference(keys['password'], 'source_password_inline')
  const schemas = keys['schemas']?.items().flatMap((item) => item.string() ?? [])
  if (keys['password'] && password === undefined) return undefined
  const address = isEnvironmentReference(url.value) ? undefined : parsePostgresAddress(url.value)
  if (typeof address === 'string') {
    return keys['url']?.report(
      'invalid_source_url',
      `${entry.path}.url is no address of a PostgreSQL database: ${address}`,
      'Write it like postgresql://reader@db.example.com:5432/shop.',
    )
  }
  if (address?.password !== undefined) {
    return keys['url']?.report(
      'source_password_inline',
      `${entry.path}.url carries a password`,
      'Put the password in an environment variable and write password: ${NAME_OF_VARIABLE}; revoke the one that stood in this file.',
    )
  }
  return { url, ...(password !== undefined && { password }), ...(schemas && { schemas }) }
}

/** `assertions`: sets of checks to run on sources. Files of entries that cannot be read are strays. */
export function parseAssertions(field: ConfigField | undefined, strays: StrayFile[]): AssertionConfig[] {
  return (field?.members() ?? []).flatMap(({ name, field: entry }) => {
    resourceId(name, entry)
    const keys = entry.object(['file', 'graph', 'sources', 'schedule', 'timezone'])
    const file = required(entry, keys, 'file')
    const graph = required(entry, keys, 'graph')
    const sources = keys['sources']?.items().flatMap((item) => declared(item) ?? []) ?? []
    if (sources.length === 0) {
      entry.reportKey('invalid_cluster_yaml', `${entry.path} runs on no source`, 'Add sources: [name, …].')
    }
    const schedule = parseSchedule(entry, keys)
    if (file && graph) return [{ name, file, graph, sources, place: entry.place, ...schedule }]
    if (file) strays.push({ kind: 'assertions', file })
    return []
  })
}

/** `crew`: which instances the on-call crew compares, the models its roles may use, and sentences to begin with. */
export function parseCrew(field: ConfigField | undefined): { crew?: CrewDeclaration } {
  if (!field) return {}
  const keys = field.object(['graph', 'reference', 'production', 'roles', 'examples'])
  const graph = required(field, keys, 'graph')
  const reference = required(field, keys, 'reference')
  const production = required(field, keys, 'production')
  const roles = keys['roles'] && parseRoles(keys['roles'])
  const examples = keys['examples']?.items().flatMap((item) => item.string() ?? [])
  if (reference && production && reference.value === production.value) {
    keys['production']?.report(
      'crew_same_source',
      'the crew would compare a source with itself',
      'Name two different sources.',
    )
  }
  if (!graph || !reference || !production) return {}
  const optional = { ...(roles && { roles }), ...(examples && { examples }) }
  return { crew: { graph, reference, production, place: field.place, ...optional } }
}

function parseRoles(field: ConfigField): CrewDeclaration['roles'] {
  const roles: Record<string, CrewRoleConfig> = {}
  for (const [role, entry] of Object.entries(field.object(CREW_ROLES))) {
    if (!entry) continue
    const numbers = [
      'max_tokens',
      'timeout_ms',
      'budget_usd',
      'input_cost_per_mtok',
      'output_cost_per_mtok',
    ] as const
    const keys = entry.object(['base_url', 'model', 'api_key', ...numbers])
    for (const key of ['base_url', 'model', 'api_key']) if (!keys[key]) required(entry, keys, key)
    const base_url = keys['base_url'] && credentialFreeUrl(keys['base_url'], 'invalid_crew_role')
    const model = keys['model']?.string()
    const api_key = keys['api_key'] && environmentReference(keys['api_key'], 'crew_api_key_inline')
    if (!base_url || !model || !api_key) continue
    const limits = numbers.flatMap((key) => {
      const value = keys[key]?.number()
      return value === undefined ? [] : [[key, value] as const]
    })
    roles[role] = { base_url, model, api_key, ...Object.fromEntries(limits) }
  }
  return roles
}
