import { aspectOfRecord, type CatalogApi, isTimeseries, parseUrn } from '@groundplane/catalog'
import type { ReadContext, WriteContext } from '@groundplane/graph'
import type { DatahubFilter } from '@groundplane/protocol'
import { ServerError } from '../server-error.js'
import { entityMatcher, eventMatcher } from './filter.js'
import { eventValues } from './record-text.js'

/** The actions of DataHub's RestLi resources that are more than a write of proposals. */

/** As DataHub has it where a client names no limit. */
const MOST_EVENTS = 10_000

interface EventsQuestion {
  readonly urn?: string | undefined
  readonly aspect?: string | undefined
  readonly limit?: number | null | undefined
  readonly startTimeMillis?: number | null | undefined
  readonly endTimeMillis?: number | null | undefined
  readonly filter?: DatahubFilter | null | undefined
}

/** Newest first. The text of the answer. */
export function timeseriesValues(catalog: CatalogApi, question: EventsQuestion, at: ReadContext): string {
  const urn = required(question.urn, 'urn')
  const aspect = required(question.aspect, 'aspect')
  const { entityType } = parseUrn(urn)
  const matches = eventMatcher(question.filter)
  const limit = question.limit ?? MOST_EVENTS
  const events = catalog
    .eventRecords(urn, aspect, spanOf(question), at)
    .filter(({ text }) => matches(text))
    .slice(0, limit)
  return eventValues(entityType, aspect, limit, events)
}

/** How many entities have the aspect; `urnLike` is a pattern of SQL's `like`. */
export function aspectCount(
  catalog: CatalogApi,
  question: { readonly aspect?: string | undefined; readonly urnLike?: string | null | undefined },
  at: ReadContext,
): number {
  const urns = catalog.urnsWithAspect(required(question.aspect, 'aspect'), at)
  const { urnLike } = question
  if (urnLike === undefined || urnLike === null) return urns.length
  const likes = likePattern(urnLike)
  return urns.filter((urn) => likes(urn)).length
}

/** `%` and `_` by going through the text once for each piece between them: no pattern can take long. */
function likePattern(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('%').map((piece) => [...piece])
  return (text) => {
    const characters = [...text]
    const fits = (piece: readonly string[], from: number) =>
      from + piece.length <= characters.length &&
      piece.every((c, i) => c === '_' || c === characters[from + i])
    let from = 0
    for (const [i, piece] of pieces.entries()) {
      const last = i === pieces.length - 1
      if (i === 0) {
        if (!fits(piece, 0) || (last && piece.length !== characters.length)) return false
        from = piece.length
      } else if (last) {
        return characters.length - piece.length >= from && fits(piece, characters.length - piece.length)
      } else {
        while (from <= characters.length && !fits(piece, from)) from++
        if (from > characters.length) return false
        from += piece.length
      }
    }
    return true
  }
}

interface ListQuestion {
  readonly entity?: unknown
  readonly input?: string | null | undefined
  readonly start?: number | undefined
  readonly count?: number | undefined
  readonly filter?: DatahubFilter | null | undefined
}

/** All entities of a type, soft-deleted ones included, by URN. */
export function listUrns(catalog: CatalogApi, question: ListQuestion, at: ReadContext) {
  const { start = 0, count = 10 } = question
  const urns = catalog.recordedUrns({ entityType: typeOf(question), limit: Number.MAX_SAFE_INTEGER }, at)
  const entities = urns.slice(start, start + count)
  return { start, count: entities.length, total: urns.length, entities }
}

/** Entities of a type that a filter lets through, by URN; words are looked for in datasets, dashboards and charts, best match first. */
export function searchEntities(catalog: CatalogApi, question: ListQuestion, at: ReadContext) {
  const { start = 0, count = 10, input } = question
  const entityType = typeOf(question)
  const matches = entityMatcher(catalog, question.filter, at)
  const all = input === undefined || input === null || input === '' || input === '*'
  const found = all
    ? catalog.recordedUrns({ entityType, limit: Number.MAX_SAFE_INTEGER, include: 'not-removed' }, at)
    : foundByWords(catalog, entityType, input, at)
  const urns = found.filter(matches)
  const entities = urns.slice(start, start + count).map((entity) => ({ entity }))
  return { from: start, pageSize: count, numEntities: urns.length, entities }
}

