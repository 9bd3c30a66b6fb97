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
