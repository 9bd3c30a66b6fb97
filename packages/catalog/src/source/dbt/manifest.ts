import type { Diagnostic } from '@groundplane/core'
import type { Json } from '../../aspect/proposal.js'
import type { Shape } from '../../ingest/shape.js'
import { type Artefact, eachMember, shapeMistake } from './read-artefact.js'

/** What holds rows, or would if it were not compiled into its readers. */
export type RelationKind = 'model' | 'seed' | 'snapshot' | 'source'

export interface DbtColumn {
  readonly name: string
  readonly description?: string
  /** As the author declares it; most do not. */
  readonly dataType?: string
  /** Whether the project writes it quoted, so that its case counts. */
  readonly quoted: boolean
  readonly tags: readonly string[]
}

/** What every kind of node says of itself. */
interface Described {
  /** `model.shop.orders` */
  readonly id: string
  readonly name: string
  readonly project: string
  readonly file: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly owners: readonly string[]
  /** Of `meta`, what is no object and no list; printed. */
  readonly meta: Readonly<Record<string, string>>
  /** Ids, in the order of the manifest. */
  readonly dependsOn: readonly string[]
}

export interface DbtRelation extends Described {
  readonly kind: RelationKind
  readonly database?: string
  readonly schema: string
  /** What the warehouse calls it. */
  readonly identifier: string
  /** `table`, `view`, `ephemeral`, `incremental`, …; undefined for sources. */
  readonly materialized?: string
  readonly language: string
  readonly rawCode?: string
  readonly compiledCode?: string
  readonly columns: readonly DbtColumn[]
  readonly group?: string
  /** Of a versioned model. */
  readonly modelVersion?: string
}

export interface DbtTest extends Described {
  /** `not_null`, `dbt_utils.expression_is_true`; undefined for a test that is a query of its own. */
  readonly generic?: string
  readonly arguments: Readonly<Record<string, Json>>
  readonly column?: string
  readonly severity: 'error' | 'warn'
  readonly compiledCode?: string
  /** The node it is about, where the manifest says so (version 9 and later). */
  readonly attachedTo?: string
}

export interface DbtExposure extends Described {
  readonly type: string
  readonly label?: string
  readonly url?: string
  readonly maturity?: string
}

export interface DbtMetric extends Described {
  readonly label?: string
  /** Everything that says how it is computed, by the manifest's own names. */
  readonly computation: Readonly<Record<string, string>>
}

export interface DbtGroup {
  readonly name: string
  readonly ownerName?: string
  readonly ownerEmail?: string
}

