import { type IndexArrays, withRoom } from './number-array.js'

const EMPTY = 0
const MULTIPLIER = 0x01000193

/**
 * Sequences of numbers, each kept once, with numbers of their own in the order in which they came; behind one another in one
 * array, found by a table of open addressing. As it is nothing but arrays it crosses to another thread without a copy.
 */
export class SequenceSet<A extends Uint8Array | Uint32Array> {
  #values: A
  /** Where each sequence begins, and where the last one ends. */
  #starts: Uint32Array
  /** Number of a sequence and one, 0 for a free slot; as many as a power of two, at least twice as many as sequences. */
  #slots: Int32Array
  #size: number

  constructor(values: A) {
    this.#values = values
    this.#starts = new Uint32Array(64)
    this.#slots = new Int32Array(128)
    this.#size = 0
  }

  /** From what `arrays` gave; they are this set's from then on. */
  static of<A extends Uint8Array | Uint32Array>(arrays: IndexArrays): SequenceSet<A> {
    const set = new SequenceSet<A>(arrays['values'] as A)
    set.#starts = arrays['starts'] as Uint32Array
    set.#slots = arrays['slots'] as Int32Array
    set.#size = (arrays['size'] as Uint32Array)[0] as number
    return set
  }

  arrays(): IndexArrays {
    return {
      values: this.#values.subarray(0, this.#starts[this.#size]),
      starts: this.#starts.subarray(0, this.#size + 1),
      slots: this.#slots,
      size: Uint32Array.of(this.#size),
    }
  }

  get size(): number {
    return this.#size
  }

  /** Of all sequences, behind one another; valid until the next `add`. */
  get values(): A {
    return this.#values
  }

  start(number: number): number {
    return this.#starts[number] as number
  }

  end(number: number): number {
    return this.#starts[number + 1] as number
  }

  /** Number of the sequence of the first `length` values, -1 when it is not there. */
  find(sequence: A, length: number): number {
    return (this.#slots[this.#slot(sequence, length)] as number) - 1
  }

  /** Number of the sequence, which is added when it is not there. */
  add(sequence: A, length: number): number {
    const slot = this.#slot(sequence, length)
    const known = (this.#slots[slot] as number) - 1
    if (known >= 0) return known
    const number = this.#size++
    const from = this.#starts[number] as number
    this.#values = withRoom(this.#values, from + length)
    for (let i = 0; i < length; i++) this.#values[from + i] = sequence[i] as number
    this.#starts = withRoom(this.#starts, number + 2)
    this.#starts[number + 1] = from + length
    this.#slots[slot] = number + 1
    if (2 * this.#size > this.#slots.length) this.#rehash()
    return number
  }

  #slot(sequence: A, length: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash(sequence, 0, length) & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] as number) - 1
      if (number < 0 || this.#is(number, sequence, length)) return slot
    }
  }

  #is(number: number, sequence: A, length: number): boolean {
    const from = this.#starts[number] as number
    if ((this.#starts[number + 1] as number) - from !== length) return false
    for (let i = 0; i < length; i++) if (this.#values[from + i] !== sequence[i]) return false
    return true
  }

  #rehash(): void {
    const slots = new Int32Array(4 * this.#slots.length)
    const mask = slots.length - 1
    for (let number = 0; number < this.#size; number++) {
      let slot = hash(this.#values, this.start(number), this.end(number)) & mask
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask
      slots[slot] = number + 1
    }
    this.#slots = slots
  }
}

/** FNV-1a over the numbers, mixed at the end so that its low bits depend on all of them. */
function hash(values: Uint8Array | Uint32Array, from: number, to: number): number {
  let h = 0x811c9dc5
  for (let i = from; i < to; i++) h = Math.imul(h ^ (values[i] as number), MULTIPLIER)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return h ^ (h >>> 13)
}
