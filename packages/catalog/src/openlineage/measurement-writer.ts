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

  write(measurement: AspectProposal): void {
    const { entityUrn: urn, aspectName: name, text = '' } = measurement
    const value = JSON.parse(text) as { timestampMillis: number }
    const { timestampMillis: at } = value
    const here = this.#events(urn, name, at, at)
    if (name === 'operation') {
      // Nothing is projected of operations, so those of several runs stand beside each other.
      const rival = here.find(({ part }) => part === eventPart(value))
      if (rival && rival.text >= text) return
    } else if (here.length > 0) {
      if (here.some((rival) => rival.text >= text)) return
      this.#retraction.events(urn, name, { from: at, to: at })
    }
    if (name !== 'operation') this.#retraction.projectionOfNewest(urn, name, at)
    this.#ingest([measurement])
  }

  /**
   * Profiles and operations of a dataset that has another URN now stand under that one as well; once for all, however often
   * it is done. Results of assertions stay: which assertion one is of says the URN of its dataset.
   */
  carry(from: string, to: string): void {
    for (const name of CARRIED) {
      for (const { text } of this.#events(from, name, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
        this.write({ entityUrn: to, aspectName: name, aspect: JSON.parse(text) as Json, text })
    }
  }

  #events(urn: string, name: string, from: number, to: number) {
    return this.#tx
      .all(this.#queries.checked('events_between'), { urn, name, from, to })
      .map((row) => row['event'] as { part: string; text: string })
  }
}