const SEARCHED: ReadonlySet<string> = new Set(['dataset', 'dashboard', 'chart'])
/** The most a search by words looks through. */
const MOST_HITS = 1000
const HITS_AT_ONCE = 50

function foundByWords(catalog: CatalogApi, entityType: string, words: string, at: ReadContext): string[] {
  if (!SEARCHED.has(entityType))
    throw new ServerError(
      'invalid',
      'search_unsupported',
      `Words are looked for in entities of the types ${[...SEARCHED].join(', ')} only.`,
      { remedy: 'Search with input "*", and filter by name.' },
    )
  const filter = `entity_type = ${entityType}`
  const urns: string[] = []
  for (let offset = 0; offset < MOST_HITS; offset += HITS_AT_ONCE) {
    const { searchResults = [] } = catalog.search(
      { query: words, filter, num_results: HITS_AT_ONCE, offset },
      at,
    )
    urns.push(...searchResults.map(({ entity }) => entity.urn))
    if (searchResults.length < HITS_AT_ONCE) break
  }
  return urns
}

function typeOf({ entity }: ListQuestion): string {
  if (typeof entity === 'string' && /^[A-Za-z][A-Za-z0-9_]*$/.test(entity)) return entity
  throw invalid('`entity` must be a type of entity, like dataset.')
}

interface DeleteQuestion {
  readonly urn?: string | undefined
  readonly aspectName?: string | null | undefined
  readonly startTimeMillis?: number | null | undefined
  readonly endTimeMillis?: number | null | undefined
  readonly dryRun?: unknown
}

/** Deletes an entity, an aspect, or the events of one in a span of time. */
export function deleteRecords(catalog: CatalogApi, question: DeleteQuestion, ctx: WriteContext) {
  const { urn } = parseUrn(required(question.urn, 'urn'))
  const { aspectName, dryRun } = question
  if (dryRun === true)
    throw new ServerError('invalid', 'dry_run_unsupported', 'A deletion cannot be tried out here.', {
      remedy: 'Read the entity to see what there is.',
    })
  const { aspects, events } =
    aspectName === undefined || aspectName === null
      ? catalog.deleteEntity(urn, ctx)
      : isTimeseries(aspectName)
        ? catalog.deleteEvents(urn, aspectName, spanOf(question), ctx)
        : catalog.deleteAspect(urn, aspectName, ctx)
  return { urn, rows: aspects, timeseriesRows: events }
}

function spanOf({
  startTimeMillis,
  endTimeMillis,
}: Pick<EventsQuestion, 'startTimeMillis' | 'endTimeMillis'>): { from?: number; to?: number } {
  return {
    ...(startTimeMillis != null && { from: startTimeMillis }),
    ...(endTimeMillis != null && { to: endTimeMillis }),
  }
}

/** The proposals of a snapshot (`MetadataChangeEvent`), the form from before proposals. */
export function snapshotProposals(entity: unknown, systemMetadata: unknown): Record<string, unknown>[] {
  const value = (entity as { value?: Record<string, unknown> } | null)?.value
  const [snapshot, ...others] = Object.values(value ?? {}) as { urn?: unknown; aspects?: unknown }[]
  if (!snapshot || others.length > 0 || !Array.isArray(snapshot.aspects))
    throw invalid('`entity.value` must hold one snapshot with `urn` and `aspects`.')
  return snapshot.aspects.map((aspect: unknown) => {
    const [record, json] = Object.entries(aspect ?? {})[0] ?? ['', undefined]
    return {
      entityUrn: snapshot.urn,
      aspectName: aspectOfRecord(record) ?? record,
      aspect: { json },
      ...(systemMetadata != null && { systemMetadata }),
    }
  })
}

export function required<T>(value: T | undefined, member: string): T {
  if (value !== undefined) return value
  throw invalid(`\`${member}\` is missing.`)
}

function invalid(message: string): ServerError {
  return new ServerError('invalid', 'action_incomplete', `The request does not fit its action: ${message}`, {
    remedy: 'Send what this action needs; docs/datahub.md lists the actions.',
  })
}
