import type { Receipt } from '@groundplane/core'

/** Entities that a change is made to; with `columns`, at each place the column of that dataset, where one is named. */
interface Targets {
  readonly entities: readonly string[]
  readonly columns?: readonly (string | null)[]
}

/** One change of what people say about data. */
export type CatalogEdit =
  | ({
      readonly kind: 'tags' | 'terms'
      readonly op: 'add' | 'remove'
      readonly labels: readonly string[]
    } & Targets)
  | ({
      readonly kind: 'owners'
      readonly op: 'add' | 'remove'
      readonly owners: readonly string[]
      /** DataHub's ownership type, by name or URN; default `TECHNICAL_OWNER` when added, any when removed. */
      readonly type?: string
    } & Targets)
  | ({ readonly kind: 'domains'; readonly op: 'set' | 'remove'; readonly domain?: string } & Targets)
  | {
      readonly kind: 'properties'
      readonly op: 'add'
      /** By the URN of a structured property: the values that take the place of those of before. */
      readonly values: Readonly<Record<string, readonly (string | number)[]>>
      readonly entities: readonly string[]
    }
  | {
      readonly kind: 'properties'
      readonly op: 'remove'
      /** URNs of structured properties. */
      readonly properties: readonly string[]
      readonly entities: readonly string[]
    }
  | {
      readonly kind: 'description'
      readonly op: 'replace' | 'append' | 'remove'
      readonly entity: string
      readonly column?: string | null
      readonly text?: string
    }

export interface EditResult {
  readonly success: true
  /** How many entities and columns were changed; the others were so already. */
  readonly changed: number
  readonly message: string
  /** Of the commit that was written, else of the one that was found. */
  readonly receipt: Receipt
}
