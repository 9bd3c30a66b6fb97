/**
 * A seeded stream of numbers. Each table draws from a stream of its own, named
 * after the table, so that a change to one leaves the rows of the others alone.
 */
export interface Random {
  /** Unsigned 32 bits. */
  bits(): number
  /** In [0, 1). */
  unit(): number
  /** Integer in [0, below). `below` is at most 2^32. */
  below(below: number): number
  /** Standard normal. */
  normal(): number
  /** 32 lower-case hex digits. */
  hex32(): string
}

/** sfc32 (Chris Doty-Humphrey, public domain): 128 bits of state, passes PractRand. */
export function randomStream(seed: number, name: string): Random {
  let a = 0x9e3779b9 ^ seed
  let b = hashText(name)
  let c = 0x243f6a88 ^ (seed * 0x85ebca6b)
  let counter = 1
  let spare: number | undefined
  const bits = () => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 16; i++) bits()
  const unit = () => bits() / 4294967296
  return {
    bits,
    unit,
    below: (below) => Math.floor(unit() * below),
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      const radius = Math.sqrt(-2 * Math.log(1 - unit()))
      const angle = 2 * Math.PI * unit()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    hex32: () => hex8(bits()) + hex8(bits()) + hex8(bits()) + hex8(bits()),
  }
}

/** Draws an index with probability proportional to its weight, in logarithmic time. */
export class WeightedChoice {
  readonly #sums: Float64Array
  readonly #total: number

  constructor(weights: ArrayLike<number>) {
    this.#sums = new Float64Array(weights.length)
    let sum = 0
    for (let i = 0; i < weights.length; i++) {
      sum += weights[i] as number
      this.#sums[i] = sum
    }
    this.#total = sum
  }

  draw(random: Random): number {
    const at = random.unit() * this.#total
    let low = 0
    let high = this.#sums.length - 1
    while (low < high) {
      const mid = (low + high) >> 1
      if ((this.#sums[mid] as number) > at) high = mid
      else low = mid + 1
    }
    return low
  }
}

/** Fisher-Yates, in place. */
export function shuffle(values: Uint32Array | Uint8Array, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const kept = values[i] as number
    values[i] = values[j] as number
    values[j] = kept
  }
}

/** `count` different integers out of [0, below), ascending. */
export function sample(count: number, below: number, random: Random): number[] {
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(random.below(below))
  return [...chosen].sort((x, y) => x - y)
}

const HEX = Array.from({ length: 65536 }, (_, n) => n.toString(16).padStart(4, '0'))

function hex8(bits: number): string {
  return (HEX[bits >>> 16] as string) + (HEX[bits & 65535] as string)
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
