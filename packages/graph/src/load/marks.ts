/** A set of entity numbers, one bit each: dense numbers make it small. */
export class EntityMarks {
  #bits = new Uint8Array(1024)

  /** False when it was there already. */
  add(eid: number): boolean {
    const at = eid >> 3
    if (at >= this.#bits.length) this.#bits = grown(this.#bits, at)
    const bit = 1 << (eid & 7)
    if (((this.#bits[at] as number) & bit) !== 0) return false
    this.#bits[at] = (this.#bits[at] as number) | bit
    return true
  }

  has(eid: number): boolean {
    return ((this.#bits[eid >> 3] ?? 0) & (1 << (eid & 7))) !== 0
  }
}

/** The line an entity came from, four bytes each, so that a late violation can still name it. */
export class EntityLines {
  #lines = new Uint32Array(1024)

  set(eid: number, line: number): void {
    if (eid >= this.#lines.length) {
      const next = new Uint32Array(Math.max(eid + 1, this.#lines.length * 2))
      next.set(this.#lines)
      this.#lines = next
    }
    this.#lines[eid] = line
  }

  get(eid: number): number | undefined {
    return this.#lines[eid] || undefined
  }
}

function grown(bits: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(Math.max(at + 1, bits.length * 2))
  next.set(bits)
  return next
}
