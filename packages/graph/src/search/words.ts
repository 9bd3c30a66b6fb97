/**
 * How text becomes words, for the full-text index and for the scan that answers
 * without it. Both use this one function: the index stores the words it returns,
 * so the two cannot disagree.
 *
 * A word is a run of letters, marks and digits; each Han, Hiragana or Katakana
 * character is a word of its own, as those scripts put no spaces between words.
 * Case is folded, compatibility forms are unified (full width, ligatures), and
 * Latin and Greek letters lose their diacritics; other scripts keep their marks,
 * which there spell vowels. There is no stemming and there are no stop words: what is
 * found does not depend on a guess of the language. A word longer than
 * `MAX_WORD` UTF-16 units is cut there.
 */
export function words(text: string): string[] {
  if (ASCII.test(text)) return (text.toLowerCase().match(ASCII_WORD) ?? []).map(cut)
  return (fold(text).match(WORD) ?? []).map(cut)
}

/** Changes with every change of what `words` returns; an index of another version is not used. */
export const WORDS_VERSION = `1/${process.versions.unicode ?? 'none'}`

export const MAX_WORD = 128

const ASCII = /^\p{ASCII}*$/u
const ASCII_WORD = /[a-z0-9]+/g
const UNSPACED = '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}'
const WORD = new RegExp(`[${UNSPACED}]|[[\\p{L}\\p{N}\\p{M}]--[${UNSPACED}]]+`, 'gv')
const DIACRITICS = /([\p{sc=Latin}\p{sc=Greek}])\p{Mn}+/gu

function fold(text: string): string {
  const bare = text.normalize('NFKD').replace(DIACRITICS, '$1').normalize('NFKC')
  // Lower case leaves two spellings of one letter apart: the final sigma, and ß for ss.
  return bare.toLowerCase().replaceAll('ς', 'σ').replaceAll('ß', 'ss')
}

function cut(word: string): string {
  if (word.length <= MAX_WORD) return word
  const last = word.charCodeAt(MAX_WORD - 1)
  return word.slice(0, last >= 0xd800 && last < 0xdc00 ? MAX_WORD - 1 : MAX_WORD)
}

/**
 * Whether one word becomes the other by at most `edits` insertions, deletions and
 * substitutions of a character (Levenshtein; a swap of neighbours counts two).
 */
export function withinEdits(a: string, b: string, edits: number): boolean {
  if (a === b) return true
  if (edits <= 0) return false
  const [x, y] = [Array.from(a), Array.from(b)]
  if (Math.abs(x.length - y.length) > edits) return false
  let row = Array.from({ length: y.length + 1 }, (_, i) => i)
  for (let i = 1; i <= x.length; i++) {
    const next = [i]
    let best = i
    for (let j = 1; j <= y.length; j++) {
      const substitute = (row[j - 1] as number) + (x[i - 1] === y[j - 1] ? 0 : 1)
      const value = Math.min(substitute, (row[j] as number) + 1, (next[j - 1] as number) + 1)
      next.push(value)
      if (value < best) best = value
    }
    if (best > edits) return false
    row = next
  }
  return (row[y.length] as number) <= edits
}
