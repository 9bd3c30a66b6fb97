/**
 * Cosine distance of two float32 vectors: 0 in the same direction, 1 at a right
 * angle, 2 opposite. A vector of zeros has no direction and is at distance 1 from
 * everything. Sums are kept in double precision, in index order.
 */
export function cosineDistance(a: Float32Array, b: Float32Array): number {
  return distanceTo(a, norm(a), b)
}

/** The same, with the length of the first vector known. */
export function distanceTo(a: Float32Array, normOfA: number, b: Float32Array): number {
  let dot = 0
  let square = 0
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    const y = b[i] as number
    dot += (a[i] as number) * y
    square += y * y
  }
  if (normOfA === 0 || square === 0) return 1
  const cosine = dot / (normOfA * Math.sqrt(square))
  return 1 - Math.min(1, Math.max(-1, cosine))
}

export function norm(a: Float32Array): number {
  let square = 0
  for (let i = 0; i < a.length; i++) square += (a[i] as number) ** 2
  return Math.sqrt(square)
}

/** A stored vector (little-endian float32) without a copy where the bytes are aligned. */
export function vectorView(bytes: Uint8Array): Float32Array {
  if (LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getFloat32(i * 4, true))
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
