import { type AspectRecord, type CatalogApi, parseUrn, type Steps } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import { fromPageToken, notOurs, toPageToken } from '../http/page-token.js'
import { ServerError } from '../server-error.js'
import { entityMatcher } from './filter.js'
import { entityMembers } from './record-text.js'

/** Entities in the form of DataHub's OpenAPI v3. */

type Item = Readonly<Record<string, unknown>>

interface AspectEntry {
  readonly value?: unknown
  readonly systemMetadata?: unknown
  readonly headers?: Readonly<Record<string, unknown>> | null
}

/** The proposals that items of a POST or a PATCH stand for, in their order. */
export function proposalsOf(
  items: readonly Item[],
  entityType: string,
  change: 'UPSERT' | 'PATCH',
): Record<string, unknown>[] {
  return items.flatMap(({ urn, ...aspects }) =>
    Object.entries(aspects)
      .filter(([, entry]) => entry !== null && entry !== undefined)
      .map(([aspectName, entry]) => {
        const { value, systemMetadata, headers } = entry as AspectEntry
        return {
          entityUrn: urn,
          entityType,
          aspectName,
          changeType: changeOf(change, headers),
          aspect: { json: value },
          ...(systemMetadata != null && { systemMetadata }),
        }
      }),
  )
}

/** A condition that is not held to must not be passed over: the caller relies on it. */
function changeOf(change: string, headers: AspectEntry['headers']): string {
  const conditions = Object.entries(headers ?? {}).filter(([name]) => /^if-/i.test(name))
  if (conditions.length === 0) return change
  const [name, value] = conditions[0] as [string, unknown]
  if (conditions.length === 1 && change === 'UPSERT' && /^if-none-match$/i.test(name) && value === '*')
    return 'CREATE'
  throw new ServerError('invalid', 'condition_unsupported', `The condition ${name} cannot be held to.`, {
    remedy: 'Write without a condition, or create with If-None-Match: *.',
  })
}

/** What a write answers: the aspects of each item, by name. */
export function namesOf(items: readonly Item[]): Record<string, unknown>[] {
  return items.map(({ urn, ...aspects }) => ({
    urn,
    ...Object.fromEntries(
      Object.entries(aspects)
        .filter(([, entry]) => entry !== null && entry !== undefined)
        .map(([name]) => [name, {}]),
    ),
  }))
}

/** The aspects of one entity, of those named; all when none is. */
export function recordsOf(
  catalog: CatalogApi,
  urn: string,
  names: readonly string[],
  at: ReadContext,
): AspectRecord[] {
  const records = catalog.aspectRecords(urn, at)
  if (names.length === 0) return records
  const wanted = new Set(names)
  return records.filter(({ name }) => wanted.has(name))
}

/** The entities asked for that exist, each with the aspects it was asked for; all when none is named. */
export function batchGet(
  catalog: CatalogApi,
  entityType: string,
  items: readonly Item[],
  withSystem: boolean,
  at: ReadContext,
): string {
  const texts = items.flatMap(({ urn, ...aspects }) => {
    const parsed = parseUrn(String(urn))
    if (parsed.entityType !== entityType) throw typeMismatch(parsed.urn, entityType)
    for (const entry of Object.values(aspects)) newestOnly(entry)
    if (!catalog.hasRecord(parsed.urn, at)) return []
    return [entityMembers(parsed.urn, recordsOf(catalog, parsed.urn, Object.keys(aspects), at), withSystem)]
  })
  return `[${texts.join(',')}]`
}

/** A version asked for by number must not be answered with the newest. */
function newestOnly(entry: unknown): void {
  const { headers } = (entry ?? {}) as AspectEntry
  for (const [name, value] of Object.entries(headers ?? {}))
    if (/^if-version-match$/i.test(name) && !/^(?:0|-1)$/.test(String(value))) throw versionUnsupported()
}

export function versionUnsupported(): ServerError {
  return new ServerError('invalid', 'version_unsupported', 'Aspects are not numbered here.', {
    remedy: 'Ask for version 0, the newest; the history of the graph has what was there before.',
  })
}

export function typeMismatch(urn: string, entityType: string): ServerError {
  return new ServerError('invalid', 'entity_type_mismatch', `${urn} is not the URN of a ${entityType}.`, {
    remedy: 'Make the address and the URN agree.',
  })
}

