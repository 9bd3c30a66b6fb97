import type { Transaction } from '@groundplane/graph'
import type { SchemaModel } from '@groundplane/lang'
import type { AspectProposal, Json } from '../aspect/proposal.js'
import { eventPart } from '../aspect/timeseries.js'
import { Retraction } from '../ingest/retraction.js'
import type { QuerySet } from '../model/queries.js'

/** What is measured of a dataset and says nothing of its name. */
const CARRIED = ['datasetProfile', 'operation']

/**
 * Writes measurements so that what is there in the end does not depend on their order: one of each
 * instant is kept (the greater text), and what is projected is what the newest one says and nothing
 * of those before it.
 */
export class MeasurementWriter {
  readonly #tx: Transaction
  readonly #queries: QuerySet
  readonly #retraction: Retraction
  readonly #ingest: (proposals: readonly AspectProposal[]) => void

  constructor(
    tx: Transaction,
    queries: QuerySet,
    model: SchemaModel,
    ingest: (proposals: readonly AspectProposal[]) => void,
  ) {
    this.#tx = tx
    this.#queries = queries
    this.#retraction = new Retraction(tx, queries, model)
    this.#ingest = ingest
  }

  write({ entityUrn: urn, aspectName: name, text = '' }: AspectProposal): void {
    this.#write(urn, name, [measurementIn(text)])
  }

  /**
   * Profiles and operations of a dataset that has another URN now stand under that one as well; once for all, however often
   * it is done. Results of assertions stay: which assertion one is of says the URN of its dataset. Some hundred are held
   * and ingested at a time.
   */
  carry(from: string, to: string): void {
    for (const name of CARRIED)
      for (const page of this.#pages(from, name, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
        this.#write(to, name, page)
  }

  #write(urn: string, name: string, measurements: readonly Measurement[]): void {
    const here = this.#ofInstants(urn, name, new Set(measurements.map(({ at }) => at)))
    // Nothing is projected of operations, so those of several runs stand beside each other.
    const stands = name === 'operation'
    const fresh = (stands ? measurements : greatestOfEach(measurements)).filter(({ at, part, text }) =>
      (here.get(at) ?? []).every((rival) => (stands && rival.part !== part) || rival.text < text),
    )
    if (fresh.length === 0) return
    if (!stands) {
      for (const { at } of fresh) if (here.has(at)) this.#retraction.events(urn, name, { from: at, to: at })
      this.#retraction.projectionOfNewest(urn, name, Math.max(...fresh.map(({ at }) => at)))
    }
    this.#ingest(
      fresh.map(({ text }) => ({
        entityUrn: urn,
        aspectName: name,
        aspect: JSON.parse(text) as Json,
        text,
      })),
    )
  }

  #ofInstants(urn: string, name: string, instants: ReadonlySet<number>): Map<number, Measurement[]> {
    const found = new Map<number, Measurement[]>()
    for (const page of this.#pages(urn, name, Math.min(...instants), Math.max(...instants)))
      for (const one of page) if (instants.has(one.at)) found.set(one.at, [...(found.get(one.at) ?? []), one])
    return found
  }

  /** Newest first; those of one instant are in one page. */
  *#pages(urn: string, name: string, from: number, to: number): Generator<Measurement[]> {
    for (let until = to; until >= from; ) {
      const page = this.#events('events_page', urn, name, from, until)
      const last = page.at(-1)
      if (last === undefined) return
      const whole = this.#events('events_between', urn, name, last.at, last.at)
      yield [...page.filter(({ at }) => at > last.at), ...whole]
      until = last.at - 1
    }
  }

  #events(query: string, urn: string, name: string, from: number, to: number): Measurement[] {
    return this.#tx
      .all(this.#queries.checked(query), { urn, name, from, to })
      .map((row) => measurementIn((row['event'] as { text: string }).text))
  }
}

interface Measurement {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly part: string
  readonly text: string
}

function measurementIn(text: string): Measurement {
  const value = JSON.parse(text) as { timestampMillis: number }
  return { at: value.timestampMillis, part: eventPart(value), text }
}

/** One of each instant: that of the greatest text. */
function greatestOfEach(measurements: readonly Measurement[]): Measurement[] {
  const kept = new Map<number, Measurement>()
  for (const one of measurements) {
    const other = kept.get(one.at)
    if (!other || other.text < one.text) kept.set(one.at, one)
  }
  return [...kept.values()]
}
