import { hasErrors } from '@groundplane/core'
import type {
  ClusterConfig,
  GraphConfig,
  ParsedConfig,
  ProviderConfig,
  QueriesConfig,
  StrayFile,
} from './config.js'
import { ConfigDocument, type ConfigField } from './config-field.js'
import { declared, required, resourceId } from './config-member.js'
import { parseExternalBlobs } from './parse-external-blobs.js'
import { parsePublish } from './parse-publish.js'
import { parseAssertions, parseCrew, parseSources } from './parse-semantic-sections.js'
import { parseServer } from './parse-server.js'
import { credentialFreeUrl, environmentReference } from './secret-reference.js'

export const CONFIG_FILE = 'cluster.yaml'

const SECTIONS = [
  'version',
  'metadata',
  'storage',
  'data_dir',
  'state',
  'providers',
  'graphs',
  'policies',
  'sources',
  'assertions',
  'publish',
  'crew',
  'server',
]
const UNAVAILABLE = ['fabric']
const RESERVED = ['pipelines', 'embeddings', 'ui', 'aliases', 'bindings']

/** Parses the text of `cluster.yaml`. Every mistake is reported with its line and column, all at once. */
export function parseConfig(text: string, file = CONFIG_FILE): ParsedConfig {
  const document = new ConfigDocument(text, file)
  if (hasErrors(document.diagnostics)) return { diagnostics: document.diagnostics }
  const top = document.root.object([...SECTIONS, ...UNAVAILABLE], RESERVED)
  for (const section of UNAVAILABLE) {
    top[section]?.reportKey(
      'section_not_available',
      `the "${section}" section is not available in this version of groundplane`,
      `Remove "${section}" until a version that has it is installed.`,
    )
  }
  checkVersion(document.root, top['version'])
  const graphs = parseGraphs(top['graphs'])
  const storage = top['storage'] && declared(top['storage'])
  const dataDir = top['data_dir'] && declared(top['data_dir'])
  const strayFiles: StrayFile[] = []
  const config: ClusterConfig = {
    name: parseName(document.root, top['metadata']),
    ...(storage && { storage }),
    ...(dataDir && { dataDir }),
    lock: parseState(top['state']),
    providers: parseProviders(top['providers']),
    graphs,
    policies: parsePolicies(top['policies']),
    sources: parseSources(top['sources'], strayFiles),
    assertions: parseAssertions(top['assertions'], strayFiles),
    publish: parsePublish(top['publish']),
    ...parseCrew(top['crew']),
    ...parseServer(top['server']),
    data: hasErrors(document.diagnostics) ? null : document.toData(),
  }
  const named = {
    graphs: namesIn(top['graphs']),
    sources: namesIn(top['sources']),
    providers: namesIn(top['providers']?.isMap ? top['providers'].member('embedding') : undefined),
  }
  const partial = { ...config, named, strayFiles }
  return hasErrors(document.diagnostics)
    ? { partial, diagnostics: document.diagnostics }
    : { config, partial, diagnostics: document.diagnostics }
}

/** Names of the members of a section, whatever their entries look like. */
function namesIn(field: ConfigField | undefined): Set<string> {
  return new Set(field?.isMap ? field.members().map(({ name }) => name) : [])
}

function checkVersion(root: ConfigField, field: ConfigField | undefined): void {
  const remedy = 'Write "version: 1" as the first line.'
  if (!field)
    root.report('unsupported_cluster_config_version', 'cluster.yaml does not say its version', remedy)
  else if (field.peekNumber() !== 1) {
    field.report(
      'unsupported_cluster_config_version',
      'this version of groundplane reads version 1 of cluster.yaml only',
      remedy,
    )
  }
}

function parseName(root: ConfigField, field: ConfigField | undefined): string {
  const name = field?.object(['name'])['name']
  if (!name) {
    ;(field ?? root).report(
      'empty_metadata_name',
      'the cluster has no name',
      'Add "metadata: { name: my-cluster }".',
    )
    return ''
  }
  const value = name.string() ?? ''
  if (value !== '' && value.trim() === '')
    name.report('empty_metadata_name', 'the cluster name is blank', 'Give it a visible name.')
  return value
}

/** Whether commands take the lock. */
function parseState(field: ConfigField | undefined): boolean {
  if (!field) return true
  const state = field.object(['backend', 'lock'])
  state['backend']?.oneOf(['cluster'], 'unsupported_state_backend')
  return state['lock']?.boolean() ?? true
}

