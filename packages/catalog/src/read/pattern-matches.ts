import { createContext, Script } from 'node:vm'
import { CatalogError } from '../model/error.js'

/** Begin and length of a match, in code units. */
type Place = readonly [at: number, length: number]

export interface Found {
  readonly total: number
  /** The first of them. */
  readonly places: readonly Place[]
}

/** One pattern on one question's texts. Some milliseconds do for megabytes, unless the pattern doubles its work with each character. */
const TIMEOUT_MS = 500

const SCRIPT = new Script(`
  JSON.stringify(texts.map((text) => {
    const places = []
    let total = 0
    for (const match of text.matchAll(regexp)) {
      if (match[0] === '') continue
      total++
      if (places.length < most) places.push([match.index, match[0].length])
    }
    return { total, places }
  }))
`)

/**
 * The matches of anybody's pattern (with the flag `g`) in texts, in bounded time: V8 keeps the limit of a script
 * inside the matching too. `CatalogError` `pattern_too_slow`.
 */
export function findMatches(regexp: RegExp, texts: readonly string[], most: number): Found[] {
  try {
    const found = SCRIPT.runInContext(createContext({ regexp, texts, most }), { timeout: TIMEOUT_MS })
    return JSON.parse(found as string) as Found[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new CatalogError('invalid', 'pattern_too_slow', 'The pattern takes too long on these documents.', {
      remedy: 'Do not repeat what repeats itself, as in (a+)+, and ask about fewer documents at once.',
    })
  }
}
