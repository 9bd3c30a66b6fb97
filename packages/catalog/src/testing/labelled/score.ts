import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { LineageEngine, SqlLineage } from '../../source/lineage/column-lineage.js'
import { printTableName, type SchemaLookup } from '../../source/lineage/trace.js'

export { type LineageEngine, loadLineageEngine } from '../../source/lineage/column-lineage.js'

/** A file of statements with the lineage a person gave them. */
export interface LabelledSet {
  readonly dialect: string
  /** What an unqualified name is completed with, outermost first: `[catalog, schema]` or `[schema]`. */
  readonly default: readonly string[]
  /** Columns by table; a name without dots is a table of the default schema. */
  readonly schema: Readonly<Record<string, readonly string[]>>
  readonly statements: readonly LabelledStatement[]
}

export interface LabelledStatement {
  /** What the statement is in the set for. */
  readonly feature?: string
  readonly sql: string
  readonly tables: readonly string[]
  /** Output name → `table.column`. */
  readonly columns: Readonly<Record<string, readonly string[]>>
  /** The table written, where the label says it. */
  readonly target?: string
  /** Reference → reason; a statement without this has everything resolved. */
  readonly unresolved?: Readonly<Record<string, string>>
}

export interface Score {
  readonly found: number
  readonly expected: number
  readonly correct: number
  readonly precision: number
  readonly recall: number
}

export interface LineageScore {
  readonly statements: number
  readonly tables: Score
  /** Over triples (output, table, column); an output without sources counts as one triple of its own. */
  readonly columns: Score
  /** Over pairs (reference, reason). */
  readonly unresolved: Score
  /** One text per statement that is not exactly right. */
  readonly differences: readonly string[]
}

export const LABELLED_DIALECTS: readonly string[] = [
  'sqlite',
  'postgresql',
  'snowflake',
  'bigquery',
  'duckdb',
]

/** The labels are data beside the source; what runs is in dist. */
export function labelledSet(dialect: string): LabelledSet {
  const file = new URL(`../../../src/testing/labelled/${dialect}.yaml`, import.meta.url)
  return labelledSetOf(readFileSync(file, 'utf8'))
}

/** A labelled set from its YAML, which is trusted. */
export function labelledSetOf(text: string): LabelledSet {
  return parse(text) as LabelledSet
}

/** Runs the engine over labelled sets and compares. */
export function scoreLineage(sets: readonly LabelledSet[], engine: LineageEngine): LineageScore {
  const tables = new Tally()
  const columns = new Tally()
  const unresolved = new Tally()
  const differences: string[] = []
  let statements = 0
  for (const set of sets) {
    const lookup = lookupOf(set)
    for (const label of set.statements) {
      const answer = engine.lineage(label.sql, set.dialect, lookup)
      const wrong = [
        ...tables.compare(answer.tables, label.tables),
        ...columns.compare(columnTriples(answer), labelTriples(label)),
        ...unresolved.compare(
          answer.unresolved.map((u) => `${u.text}: ${u.reason}`),
          Object.entries(label.unresolved ?? {}).map(([text, reason]) => `${text}: ${reason}`),
        ),
        ...(label.target === undefined || label.target === answer.target
          ? []
          : [`target ${answer.target}, not ${label.target}`]),
      ]
      if (wrong.length > 0) differences.push(`${set.dialect}: ${label.sql}\n    ${wrong.join('\n    ')}`)
      statements++
    }
  }
  return {
    statements,
    tables: tables.score(),
    columns: columns.score(),
    unresolved: unresolved.score(),
    differences,
  }
}

function columnTriples(answer: SqlLineage): string[] {
  return answer.columns.flatMap(({ output, sources }) =>
    triples(
      output,
      sources.map((s) => `${s.table}.${s.column}`),
    ),
  )
}

function labelTriples(label: LabelledStatement): string[] {
  return Object.entries(label.columns).flatMap(([output, sources]) => triples(output, sources))
}

function triples(output: string, sources: readonly string[]): string[] {
  return sources.length === 0 ? [`${output} <- nothing`] : sources.map((s) => `${output} <- ${s}`)
}

/** The dialects that tell table names apart by case. */
const CASE_SENSITIVE: ReadonlySet<string> = new Set(['postgresql', 'snowflake', 'bigquery'])

/** The schema of a labelled set as a lookup that completes names as a session of the dialect would. */
export function lookupOf(set: Pick<LabelledSet, 'dialect' | 'default' | 'schema'>): SchemaLookup {
  const fold = (name: string): string => (CASE_SENSITIVE.has(set.dialect) ? name : name.toLowerCase())
  const complete = (parts: readonly string[]): string =>
    fold([...set.default.slice(0, Math.max(0, set.default.length + 1 - parts.length)), ...parts].join('.'))
  const known = new Map(
    Object.entries(set.schema).map(([id, columns]) => [complete(id.split('.')), { id, columns }]),
  )
  return (table) => known.get(complete(printTableName(table).split('.')))
}

class Tally {
  #found = 0
  #expected = 0
  #correct = 0

  /** The differences, as `+` too much and `-` missing. */
  compare(found: readonly string[], expected: readonly string[]): string[] {
    const have = new Set(found)
    const want = new Set(expected)
    const extra = [...have].filter((x) => !want.has(x))
    const missing = [...want].filter((x) => !have.has(x))
    this.#found += have.size
    this.#expected += want.size
    this.#correct += have.size - extra.length
    return [...extra.map((x) => `+ ${x}`), ...missing.map((x) => `- ${x}`)]
  }

  score(): Score {
    const { found, expected, correct } = {
      found: this.#found,
      expected: this.#expected,
      correct: this.#correct,
    }
    return {
      found,
      expected,
      correct,
      precision: found === 0 ? 1 : correct / found,
      recall: expected === 0 ? 1 : correct / expected,
    }
  }
}
