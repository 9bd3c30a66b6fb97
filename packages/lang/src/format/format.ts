import { type Diagnostic, hasErrors } from '@groundplane/core'
import { parseQuerySource } from '../syntax/query-parser.js'
import { Reporter } from '../syntax/reporter.js'
import { parseSchemaSource } from '../syntax/schema-parser.js'
import { type CommentedToken, commentedTokens } from './commented-tokens.js'
import { type Layout, render } from './layout.js'
import { queriesLayout } from './query-layout.js'
import { schemaLayout } from './schema-layout.js'
import { TokenPrinter } from './token-printer.js'

export const FORMAT_WIDTH = 100

/** Either the text, or why there is none. */
export interface FormatResult {
  /** Absent when the text has syntax errors: a formatter must not guess what was meant. */
  readonly text?: string
  /** Syntax errors only; what a check would say about names and types does not matter here. */
  readonly diagnostics: Diagnostic[]
}

/**
 * A `.pg` text in the one layout: two spaces of indentation, lists broken at 100 columns, every comment
 * kept, line breaks as the file has them. Formatting twice changes nothing more, and the schema's digest
 * stays. Never throws on any text.
 */
export function formatSchema(source: string, file?: string): FormatResult {
  return format(source, file, (reporter) => {
    const parsed = parseSchemaSource(source, reporter)
    return (printer) => schemaLayout(parsed, printer)
  })
}

/**
 * A `.gq` text in the one layout, as `formatSchema` does it. A projection without an alias keeps its text,
 * because its column is named after it.
 */
export function formatQueries(source: string, file?: string): FormatResult {
  return format(source, file, (reporter) => {
    const parsed = parseQuerySource(source, reporter)
    return (printer) => queriesLayout(parsed, source, printer)
  })
}

function format(
  source: string,
  file: string | undefined,
  parse: (reporter: Reporter) => (printer: TokenPrinter) => Layout,
): FormatResult {
  const reporter = new Reporter(source, file)
  const layOut = parse(reporter)
  const diagnostics = reporter.finish()
  if (hasErrors(diagnostics)) return { diagnostics }
  const tokens = commentedTokens(source, new Reporter(source, file))
  const newline = lineBreakOf(source, tokens)
  const printer = new TokenPrinter(tokens)
  const text = render(layOut(printer), FORMAT_WIDTH, newline)
  return { text: text === '' ? '' : text + newline, diagnostics }
}

/** The first line break of the layout; those inside strings and comments say nothing about it. */
function lineBreakOf(source: string, tokens: readonly CommentedToken[]): '\r\n' | '\n' {
  let at = 0
  for (const token of tokens) {
    for (const { start, end } of [...token.comments, token]) {
      const found = source.slice(at, start).indexOf('\n')
      if (found >= 0) return source.charAt(at + found - 1) === '\r' ? '\r\n' : '\n'
      at = end
    }
  }
  return '\n'
}
