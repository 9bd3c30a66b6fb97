/**
 * A layout to be fitted to a width (after Wadler's pretty printer): text, places where a
 * line may break, and groups that either fit on one line or break at all their own places.
 */
export type Layout =
  | string
  | readonly Layout[]
  /** A space, or a new line when its group breaks. */
  | { readonly kind: 'line' }
  /** Nothing, or a new line when its group breaks. */
  | { readonly kind: 'soft-line' }
  /** Always a new line; every group around it breaks. */
  | { readonly kind: 'hard-line' }
  /** Always an empty line, then a new line. */
  | { readonly kind: 'empty-line' }
  | { readonly kind: 'indent'; readonly of: Layout }
  | { readonly kind: 'group'; readonly of: Layout; readonly broken: boolean }

export const LINE: Layout = { kind: 'line' }
export const SOFT_LINE: Layout = { kind: 'soft-line' }
export const HARD_LINE: Layout = { kind: 'hard-line' }
export const EMPTY_LINE: Layout = { kind: 'empty-line' }

export function indent(of: Layout): Layout {
  return { kind: 'indent', of }
}

/** `broken` breaks it even where it would fit; so does anything inside that always breaks. */
export function group(of: Layout, broken = false): Layout {
  return { kind: 'group', of, broken: broken || alwaysBreaks(of) }
}

function alwaysBreaks(layout: Layout): boolean {
  if (typeof layout === 'string') return false
  if (isList(layout)) return layout.some(alwaysBreaks)
  switch (layout.kind) {
    case 'hard-line':
    case 'empty-line':
      return true
    case 'indent':
      return alwaysBreaks(layout.of)
    // Groups are built inside out, so an inner one has looked already.
    case 'group':
      return layout.broken
    default:
      return false
  }
}

function isList(layout: Layout): layout is readonly Layout[] {
  return Array.isArray(layout)
}

const INDENT = '  '

interface Pending {
  readonly layout: Layout
  readonly depth: number
  readonly flat: boolean
}

/** The text within `width` columns where the layout has a place to break. Iterative: depth is bounded by memory only. */
export function render(layout: Layout, width: number, newline: string): string {
  const out: string[] = []
  let column = 0
  const stack: Pending[] = [{ layout, depth: 0, flat: false }]
  const breakLine = (depth: number, lines: number) => {
    while (out.at(-1) === ' ') out.pop()
    out.push(newline.repeat(lines), INDENT.repeat(depth))
    column = depth * INDENT.length
  }
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { layout: at, depth, flat } = next
    if (typeof at === 'string') {
      if (at === '') continue
      out.push(at)
      const lastBreak = at.lastIndexOf('\n')
      column = lastBreak < 0 ? column + at.length : at.length - lastBreak - 1
    } else if (isList(at)) {
      for (let i = at.length - 1; i >= 0; i--) stack.push({ layout: at[i] as Layout, depth, flat })
    } else if (at.kind === 'indent') stack.push({ layout: at.of, depth: depth + 1, flat })
    else if (at.kind === 'group') {
      const stays = flat || (!at.broken && fits(at.of, width - column, stack))
      stack.push({ layout: at.of, depth, flat: stays })
    } else if (at.kind === 'hard-line') breakLine(depth, 1)
    else if (at.kind === 'empty-line') breakLine(depth, 2)
    else if (!flat) breakLine(depth, 1)
    else if (at.kind === 'line') {
      out.push(' ')
      column++
    }
  }
  return out.join('')
}

/** Whether the layout fits flat, with what follows it on the same line. */
function fits(layout: Layout, room: number, rest: readonly Pending[]): boolean {
  const stack: { layout: Layout; flat: boolean }[] = [{ layout, flat: true }]
  let behind = rest.length
  for (let left = room; left >= 0; ) {
    let next = stack.pop()
    if (!next) {
      const following = rest[--behind]
      if (!following) return true
      next = following
    }
    const at: Layout = next.layout
    if (typeof at === 'string') {
      const lineEnd = at.indexOf('\n')
      if (lineEnd >= 0) return left >= lineEnd
      left -= at.length
    } else if (isList(at)) {
      for (let i = at.length - 1; i >= 0; i--) stack.push({ layout: at[i] as Layout, flat: next.flat })
    } else if (at.kind === 'indent') stack.push({ layout: at.of, flat: next.flat })
    else if (at.kind === 'group') stack.push({ layout: at.of, flat: next.flat && !at.broken })
    else if (at.kind === 'hard-line' || at.kind === 'empty-line' || !next.flat) return true
    else if (at.kind === 'line') left--
  }
  return false
}
