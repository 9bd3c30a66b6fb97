import type { Json } from '../api.js'

/**
 * What the search functions mean, said as plainly as possible and apart from the
 * code they test. Knows words of Latin and Greek letters and digits only.
 */
export function plainWords(text: string): string[] {
  const bare = text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll('ß', 'ss')
  return bare.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
}

export function plainMatch(func: string, text: Json, query: Json, edits: Json): boolean {
  if (typeof text !== 'string' || typeof query !== 'string') return false
  const [have, want] = [plainWords(text), plainWords(query)]
  if (want.length === 0) return false
  if (func === 'search') return want.some((w) => have.includes(w))
  if (func === 'fuzzy') return want.some((w) => have.some((h) => distance(w, h) <= Number(edits ?? 2)))
  return ` ${have.join(' ')} `.includes(` ${want.join(' ')} `)
}

function distance(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)]
  if (x.length === 0 || y.length === 0) return Math.max(x.length, y.length)
  const [p, q] = [x.slice(0, -1).join(''), y.slice(0, -1).join('')]
  const same = x[x.length - 1] === y[y.length - 1]
  return Math.min(distance(p, b) + 1, distance(a, q) + 1, distance(p, q) + (same ? 0 : 1))
}

/** `texts`: the property of every entity of the type that the reader sees. */
export function plainBm25(text: Json, query: Json, texts: readonly Json[]): number {
  if (typeof text !== 'string' || typeof query !== 'string') return 0
  const all = texts.filter((t): t is string => typeof t === 'string').map(plainWords)
  const mean = all.reduce((sum, words) => sum + words.length, 0) / all.length
  const have = plainWords(text)
  let score = 0
  for (const word of new Set(plainWords(query))) {
    const n = all.filter((words) => words.includes(word)).length
    const f = have.filter((w) => w === word).length
    const idf = Math.log(1 + (all.length - n + 0.5) / (n + 0.5))
    if (f > 0) score += (idf * f * 2.2) / (f + 1.2 * (0.25 + (0.75 * have.length) / mean))
  }
  return score
}

export function plainDistance(a: Json, b: Json): number | null {
  if (!Array.isArray(a) || !Array.isArray(b)) return null
  const [x, y] = [a, b].map((v) => (v as number[]).map(Math.fround)) as [number[], number[]]
  const dot = x.reduce((sum, v, i) => sum + v * (y[i] as number), 0)
  const [p, q] = [x, y].map((v) => Math.sqrt(v.reduce((sum, n) => sum + n * n, 0))) as [number, number]
  return p === 0 || q === 0 ? 1 : 1 - Math.min(1, Math.max(-1, dot / (p * q)))
}
