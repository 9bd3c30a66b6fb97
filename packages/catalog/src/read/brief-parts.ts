import { number, type Row, text, texts } from '../aspect/row.js'
import { urnName } from '../urn/entity-urns.js'
import type { SchemaField } from './answers.js'
import { consumerLines } from './consumers.js'
import { requireDataset } from './entity-lookup.js'
import { byImportance, readSchemaFields } from './schema-fields.js'
import type { Snapshot } from './snapshot.js'
import { propertyLines } from './structured-properties.js'

/** Some lines about one dataset, told together or not at all. */
export interface Part {
  readonly part: string
  /** Number of the dataset in the brief. */
  readonly of: number
  readonly lines: readonly string[]
}

/** The parts, the most needed first, and the tool that gives what was left out. */
export const PART_TOOLS: Readonly<Record<string, string>> = {
  what: 'get_entities',
  traps: 'get_dataset_assertions',
  keys: 'list_schema_fields',
  joins: 'list_schema_fields',
  columns: 'list_schema_fields',
  sources: 'get_lineage',
  health: 'get_dataset_assertions',
  people: 'get_entities',
  consumers: 'get_lineage',
  description: 'get_entities',
  definition: 'get_dataset_queries',
  more_columns: 'list_schema_fields',
}

const FIRST_COLUMNS = 25
const MAX_LINKS = 10
/** From here on a share of nulls is worth a warning. */
const MANY_NULLS = 0.2
const SHORT_DESCRIPTION = 200

/** Everything that is said of one dataset; parts without a line are left out. */
export function partsOf(snapshot: Snapshot, urn: string, of: number): Part[] {
  const node = requireDataset(snapshot, urn)
  const fields = [...readSchemaFields(snapshot, urn)].sort(byImportance)
  const assertions = snapshot.rows('assertions_of', { urn }).map((row) => row['entity'] as Row)
  const lines: Readonly<Record<string, readonly string[]>> = {
    what: what(node),
    traps: traps(snapshot, urn, node, fields, assertions),
    keys: keysOf(node, fields),
    joins: joins(snapshot, urn),
    columns: fields.slice(0, FIRST_COLUMNS).map(columnLine),
    sources: sources(snapshot, urn),
    health: health(assertions),
    people: people(snapshot, urn),
    consumers: consumers(snapshot, urn),
    description: longDescription(node),
    definition: text(node['viewLogic']) === undefined ? [] : [text(node['viewLogic']) as string],
    more_columns: fields.slice(FIRST_COLUMNS).map(columnLine),
  }
  return Object.entries(lines)
    .filter(([, told]) => told.length > 0)
    .map(([part, told]) => ({ part, of, lines: told }))
}

function what(node: Row): string[] {
  const kind = texts(node['subTypes']).join(', ') || 'Dataset'
  const where = [urnName(String(node['platform'])), text(node['instance']), String(node['env'])].filter(
    Boolean,
  )
  const rows = number(node['rowCount'])
  const counted = text(node['profiledAt'])?.slice(0, 10)
  const description = text(node['description'])
  return [
    `${kind} ${String(node['name'])} on ${where.join(' / ')}`,
    ...(rows === undefined ? [] : [`${rows} rows${counted === undefined ? '' : ` on ${counted}`}`]),
    ...(description !== undefined && description.length <= SHORT_DESCRIPTION ? [description] : []),
  ]
}

function longDescription(node: Row): string[] {
  const description = text(node['description'])
  return description !== undefined && description.length > SHORT_DESCRIPTION ? [description] : []
}

/** What would mislead someone who did not know it. */
function traps(
  snapshot: Snapshot,
  urn: string,
  node: Row,
  fields: readonly SchemaField[],
  assertions: readonly Row[],
): string[] {
  const rows = number(node['rowCount'])
  const foreign = new Set(snapshot.rows('foreign_keys', { urn }).map((row) => String(row['column'])))
  return [
    ...(node['removed'] === true ? ['It was removed at its source.'] : []),
    ...incidents(snapshot, urn),
    ...assertions.flatMap(failure),
    ...fields.flatMap((field) => nullsOf(field, rows)),
    ...fields
      .filter((f) => foreign.has(f.fieldPath) && f.nullable === true)
      .map((f) => `${f.fieldPath} is a foreign key that may be null: an inner join drops rows.`),
    ...elsewhere(snapshot, node),
  ]
}

function incidents(snapshot: Snapshot, urn: string): string[] {
  const active = snapshot
    .rows('incidents_of', { urn })
    .map((row) => row['entity'] as Row)
    .filter((i) => i['state'] === 'ACTIVE')
  return active.map((i) => `Open incident: ${String(i['title'])} (${String(i['urn'])})`)
}

function failure(assertion: Row): string[] {
  const result = text(assertion['latestResult'])
  if (result !== 'FAILURE' && result !== 'ERROR') return []
  const name = claimOf(assertion)
  if (result === 'ERROR') return [`Its check ${name} could not be run.`]
  const [failed, total] = [number(assertion['latestFailed']), number(assertion['latestTotal'])]
  const rows = failed === undefined ? '' : `: ${failed}${total === undefined ? '' : ` of ${total}`} rows`
  return [`Failing check ${name}${rows} (${String(assertion['urn'])})`]
}

