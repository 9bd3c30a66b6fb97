import { type CatalogApi, parseUrn, type Steps, tryParseUrn } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import { ServerError } from '../../server-error.js'
import { inTurns, type SteppedLimits } from '../../stepped-read.js'
import { Turns } from '../../turns.js'
import { type Aspect, asAspect } from './aspect.js'
import { entityObject } from './entity/kinds.js'
import type { EntityObject, Reader } from './reader.js'

/** Entities whose aspects one operation may read. */
const MOST_ENTITIES = 5_000
/** Entities that are looked through where no index leads from one end of a reference to the other. */
const MOST_LOOKED_THROUGH = 5_000

/** What one operation sees of a catalog, under the identity of its caller. Aspects are read once, when a field asks for them. */
export class CatalogView implements Reader {
  readonly #aspects = new Map<string, ReadonlyMap<string, Aspect>>()
  readonly turns = new Turns()
  readonly #limits: SteppedLimits

  constructor(
    readonly catalog: CatalogApi,
    readonly at: ReadContext,
    limits: SteppedLimits,
  ) {
    this.#limits = limits
  }

  walk<T>(steps: Steps<T>): Promise<T> {
    return inTurns(steps, this.#limits)
  }

  ref(urn: unknown): EntityObject | null {
    if (typeof urn !== 'string') return null
    const parsed = tryParseUrn(urn)
    return typeof parsed === 'string' ? null : entityObject(this, parsed)
  }

  refs(urns: unknown): (EntityObject | null)[] {
    return Array.isArray(urns) ? urns.map((urn) => this.ref(urn)) : []
  }

  recorded(urn: string): EntityObject | null {
    const parsed = parseUrn(urn.trim())
    return this.catalog.hasRecord(parsed.urn, this.at) ? entityObject(this, parsed) : null
  }

  forget(): void {
    this.#aspects.clear()
  }

  aspect(urn: string, name: string): Aspect | undefined {
    return this.#aspectsOf(urn).get(name)
  }

  #aspectsOf(urn: string): ReadonlyMap<string, Aspect> {
    const read = this.#aspects.get(urn)
    if (read) return read
    if (this.#aspects.size >= MOST_ENTITIES) throw tooMany(`more than ${MOST_ENTITIES} entities`)
    const aspects = new Map<string, Aspect>()
    for (const { name, text } of this.catalog.aspectRecords(urn, this.at))
      aspects.set(name, asAspect(JSON.parse(text)) ?? {})
    this.#aspects.set(urn, aspects)
    return aspects
  }

  allOf(entityType: string): readonly string[] {
    const limit = MOST_LOOKED_THROUGH + 1
    const urns = this.catalog.recordedUrns({ entityType, limit, include: 'not-removed' }, this.at)
    if (urns.length === limit) throw tooMany(`more than ${MOST_LOOKED_THROUGH} of type ${entityType}`)
    return urns
  }

  withAspect(name: string): { readonly urn: string; readonly aspect: Aspect }[] {
    const urns = this.catalog.urnsWithAspect(name, this.at)
    if (urns.length > MOST_LOOKED_THROUGH) throw tooMany(`more than ${MOST_LOOKED_THROUGH} ${name}`)
    return urns.flatMap((urn) => {
      const record = this.catalog.aspectRecord(urn, name, this.at)
      const aspect = record && asAspect(JSON.parse(record.text))
      return aspect ? [{ urn, aspect }] : []
    })
  }
}

function tooMany(what: string): ServerError {
  return new ServerError('unprocessable', 'query_too_large', `The query would have to read ${what}.`, {
    remedy: 'Ask for fewer results, or for fewer fields of each.',
  })
}
