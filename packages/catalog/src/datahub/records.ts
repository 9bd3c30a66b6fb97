import { entityOf, type Row, text } from '../aspect/row.js'
import type { Snapshot } from '../read/snapshot.js'
import { parseUrn } from '../urn/urn.js'
import { keyAspect } from './record-types.js'

/** One aspect as it was sent: JSON texts, byte for byte. */
export interface AspectRecord {
  readonly name: string
  readonly text: string
  /** `systemMetadata` of the write that last changed it. */
  readonly system: string | null
}

export interface EventRecord {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly text: string
  readonly system: string | null
}

/** One aspect of an entity; the key aspect follows from the URN of an entity that has any. Undefined when there is none. */
export function aspectRecord(snapshot: Snapshot, urn: string, name: string): AspectRecord | undefined {
  const parsed = parseUrn(urn)
  const row = snapshot.row('aspect', { urn, name })
  if (row) return recordOfRow({ ...row, name })
  const key = keyAspect(parsed)
  if (key.name !== name || !hasRecord(snapshot, urn)) return undefined
  return { name, text: JSON.stringify(key.value), system: null }
}

/** All aspects of an entity, its key first; none when nothing was ever said of it. */
export function aspectRecords(snapshot: Snapshot, urn: string): AspectRecord[] {
  const key = keyAspect(parseUrn(urn))
  const records = snapshot.rows('aspects_of', { urn }).map(recordOfRow)
  if (records.some(({ name }) => name === key.name)) return records
  if (records.length === 0 && !hasRecord(snapshot, urn)) return []
  return [{ name: key.name, text: JSON.stringify(key.value), system: null }, ...records]
}

/** Whether anything was said of the entity itself; a mention by others does not count, a soft delete does not matter. */
export function hasRecord(snapshot: Snapshot, urn: string): boolean {
  return snapshot.rows('any_aspect', { urn }).length > 0 || snapshot.rows('any_event', { urn }).length > 0
}

/** Events in a span of time, both ends included, newest first. */
export function eventRecords(
  snapshot: Snapshot,
  urn: string,
  name: string,
  { from = 0, to = Number.MAX_SAFE_INTEGER }: { readonly from?: number; readonly to?: number } = {},
): EventRecord[] {
  return snapshot
    .rows('events_between', { urn, name, from, to })
    .map((row) => entityOf(row, 'event') as Row)
    .map((event) => ({
      at: Number(event['at']),
      text: String(event['text']),
      system: text(event['system']) ?? null,
    }))
}

/** URNs read at once; the limit of the query. */
const PAGE = 1000

/** URNs of an entity type that have an aspect, in order, those that follow `after`; read as they are taken. */
function* urnsOfType(
  snapshot: Snapshot,
  entityType: string,
  after = `urn:li:${entityType}:`,
): Iterable<string> {
  // `;` follows `:`, so what lies between are the URNs of this type, one after the other in the index.
  const below = `urn:li:${entityType};`
  for (let last = after; ; ) {
    const urns = snapshot.rows('urns_between', { after: last, below }).map((row) => String(row['urn']))
    yield* urns
    if (urns.length < PAGE) return
    last = urns[urns.length - 1] as string
  }
}

export function recordedUrns(
  snapshot: Snapshot,
  {
    entityType,
    after,
    limit,
    include = 'all',
  }: {
    readonly entityType: string
    readonly after?: string
    readonly limit: number
    readonly include?: 'all' | 'not-removed'
  },
): string[] {
  const urns: string[] = []
  for (const urn of urnsOfType(snapshot, entityType, after)) {
    if (urns.length >= limit) break
    if (include === 'all' || !isRemoved(snapshot, urn)) urns.push(urn)
  }
  return urns
}

function isRemoved(snapshot: Snapshot, urn: string): boolean {
  const status = aspectRecord(snapshot, urn, 'status')
  return status !== undefined && (JSON.parse(status.text) as { removed?: unknown }).removed === true
}

function recordOfRow(row: Row): AspectRecord {
  return { name: String(row['name']), text: String(row['text']), system: text(row['system']) ?? null }
}
