import { words } from '../search/words.js'
import type { EmbeddingProvider } from './provider.js'

/**
 * Vectors without a network: each word has a direction of its own, a text points
 * where its words point together, so texts with words in common are near. The
 * same text gives the same vector everywhere, for ever.
 */
export function mockProvider(model: string): EmbeddingProvider {
  return {
    kind: 'mock',
    model,
    embed: async (texts, { dimensions }) => texts.map((text) => mockVector(text, dimensions)),
  }
}

function mockVector(text: string, dimensions: number): Float32Array {
  const list = words(text)
  const sum = new Float64Array(dimensions)
  for (const word of list.length > 0 ? list : [text]) {
    const start = seed(word)
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] as number) + direction(start, i)
  }
  const length = Math.sqrt(sum.reduce((total, v) => total + v * v, 0))
  return Float32Array.from(sum, (v) => (length === 0 ? 1 / Math.sqrt(dimensions) : v / length))
}

function seed(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return hash
}

/** Between -0.5 and 0.5; neighbours and like words are as unlike as any others. */
function direction(start: number, i: number): number {
  let x = (start + Math.imul(i + 1, 0x9e3779b9)) | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) / 0x1_0000_0000 - 0.5
}
