import { type CatalogApi, parseUrn } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import type { DatahubCriterion, DatahubFilter } from '@groundplane/protocol'
import { ServerError } from '../server-error.js'

type Aspects = ReadonlyMap<string, Readonly<Record<string, unknown>>>
type Matcher = (urn: string, aspects: () => Aspects) => boolean

/** Whether an entity fits a filter of DataHub's search; a filter this cannot judge is refused, never ignored. */
export function entityMatcher(
  catalog: CatalogApi,
  filter: DatahubFilter | null | undefined,
  at: ReadContext,
): (urn: string) => boolean {
  const alternatives = (filter?.or ?? []).map(({ and }) => and.map(criterionMatcher))
  if (alternatives.length === 0) return () => true
  return (urn) => {
    let read: Aspects | undefined
    const aspects = () => {
      read ??= readAspects(catalog, urn, at)
      return read
    }
    return alternatives.some((criteria) => criteria.every((matches) => matches(urn, aspects)))
  }
}

/** Whether an event fits a filter over its own members; `a.b` reaches into one. */
export function eventMatcher(filter: DatahubFilter | null | undefined): (text: string) => boolean {
  const alternatives = (filter?.or ?? []).map(({ and }) =>
    and.map((criterion) => ({ path: criterion.field.split('.'), test: valueTest(criterion) })),
  )
  if (alternatives.length === 0) return () => true
  return (text) => {
    const event = JSON.parse(text) as unknown
    return alternatives.some((criteria) => criteria.every(({ path, test }) => test(valuesIn(event, path))))
  }
}

function readAspects(catalog: CatalogApi, urn: string, at: ReadContext): Aspects {
  return new Map(catalog.aspectRecords(urn, at).map(({ name, text }) => [name, JSON.parse(text)]))
}

function criterionMatcher(criterion: DatahubCriterion): Matcher {
  const field = criterion.field.replace(/\.keyword$/, '')
  const values = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined
  if (!values) throw notJudged(`the field "${criterion.field}"`)
  const test = valueTest(criterion)
  return (urn, aspects) => test(values(urn, aspects))
}

/** What an entity has in a field of DataHub's search index. */
const FIELDS: Readonly<Record<string, (urn: string, aspects: () => Aspects) => readonly string[]>> = {
  urn: (urn) => [urn],
  platform: (_, aspects) => [
    ...textsAt(aspects(), 'datasetKey', ['platform']),
    ...textsAt(aspects(), 'dataPlatformInstance', ['platform']),
  ],
  platformInstance: (_, aspects) => textsAt(aspects(), 'dataPlatformInstance', ['instance']),
  origin: (_, aspects) => textsAt(aspects(), 'datasetKey', ['origin']),
  env: (_, aspects) => textsAt(aspects(), 'datasetKey', ['origin']),
  name: (urn, aspects) => namesOf(urn, aspects()),
  removed: (_, aspects) => textsOr(textsAt(aspects(), 'status', ['removed']), 'false'),
  typeNames: (_, aspects) => textsAt(aspects(), 'subTypes', ['typeNames']),
  container: (_, aspects) => textsAt(aspects(), 'container', ['container']),
  tags: (_, aspects) => textsAt(aspects(), 'globalTags', ['tags', 'tag']),
  glossaryTerms: (_, aspects) => textsAt(aspects(), 'glossaryTerms', ['terms', 'urn']),
  domains: (_, aspects) => textsAt(aspects(), 'domains', ['domains']),
  owners: (_, aspects) => textsAt(aspects(), 'ownership', ['owners', 'owner']),
  customProperties: (_, aspects) => customProperties(aspects()),
}

function textsAt(aspects: Aspects, aspect: string, path: readonly string[]): readonly string[] {
  return valuesIn(aspects.get(aspect), path)
}

function textsOr(texts: readonly string[], otherwise: string): readonly string[] {
  return texts.length > 0 ? texts : [otherwise]
}

/** Names for people, and the last part of the URN. */
function namesOf(urn: string, aspects: Aspects): readonly string[] {
  const said = [...aspects].flatMap(([aspect, value]) =>
    /(Properties|Info|Key)$/.test(aspect) ? [value['name'], value['title'], value['displayName']] : [],
  )
  const parts = parseUrn(urn).parts
  return [...said, parts.length === 1 ? parts[0] : undefined].filter((name) => typeof name === 'string')
}

function customProperties(aspects: Aspects): readonly string[] {
  return [...aspects.values()].flatMap(({ customProperties: properties }) =>
    typeof properties === 'object' && properties !== null
      ? Object.entries(properties).map(([key, value]) => `${key}=${String(value)}`)
      : [],
  )
}

/** Scalars at a path, as text; lists on the way are gone through. */
function valuesIn(value: unknown, path: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesIn(item, path))
  const [member, ...rest] = path
  if (member === undefined) return value === null || typeof value === 'object' ? [] : [String(value)]
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return []
  return valuesIn((value as Record<string, unknown>)[member], rest)
}

function valueTest({
  condition = 'EQUAL',
  value,
  values = value === undefined ? [] : [value],
  negated,
}: DatahubCriterion): (has: readonly string[]) => boolean {
  const compare = CONDITIONS.get(condition)
  if (!compare) throw notJudged(`the condition ${condition}`)
  return (has) => has.some((h) => values.some((wanted) => compare(h, wanted))) !== (negated === true)
}

const CONDITIONS: ReadonlyMap<string, (has: string, wanted: string) => boolean> = new Map([
  ['EQUAL', (has: string, wanted: string) => has === wanted],
  ['IN', (has: string, wanted: string) => has === wanted],
  ['IEQUAL', (has: string, wanted: string) => has.toLowerCase() === wanted.toLowerCase()],
  ['CONTAIN', (has: string, wanted: string) => has.includes(wanted)],
  ['START_WITH', (has: string, wanted: string) => has.startsWith(wanted)],
  ['END_WITH', (has: string, wanted: string) => has.endsWith(wanted)],
])

function notJudged(what: string): ServerError {
  return new ServerError('invalid', 'filter_unsupported', `This server cannot filter by ${what}.`, {
    remedy: `Filter by ${Object.keys(FIELDS).join(', ')} with ${[...CONDITIONS.keys()].join(', ')}.`,
  })
}
