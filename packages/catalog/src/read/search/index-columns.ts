import { type IndexArrays, type NumberArray, withRoom } from './number-array.js'

/** What is kept of documents by their numbers. Every array has a place for each document, and for more. */
export interface IndexColumns extends IndexArrays {
  /** 1 for a document that is there. */
  readonly alive: Uint8Array
  /** By how much it comes before others that match as well. */
  readonly worth: Float64Array
  /** Numbers of its strings. */
  readonly urn: Uint32Array
  readonly name: Uint32Array
  readonly type: Uint32Array
  /** Places of the document in order of URN, and of name, from 1; 0 when it came after that was last found out. */
  readonly urnPlace: Uint32Array
  readonly namePlace: Uint32Array
  /** How many words its name has. */
  readonly nameWords: Uint32Array
}

export function emptyColumns(): IndexColumns {
  const numbers = () => new Uint32Array(0)
  return {
    alive: new Uint8Array(0),
    worth: new Float64Array(0),
    urn: numbers(),
    name: numbers(),
    type: numbers(),
    urnPlace: numbers(),
    namePlace: numbers(),
    nameWords: numbers(),
  }
}

/** The same columns with a place for `length` documents. */
export function columnsFor(columns: IndexColumns, length: number): IndexColumns {
  if (length <= columns.alive.length) return columns
  return mapColumns(columns, (column) => withRoom(column, length))
}

/** The same columns, each as `change` makes it. */
export function mapColumns(
  columns: IndexColumns,
  change: (column: NumberArray) => NumberArray,
): IndexColumns {
  const changed = Object.entries(columns).map(([name, column]) => [name, change(column as NumberArray)])
  return Object.fromEntries(changed) as IndexColumns
}
