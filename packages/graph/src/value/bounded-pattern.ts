import { createContext, Script } from 'node:vm'
import type { MatchingTime } from './matching-time.js'

/**
 * Matches a pattern of a schema against a value of anybody's, without ever taking long: a pattern like `(a+)+$` takes
 * twice as long with each character that does not match. What could is run with a time limit, which V8
 * keeps inside the matching too; that costs some 50 µs, so what cannot take long is matched directly.
 */
export class BoundedPattern {
  readonly #regexp: RegExp
  /** Steps of a match at most, by the length of the text. */
  readonly #steps: (length: number) => number
  #isKnownSlow = false
  /** A value is asked about once to refuse it and once more to say why. */
  #lastSlow: string | undefined

  /** `source` and `flags` as a schema that passed its checks has them. */
  constructor(source: string, flags: string) {
    this.#regexp = new RegExp(source, flags)
    this.#steps = stepsOf(source)
  }

  /** `too-slow`: nothing was found out in time. What takes a time worth measuring is added to `time`. */
  match(text: string, time: MatchingTime): boolean | 'too-slow' {
    const steps = this.#steps(text.length)
    if (steps <= UNMEASURED_STEPS) return this.#regexp.test(text)
    if (text === this.#lastSlow) return 'too-slow'
    return time.measure(() => (steps <= QUICK_STEPS ? this.#regexp.test(text) : this.#matchSlow(text)))
  }

  #matchSlow(text: string): boolean | 'too-slow' {
    // Time goes by when others have the processor, too: one look is not enough to say that it is the pattern.
    for (const timeout of this.#isKnownSlow ? [40, 80] : [150, 300]) {
      const found = matchWithin(this.#regexp, text, timeout)
      if (found !== undefined) return found
    }
    this.#isKnownSlow = true
    this.#lastSlow = text
    return 'too-slow'
  }
}

const QUICK_STEPS = 1_000_000
/** Some 20 µs. */
const UNMEASURED_STEPS = 10_000

/**
 * A repeated group or a reference back doubles with each character; else each open repetition, and a free start,
 * is one loop in another, and all that is tried again for each way through the alternatives.
 */
function stepsOf(source: string): (length: number) => number {
  const bare = source.replace(/\\[^1-9k]/g, '_').replace(/\[[^\]]*\]/g, '_')
  if (/\)[*+{]|\\[1-9k]|\(\?[=!<]/.test(bare)) return (length) => 2 ** length
  const loops =
    (bare.match(/[*+]|\{\d+,/g) ?? []).length + (bare.startsWith('^') && !bare.includes('|') ? 0 : 1)
  const ways = waysThrough(bare)
  return (length) => ways * length ** Math.max(1, loops)
}

function waysThrough(bare: string): number {
  let ways = 2 ** (bare.match(/(?<![*+?}(])\?/g) ?? []).length
  const open = [1]
  for (const c of bare) {
    if (c === '(') open.push(1)
    else if (c === '|') open.push((open.pop() ?? 1) + 1)
    else if (c === ')') ways *= open.pop() ?? 1
  }
  return open.reduce((product, alternatives) => product * alternatives, ways)
}

const SCRIPT = new Script('regexp.test(text)')
let box: { regexp?: RegExp; text?: string } | undefined

function matchWithin(regexp: RegExp, text: string, timeout: number): boolean | undefined {
  box ??= createContext({}) as NonNullable<typeof box>
  try {
    Object.assign(box, { regexp, text })
    return SCRIPT.runInContext(box, { timeout }) as boolean
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return undefined
  } finally {
    box.text = ''
  }
}