function parseProviders(field: ConfigField | undefined): ProviderConfig[] {
  const embedding = field?.object(['embedding'])['embedding']
  return (embedding?.members() ?? []).flatMap(({ name, field: entry }) => {
    const valid = resourceId(name, entry)
    const keys = entry.object(['kind', 'base_url', 'model', 'api_key'])
    const kind = keys['kind']?.oneOf(
      ['openai-compatible', 'openai', 'gemini', 'mock'] as const,
      'invalid_embedding_provider',
    )
    if (!keys['kind'])
      entry.reportKey(
        'invalid_embedding_provider',
        `${entry.path} needs "kind"`,
        'Add kind: openai-compatible, openai, gemini or mock.',
      )
    if (!kind || !valid) return []
    if (kind !== 'mock' && !keys['api_key']) {
      entry.reportKey(
        'embedding_api_key_required',
        `${entry.path} needs "api_key"`,
        'Add api_key: ${NAME_OF_VARIABLE}.',
      )
    }
    if (kind === 'openai-compatible' && !keys['base_url']) {
      entry.reportKey(
        'invalid_embedding_provider',
        `${entry.path} needs "base_url"`,
        'Add the address of the endpoint.',
      )
    }
    const baseUrl = keys['base_url'] && credentialFreeUrl(keys['base_url'], 'invalid_embedding_provider')
    const model = keys['model']?.string()
    const apiKey = keys['api_key'] && environmentReference(keys['api_key'], 'embedding_api_key_inline')
    const profile = {
      kind,
      ...(baseUrl && { base_url: baseUrl }),
      ...(model && { model }),
      ...(apiKey && { api_key: apiKey }),
    }
    return [{ name, profile, place: entry.place }]
  })
}

function parseGraphs(field: ConfigField | undefined): GraphConfig[] {
  return (field?.members() ?? []).flatMap(({ name, field: entry }) => {
    resourceId(name, entry)
    const keys = entry.object(['kind', 'schema', 'queries', 'embedding_provider', 'external_blobs'])
    const said = keys['kind'] ? keys['kind'].oneOf(['graph', 'catalog'] as const) : 'graph'
    // Of an unknown kind with a schema, the schema can still be checked.
    const kind = said ?? (keys['schema'] && 'graph')
    if (kind === 'catalog') {
      for (const key of ['schema', 'queries']) {
        keys[key]?.reportKey(
          'catalog_content_built_in',
          `${entry.path} is a catalog: its ${key} come with groundplane`,
          `Remove "${key}", or remove "kind: catalog" to declare a graph of your own.`,
        )
      }
    }
    const externalBlobs = keys['external_blobs'] && parseExternalBlobs(keys['external_blobs'])
    const schema = kind === 'graph' ? required(entry, keys, 'schema') : undefined
    const queries = kind === 'graph' && keys['queries'] ? parseQueriesSection(keys['queries']) : undefined
    const embeddingProvider = keys['embedding_provider'] && declared(keys['embedding_provider'])
    if (!kind) return []
    return [
      {
        id: name,
        kind,
        place: entry.place,
        ...(schema && { schema }),
        ...(queries && { queries }),
        ...(embeddingProvider && { embeddingProvider }),
        ...(externalBlobs && { externalBlobs }),
      },
    ]
  })
}

function parseQueriesSection(field: ConfigField): QueriesConfig | undefined {
  if (field.isList) return { form: 'files', files: field.items().flatMap((item) => declared(item) ?? []) }
  if (!field.isMap) {
    const path = declared(field)
    return path && { form: 'path', path }
  }
  const entries = field.members().flatMap(({ name, field: entry }) => {
    const keys = entry.isMap ? entry.object(['file', 'expose']) : undefined
    const file = keys ? required(entry, keys, 'file') : declared(entry)
    const expose = keys?.['expose']?.boolean() ?? true
    return file ? [{ name, file, expose, place: entry.place }] : []
  })
  return { form: 'map', entries }
}

function parsePolicies(field: ConfigField | undefined): ClusterConfig['policies'] {
  return (field?.members() ?? []).flatMap(({ name, field: entry }) => {
    resourceId(name, entry)
    const keys = entry.object(['file', 'applies_to'])
    const file = required(entry, keys, 'file')
    const appliesTo = keys['applies_to']?.items().flatMap((item) => declared(item) ?? []) ?? []
    if (appliesTo.length === 0) {
      entry.reportKey(
        'policy_missing_applies_to',
        `${entry.path} is bound to nothing`,
        'Add applies_to: [graph, …] or applies_to: [cluster].',
      )
    }
    return file ? [{ name, file, appliesTo, place: entry.place }] : []
  })
}
