import type { Transaction } from '@groundplane/graph'
import type { Json, JsonObject } from '../aspect/proposal.js'
import { compact } from '../aspect/row.js'
import { Ingestion } from '../ingest/ingest.js'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'

export interface Editor {
  /** URN of who makes the change. */
  readonly actor: string
  readonly nowMs: number
}

/** An aspect that is being changed in place. */
export type Aspect = Record<string, Json>

/** Aspects of a change, each read once, changed in place and written once. */
export class AspectChanges {
  readonly #tx: Transaction
  readonly #aspects = new Map<
    string,
    { readonly urn: string; readonly name: string; readonly value: Aspect }
  >()

  constructor(tx: Transaction) {
    this.#tx = tx
  }

  stored(urn: string, name: string): Aspect | undefined {
    const text = this.#tx.node('Aspect', JSON.stringify([urn, name]))?.data['text']
    return typeof text === 'string' ? (JSON.parse(text) as Aspect) : undefined
  }

  /** The aspect as it is to be; empty when there is none. */
  of(urn: string, name: string): Aspect {
    const id = JSON.stringify([urn, name])
    const known = this.#aspects.get(id) ?? { urn, name, value: this.stored(urn, name) ?? {} }
    this.#aspects.set(id, known)
    return known.value
  }

  /** How many entities and columns differ from what was stored. */
  write(queries: QuerySet): number {
    const ingestion = new Ingestion(this.#tx, queries)
    let changed = 0
    for (const { urn, name, value } of this.#aspects.values()) {
      if (said(this.stored(urn, name) ?? {}) === said(value)) continue
      const effect = ingestion.add({ entityUrn: urn, aspectName: name, aspect: value })
      if (typeof effect !== 'string')
        throw new CatalogError('invalid', effect.code, effect.message, { remedy: effect.remedy })
      changed++
    }
    ingestion.finish()
    return changed
  }
}

/** What an aspect says: not who said it when, and an empty list says nothing. */
function said({ lastModified: _m, auditStamp: _a, ...aspect }: Aspect): string {
  return JSON.stringify(compact(aspect))
}

/** The members of a list of an aspect; none when it is no list. */
export function itemsOf(value: Aspect, member: string): Aspect[] {
  const list = value[member]
  return Array.isArray(list) ? (list as Aspect[]) : []
}

/** Who makes a change, and when. */
export function stamp({ actor, nowMs }: Editor): JsonObject {
  return { time: nowMs, actor }
}
