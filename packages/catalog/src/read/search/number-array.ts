/** Arrays that an index keeps its numbers in. */
export type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array

/** Everything that an index, or a part of one, is made of. Arrays may have room for more than is in them. */
export interface IndexArrays {
  readonly [name: string]: NumberArray | IndexArrays
}

/** Room that a full array gets beyond what it is to hold: a quarter, so that seldom everything is copied. */
const ROOM = 1.25
const LEAST_ROOM = 64

/** The array, or one with the same contents and room for `length` numbers and some more. */
export function withRoom<A extends NumberArray>(array: A, length: number): A {
  if (length <= array.length) return array
  const grown = new (array.constructor as new (length: number) => A)(Math.ceil(length * ROOM) + LEAST_ROOM)
  grown.set(array)
  return grown
}
