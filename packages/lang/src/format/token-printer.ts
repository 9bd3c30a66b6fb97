import type { Comment, CommentedToken } from './commented-tokens.js'
import { EMPTY_LINE, group, HARD_LINE, indent, type Layout, LINE, SOFT_LINE } from './layout.js'
import { Spacing, type SpacingStyle } from './spacing.js'

/** Half open, indexes of tokens. */
export interface TokenRange {
  readonly from: number
  readonly to: number
}

export interface InlineOptions {
  readonly style?: SpacingStyle
  /** Tokens before which a long line may break, one level deeper. */
  readonly breakBefore?: (token: CommentedToken, previous: CommentedToken) => boolean
  /** The first token goes behind something else: its comments and a space or line break come first. */
  readonly continues?: boolean
  /** Break at every such place even where the line would fit. */
  readonly broken?: boolean
}

export interface ListOptions {
  /** `{ a }` has white space inside its braces, `(a)` has none. */
  readonly padded: boolean
  readonly item: (range: TokenRange) => Layout
}

export interface BlockOptions {
  readonly item: (range: TokenRange) => Layout
  /** Whether an empty line stands between two neighbours even if the source has none. */
  readonly apart?: (before: TokenRange, after: TokenRange) => boolean
}

/** One thing of a list or block with the comments that belong to it. */
interface Entry {
  readonly range: TokenRange
  /** On lines of their own before it, or on its line in front of it. */
  readonly leading: readonly Comment[]
  /** Behind it on its line. */
  readonly trailing: readonly Comment[]
}

/**
 * Lays out ranges of tokens. Whoever calls it decides what is an item; it emits every token of a
 * range and every comment before them, so nothing but separators is ever lost.
 */
export class TokenPrinter {
  readonly tokens: readonly CommentedToken[]
  readonly #indexAt: ReadonlyMap<number, number>

  constructor(tokens: readonly CommentedToken[]) {
    this.tokens = tokens
    this.#indexAt = new Map(tokens.map((token, index) => [token.start, index]))
  }

  token(index: number): CommentedToken {
    return this.tokens[index] as CommentedToken
  }

  /** The token that starts at this offset of the source. */
  indexAt(offset: number): number {
    const index = this.#indexAt.get(offset)
    if (index === undefined) throw new Error(`assertion failed: no token starts at ${offset}`)
    return index
  }

  isSymbol(index: number, symbol: string): boolean {
    const token = this.tokens[index]
    return token?.kind === 'symbol' && token.text === symbol
  }

  /** The bracket that closes the one at `open`. */
  closing(open: number): number {
    let depth = 0
    for (let index = open; index < this.tokens.length; index++) {
      const { kind, text } = this.token(index)
      if (kind !== 'symbol') continue
      if (text === '(' || text === '[' || text === '{') depth++
      else if ((text === ')' || text === ']' || text === '}') && --depth === 0) return index
    }
    throw new Error(`assertion failed: the bracket at token ${open} is never closed`)
  }

