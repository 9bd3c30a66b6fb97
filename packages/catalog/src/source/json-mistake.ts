/**
 * Offset of the first character at which a text is no JSON document any more; its length when the text
 * ends too early. Only for texts that `JSON.parse` has refused: what it says of the place differs between
 * its versions. Takes no stack, however deep the text is nested.
 */
export function jsonMistake(text: string): number {
  /** What closes each open list and object, the innermost last. */
  const closers: string[] = []
  let at = 0
  let expects: 'value' | 'value or ]' | 'key' | 'key or }' | ', or end' = 'value'
  for (;;) {
    at = skip(SPACE, text, at)
    const c = text[at]
    if (expects === ', or end') {
      const closer = closers.at(-1)
      if (closer === undefined || c === undefined) return at
      if (c === closer) closers.pop()
      else if (c === ',') expects = closer === '}' ? 'key' : 'value'
      else return at
      at++
    } else if (expects === 'key' || expects === 'key or }') {
      if (c === '}' && expects === 'key or }') {
        closers.pop()
        expects = ', or end'
        at++
        continue
      }
      const end = skip(STRING, text, at)
      if (end === at) return c === '"' ? unclosed(text, at) : at
      at = skip(SPACE, text, end)
      if (text[at] !== ':') return at
      at++
      expects = 'value'
    } else if (c === ']' && expects === 'value or ]') {
      closers.pop()
      expects = ', or end'
      at++
    } else if (c === '{' || c === '[') {
      closers.push(c === '{' ? '}' : ']')
      expects = c === '{' ? 'key or }' : 'value or ]'
      at++
    } else {
      const end = skip(SCALAR, text, at)
      if (end === at) return c === '"' ? unclosed(text, at) : at
      at = end
      expects = ', or end'
    }
  }
}

const SPACE = /[ \t\n\r]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings must not hold them.
const CHARACTERS = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
const STRING = new RegExp(`"${CHARACTERS.source}"`, 'y')
const SCALAR = new RegExp(
  `${STRING.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?(?![\\w.])|(?:true|false|null)(?!\\w)`,
  'y',
)

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** Where a string that begins here goes wrong. */
function unclosed(text: string, at: number): number {
  return skip(CHARACTERS, text, at + 1)
}
