import type { Declaration, ParsedSchema } from '../syntax/schema-ast.js'
import type { Layout } from './layout.js'
import { beforeAnnotations } from './query-layout.js'
import type { TokenPrinter, TokenRange } from './token-printer.js'

/** Declarations below each other; every property and constraint on a line of its own. */
export function schemaLayout(parsed: ParsedSchema, printer: TokenPrinter): Layout {
  const starts = parsed.declarations.map(({ name }) => printer.indexAt(name.start) - 1)
  const declarations = new Map(starts.map((start, i) => [start, parsed.declarations[i] as Declaration]))
  // Edges often stand close together in groups; types do not.
  const standsAlone = ({ from }: TokenRange) => {
    const syntax = declarations.get(from)
    return syntax?.kind !== 'edge' && (syntax?.properties.length ?? 0) > 0
  }
  return printer.file(starts, {
    item: (range) => declaration(declarations.get(range.from) as Declaration, range, printer),
    apart: (before, after) => standsAlone(before) || standsAlone(after),
  })
}

function declaration(syntax: Declaration, range: TokenRange, printer: TokenPrinter): Layout {
  const open = openingBrace(range, printer)
  const head = printer.inline({ from: range.from, to: open ?? range.to }, { breakBefore: beforeAnnotations })
  if (open === undefined) return head
  const members = [
    ...syntax.properties.map(({ name }) => name.start),
    ...syntax.constraints.map(({ start }) => start),
  ].sort((a, b) => a - b)
  const body = printer.block(
    open,
    members.map((start) => printer.indexAt(start)),
    { item: (member) => printer.inline(member, { breakBefore: beforeAnnotations }) },
  )
  return [head, printer.gap(open), body]
}

function openingBrace({ from, to }: TokenRange, printer: TokenPrinter): number | undefined {
  for (let index = from; index < to; index++) if (printer.isSymbol(index, '{')) return index
  return undefined
}
