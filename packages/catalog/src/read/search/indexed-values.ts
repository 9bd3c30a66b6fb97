import type { FacetValue, SearchDocument } from './document.js'
import { FACET_FIELDS } from './fields.js'
import { type IndexArrays, withRoom } from './number-array.js'
import { ValueLists } from './value-lists.js'

/** Fields whose values an index keeps; `name` and `urn` are kept of each document anyway. */
const LISTED_FIELDS: readonly string[] = [...Object.keys(FACET_FIELDS), 'fieldPaths']

/** So many lists of one field are kept, whatever documents there are. */
const MANY_LISTS = 1000

interface Field {
  readonly lists: ValueLists
  /** By number of document: the number of its list. */
  readonly column: Uint32Array
}

/** The filterable values of documents by field. */
export class IndexedValues {
  readonly #fields: Map<string, Field>

  constructor(arrays?: IndexArrays) {
    this.#fields = new Map(
      LISTED_FIELDS.map((name) => {
        const field = arrays?.[name] as IndexArrays | undefined
        const column = (field?.['column'] as Uint32Array | undefined) ?? new Uint32Array(0)
        return [name, { lists: new ValueLists(field?.['lists'] as IndexArrays | undefined), column }]
      }),
    )
  }

  arrays(documents: number): IndexArrays {
    return Object.fromEntries(
      Array.from(this.#fields, ([name, { lists, column }]) => [
        name,
        { lists: lists.arrays(), column: column.subarray(0, documents) },
      ]),
    )
  }

  has(field: string): boolean {
    return this.#fields.has(field)
  }

  #field(name: string): Field {
    return this.#fields.get(name) as Field
  }

  put(document: number, values: SearchDocument['values']): void {
    for (const [name, { lists, column }] of this.#fields) {
      const grown = withRoom(column, document + 1)
      grown[document] = lists.add(values[name] ?? [])
      if (grown !== column) this.#fields.set(name, { lists, column: grown })
    }
  }

  of(document: number, field: string): FacetValue[] {
    const { lists, column } = this.#field(field)
    return lists.list(column[document] as number)
  }

  /** Of each document by number: 1 when it is alive and a value of the field passes. */
  passing(field: string, test: (value: FacetValue) => boolean, alive: Uint8Array): Uint8Array {
    const { lists, column } = this.#field(field)
    const pass = lists.passing(test)
    const found = new Uint8Array(alive.length)
    for (let i = 0; i < found.length; i++)
      found[i] = (alive[i] as number) & (pass[column[i] as number] as number)
    return found
  }

  /** How many of these documents have each value of a field. */
  counts(field: string, documents: Uint32Array): Map<FacetValue, number> {
    const { lists, column } = this.#field(field)
    const times = new Uint32Array(lists.size)
    for (let i = 0; i < documents.length; i++) {
      const list = column[documents[i] as number] as number
      times[list] = (times[list] as number) + 1
    }
    return lists.counts(times)
  }

  /** Forgets lists of values that none of these documents, which are all, has any more. */
  closeUp(documents: Uint32Array): void {
    for (const [name, { lists, column }] of this.#fields) {
      if (lists.size <= MANY_LISTS || lists.size <= 2 * documents.length) continue
      const made = new ValueLists()
      for (const document of documents) column[document] = made.add(lists.list(column[document] as number))
      this.#fields.set(name, { lists: made, column })
    }
  }
}
