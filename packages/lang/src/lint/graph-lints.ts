import type { Diagnostic } from '@groundplane/core'
import { checkQueries } from '../check/query-checker.js'
import { checkSchema } from '../check/schema-checker.js'
import type { CheckedQuery } from '../ir/query-ir.js'
import type { EdgeModel, NodeModel, SchemaModel } from '../ir/schema-model.js'
import { parseQuerySource } from '../syntax/query-parser.js'
import { Reporter } from '../syntax/reporter.js'
import type { Body } from '../syntax/schema-ast.js'
import { parseSchemaSource } from '../syntax/schema-parser.js'
import type { Span } from '../syntax/token.js'
import { filteredProperties } from './filtered-properties.js'

export interface SourceText {
  readonly source: string
  /** The name diagnostics carry. */
  readonly file?: string
}

export interface GraphSources {
  readonly schema: SourceText
  /** All query files of the graph: a lint that says "never" is only as right as this is complete. */
  readonly queries: readonly SourceText[]
  /** Rows by node or edge type, as a snapshot of the graph tells them; without it nothing counts as large. */
  readonly rowCounts?: Readonly<Record<string, number>>
}

/** From this many rows on, a scan instead of an index lookup is felt. */
export const LARGE_TYPE_ROWS = 10_000

/**
 * What `checkSchema` and `checkQueries` report about every file of a graph, and the warnings that need all
 * of them at once. Where the schema has errors, its queries get syntax errors only. Never throws on any text.
 */
export function lintGraph(graph: GraphSources): Diagnostic[] {
  const { model, diagnostics } = checkSchema(graph.schema.source, graph.schema.file)
  const found = [...diagnostics]
  const checked: CheckedQuery[] = []
  let allChecked = true
  for (const { source, file } of graph.queries) {
    const reporter = new Reporter(source, file)
    const document = parseQuerySource(source, reporter)
    if (!model) {
      found.push(...reporter.finish())
      continue
    }
    const result = checkQueries(source, model, file)
    checked.push(...result.queries)
    allChecked &&= result.queries.length === document.queries.length
    const lints = new Reporter(source, file)
    lintFilters(document.queries, model, graph.rowCounts ?? {}, lints)
    found.push(...inSourceOrder([...result.diagnostics, ...lints.finish()]))
  }
  // A query that does not check may be the one that sets the property.
  if (model && allChecked) {
    const reporter = new Reporter(graph.schema.source, graph.schema.file)
    lintNeverSet(graph.schema.source, model, checked, reporter)
    found.push(...reporter.finish())
  }
  return found
}

/**
 * Only types that some query inserts or updates are judged: the rest is loaded, and what a load sets
 * cannot be seen here.
 */
function lintNeverSet(
  source: string,
  model: SchemaModel,
  queries: readonly CheckedQuery[],
  reporter: Reporter,
): void {
  const set = writtenProperties(queries)
  const parsed = parseSchemaSource(source, new Reporter(source, undefined))
  const types = new Map([...model.nodes, ...model.edges].map((type) => [`${type.kind} ${type.name}`, type]))
  for (const declaration of parsed.declarations) {
    if (declaration.kind === 'interface') continue
    const type = types.get(`${declaration.kind} ${declaration.name.text}`)
    const written = set.get(`${declaration.kind} ${declaration.name.text}`)
    if (!type || !written) continue
    for (const property of type.properties) {
      // An embedding follows from its source; nobody sets it by hand.
      const derived = property.annotations.some(({ name }) => name === 'embed')
      if (!property.nullable || derived || written.has(property.name)) continue
      const place = placeOf(declaration, property.name) ?? declaration.name
      const message = `No query sets \`${property.name}\` of ${type.name}.`
      reporter.report('never-set-property', place, message)
    }
  }
}

function placeOf(body: Body, property: string): Span | undefined {
  return body.properties.find(({ name }) => name.text === property)?.name
}

function writtenProperties(queries: readonly CheckedQuery[]): Map<string, Set<string>> {
  const set = new Map<string, Set<string>>()
  for (const query of queries) {
    if (query.kind !== 'write') continue
    for (const statement of query.statements) {
      if (statement.kind === 'delete') continue
      const entity =
        statement.kind === 'update' ? statement.entity : statement.kind === 'insert-node' ? 'node' : 'edge'
      const key = `${entity} ${statement.type}`
      const known = set.get(key) ?? new Set<string>()
      for (const { property } of statement.assignments) known.add(property)
      set.set(key, known)
    }
  }
  return set
}

function lintFilters(
  queries: Parameters<typeof filteredProperties>[0],
  model: SchemaModel,
  rowCounts: Readonly<Record<string, number>>,
  reporter: Reporter,
): void {
  for (const { type, property, span } of filteredProperties(queries, model)) {
    const rows = Object.hasOwn(rowCounts, type.name) ? (rowCounts[type.name] ?? 0) : 0
    if (rows < LARGE_TYPE_ROWS || isIndexed(type, property)) continue
    const message = `${type.name} has ${rows} rows and no index on \`${property}\`.`
    reporter.report('unindexed-filter', span, message)
  }
}

/** Whether the property leads an index: its own, that of a unique tuple, or the key. */
function isIndexed(type: NodeModel | EdgeModel, property: string): boolean {
  const tuples = [...type.indexes, ...type.unique, ...(type.kind === 'node' ? [type.key] : [])]
  return tuples.some(([first]) => first === property)
}

function inSourceOrder(diagnostics: Diagnostic[]): Diagnostic[] {
  return diagnostics.sort((a, b) => (a.range?.start.offset ?? 0) - (b.range?.start.offset ?? 0))
}
