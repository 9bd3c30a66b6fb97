import type { Json } from '../aspect/proposal.js'
import { entityOf, type Row } from '../aspect/row.js'
import { urnName } from '../urn/entity-urns.js'
import { tryParseUrn } from '../urn/urn.js'
import type { ClaimVerdict } from './answers.js'
import { isDescribed } from './entity-lookup.js'
import { walkColumns, walkDatasets } from './lineage-walk.js'
import type { Snapshot } from './snapshot.js'
import type { Steps } from './steps.js'

/** What a claim comes to. */
export interface Decision {
  readonly verdict: ClaimVerdict
  readonly because: string
  /** What the catalog has instead, or as well. */
  readonly found?: Json
  /** Aspect that decides, and whose. */
  readonly by?: { readonly urn: string; readonly aspect: string }
}

/** What a claim is about: an entity, or a column of it. */
export interface Claimed {
  readonly snapshot: Snapshot
  readonly urn: string
  /** URN of the column. */
  readonly field: string | undefined
  readonly node: Row
}

type Decide = (about: Claimed, value: Json) => Decision

const HOLDS = 'holds' as const
const NOT = 'does_not_hold' as const
const UNKNOWN = 'unknown' as const

function isStated({ snapshot }: Claimed, urn: string, aspect: string): boolean {
  return snapshot.row('aspect', { urn, name: aspect }) !== undefined
}

/** Something the entity carries, stated by one of these aspects of it: an owner, a tag, a column. */
function carries(
  what: string,
  aspects: readonly string[],
  have: (about: Claimed) => readonly { readonly urn: string; readonly name: string }[],
): Decide {
  return (about, value) => {
    const stater = about.field ?? about.urn
    const by = [
      ...aspects.map((aspect) => ({ urn: stater, aspect })),
      ...(about.field === undefined ? [] : [{ urn: about.urn, aspect: 'schemaMetadata' }]),
    ].filter((stated) => isStated(about, stated.urn, stated.aspect))
    const all = have(about)
    const found = all.map((one) => one.urn)
    const decider = by[0] && { by: by[0] }
    if (all.some((one) => isNamed(one, value)))
      return { verdict: HOLDS, because: `It is stated.`, found, ...decider }
    if (by.length === 0) return { verdict: UNKNOWN, because: `Nobody has stated its ${what}.` }
    return { verdict: NOT, because: `Its ${what} are stated, and are others.`, found, ...decider }
  }
}

/** By URN exactly, else by the name people use, whatever its case. */
function isNamed({ urn, name }: { readonly urn: string; readonly name: string }, value: Json): boolean {
  if (typeof value !== 'string') return false
  if (typeof tryParseUrn(value) !== 'string') return urn === value
  return [name, urnName(urn)].some((n) => n.toLowerCase() === value.toLowerCase())
}

function links(query: string) {
  return ({ snapshot, urn }: Claimed) =>
    [...new Map(snapshot.rows(query, { urn }).map((row) => [String(row['urn']), row])).values()]
      .map((row) => ({ urn: String(row['urn']), name: String(row['name'] ?? urnName(String(row['urn']))) }))
      .sort((a, b) => (a.urn < b.urn ? -1 : 1))
}

function labels(ofDataset: string, ofFields: string) {
  return (about: Claimed) => {
    const { snapshot, urn, field } = about
    if (field === undefined) return links(ofDataset)(about)
    return snapshot
      .rows(ofFields, { urn })
      .filter((row) => row['field'] === field)
      .map((row) => ({ urn: String(row['urn']), name: String(row['name']) }))
  }
}

/** Lineage over any number of hops. It is stated by the dataset that is made, so only that one can deny it. */
function lineage(direction: 'upstream_of' | 'downstream_of') {
  return function* (about: Claimed, value: Json): Steps<Decision> {
    const { snapshot, urn, field } = about
    if (typeof value !== 'string' || typeof tryParseUrn(value) === 'string')
      return { verdict: UNKNOWN, because: 'The value is not a URN.' }
    const [made, from] = direction === 'downstream_of' ? [field ?? urn, value] : [value, field ?? urn]
    const dataset = made.startsWith('urn:li:schemaField:')
      ? String(entityOf(snapshot.row('field', { urn: made }))?.['dataset'] ?? '')
      : made
    const by = { urn: dataset, aspect: 'upstreamLineage' }
    const degree =
      field === undefined
        ? yield* hops(snapshot, made, from)
        : yield* columnHops(snapshot, made, dataset, from)
    if (degree !== undefined)
      return {
        verdict: HOLDS,
        because: `It is, over ${degree} hop${degree === 1 ? '' : 's'}.`,
        found: degree,
        by,
      }
    if (!isStated(about, dataset, 'upstreamLineage'))
      return {
        verdict: UNKNOWN,
        because: isDescribed(snapshot, value)
          ? `Nobody has stated where ${dataset || made} comes from.`
          : `The catalog does not hold ${value}.`,
      }
    return { verdict: NOT, because: 'Its lineage is stated, and does not lead there.', by }
  }
}

function* hops(snapshot: Snapshot, made: string, from: string): Steps<number | undefined> {
  const walk = yield* walkDatasets(snapshot, made, true, Number.POSITIVE_INFINITY)
  return walk.at(from)?.degree
}

function* columnHops(
  snapshot: Snapshot,
  made: string,
  dataset: string,
  from: string,
): Steps<number | undefined> {
  const source = entityOf(snapshot.row('field', { urn: from }))
  const walk = yield* walkColumns(snapshot, made, dataset, true, Number.POSITIVE_INFINITY)
  const there = walk.at(String(source?.['dataset']))
  return there?.columns.has(String(source?.['path'])) ? there.degree : undefined
}

