import type { SqlNode } from './sql-ast.js'

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

interface Token {
  readonly token_type: string
  /** Offsets in code points. */
  readonly span: { readonly start: number; readonly end: number }
}

export type ParsedSql =
  | { readonly statements: readonly SqlNode[] }
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
        const answer = sdk.parse(nameBareSubqueries(sql, dialect, sdk), dialect)
        if (answer.success && Array.isArray(answer.ast)) return { statements: answer.ast as SqlNode[] }
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

const SET_OPERATORS: ReadonlySet<string> = new Set(['UNION', 'INTERSECT', 'EXCEPT'])
const BEFORE_SUBQUERY: ReadonlySet<string> = new Set(['FROM', 'JOIN', 'COMMA'])
const OPENS_QUERY: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES'])

/**
 * `SELECT a FROM (SELECT …) UNION SELECT …`: version 0.12.1 of the parser takes
 * the UNION into the parentheses unless the subquery has an alias, so one is added.
 */
function nameBareSubqueries(sql: string, dialect: string, sdk: Sdk): string {
  if (!/\)\s*(?:--[^\n]*\n\s*|\/\*)?\s*(?:union|intersect|except)\b/i.test(sql)) return sql
  const { success, tokens } = sdk.tokenize(sql, dialect)
  if (!success || !tokens) return sql
  const insertions: number[] = []
  const opened: boolean[] = []
  tokens.forEach((token, i) => {
    if (token.token_type === 'L_PAREN') {
      const bare =
        BEFORE_SUBQUERY.has(tokens[i - 1]?.token_type ?? '') &&
        OPENS_QUERY.has(tokens[i + 1]?.token_type ?? '')
      opened.push(bare)
    } else if (
      token.token_type === 'R_PAREN' &&
      opened.pop() &&
      SET_OPERATORS.has(tokens[i + 1]?.token_type ?? '')
    ) {
      insertions.push(token.span.end)
    }
  })
  if (insertions.length === 0) return sql
  const characters = Array.from(sql)
  for (const [i, at] of insertions.reverse().entries()) characters.splice(at, 0, ` AS gp_subquery_${i}`)
  return characters.join('')
}
