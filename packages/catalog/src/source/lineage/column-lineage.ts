import { type ColumnSource, compare, type Transform } from './derivation.js'
import { dialectRules, LINEAGE_DIALECTS } from './dialect-rules.js'
import { type Identifier, kindOf, type SqlNode } from './sql-ast.js'
import { loadSqlParser, type SqlParser } from './sql-parser.js'
import {
  analyseStatement,
  type OutputColumn,
  type StatementAnalysis,
  type StatementKind,
} from './statement.js'
import { type IndirectSource, type SchemaLookup, Trace, type Unresolved } from './trace.js'
import { AnalysisLimit } from './work.js'

export interface ColumnLineage {
  readonly output: string
  /** Sorted by table and column. Empty for constants, `count(*)` and the like. */
  readonly sources: readonly ColumnSource[]
  /** The strongest of the sources' transforms; `constant` when there are none and nothing is missing. */
  readonly transform: Transform | 'constant' | 'unresolved'
  /** False when a part could not be traced: `sources` is then a lower bound. */
  readonly complete: boolean
}

/** What one statement reads and how its output columns come to be. */
export interface SqlLineage {
  readonly kind: StatementKind
  /** The table or view written, as the schema lookup calls it. */
  readonly target?: string
  /** Tables and views read, sorted; common table expressions are not tables. */
  readonly tables: readonly string[]
  /** In output order. */
  readonly columns: readonly ColumnLineage[]
  /** Columns that choose, group or order rows without their value appearing in an output. */
  readonly indirect: readonly IndirectSource[]
  /** Every reference that could not be decided, with the reason. Nothing is guessed. */
  readonly unresolved: readonly Unresolved[]
}

export interface LineageEngine {
  /**
   * Lineage of the first statement in `sql`. Never throws for bad SQL: what
   * cannot be parsed or analysed is one entry of `unresolved`.
   */
  lineage(sql: string, dialect: string, schema: SchemaLookup): SqlLineage
  /** One entry per statement of a script. */
  script(sql: string, dialect: string, schema: SchemaLookup): SqlLineage[]
}

/** Loads the parser; the engine itself is synchronous and keeps no state between calls. */
export async function loadLineageEngine(): Promise<LineageEngine> {
  const parser = await loadSqlParser()
  return {
    lineage: (sql, dialect, schema) =>
      analyse(sql, dialect, schema, parser, 1)[0] ?? nothing('parse_error', sql, 'there is no statement'),
    script: (sql, dialect, schema) => analyse(sql, dialect, schema, parser, Number.POSITIVE_INFINITY),
  }
}

/** Lineage of one SQL text; loads the parser on first use. */
export async function columnLineage(sql: string, dialect: string, schema: SchemaLookup): Promise<SqlLineage> {
  return (await loadLineageEngine()).lineage(sql, dialect, schema)
}

function analyse(
  sql: string,
  dialect: string,
  schema: SchemaLookup,
  parser: SqlParser,
  limit: number,
): SqlLineage[] {
  const rules = dialectRules(dialect)
  if (!rules) {
    return [
      nothing(
        'unsupported_dialect',
        sql,
        `lineage knows the dialects ${LINEAGE_DIALECTS.join(', ')}, not ${dialect}`,
      ),
    ]
  }
  const parsed = parser.parse(sql, rules.name)
  if ('error' in parsed) return [nothing('parse_error', sql, parsed.error)]
  const characters = Array.from(parsed.text)
  const text = {
    print: (node: Parameters<SqlParser['print']>[0]) => parser.print(node, rules.name),
    slice: (start: number, end: number) => characters.slice(start, end).join(''),
  }
  const foldsAsQuoted = { ...rules, fold: (i: Identifier) => rules.fold(quotedAsWritten(i, characters)) }
  return parsed.statements.slice(0, limit).map((statement) => {
    const trace = new Trace(schema, foldsAsQuoted, text)
    const { kind, target, columns } = withinLimits(statement, trace)
    return {
      kind,
      ...(target !== undefined && { target }),
      tables: tablesRead(kind, target, trace, columns),
      columns: columns.map(columnOf),
      indirect: trace.indirect(),
      unresolved: trace.unresolved(),
    }
  })
}

/** In some lists, `* EXCLUDE ("a")` for one, the parser forgets that a name was quoted. */
function quotedAsWritten(identifier: Identifier, characters: readonly string[]): Identifier {
  if (identifier.quoted === true || !identifier.span) return identifier
  return characters[identifier.span.start] === '"' ? { ...identifier, quoted: true } : identifier
}

/** A statement that takes too much work has the tables seen until then, and no columns. */
function withinLimits(statement: SqlNode, trace: Trace): StatementAnalysis {
  try {
    return analyseStatement(statement, trace)
  } catch (error) {
    if (!(error instanceof AnalysisLimit)) throw error
    trace.stoppedAt(kindOf(statement), error.message)
    return { kind: 'other', columns: [] }
  }
}

/** The table a statement changes counts as read only when a value of it is used. */
function tablesRead(
  kind: StatementKind,
  target: string | undefined,
  trace: Trace,
  columns: readonly OutputColumn[],
): string[] {
  const all = trace.tables()
  if (kind === 'select' || target === undefined) return all
  const used = new Set(trace.indirect().map((i) => i.table))
  for (const { derivation } of columns) for (const source of derivation.sources()) used.add(source.table)
  return all.filter((table) => table !== target || used.has(table))
}

function columnOf({ name, derivation }: OutputColumn): ColumnLineage {
  const sources = derivation.sorted()
  const { complete } = derivation
  const strongest = [...sources]
    .sort((a, b) => compare(RANK[a.transform], RANK[b.transform]))
    .at(-1)?.transform
  return { output: name, sources, transform: strongest ?? (complete ? 'constant' : 'unresolved'), complete }
}

const RANK: Readonly<Record<Transform, string>> = { identity: '0', derived: '1', aggregate: '2' }

function nothing(reason: Unresolved['reason'], sql: string, detail: string): SqlLineage {
  const text = sql.length > 200 ? `${sql.slice(0, 200)}…` : sql
  return { kind: 'other', tables: [], columns: [], indirect: [], unresolved: [{ text, reason, detail }] }
}
