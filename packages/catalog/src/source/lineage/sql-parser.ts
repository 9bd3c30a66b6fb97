import { fillGaps, type Token } from './parser-gaps.js'
import { isObject, kindOf, type SqlNode } from './sql-ast.js'

/** The part of `@polyglot-sql/sdk` used here: a parser and a printer. Its own lineage is not used. */
interface Sdk {
  parse(sql: string, dialect: string): ParseAnswer
  tokenize(sql: string, dialect: string): { success: boolean; tokens?: readonly Token[] }
  generate(ast: unknown, dialect: string): { success: boolean; sql?: unknown }
}

interface ParseAnswer {
  readonly success: boolean
  readonly ast?: unknown
  readonly error?: string
  readonly errorLine?: number
  readonly errorColumn?: number
}

export type ParsedSql =
  /** `text` is what was parsed; offsets in the tree are of it. */
  | { readonly statements: readonly SqlNode[]; readonly text: string }
  | { readonly error: string; readonly line?: number; readonly column?: number }

export interface SqlParser {
  parse(sql: string, dialect: string): ParsedSql
  /** The expression as SQL text; its kind when it cannot be printed. */
  print(node: SqlNode, dialect: string): string
}

let loading: Promise<SqlParser> | undefined

/**
 * Loads the WebAssembly parser on first use (about 150 ms and 80 MB once per
 * process) and keeps it. Concurrent callers share one load.
 */
export function loadSqlParser(): Promise<SqlParser> {
  loading ??= import('@polyglot-sql/sdk').then((sdk) => parserOver(sdk as unknown as Sdk))
  return loading
}

function parserOver(sdk: Sdk): SqlParser {
  return {
    parse(sql, dialect) {
      try {
        const text = fillGaps(sql, dialect, () => {
          const { success, tokens } = sdk.tokenize(sql, dialect)
          return success ? tokens : undefined
        })
        const answer = sdk.parse(text, dialect)
        if (answer.success && Array.isArray(answer.ast)) {
          return { statements: withoutComments(answer.ast as SqlNode[]), text }
        }
        return {
          error: answer.error ?? 'the statement cannot be parsed',
          ...(answer.errorLine !== undefined && { line: answer.errorLine }),
          ...(answer.errorColumn !== undefined && { column: answer.errorColumn }),
        }
      } catch (error) {
        // A trap inside WebAssembly surfaces as an exception; for us it is one more text that does not parse.
        return { error: error instanceof Error ? error.message : String(error) }
      }
    },
    print(node, dialect) {
      try {
        const { success, sql } = sdk.generate([node], dialect)
        if (success && Array.isArray(sql) && typeof sql[0] === 'string') return sql[0]
        if (success && typeof sql === 'string') return sql
      } catch {
        // The kind below still names the expression.
      }
      return Object.keys(node)[0] ?? ''
    },
  }
}

/**
 * The parser wraps an expression that a comment follows in `annotated`, which
 * would hide its kind; the wrapping is taken off, in place and without recursion.
 */
function withoutComments(statements: SqlNode[]): SqlNode[] {
  const pending: Record<string, unknown>[] = [statements as unknown as Record<string, unknown>]
  for (let at = pending.pop(); at; at = pending.pop()) {
    for (const [key, held] of Object.entries(at)) {
      // Printed with the expression, a comment would become part of a column's name.
      let part = key.endsWith('_comments') ? [] : held
      while (isObject(part) && kindOf(part) === 'annotated') part = (part.annotated as { this: unknown }).this
      if (part !== held) at[key] = part
      if (part !== null && typeof part === 'object') pending.push(part as Record<string, unknown>)
    }
  }
  return statements
}
