import type { Identifier } from './sql-ast.js'

/** What the resolver must know about a dialect beyond its grammar. */
export interface DialectRules {
  readonly name: string
  /** The name an identifier stands for: how the dialect folds an unquoted one. */
  fold(identifier: Identifier): string
  /** `SELECT a AS b, b + 1`: an alias may be used further right in the same list. */
  readonly lateralAliases: boolean
  /** `SELECT *` over `JOIN … USING (x)` puts the merged columns first (SQL standard) instead of in place. */
  readonly mergedColumnsFirst: boolean
  /** A double-quoted name that no column bears is a string literal (SQLite's misfeature). */
  readonly quotedFallsBackToString: boolean
  /** The second column named `x` of a subquery is called `x:1`. */
  readonly numbersDuplicateColumns: boolean
  /** A common table expression may refer to itself without the keyword RECURSIVE. */
  readonly recursionNeedsNoKeyword: boolean
  /** Names every table has without declaring them. */
  readonly hiddenColumns: ReadonlySet<string>
}

const asWritten = (identifier: Identifier): string => identifier.name
const lower = (identifier: Identifier): string =>
  identifier.quoted ? identifier.name : identifier.name.toLowerCase()
const upper = (identifier: Identifier): string =>
  identifier.quoted ? identifier.name : identifier.name.toUpperCase()

const STANDARD: Omit<DialectRules, 'name' | 'fold'> = {
  lateralAliases: false,
  mergedColumnsFirst: true,
  quotedFallsBackToString: false,
  numbersDuplicateColumns: false,
  recursionNeedsNoKeyword: false,
  hiddenColumns: new Set(),
}

const RULES: Readonly<Record<string, DialectRules>> = {
  sqlite: {
    ...STANDARD,
    name: 'sqlite',
    fold: asWritten,
    mergedColumnsFirst: false,
    quotedFallsBackToString: true,
    numbersDuplicateColumns: true,
    recursionNeedsNoKeyword: true,
    hiddenColumns: new Set(['rowid', 'oid', '_rowid_']),
  },
  postgresql: {
    ...STANDARD,
    name: 'postgresql',
    fold: lower,
    hiddenColumns: new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']),
  },
  duckdb: {
    ...STANDARD,
    name: 'duckdb',
    fold: asWritten,
    lateralAliases: true,
    hiddenColumns: new Set(['rowid']),
  },
  snowflake: { ...STANDARD, name: 'snowflake', fold: upper, lateralAliases: true },
  bigquery: { ...STANDARD, name: 'bigquery', fold: asWritten },
}

/** Dialects whose rules are known here; the parser knows more. */
export const LINEAGE_DIALECTS: readonly string[] = Object.keys(RULES)

/** `postgres` is accepted for `postgresql`. Undefined for a dialect without rules. */
export function dialectRules(dialect: string): DialectRules | undefined {
  const name = dialect.toLowerCase()
  return RULES[name === 'postgres' ? 'postgresql' : name]
}
