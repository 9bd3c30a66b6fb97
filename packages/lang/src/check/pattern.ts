const SYNTAX_CHARACTERS = new Set('^$\\.*+?()[]{}|/')
const MAX_PATTERN_LENGTH = 1_000

/**
 * The pattern as ECMAScript source valid with the `u` flag, or what is wrong with it.
 * Other dialects let any punctuation be escaped (`\@`); those backslashes are dropped,
 * which changes nothing about what matches.
 */
export function portablePattern(written: string): { pattern: string } | { problem: string } {
  if (written.length > MAX_PATTERN_LENGTH)
    return { problem: `it has more than ${MAX_PATTERN_LENGTH} characters` }
  if (written.startsWith('(?i)'))
    return { problem: 'it has an inline flag; write [Aa] for a letter in either case' }
  const pattern = dropNeedlessEscapes(written)
  try {
    new RegExp(pattern, 'u')
    return { pattern }
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