  /** Tokens on one line. Comments before the first of them belong to whoever placed the line. */
  inline(range: TokenRange, options: InlineOptions = {}): Layout {
    const spacing = new Spacing(options.style ?? 'plain')
    const parts: Layout[] = options.continues ? [this.gap(range.from, 'line')] : []
    for (let index = range.from; index < range.to; index++) {
      const token = this.token(index)
      const previous = index > range.from ? this.token(index - 1) : undefined
      const spaced = spacing.before(token)
      const ended = previous ? this.#commentsWithin(token.comments, parts) : 'nothing'
      const mayBreak = previous && ended === 'nothing' && options.breakBefore?.(token, previous)
      if (mayBreak) parts.push(LINE)
      else if (ended === 'block' || (ended === 'nothing' && spaced)) parts.push(' ')
      if (this.isSymbol(index, '(') || this.isSymbol(index, '[')) {
        const close = this.closing(index)
        const style: SpacingStyle = previous && this.isSymbol(index - 2, '@') ? 'annotation' : 'plain'
        parts.push(
          this.list(index, this.#betweenCommas(index, close), {
            padded: false,
            item: (item) => this.inline(item, { style }),
          }),
        )
        spacing.before(this.token(close))
        index = close
      } else parts.push(token.text)
    }
    return group(indent(parts), options.broken)
  }

  /** What stands before a token that goes on a line: its comments, and white space of the given kind. */
  gap(index: number, space: 'space' | 'line' | 'none' = 'space'): Layout {
    const parts: Layout[] = []
    const ended = this.#commentsWithin(this.token(index).comments, parts)
    if (ended === 'line') return parts
    if (ended === 'block') return [...parts, ' ']
    return space === 'none' ? '' : space === 'line' ? LINE : ' '
  }

  /** Comments between two tokens of a line; a line comment ends the line there. */
  #commentsWithin(comments: readonly Comment[], parts: Layout[]): 'nothing' | 'line' | 'block' {
    let ended: 'nothing' | 'line' | 'block' = 'nothing'
    for (const { text, line } of comments) {
      parts.push(ended === 'line' ? '' : ' ', text, line ? HARD_LINE : '')
      ended = line ? 'line' : 'block'
    }
    return ended
  }

  #betweenCommas(open: number, close: number): number[] {
    const starts: number[] = []
    let expecting = true
    for (let index = open + 1; index < close; index++) {
      if (this.isSymbol(index, ',')) expecting = true
      else if (expecting) {
        starts.push(index)
        expecting = false
      }
      if (this.isSymbol(index, '(') || this.isSymbol(index, '[')) index = this.closing(index)
    }
    return starts
  }

  /** `{ a, b }` or `(a, b)`: on one line if it fits and the source does not break behind the bracket. */
  list(open: number, starts: readonly number[], options: ListOptions): Layout {
    const close = this.closing(open)
    const { entries, opening, dangling } = this.#entries(open, starts, close)
    const [first] = entries
    const brackets = [this.token(open).text, this.token(close).text] as const
    const plain = opening.length === 0 && dangling.length === 0
    if (!first && plain) return brackets.join('')
    // A single item gains nothing from a line of its own: `@description("…")`.
    const alone = entries.length === 1 && first && first.leading.length + first.trailing.length === 0
    if (alone && plain && !options.padded) return [brackets[0], options.item(first.range), brackets[1]]
    const broken =
      this.token(open + 1).breaksBefore + (this.token(open + 1).comments[0]?.breaksBefore ?? 0) > 0 ||
      [opening, ...entries.map((entry) => entry.trailing)].some((found) => found.some(({ line }) => line)) ||
      dangling.length > 0
    const edge = options.padded ? LINE : SOFT_LINE
    const items = entries.map((entry, i) => {
      const last = i === entries.length - 1
      const text = [options.item(entry.range), last ? '' : ',']
      return [i === 0 ? edge : LINE, ...this.#withComments(entry, text)]
    })
    const rest = dangling.map((comment) => [HARD_LINE, comment.text])
    return group([brackets[0], behind(opening), indent([...items, ...rest]), edge, brackets[1]], broken)
  }

  /** `{`, each item on lines of its own, `}`. A single item that stands on the line of its braces stays there. */
  block(open: number, starts: readonly number[], options: BlockOptions): Layout {
    const close = this.closing(open)
    const [only] = starts
    if (starts.length === 1 && only !== undefined && this.#onOneLine(open, close)) {
      return group(['{', indent([LINE, options.item({ from: only, to: close })]), LINE, '}'])
    }
    const { layout, opening, empty } = this.#lines(open, starts, close, options)
    if (empty && opening.length === 0) return '{}'
    return group(['{', behind(opening), empty ? '' : indent([HARD_LINE, layout]), HARD_LINE, '}'])
  }

  #onOneLine(open: number, close: number): boolean {
    const { breaksBefore, comments } = this.token(open + 1)
    return breaksBefore === 0 && comments.length === 0 && this.token(close).comments.length === 0
  }

  /** The items of a whole file. */
  file(starts: readonly number[], options: BlockOptions): Layout {
    return this.#lines(-1, starts, this.tokens.length - 1, options).layout
  }

  #lines(open: number, starts: readonly number[], close: number, options: BlockOptions) {
    const { entries, opening, dangling } = this.#entries(open, starts, close)
    const parts: Layout[] = []
    entries.forEach((entry, i) => {
      const before = entries[i - 1]
      const breaks = entry.leading[0]?.breaksBefore ?? this.token(entry.range.from).breaksBefore
      if (before) {
        const apart = breaks > 1 || options.apart?.(before.range, entry.range)
        parts.push(apart ? EMPTY_LINE : HARD_LINE)
      }
      parts.push(...this.#withComments(entry, options.item(entry.range)))
    })
    dangling.forEach((comment, i) => {
      if (entries.length > 0 || i > 0) parts.push(comment.breaksBefore > 1 ? EMPTY_LINE : HARD_LINE)
      parts.push(comment.text)
    })
    return { layout: parts as Layout, opening, empty: parts.length === 0 }
  }

  #withComments(entry: Entry, content: Layout): Layout[] {
    const parts: Layout[] = []
    entry.leading.forEach((comment, i) => {
      const next = entry.leading[i + 1]
      const breaks = next ? next.breaksBefore : this.token(entry.range.from).breaksBefore
      parts.push(comment.text)
      if (!comment.endsLine) parts.push(' ')
      else parts.push(breaks > 1 ? EMPTY_LINE : HARD_LINE)
    })
    return [...parts, content, behind(entry.trailing)]
  }

  /** Gives each comment between two brackets to the item it stands behind, else to the one it stands before. */
  #entries(open: number, starts: readonly number[], close: number) {
    const trailing: Comment[][] = starts.map(() => [])
    const opening: Comment[] = []
    const claim = (at: number, behindItem: number): readonly Comment[] => {
      const { comments } = this.token(at)
      const own = comments.findIndex((comment) => comment.breaksBefore > 0)
      const count = open < 0 && behindItem < 0 ? 0 : own < 0 ? comments.length : own
      const owner = behindItem < 0 ? opening : (trailing[behindItem] as Comment[])
      owner.push(...comments.slice(0, count))
      return comments.slice(count)
    }
    const leading: (readonly Comment[])[] = []
    const ranges = starts.map((from, i) => {
      leading.push(claim(from, i - 1))
      let to = starts[i + 1] ?? close
      while (to - 1 > from && this.isSymbol(to - 1, ',')) {
        trailing[i]?.push(...this.token(--to).comments)
      }
      return { from, to }
    })
    const dangling = claim(close, starts.length - 1)
    const entries = ranges.map(
      (range, i): Entry => ({ range, leading: leading[i] ?? [], trailing: trailing[i] ?? [] }),
    )
    return { entries, opening, dangling }
  }
}

/** Comments behind something, on its line; after a line comment the next stands on a line of its own. */
function behind(comments: readonly Comment[]): Layout {
  return comments.map((comment, i) => [comments[i - 1]?.line ? HARD_LINE : ' ', comment.text])
}
