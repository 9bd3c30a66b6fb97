/**
 * Python writes numbers that JSON has not, `NaN`, `Infinity` and `-Infinity`, where it is not told otherwise. The text with
 * `put` in the place of each that stands outside of a string. Linear in the text, whatever it holds.
 */
export function replaceNonFinite(text: string, put: (word: string) => string): string {
  const mark = /"|-?\bInfinity\b|\bNaN\b/g
  let replaced = ''
  let copied = 0
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const [word] = found
    if (word === '"') {
      const end = stringEnd(text, found.index)
      if (end === undefined) break
      mark.lastIndex = end
      continue
    }
    replaced += text.slice(copied, found.index) + put(word)
    copied = mark.lastIndex
  }
  return replaced + text.slice(copied)
}

/** Where the string that begins here has ended. */
function stringEnd(text: string, start: number): number | undefined {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text[at - 1 - escapes] === '\\') escapes += 1
    if (escapes % 2 === 0) return at + 1
  }
  return undefined
}
