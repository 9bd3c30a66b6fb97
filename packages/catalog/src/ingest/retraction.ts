import type { Transaction } from '@groundplane/graph'
import type { SchemaModel } from '@groundplane/lang'
import { identityOf } from '../model/entity-type.js'
import type { QuerySet } from '../model/queries.js'
import { type ParsedUrn, parseUrn } from '../urn/urn.js'
import type { Effect } from './effect.js'
import { projectionOf } from './project/registry.js'
import { ProjectionWriter } from './projection-writer.js'
import { Shape, ShapeError } from './shape.js'

/** How many aspects and how many events were deleted. */
export interface Deleted {
  readonly aspects: number
  readonly events: number
}

/**
 * Deletes from the record, and from the projection what the deleted stated, in one open
 * transaction. What others state about an entity stays, so one that others mention remains as a
 * mere mention.
 */
export class Retraction {
  readonly #tx: Transaction
  readonly #queries: QuerySet
  readonly #model: SchemaModel

  constructor(tx: Transaction, queries: QuerySet, model: SchemaModel) {
    this.#tx = tx
    this.#queries = queries
    this.#model = model
  }

  /** Everything that was said of the entity itself. */
  entity(urn: string): Deleted {
    const parsed = parseUrn(urn)
    const aspects = this.#tx.all(this.#queries.checked('aspects_of'), { urn })
    const events = eventsIn(this.#tx.all(this.#queries.checked('events_of_entity'), { urn }))
    const writer = new ProjectionWriter(this.#tx)
    for (const row of aspects) this.#deleteAspect(writer, parsed, String(row['name']), String(row['text']))
    for (const event of events) this.#deleteEvent(writer, parsed, event)
    writer.flush()
    for (const row of this.#tx.all(this.#queries.checked('all_runs_of'), { urn }))
      this.#tx.deleteNode('AssertionRun', (row['run'] as { id: string }).id)
    if (aspects.length + events.length > 0) this.#forget(urn)
    return { aspects: aspects.length, events: events.length }
  }

  /** One aspect; the entity goes with its last one. */
  aspect(urn: string, name: string): Deleted {
    const parsed = parseUrn(urn)
    const text = this.#tx.node('Aspect', aspectId(urn, name))?.data['text']
    if (typeof text !== 'string') return { aspects: 0, events: 0 }
    const writer = new ProjectionWriter(this.#tx)
    this.#deleteAspect(writer, parsed, name, text)
    writer.flush()
    this.#forgetUnlessRecorded(urn)
    return { aspects: 1, events: 0 }
  }

  /** The events of one timeseries aspect in a span of time (milliseconds since 1970), both ends included. */
  events(urn: string, name: string, span: { readonly from: number; readonly to: number }): Deleted {
    const parsed = parseUrn(urn)
    const events = eventsIn(this.#tx.all(this.#queries.checked('events_between'), { urn, name, ...span }))
    const writer = new ProjectionWriter(this.#tx)
    for (const event of events) this.#deleteEvent(writer, parsed, event)
    writer.flush()
    for (const { text } of events) this.#deleteRun(urn, text)
    this.#projectNewest(parsed, name)
    if (events.length > 0) this.#forgetUnlessRecorded(urn)
    return { aspects: 0, events: events.length }
  }

  /** What the newest event of a timeseries aspect before an instant has projected; the events stay. */
  projectionOfNewest(urn: string, name: string, before: number): void {
    const [newest] = this.#tx.all(this.#queries.checked('newest_event'), { urn, name })
    if (!newest || Number(newest['at']) >= before) return
    const writer = new ProjectionWriter(this.#tx)
    writer.retract(effectsOf(parseUrn(urn), name, String(newest['text'])), name)
    writer.flush()
  }

  #deleteAspect(writer: ProjectionWriter, parsed: ParsedUrn, name: string, text: string): void {
    writer.retract(effectsOf(parsed, name, text), name)
    this.#tx.deleteNode('Aspect', aspectId(parsed.urn, name))
  }

  #deleteEvent(writer: ProjectionWriter, parsed: ParsedUrn, { id, name, text }: StoredEvent): void {
    writer.retract(effectsOf(parsed, name, text), name)
    this.#tx.deleteNode('TimeseriesAspect', id)
  }

  #deleteRun(urn: string, text: string): void {
    const { timestampMillis, runId } = JSON.parse(text) as { timestampMillis?: unknown; runId?: unknown }
    for (const row of this.#tx.all(this.#queries.checked('all_runs_of'), { urn })) {
      const run = row['run'] as { id: string; at: unknown; runId: unknown }
      if (Number(run.at) === timestampMillis && run.runId === runId)
        this.#tx.deleteNode('AssertionRun', run.id)
    }
  }

  /** What the newest event that is left says, now that newer ones are gone. */
  #projectNewest(parsed: ParsedUrn, name: string): void {
    const [newest] = this.#tx.all(this.#queries.checked('newest_event'), { urn: parsed.urn, name })
    if (!newest) return
    const writer = new ProjectionWriter(this.#tx)
    writer.apply(effectsOf(parsed, name, String(newest['text'])), name)
    writer.flush()
  }

  #forgetUnlessRecorded(urn: string): void {
    const recorded = ['any_aspect', 'any_event'].some(
      (query) => this.#tx.all(this.#queries.checked(query), { urn }).length > 0,
    )
    if (!recorded) this.#forget(urn)
  }

  /** Nothing describes the entity any more: its node goes, unless others speak of it. */
  #forget(urn: string): void {
    const identity = identityOf(urn)
    if (!identity || typeof identity === 'string') return
    const { type, data } = identity
    const node = this.#tx.node(type, urn)
    if (!node) return
    if (this.#isSpokenOf(type, urn))
      this.#tx.patchNode(type, urn, { ...data, described: false, removed: false })
    else this.#tx.deleteNode(type, urn)
  }

  #isSpokenOf(type: string, urn: string): boolean {
    return this.#model.edges.some(({ name, from, to }) => {
      if (OF_THE_URN.has(name)) return false
      return (
        (from === type && this.#tx.edgesFrom(name, urn).length > 0) ||
        (to === type && this.#tx.edgesTo(name, urn).length > 0)
      )
    })
  }
}

interface StoredEvent {
  readonly id: string
  readonly name: string
  readonly text: string
}

function eventsIn(rows: readonly Readonly<Record<string, unknown>>[]): StoredEvent[] {
  return rows.map((row) => row['event'] as StoredEvent)
}

/** Edges that follow from a URN alone, and speak of nobody. */
const OF_THE_URN: ReadonlySet<string> = new Set(['OnPlatform', 'InstanceOf'])

function aspectId(urn: string, name: string): string {
  return JSON.stringify([urn, name])
}

/** What an aspect stated; nothing for one whose shape was never checked. */
function effectsOf(parsed: ParsedUrn, name: string, text: string): readonly Effect[] {
  const projection = projectionOf(name, parsed.entityType)
  if (!projection) return []
  try {
    return projection({ urn: parsed.urn, parsed, aspect: new Shape(JSON.parse(text)), previous: null })
  } catch (e) {
    if (e instanceof ShapeError) return []
    throw e
  }
}
