import { parse } from 'yaml'
import type { LineageEngine } from '../../source/lineage/column-lineage.js'
import type { SchemaLookup } from '../../source/lineage/trace.js'

/** A file of statements with the lineage a person gave them. */
export interface LabelledSet {
  readonly dialect: string
  readonly schema: Readonly<Record<string, readonly string[]>>
  readonly statements: readonly LabelledStatement[]
}

export interface LabelledStatement {
  readonly sql: string
  readonly tables: readonly string[]
  /** Output name → `table.column`. */
  readonly columns: Readonly<Record<string, readonly string[]>>
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
  /** One line per statement that is not exactly right. */
  readonly differences: readonly string[]
}

export function parseLabelledSet(text: string): LabelledSet {
  return parse(text) as LabelledSet
}

/** Runs the engine over a labelled set and compares. */
export function scoreLineage(set: LabelledSet, engine: LineageEngine): LineageScore {
  const lookup = lookupOf(set.schema)
  const tables = new Tally()
  const columns = new Tally()
  const differences: string[] = []
  for (const { sql, ...label } of set.statements) {
    const answer = engine.lineage(sql, set.dialect, lookup)
    const t = tables.compare(answer.tables, label.tables)
    const c = columns.compare(
      answer.columns.flatMap(({ output, sources }) =>
        triples(
          output,
          sources.map((s) => `${s.table}.${s.column}`),
        ),
      ),
      Object.entries(label.columns).flatMap(([output, sources]) => triples(output, sources)),
    )
    const wrong = [...t, ...c]
    if (wrong.length > 0) differences.push(`${sql}\n    ${wrong.join('\n    ')}`)
  }
  return { statements: set.statements.length, tables: tables.score(), columns: columns.score(), differences }
}

function triples(output: string, sources: readonly string[]): string[] {
  return sources.length === 0 ? [`${output} <- nothing`] : sources.map((s) => `${output} <- ${s}`)
}

/** The schema of a labelled set as a lookup; names go without regard to case and schema. */
export function lookupOf(schema: LabelledSet['schema']): SchemaLookup {
  const known = new Map(Object.entries(schema).map(([id, columns]) => [id.toLowerCase(), { id, columns }]))
  return ({ name }) => known.get(name.toLowerCase())
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
