import type { Identifier } from './sql-ast.js'

/** What the resolver must know about a dialect beyond its grammar. */
export interface DialectRules {
  readonly name: string
  /** The name an identifier stands for: how the dialect folds an unquoted one. */
  fold(identifier: Identifier): string
  /** Whether two folded names mean the same column, alias or common table expression. */
  sameName(a: string, b: string): boolean
  /** `SELECT a AS b, b + 1`: an alias may be used further right in the same list. */
  readonly lateralAliases: boolean
  /** `SELECT *` over `JOIN … USING (x)` puts the merged columns first (SQL standard) instead of in place. */
  readonly mergedColumnsFirst: boolean
  /** A double-quoted name that no column bears is a string literal (SQLite's misfeature). */
  readonly quotedFallsBackToString: boolean
  /** How the second column named `x` of a subquery is told apart: `x:1` or `x_1`; undefined: it is not. */
  readonly duplicateSuffix: ':' | '_' | undefined
  /** A common table expression may refer to itself without the keyword RECURSIVE. */
  readonly recursionNeedsNoKeyword: boolean
  /** Whether a common table expression may use one that stands after it in the same WITH. */
  readonly ctesSeeLater: 'always' | 'recursive' | 'never'
  /** INTERSECT binds tighter than UNION and EXCEPT; otherwise all are taken from left to right. */
  readonly intersectFirst: boolean
  /** `a.b` may be the field `b` of a column `a`. */
  readonly dottedFields: boolean
  /** `a.f(x)` may be the function `f` of the value `a`; elsewhere `a` is a schema. */
  readonly methodCalls: boolean
  /** A subquery in FROM sees what stands before it without the keyword LATERAL. */
  readonly lateralSubqueries: boolean
  /** `INSERT INTO t SELECT a` may give fewer values than `t` has columns. */
  readonly insertMayOmitColumns: boolean
  /** `` `project.dataset.table` `` is one quoted name of three parts. */
  readonly quotedPaths: boolean
  /** `$2` is the second column of what FROM holds. */
  readonly positionalColumns: boolean
  /** What a column without a name is called, where the dialect gives it one that can be used. */
  readonly unnamed: 'function' | 'numbered' | 'text'
  /** What `VALUES` calls its columns: `column1` … or `col0` …. */
  readonly valuesColumn: (index: number) => string
  /** A bare column in the select list is called as its table declares it, not as it is written. */
  readonly declaredNames: boolean
  /** Names every table has without declaring them. */
  readonly hiddenColumns: ReadonlySet<string>
}

const asWritten = (identifier: Identifier): string => identifier.name
const lower = (identifier: Identifier): string =>
  identifier.quoted ? identifier.name : identifier.name.toLowerCase()
const upper = (identifier: Identifier): string =>
  identifier.quoted ? identifier.name : identifier.name.toUpperCase()
const exactly = (a: string, b: string): boolean => a === b
const anyCase = (a: string, b: string): boolean => a === b || a.toLowerCase() === b.toLowerCase()

const STANDARD: Omit<DialectRules, 'name' | 'fold' | 'sameName'> = {
  lateralAliases: false,
  mergedColumnsFirst: true,
  quotedFallsBackToString: false,
  duplicateSuffix: undefined,
  recursionNeedsNoKeyword: false,
  ctesSeeLater: 'never',
  intersectFirst: true,
  dottedFields: false,
  methodCalls: false,
  lateralSubqueries: false,
  insertMayOmitColumns: false,
  quotedPaths: false,
  positionalColumns: false,
  unnamed: 'text',
  valuesColumn: (index) => `column${index + 1}`,
  declaredNames: false,
  hiddenColumns: new Set(),
}

const RULES: Readonly<Record<string, DialectRules>> = {
  sqlite: {
    ...STANDARD,
    name: 'sqlite',
    fold: asWritten,
    sameName: anyCase,
    mergedColumnsFirst: false,
    quotedFallsBackToString: true,
    duplicateSuffix: ':',
    recursionNeedsNoKeyword: true,
    ctesSeeLater: 'always',
    intersectFirst: false,
    hiddenColumns: new Set(['rowid', 'oid', '_rowid_']),
  },
  postgresql: {
    ...STANDARD,
    name: 'postgresql',
    fold: lower,
    sameName: exactly,
    ctesSeeLater: 'recursive',
    insertMayOmitColumns: true,
    unnamed: 'function',
    hiddenColumns: new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']),
  },
  duckdb: {
    ...STANDARD,
    name: 'duckdb',
    fold: asWritten,
    sameName: anyCase,
    lateralAliases: true,
    duplicateSuffix: '_',
    dottedFields: true,
    methodCalls: true,
    lateralSubqueries: true,
    valuesColumn: (index) => `col${index}`,
    declaredNames: true,
    hiddenColumns: new Set(['rowid']),
  },
  snowflake: {
    ...STANDARD,
    name: 'snowflake',
    fold: upper,
    sameName: exactly,
    lateralAliases: true,
    recursionNeedsNoKeyword: true,
    positionalColumns: true,
    valuesColumn: (index) => `COLUMN${index + 1}`,
    hiddenColumns: new Set(['METADATA$ACTION', 'METADATA$ISUPDATE', 'METADATA$ROW_ID']),
  },
  bigquery: {
    ...STANDARD,
    name: 'bigquery',
    fold: asWritten,
    sameName: anyCase,
    ctesSeeLater: 'recursive',
    dottedFields: true,
    quotedPaths: true,
    unnamed: 'numbered',
    hiddenColumns: new Set(['_PARTITIONTIME', '_PARTITIONDATE', '_TABLE_SUFFIX', '_FILE_NAME']),
  },
}

/** Dialects whose rules are known here; the parser knows more. */
export const LINEAGE_DIALECTS: readonly string[] = Object.keys(RULES)

/** `postgres` is accepted for `postgresql`. Undefined for a dialect without rules. */
export function dialectRules(dialect: string): DialectRules | undefined {
  const name = dialect.toLowerCase()
  const known = name === 'postgres' ? 'postgresql' : name
  return Object.hasOwn(RULES, known) ? RULES[known] : undefined
}