function claimOf(assertion: Row): string {
  const column = text(assertion['column'])
  const check = text(assertion['check']) ?? text(assertion['category']) ?? 'check'
  return text(assertion['name']) ?? (column === undefined ? check : `${check} of ${column}`)
}

function nullsOf({ fieldPath, nullCount }: SchemaField, rows: number | undefined): string[] {
  if (nullCount === undefined || rows === undefined || rows === 0 || nullCount / rows < MANY_NULLS) return []
  return [`${fieldPath} is null in ${Math.round((100 * nullCount) / rows)}% of the rows.`]
}

/** The same table in other instances: it is easily taken for this one. */
function elsewhere(snapshot: Snapshot, node: Row): string[] {
  const found = snapshot
    .rows('same_local_name', { name: String(node['localName']) })
    .map((row) => String(row['urn']))
    .filter((urn) => urn !== node['urn'])
  if (found.length === 0) return []
  const others = found.slice(0, 3).join(', ') + (found.length > 3 ? ', …' : '')
  return [`There is a table of the same name elsewhere: ${others}`]
}

function keysOf(node: Row, fields: readonly SchemaField[]): string[] {
  const declared = texts(node['primaryKeys'])
  const keys = declared.length > 0 ? declared : fields.filter((f) => f.isPartOfKey).map((f) => f.fieldPath)
  return keys.length === 0 ? [] : [`Primary key: ${keys.join(', ')}`]
}

function joins(snapshot: Snapshot, urn: string): string[] {
  const out = snapshot
    .rows('foreign_keys', { urn })
    .map((row) => `${String(row['column'])} = ${String(row['targetColumn'])} of ${String(row['target'])}`)
  const into = snapshot
    .rows('references_to', { urn })
    .map((row) => `${String(row['targetColumn'])} = ${String(row['column'])} of ${String(row['dataset'])}`)
  const all = [...new Set([...out.sort(), ...into.sort()])]
  return limited(all, all.length)
}

function columnLine(field: SchemaField): string {
  const { fieldPath, nativeDataType, type, nullable, isPartOfKey, description, tags = [] } = field
  const notes = [
    isPartOfKey ? 'key' : '',
    nullable === false && !isPartOfKey ? 'not null' : '',
    ...[...tags, ...(field.glossaryTerms ?? [])].map(urnName),
  ].filter((note) => note !== '')
  const head = [fieldPath, nativeDataType ?? type ?? '', notes.length > 0 ? `[${notes.join(', ')}]` : '']
  const about = description === undefined || description.length > SHORT_DESCRIPTION ? '' : `: ${description}`
  return head.filter((word) => word !== '').join(' ') + about
}

function sources(snapshot: Snapshot, urn: string): string[] {
  const all = distinctUrns(snapshot.rows('upstream_step', { urn }))
  return limited(all.slice(0, MAX_LINKS), all.length)
}

function consumers(snapshot: Snapshot, urn: string): string[] {
  const total = number(snapshot.row('count_downstreams', { urn })?.['total']) ?? 0
  const looked = consumerLines(snapshot, urn)
  return [
    ...limited(looked, looked.length),
    ...limited(distinctUrns(snapshot.rows('first_downstreams', { urn })), total),
  ]
}

function distinctUrns(rows: readonly Row[]): string[] {
  return [...new Set(rows.map((row) => String(row['urn'])))].sort()
}

/** Whole lines, and how many there are besides. */
function limited(lines: readonly string[], total: number): string[] {
  const shown = lines.slice(0, MAX_LINKS)
  return total > shown.length ? [...shown, `and ${total - shown.length} more`] : [...shown]
}

function health(assertions: readonly Row[]): string[] {
  if (assertions.length === 0) return ['No check is declared on it.']
  const count = (result: string) => assertions.filter((a) => a['latestResult'] === result).length
  const never = assertions.filter((a) => typeof a['latestResult'] !== 'string').length
  const told = [
    `${count('SUCCESS')} pass`,
    `${count('FAILURE')} fail`,
    ...(count('ERROR') > 0 ? [`${count('ERROR')} could not be run`] : []),
    ...(never > 0 ? [`${never} never ran`] : []),
  ]
  return [`${assertions.length} check${assertions.length === 1 ? '' : 's'}: ${told.join(', ')}`]
}

function people(snapshot: Snapshot, urn: string): string[] {
  const named = (query: string) =>
    [...new Map(snapshot.rows(query, { urn }).map((row) => [String(row['urn']), row])).values()]
      .sort((a, b) => (String(a['urn']) < String(b['urn']) ? -1 : 1))
      .map((row) => `${text(row['name']) ?? urnName(String(row['urn']))} (${String(row['urn'])})`)
  const line = (label: string, query: string) => {
    const all = named(query)
    return all.length === 0 ? [] : [`${label}: ${all.join(', ')}`]
  }
  return [
    ...line('Owners', 'owners_of'),
    ...line('Domain', 'domains_of'),
    ...line('Terms', 'terms_of'),
    ...line('Tags', 'tags_of'),
    ...propertyLines(snapshot, urn),
  ]
}
