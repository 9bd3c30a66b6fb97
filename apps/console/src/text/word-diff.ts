/** Which words of two texts differ. Pure. */

export interface Piece {
  text: string
  /** Not in the other text. */
  differs: boolean
}

/** Longer texts are not compared word by word: it costs the product of their lengths, and nobody reads it. */
const MOST_WORDS = 500

/** Both texts in pieces; null where they have too little in common, or are too long, for that to help. */
export function wordDiff(before: string, after: string): { before: Piece[]; after: Piece[] } | null {
  const [a, b] = [wordsOf(before), wordsOf(after)]
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) return null
  const common = commonWords(a, b)
  if (common.length * 2 < Math.min(a.length, b.length)) return null
  return {
    before: pieces(a, new Set(common.map(([i]) => i))),
    after: pieces(b, new Set(common.map(([, j]) => j))),
  }
}

/** Words with the space that follows them. */
function wordsOf(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? []
}

/** Places of the longest common subsequence, in both. */
function commonWords(a: readonly string[], b: readonly string[]): [number, number][] {
  const same = (i: number, j: number) => a[i]?.trim() === b[j]?.trim()
  const width = b.length + 1
  const longest = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number) => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const common: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (same(i, j)) common.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return common
}

function pieces(words: readonly string[], common: ReadonlySet<number>): Piece[] {
  const all: Piece[] = []
  for (const [i, text] of words.entries()) {
    const differs = !common.has(i)
    const last = all.at(-1)
    if (last?.differs === differs) last.text += text
    else all.push({ text, differs })
  }
  return all
}
