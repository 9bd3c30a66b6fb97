export interface SplitText {
  readonly answer: string
  readonly reasoning: string
}

const OPEN = '<think>'
const CLOSE = '</think>'

/**
 * Separates what a model thinks aloud inside `<think>…</think>` from what it
 * answers, in text that arrives in pieces cut anywhere. An unclosed block is
 * reasoning to the end.
 */
export class ThinkSplitter {
  #inside = false
  /** The end of the text so far, when it may be the start of a tag. */
  #held = ''

  push(text: string): SplitText {
    let rest = this.#held + text
    let answer = ''
    let reasoning = ''
    this.#held = ''
    const take = (part: string) => {
      if (this.#inside) reasoning += part
      else answer += part
    }
    while (rest !== '') {
      const tag = this.#inside ? CLOSE : OPEN
      const at = rest.indexOf(tag)
      if (at >= 0) {
        take(rest.slice(0, at))
        rest = rest.slice(at + tag.length)
        this.#inside = !this.#inside
        continue
      }
      const held = heldLength(rest, tag)
      take(rest.slice(0, rest.length - held))
      this.#held = rest.slice(rest.length - held)
      rest = ''
    }
    return { answer, reasoning }
  }

  /** What was held back and turned out to be no tag. */
  end(): SplitText {
    const held = this.#held
    this.#held = ''
    return this.#inside ? { answer: '', reasoning: held } : { answer: held, reasoning: '' }
  }
}

/** Length of the longest end of `text` that a `tag` could begin with. */
function heldLength(text: string, tag: string): number {
  for (let n = Math.min(tag.length - 1, text.length); n > 0; n--) if (tag.startsWith(text.slice(-n))) return n
  return 0
}
