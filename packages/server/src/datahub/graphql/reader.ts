import type { CatalogApi, ParsedUrn, Steps } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import type { Turns } from '../../turns.js'
import type { Aspect } from './aspect.js'

/** What stands for an entity: a member for each field, or a function where it takes reading. */
export interface EntityObject {
  readonly __typename: string
  readonly urn: string
  readonly type: string
}

/** How fields read a catalog. */
export interface Reader {
  readonly catalog: CatalogApi
  readonly at: ReadContext
  /** Results of a search are read one in a turn of the event loop. */
  readonly turns: Turns
  /** Carries out a read in steps; see `inTurns`. */
  walk<T>(steps: Steps<T>): Promise<T>
  /** The entity of a URN, whether anything is recorded of it or not; null where there is no such URN or type. */
  ref(urn: unknown): EntityObject | null
  /** Those of a list of URNs; none when it is no list. */
  refs(urns: unknown): (EntityObject | null)[]
  /** The entity of a URN, null when nothing is recorded of it. `CatalogError` `urn_invalid`. */
  recorded(urn: string): EntityObject | null
  /** An aspect as it was sent. */
  aspect(urn: string, name: string): Aspect | undefined
  /** Reads anew from here on: something was written. */
  forget(): void
  /** URNs of all entities of a type that are not removed. `ServerError` `query_too_large`. */
  allOf(entityType: string): readonly string[]
  /** All entities that have an aspect, with it. `ServerError` `query_too_large`. */
  withAspect(name: string): { readonly urn: string; readonly aspect: Aspect }[]
}

/** The members of an entity that are its type's own. */
export type Members = (reader: Reader, urn: ParsedUrn) => object
