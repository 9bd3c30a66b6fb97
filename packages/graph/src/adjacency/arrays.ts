/**
 * The edges of one type at one commit as compressed sparse rows, both ways. Entity
 * numbers are dense, so the arrays are small; they lie in shared memory, so that all
 * threads of a process read one copy. Never written to once built. Self-loops are kept
 * apart: no walk uses them.
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
 * The neighbours of entity `n` are `rows[rows[n] .. rows[n + 1])`. Where rows begin and
 * what is in them are one array, as compiled code holds what it knows of each array in
 * registers, of which there are few.
 */
export type Rows = Int32Array<SharedArrayBuffer>

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

/** A counting sort of `to` by `from`. */
function rowsOf(from: Int32Array, to: Int32Array, size: number): Rows {
  const starts = new Int32Array(size + 1)
  for (let i = 0; i < from.length; i++) {
    if (from[i] === to[i]) continue
    const at = (from[i] as number) + 1
    starts[at] = (starts[at] as number) + 1
  }
  starts[0] = starts.length
  for (let n = 0; n < size; n++) starts[n + 1] = (starts[n + 1] as number) + (starts[n] as number)
  const rows = new Int32Array(new SharedArrayBuffer((starts[size] as number) * 4))
  rows.set(starts)
  for (let i = 0; i < from.length; i++) {
    const n = from[i] as number
    if (n === to[i]) continue
    const at = starts[n] as number
    rows[at] = to[i] as number
    starts[n] = at + 1
  }
  return rows
}
