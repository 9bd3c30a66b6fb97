import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 8192
const pool = Buffer.alloc(POOL_BYTES)
let used = POOL_BYTES

/**
 * Random bytes from the system's generator, drawn many at a time: a call of the generator costs
 * microseconds whatever it gives. For ids that must be unique. Not for secrets: bytes
 * lie in memory before they are used. The answer is overwritten later: copy or use it at once.
 */
export function pooledRandom(bytes: number): Buffer {
  if (bytes > POOL_BYTES) return randomFillSync(Buffer.alloc(bytes))
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.subarray(used - bytes, used)
}

const HEX_BYTES = 512
let hex = ''
let hexUsed = 0

/** So many bytes of `pooledRandom` in hex digits; made text many at a time too, as that costs as much as drawing them. */
export function pooledHex(bytes: number): string {
  if (bytes > HEX_BYTES) return pooledRandom(bytes).toString('hex')
  const digits = 2 * bytes
  if (hexUsed + digits > hex.length) {
    hex = pooledRandom(HEX_BYTES).toString('hex')
    hexUsed = 0
  }
  hexUsed += digits
  return hex.slice(hexUsed - digits, hexUsed)
}