/** The type of entity an address means, whose letters some clients make small. */
export function recordedType(catalog: CatalogApi, named: string, at: ReadContext): string {
  const folded = named.toLowerCase()
  return catalog.recordedTypes(at).find((type) => type.toLowerCase() === folded) ?? named
}

interface ScrollQuestion {
  readonly entities?: readonly string[] | null | undefined
  readonly aspects?: readonly string[] | null | undefined
  readonly filter?: unknown
  readonly count?: number | undefined
  readonly scrollId?: string | undefined
  readonly query?: string | undefined
  readonly withSystem: boolean
  readonly includeRemoved: boolean
}

/** A page of entities by type and URN, in steps: the first counts all there are. Without `aspects` URNs only; with none named, all aspects. */
export function* scroll(catalog: CatalogApi, question: ScrollQuestion, at: ReadContext): Steps<string> {
  const { entities, aspects, count = 10, scrollId, query = '*', withSystem, includeRemoved } = question
  const matches = entityMatcher(catalog, filterOf(question.filter), at)
  const types = [...new Set(entities?.length ? entities : catalog.recordedTypes(at))].sort()
  const include = includeRemoved ? 'all' : 'not-removed'
  const following = (after: string) => urnsAfter(catalog, types, after, include, at)
  // Counted once for a scroll: the token of each page has it for the next.
  const { total, after } =
    scrollId === undefined ? { total: yield* countOf(following(''), matches), after: '' } : placeOf(scrollId)
  // What is not there at all needs no looking for words.
  if (query !== '*' && query !== '' && total > 0)
    throw new ServerError('invalid', 'search_unsupported', 'A scroll cannot look for words.', {
      remedy: 'Scroll with query "*", or search.',
    })
  const page: string[] = []
  let more = false
  let seen = 0
  for (const urn of following(after)) {
    if (++seen % AT_ONCE === 0) yield
    if (!matches(urn)) continue
    more = page.length === count
    if (more) break
    page.push(urn)
  }
  const texts = page.map((urn) =>
    entityMembers(urn, aspects ? recordsOf(catalog, urn, aspects, at) : [], withSystem),
  )
  const next = more ? `"scrollId":${JSON.stringify(toPageToken(`${total} ${page.at(-1)}`))},` : ''
  return `{${next}"entities":[${texts.join(',')}],"totalCount":${total}}`
}

/** URNs read at once. */
const AT_ONCE = 1000

/** URNs of the types, which are sorted, in their order, those that follow one. */
function* urnsAfter(
  catalog: CatalogApi,
  types: readonly string[],
  start: string,
  include: 'all' | 'not-removed',
  at: ReadContext,
): Iterable<string> {
  for (const entityType of types) {
    if (start >= `urn:li:${entityType};`) continue
    let after = start.startsWith(`urn:li:${entityType}:`) ? start : undefined
    for (;;) {
      const question = { entityType, limit: AT_ONCE, include, ...(after !== undefined && { after }) }
      const urns = catalog.recordedUrns(question, at)
      yield* urns
      if (urns.length < AT_ONCE) break
      after = urns[urns.length - 1]
    }
  }
}

/** A step for each read. */
function* countOf(urns: Iterable<string>, matches: (urn: string) => boolean): Steps<number> {
  let [seen, found] = [0, 0]
  for (const urn of urns) {
    if (matches(urn)) found++
    if (++seen % AT_ONCE === 0) yield
  }
  return found
}

function placeOf(scrollId: string): { total: number; after: string } {
  const place = /^(\d{1,15}) (urn:li:.+)$/s.exec(fromPageToken(scrollId))
  if (place) return { total: Number(place[1]), after: place[2] as string }
  throw notOurs()
}

/** The SDK writes the alternatives of a filter as `{and: [{criteria}]}`. */
function filterOf(filter: unknown): Parameters<typeof entityMatcher>[1] {
  const { and, or } = (filter ?? {}) as { and?: { criteria?: unknown }[]; or?: unknown }
  if (Array.isArray(or)) return { or } as Parameters<typeof entityMatcher>[1]
  if (!Array.isArray(and)) return null
  return { or: and.map(({ criteria }) => ({ and: criteria })) } as Parameters<typeof entityMatcher>[1]
}
