import { ServerError } from '../../server-error.js'
import type { Reader } from './reader.js'

/** A condition of DataHub's search. */
export interface FacetFilter {
  readonly field: string
  readonly condition?: string | null
  readonly values?: readonly string[] | null
  readonly value?: string | null
  readonly negated?: boolean | null
}

/** What a condition compares with: `values`, or the single `value` of before there were several. */
export function wantedValues({ values, value }: FacetFilter): readonly string[] {
  return values ?? (typeof value === 'string' ? [value] : [])
}

/** Alternatives of conditions that hold together. */
export type Alternatives = readonly (readonly FacetFilter[])[]

export function alternativesOf(question: {
  readonly filters?: readonly FacetFilter[] | null | undefined
  readonly orFilters?: readonly { readonly and?: readonly FacetFilter[] | null }[] | null | undefined
}): Alternatives {
  const every = question.filters ?? []
  const any = (question.orFilters ?? []).map(({ and }) => and ?? [])
  return any.length === 0 ? (every.length === 0 ? [] : [every]) : any.map((and) => [...every, ...and])
}

/** Fields of DataHub's search index by what the catalog's filter calls them. */
const FIELDS: Readonly<Record<string, string>> = {
  _entityType: 'entity_type',
  platform: 'platform',
  platformInstance: 'platform_instance',
  typeNames: 'entity_subtype',
  origin: 'env',
  env: 'env',
  tags: 'tag',
  glossaryTerms: 'glossary_term',
  owners: 'owner',
  domains: 'domain',
  container: 'container',
  name: 'name',
  urn: 'urn',
  fieldPaths: 'column',
  hasActiveIncidents: 'has_active_incidents',
  hasFailingAssertions: 'has_failing_assertions',
}

const COMPARISONS: Readonly<Record<string, string>> = {
  GREATER_THAN: '>',
  GREATER_THAN_OR_EQUAL_TO: '>=',
  LESS_THAN: '<',
  LESS_THAN_OR_EQUAL_TO: '<=',
}

/**
 * Conditions of DataHub's search as a filter of the catalog's; undefined when there are none. What
 * the catalog cannot judge is refused, never passed over. `ServerError` `filter_unsupported`.
 */
function filterText(reader: Reader, alternatives: Alternatives): string | undefined {
  const any = alternatives.map((all) =>
    all.map((condition) => conditionText(reader, condition)).filter((text) => text !== undefined),
  )
  // An alternative without a condition left lets everything through.
  if (any.length === 0 || any.some((all) => all.length === 0)) return undefined
  return any.map((all) => `(${all.join(' AND ')})`).join(' OR ')
}

/** As `filterText`, kept to entity types besides, by their names in GraphQL; nothing where nothing is asked for. */
export function filterMember(
  reader: Reader,
  types: readonly string[] | null | undefined,
  alternatives: Alternatives,
): { filter?: string } {
  const text = filterText(reader, alternatives)
  const kept = types?.length ? `entity_type IN (${types.join(', ')})` : undefined
  const filter = kept && text ? `${kept} AND (${text})` : (kept ?? text)
  return filter === undefined ? {} : { filter }
}

function conditionText(reader: Reader, filter: FacetFilter): string | undefined {
  const name = filter.field.replace(/\.keyword$/, '')
  const condition = filter.condition ?? 'EQUAL'
  const values = wantedValues(filter)
  if (name === 'removed') return notRemoved(filter, values)
  const not = filter.negated === true ? 'NOT ' : ''
  if (name === 'browsePathV2' && condition === 'CONTAIN')
    return `${not}container IN ${listText(containersIn(reader, values))}`
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : propertyField(name)
  if (field === undefined) throw unsupported(`the field "${filter.field}"`)
  if (condition === 'EXISTS') return `${not}${field} IS NOT NULL`
  const comparison = Object.hasOwn(COMPARISONS, condition) ? COMPARISONS[condition] : undefined
  if (comparison !== undefined && values.length === 1)
    return `${not}${field} ${comparison} ${quoted(values[0])}`
  if (condition !== 'EQUAL' && condition !== 'IEQUAL' && condition !== 'IN')
    throw unsupported(`the condition ${condition} on "${filter.field}"`)
  if (values.length === 0) throw unsupported(`"${filter.field}" without a value`)
  return `${not}${field} IN ${listText(values)}`
}

/** `structuredProperties.io.acryl.retention`, which the catalog's filter calls so too, where nothing of it would end the name there. */
function propertyField(name: string): string | undefined {
  return /^structuredProperties\.[\w.-]+$/.test(name) ? name : undefined
}

/** What is soft-deleted is not found, so the question for what is not holds of everything. */
function notRemoved(filter: FacetFilter, values: readonly string[]): undefined {
  const wanted = values.length === 1 ? (values[0] === 'true') !== (filter.negated === true) : true
  if (!wanted) return undefined
  throw unsupported('what was removed')
}

/** The containers themselves and those that lie in them, however deep. */
function containersIn(reader: Reader, urns: readonly string[]): readonly string[] {
  const inside = new Map<string, string[]>()
  for (const urn of reader.allOf('container')) {
    const parent = String(reader.aspect(urn, 'container')?.['container'])
    const children = inside.get(parent)
    if (children) children.push(urn)
    else inside.set(parent, [urn])
  }
  const found = new Set(urns)
  for (const urn of found) for (const child of inside.get(urn) ?? []) found.add(child)
  return [...found]
}

function listText(values: readonly string[]): string {
  return `(${values.map(quoted).join(', ')})`
}

function quoted(value: string | undefined): string {
  return `"${String(value).replace(/["\\]/g, '\\$&')}"`
}

function unsupported(what: string): ServerError {
  return new ServerError('invalid', 'filter_unsupported', `This server cannot filter by ${what}.`, {
    remedy: `Filter by ${Object.keys(FIELDS).join(', ')} or structuredProperties.<id> with EQUAL, IN, EXISTS or a comparison.`,
  })
}