function health({ snapshot, urn }: Claimed, value: Json): Decision {
  const wanted = String(value).toLowerCase()
  if (wanted !== 'failing' && wanted !== 'passing')
    return { verdict: UNKNOWN, because: 'Health is passing or failing.' }
  const assertions = snapshot.rows('assertions_of', { urn }).map((row) => row['entity'] as Row)
  const run = assertions.filter((a) => typeof a['latestResult'] === 'string')
  const failing = run.filter((a) => a['latestResult'] !== 'SUCCESS').map((a) => String(a['urn']))
  if (failing.length === 0 && run.length < assertions.length)
    return { verdict: UNKNOWN, because: `${assertions.length - run.length} of its assertions never ran.` }
  if (run.length === 0) return { verdict: UNKNOWN, because: 'No assertion is about it.' }
  const isFailing = failing.length > 0
  return {
    verdict: (wanted === 'failing') === isFailing ? HOLDS : NOT,
    because: isFailing
      ? `${failing.length} of ${run.length} assertions fail.`
      : `All of its ${run.length} assertions pass.`,
    ...(isFailing && { found: failing.sort() }),
  }
}

function exists({ node, urn }: Claimed, value: Json): Decision {
  const there = node['removed'] !== true
  return {
    verdict: there === (value === true || value === 'true') ? HOLDS : NOT,
    because: there ? `${urn} exists.` : `${urn} was removed.`,
    found: there,
  }
}

const columns = ({ snapshot, urn }: Claimed) =>
  snapshot.rows('fields_of', { urn }).map((row) => {
    const field = row['field'] as Row
    return { urn: String(field['urn']), name: String(field['path']) }
  })

const keys = (about: Claimed) =>
  columns(about).filter(({ name }) => {
    const declared = about.node['primaryKeys']
    return Array.isArray(declared) && declared.includes(name)
  })

const referenced = ({ snapshot, urn }: Claimed) =>
  [...new Set(snapshot.rows('foreign_keys', { urn }).map((row) => String(row['target'])))]
    .sort()
    .map((target) => ({ urn: target, name: urnName(target) }))

/** Relations that a walk decides, by name. */
export const LINEAGE_CLAIMS: Readonly<Record<string, ReturnType<typeof lineage>>> = {
  upstream_of: lineage('upstream_of'),
  downstream_of: lineage('downstream_of'),
}

/** Other relations to entities, by name. */
export const RELATION_CLAIMS: Readonly<Record<string, Decide>> = {
  owned_by: carries('owners', ['ownership'], links('owners_of')),
  tagged_with: carries('tags', ['globalTags'], labels('tags_of', 'field_tags')),
  termed_with: carries('glossary terms', ['glossaryTerms'], labels('terms_of', 'field_terms')),
  in_domain: carries('domains', ['domains'], links('domains_of')),
  in_container: carries('containers', ['container'], links('containers_of')),
  has_column: carries('columns', ['schemaMetadata'], columns),
  has_key: carries('keys', ['schemaMetadata'], keys),
  references: carries('foreign keys', ['schemaMetadata'], referenced),
  health,
  exists,
}

/** A property of the entity, and the aspect that states it. */
function property(name: string, aspect: string, ofColumn?: string): Decide {
  return ({ snapshot, urn, field, node }, value) => {
    const have = node[field === undefined ? name : (ofColumn ?? name)]
    const by = { urn, aspect: field === undefined ? aspect : 'schemaMetadata' }
    if (have === undefined || have === null)
      return { verdict: UNKNOWN, because: `Nobody has stated its ${name}.` }
    const decider = snapshot.row('aspect', { urn: by.urn, name: by.aspect }) ? { by } : {}
    return isSame(have, value)
      ? { verdict: HOLDS, because: 'It is stated.', found: have, ...decider }
      : { verdict: NOT, because: 'It is stated otherwise.', found: have, ...decider }
  }
}

function isSame(have: Json, value: Json): boolean {
  if (typeof have === 'boolean') return String(have) === String(value).toLowerCase()
  if (typeof have === 'number') return Number(value) === have && value !== ''
  if (Array.isArray(have)) return have.some((one) => isSame(one as Json, value))
  if (typeof have !== 'string') return JSON.stringify(have) === JSON.stringify(value)
  if (have === value || String(value) === have) return true
  return typeof value === 'string' && have.startsWith('urn:li:') && urnName(have) === value
}

/** Properties of an entity or a column, by name. */
export const FIELD_CLAIMS: Readonly<Record<string, Decide>> = {
  name: property('name', 'datasetProperties', 'path'),
  description: property('description', 'datasetProperties'),
  qualified_name: property('qualifiedName', 'datasetProperties'),
  platform: property('platform', 'dataPlatformInstance'),
  platform_instance: property('instance', 'dataPlatformInstance'),
  env: property('env', 'datasetKey'),
  sub_type: property('subTypes', 'subTypes'),
  view_logic: property('viewLogic', 'viewProperties'),
  materialized: property('materialized', 'viewProperties'),
  row_count: property('rowCount', 'datasetProfile'),
  column_count: property('columnCount', 'datasetProfile'),
  type: property('logicalType', 'schemaMetadata'),
  native_type: property('nativeType', 'schemaMetadata'),
  nullable: property('nullable', 'schemaMetadata'),
  part_of_key: property('partOfKey', 'schemaMetadata'),
  null_count: property('nullCount', 'datasetProfile'),
  unique_count: property('uniqueCount', 'datasetProfile'),
}

export const RELATION_NAMES: readonly string[] = [
  ...Object.keys(LINEAGE_CLAIMS),
  ...Object.keys(RELATION_CLAIMS),
  ...Object.keys(FIELD_CLAIMS),
]
