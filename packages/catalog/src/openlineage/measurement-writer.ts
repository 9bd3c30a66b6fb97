import type { Transaction } from '@groundplane/graph'
import type { SchemaModel } from '@groundplane/lang'
import type { AspectProposal } from '../aspect/proposal.js'
import { eventPart } from '../aspect/timeseries.js'
import { Retraction } from '../ingest/retraction.js'
import type { QuerySet } from '../model/queries.js'

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

  #events(urn: string, name: string, from: number, to: number) {
    return this.#tx
      .all(this.#queries.checked('events_between'), { urn, name, from, to })
      .map((row) => row['event'] as { part: string; text: string })
  }
}
