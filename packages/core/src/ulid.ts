import { pooledRandom } from './pooled-random.js'

/** 26 characters of Crockford base 32: 48 bits of Unix milliseconds, then 80 random bits. Sorts by time. */
export type Ulid = string & { readonly __brand: 'Ulid' }

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

export function isUlid(text: string): text is Ulid {
  return PATTERN.test(text)
}

export interface UlidSource {
  /** Strictly greater than every id this source gave before. */
  next(): Ulid
}

/**
 * Monotonic source: ids made in the same millisecond, or while the clock steps
 * back, count up from the one before, so order of creation is order of ids.
 */
export function ulidSource(
  nowMs: () => number = Date.now,
  random: (bytes: number) => Uint8Array = pooledRandom,
): UlidSource {
  let lastMs = -1
  const tail = new Uint8Array(16) // 16 digits of 5 bits
  let head = ''
  /** All digits but the last two: many ids in a row differ in those alone. */
  let start = ''
  return {
    next() {
      const ms = nowMs()
      if (ms > lastMs) {
        lastMs = ms
        head = encodeTime(ms)
        const bytes = random(16)
        for (let i = 0; i < 16; i++) tail[i] = (bytes[i] as number) & 31
        tail[0] = (tail[0] as number) & 15 // leave room to count up
        start = head + digits(tail, 14)
      } else {
        let i = 15
        while (i >= 0 && tail[i] === 31) tail[i--] = 0
        if (i < 0) head = encodeTime(++lastMs)
        else tail[i] = (tail[i] as number) + 1
        if (i < 14) start = head + digits(tail, 14)
      }
      return (start + ALPHABET[tail[14] as number] + ALPHABET[tail[15] as number]) as Ulid
    },
  }
}

function digits(tail: Uint8Array, count: number): string {
  let text = ''
  for (let i = 0; i < count; i++) text += ALPHABET[tail[i] as number]
  return text
}

/** When the id was made, in Unix milliseconds. Ids of one millisecond give the same. */
export function ulidTimeMs(id: Ulid): number {
  let ms = 0
  for (const digit of id.slice(0, 10)) ms = ms * 32 + ALPHABET.indexOf(digit)
  return ms
}

function encodeTime(ms: number): string {
  let text = ''
  for (let i = 0, rest = ms; i < 10; i++, rest = Math.floor(rest / 32)) text = ALPHABET[rest % 32] + text
  return text
}
