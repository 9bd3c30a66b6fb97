const SYNTAX_CHARACTERS = new Set('^$\\.*+?()[]{}|/')
const MAX_PATTERN_LENGTH = 1_000

/** A leading group like `(?i)`: the one place where another dialect's flags have an exact ECMAScript meaning. */
const INLINE_FLAGS = /^\(\?([a-zA-Z-]+)\)/
const TRANSLATED_FLAGS = new Set('ims')

export type PortablePattern =
  | { readonly pattern: string; readonly flags?: string }
  | { readonly problem: string }

/**
 * The pattern as ECMAScript source valid with the `u` flag, or what is wrong with it.
 * Other dialects let any punctuation be escaped (`\@`); those backslashes are dropped,
 * which changes nothing about what matches. A leading `(?i)`, `(?m)` or `(?s)` (or several
 * letters in one group) becomes `flags`, sorted, each once.
 */
export function portablePattern(written: string): PortablePattern {
  if (written.length > MAX_PATTERN_LENGTH)
    return { problem: `it has more than ${MAX_PATTERN_LENGTH} characters` }
  const inline = INLINE_FLAGS.exec(written)
  const letters = [...new Set(inline?.[1] ?? '')].sort()
  const foreign = letters.find((letter) => !TRANSLATED_FLAGS.has(letter))
  if (foreign !== undefined) return { problem: `the inline flag ${foreign} is none of i, m and s` }
  const pattern = dropNeedlessEscapes(written.slice(inline?.[0].length ?? 0))
  const flags = letters.join('')
  try {
    new RegExp(pattern, `u${flags}`)
    return { pattern, ...(flags && { flags }) }
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error)
    return { problem: reason }
  }
}

function dropNeedlessEscapes(written: string): string {
  let result = ''
  let inClass = false
  for (let i = 0; i < written.length; i++) {
    const character = written.charAt(i)
    if (character !== '\\') {
      if (character === '[') inClass = true
      if (character === ']') inClass = false
      result += character
      continue
    }
    const escaped = written.charAt(++i)
    const needless =
      /^[!-/:-@[-`{-~]$/.test(escaped) && !SYNTAX_CHARACTERS.has(escaped) && !(inClass && escaped === '-')
    result += needless ? escaped : character + escaped
  }
  return result
}