/** A manifest as the catalog needs it. Maps keep the order of the file. */
export interface DbtManifest {
  readonly version: number
  readonly dbtVersion: string
  readonly adapter: string
  readonly relations: ReadonlyMap<string, DbtRelation>
  readonly tests: readonly DbtTest[]
  readonly exposures: readonly DbtExposure[]
  readonly metrics: readonly DbtMetric[]
  readonly groups: ReadonlyMap<string, DbtGroup>
  /** Everything that may be depended on, with what it depends on itself. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>
}

/** Sections of which only the dependencies are read. */
const OTHER_SECTIONS = ['semantic_models', 'saved_queries', 'unit_tests', 'functions'] as const
const RELATIONS: ReadonlySet<string> = new Set(['model', 'seed', 'snapshot'])

/** Reads every node; what does not have its shape is a diagnostic in `mistakes`, and left out. */
export function readManifest(artefact: Artefact, mistakes: Diagnostic[]): DbtManifest {
  const relations = new Map<string, DbtRelation>()
  const tests: DbtTest[] = []
  const exposures: DbtExposure[] = []
  const metrics: DbtMetric[] = []
  const groups = new Map<string, DbtGroup>()
  const dependencies = new Map<string, readonly string[]>()
  const each = (section: string, body: (id: string, node: Shape) => void) =>
    eachMember(artefact, section, mistakes, (id, node) => {
      // Known even when it cannot be read, so that whoever depends on it is not reported too.
      dependencies.set(id, [])
      dependencies.set(id, dependsOn(node))
      body(id, node)
    })
  for (const section of ['nodes', 'sources'])
    if (artefact.root.raw(section) === undefined)
      mistakes.push(shapeMistake(artefact.file, `${section} must be a JSON object`, section))
  each('nodes', (id, node) => {
    const type = node.requiredString('resource_type')
    if (RELATIONS.has(type)) relations.set(id, relationOf(id, node, type as RelationKind))
    else if (type === 'test') tests.push(testOf(id, node))
  })
  each('sources', (id, node) => {
    relations.set(id, relationOf(id, node, 'source'))
  })
  each('exposures', (id, node) => {
    exposures.push(exposureOf(id, node))
  })
  each('metrics', (id, node) => {
    metrics.push(metricOf(id, node))
  })
  for (const section of OTHER_SECTIONS) each(section, () => {})
  // A test of a disabled model stays in the manifest, and still depends on it.
  const disabled = artefact.root.raw('disabled')
  for (const id of Object.keys(typeof disabled === 'object' && disabled !== null ? disabled : {}))
    if (!dependencies.has(id)) dependencies.set(id, [])
  eachMember(artefact, 'groups', mistakes, (_, node) => {
    const group = groupOf(node)
    groups.set(group.name, group)
  })
  const metadata = artefact.root.object('metadata')
  return {
    version: artefact.version,
    dbtVersion: asText(metadata?.raw('dbt_version')) ?? '',
    adapter: asText(metadata?.raw('adapter_type')) ?? '',
    relations,
    tests,
    exposures,
    metrics,
    groups,
    dependencies,
  }
}

function dependsOn(node: Shape): string[] {
  return [...new Set(node.object('depends_on')?.strings('nodes') ?? [])]
}

function described(id: string, node: Shape): Described {
  const config = node.object('config')
  const description = textOf(node.string('description'))
  return {
    id,
    name: node.requiredString('name'),
    project: node.string('package_name') ?? '',
    file: node.string('original_file_path') ?? '',
    ...(description !== undefined && { description }),
    tags: [...new Set([...node.strings('tags'), ...tagsOf(config)])],
    owners: ownersOf(node.object('meta'), config?.object('meta')),
    meta: { ...scalars(config?.object('meta')), ...scalars(node.object('meta')) },
    dependsOn: dependsOn(node),
  }
}

/** In a configuration a single tag may stand without its list. */
function tagsOf(config: Shape | undefined): string[] {
  const tags = config?.raw('tags')
  return typeof tags === 'string' ? [tags] : (config?.strings('tags') ?? [])
}

function ownersOf(...metas: readonly (Shape | undefined)[]): string[] {
  for (const meta of metas) {
    const owner = meta?.raw('owner')
    const list = Array.isArray(owner) ? owner : [owner]
    const names = list.filter((name): name is string => typeof name === 'string' && name.trim() !== '')
    if (names.length > 0) return [...new Set(names.map((name) => name.trim().replace(/^@/, '')))]
  }
  return []
}

function scalars(map: Shape | undefined): Record<string, string> {
  const found: Record<string, string> = {}
  for (const key of map?.keys() ?? []) {
    const value = map?.raw(key)
    if (['string', 'number', 'boolean'].includes(typeof value)) found[key] = String(value)
  }
  return found
}

function textOf(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text
}

function relationOf(id: string, node: Shape, kind: RelationKind): DbtRelation {
  const database = textOf(node.string('database'))
  const base = described(id, node)
  const sourceText = kind === 'source' ? textOf(node.string('source_description')) : undefined
  const description = base.description ?? sourceText
  // Before version 7 (dbt 1.3) all code was SQL.
  const rawCode = textOf(node.string('raw_code') ?? node.string('raw_sql'))
  const compiledCode = textOf(node.string('compiled_code') ?? node.string('compiled_sql'))
  const materialized = node.object('config')?.string('materialized')
  const group = node.string('group')
  const version = node.raw('version')
  return {
    ...base,
    ...(description !== undefined && { description }),
    kind,
    ...(database !== undefined && { database }),
    schema: node.requiredString('schema'),
    identifier: textOf(node.string('identifier')) ?? textOf(node.string('alias')) ?? base.name,
    ...(materialized !== undefined && kind !== 'source' && { materialized }),
    language: node.string('language') ?? 'sql',
    ...(rawCode !== undefined && { rawCode }),
    ...(compiledCode !== undefined && { compiledCode }),
    columns: columnsOf(node),
    ...(group !== undefined && { group }),
    ...((typeof version === 'string' || typeof version === 'number') && { modelVersion: String(version) }),
  }
}

function columnsOf(node: Shape): DbtColumn[] {
  const columns = node.object('columns')
  return (columns?.keys() ?? []).map((key) => {
    const column = columns?.object(key)
    const description = textOf(column?.string('description'))
    const dataType = textOf(column?.string('data_type'))
    return {
      name: column?.string('name') ?? key,
      ...(description !== undefined && { description }),
      ...(dataType !== undefined && { dataType }),
      quoted: column?.bool('quote') ?? false,
      tags: [...new Set([...(column?.strings('tags') ?? []), ...tagsOf(column?.object('config'))])],
    }
  })
}

function testOf(id: string, node: Shape): DbtTest {
  const metadata = node.object('test_metadata')
  const kwargs = metadata?.object('kwargs')
  const namespace = metadata?.string('namespace')
  const name = metadata?.string('name')
  const column = textOf(node.string('column_name') ?? asText(kwargs?.raw('column_name')))
  const compiledCode = textOf(node.string('compiled_code') ?? node.string('compiled_sql'))
  const attachedTo = node.string('attached_node')
  return {
    ...described(id, node),
    ...(name !== undefined && { generic: namespace === undefined ? name : `${namespace}.${name}` }),
    arguments: Object.fromEntries((kwargs?.keys() ?? []).map((key) => [key, kwargs?.raw(key) as Json])),
    ...(column !== undefined && { column }),
    severity: node.object('config')?.string('severity')?.toLowerCase() === 'warn' ? 'warn' : 'error',
    ...(compiledCode !== undefined && { compiledCode }),
    ...(attachedTo !== undefined && { attachedTo }),
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function exposureOf(id: string, node: Shape): DbtExposure {
  const base = described(id, node)
  const owner = node.object('owner')
  const [ownedBy] = [owner?.raw('email'), owner?.raw('name')].map((v) => textOf(asText(v))).filter(Boolean)
  const label = textOf(node.string('label'))
  const url = textOf(node.string('url'))
  const maturity = textOf(node.string('maturity'))
  return {
    ...base,
    owners: base.owners.length > 0 || ownedBy === undefined ? base.owners : [ownedBy],
    type: node.string('type') ?? 'dashboard',
    ...(label !== undefined && { label }),
    ...(url !== undefined && { url }),
    ...(maturity !== undefined && { maturity }),
  }
}

/** The first two of the metrics that dbt itself computed (up to version 9), the others of those that it hands to MetricFlow. */
const COMPUTATION = ['calculation_method', 'expression', 'timestamp', 'type', 'time_granularity'] as const

function metricOf(id: string, node: Shape): DbtMetric {
  const label = textOf(node.string('label'))
  // Until version 6 the method was called type, and the expression sql.
  const sql = textOf(asText(node.raw('sql')))
  return {
    ...described(id, node),
    ...(label !== undefined && { label }),
    computation: Object.fromEntries([
      ...COMPUTATION.flatMap((key) => {
        const value = textOf(asText(node.raw(key)))
        return value === undefined ? [] : [[key, value] as const]
      }),
      ...(sql === undefined ? [] : [['expression', sql] as const]),
    ]),
  }
}

function groupOf(node: Shape): DbtGroup {
  const owner = node.object('owner')
  const ownerName = textOf(asText(owner?.raw('name')))
  const ownerEmail = textOf(asText(owner?.raw('email')))
  return {
    name: node.requiredString('name'),
    ...(ownerName !== undefined && { ownerName }),
    ...(ownerEmail !== undefined && { ownerEmail }),
  }
}
