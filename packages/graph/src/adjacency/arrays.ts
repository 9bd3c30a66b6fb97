/**
 * The edges of one type at one commit as rows, both ways. Entity numbers are dense, so
 * the arrays are small; they lie in shared memory, so that all threads of a process read
 * one copy. Never written to once built. Self-loops are kept apart: no walk uses them.
 */
export interface AdjacencyArrays {
  readonly tid: number
  /** The commit on main they were built from. */
  readonly seq: number
  /** Entity numbers below this have a row. */
  readonly size: number
  readonly out: Rows
  readonly in: Rows
  /** One bit per entity with a self-loop. */
  readonly loops: Uint8Array<SharedArrayBuffer>
}

/**
 * The neighbours of each entity in slots of `1 << shift` cells: how many they are, and
 * they themselves, or where in `cells` they begin when they do not fit. A short row is so
 * in one line of the processor's cache and found without looking elsewhere; and where rows
 * are and what is in them is one array, as compiled code holds what it knows of each array
 * in registers, of which there are few.
 */
export interface Rows {
  readonly cells: Int32Array<SharedArrayBuffer>
  readonly shift: number
}

/** Slots hold an average row, within these bounds. */
const MIN_SHIFT = 1
const MAX_SHIFT = 4

/** Edges as they are read, before they are sorted into rows. */
export class EdgeList {
  #src = new Int32Array(1 << 12)
  #dst = new Int32Array(1 << 12)
  #length = 0

  /** Adds the edges of a text `src dst src dst …`. */
  addText(text: string): void {
    let value = 0
    let src = -1
    for (let i = 0; i <= text.length; i++) {
      const digit = i < text.length ? text.charCodeAt(i) - 48 : -16
      if (digit >= 0) value = value * 10 + digit
      else {
        if (src < 0) src = value
        else {
          this.#add(src, value)
          src = -1
        }
        value = 0
      }
    }
  }

  #add(src: number, dst: number): void {
    if (this.#length === this.#src.length) {
      this.#src = grown(this.#src)
      this.#dst = grown(this.#dst)
    }
    this.#src[this.#length] = src
    this.#dst[this.#length++] = dst
  }

  /** Sorts the edges into rows for entities below `size`. */
  toArrays(tid: number, seq: number, size: number): AdjacencyArrays {
    const src = this.#src.subarray(0, this.#length)
    const dst = this.#dst.subarray(0, this.#length)
    const loops = new Uint8Array(new SharedArrayBuffer((size >> 3) + 1))
    for (let i = 0; i < src.length; i++) {
      const n = src[i] as number
      if (n === dst[i]) loops[n >> 3] = (loops[n >> 3] as number) | (1 << (n & 7))
    }
    return { tid, seq, size, out: rowsOf(src, dst, size), in: rowsOf(dst, src, size), loops }
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const next = new Int32Array(array.length * 2)
  next.set(array)
  return next
}

function rowsOf(from: Int32Array, to: Int32Array, size: number): Rows {
  const counts = new Int32Array(size)
  let edges = 0
  for (let i = 0; i < from.length; i++) {
    const n = from[i] as number
    if (n === to[i]) continue
    counts[n] = (counts[n] as number) + 1
    edges++
  }
  const wanted = Math.ceil(Math.log2(edges / Math.max(1, size) + 1))
  const shift = Math.min(MAX_SHIFT, Math.max(MIN_SHIFT, wanted))
  const slot = 1 << shift
  let length = size << shift
  for (const count of counts) if (count >= slot) length += count
  const cells = new Int32Array(new SharedArrayBuffer(length * 4))
  // Where the next neighbour of each entity goes.
  const next = counts
  let free = size << shift
  for (let n = 0; n < size; n++) {
    const count = counts[n] as number
    const at = n << shift
    cells[at] = count
    next[n] = at + 1
    if (count < slot) continue
    cells[at + 1] = free
    next[n] = free
    free += count
  }
  for (let i = 0; i < from.length; i++) {
    const n = from[i] as number
    if (n === to[i]) continue
    const at = next[n] as number
    cells[at] = to[i] as number
    next[n] = at + 1
  }
  return { cells, shift }
}
