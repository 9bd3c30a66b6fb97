import type { Diagnostic } from '@groundplane/core'
import { SchemaLookup } from '../bind/schema-lookup.js'
import { Scope, VariableTable } from '../bind/scope.js'
import { resolveType } from '../bind/value-types.js'
import type { CheckedQuery, ParamModel, ReadQuery } from '../ir/query-ir.js'
import type { SchemaModel } from '../ir/schema-model.js'
import type { ClauseSyntax, ParsedQueries, ParsedQuery, ReadBody } from '../syntax/query-ast.js'
import { parseQuerySource } from '../syntax/query-parser.js'
import { Reporter } from '../syntax/reporter.js'
import type { Name } from '../syntax/token.js'
import { checkPattern } from './pattern-checker.js'
import type { QueryContext } from './query-context.js'
import { lintCartesian, lintQuery } from './query-lints.js'
import { checkResult } from './result-checker.js'
import { checkWrites } from './write-checker.js'

export interface ParseQueriesResult {
  readonly document: ParsedQueries
  readonly diagnostics: Diagnostic[]
}

/** Syntax only: which queries a file has and what they are made of. Never throws on any text. */
export function parseQueries(source: string, file?: string): ParseQueriesResult {
  const reporter = new Reporter(source, file)
  const document = parseQuerySource(source, reporter)
  return { document, diagnostics: reporter.finish() }
}

export interface CheckQueriesResult {
  /** Those without errors, in source order, even when others have some. */
  readonly queries: CheckedQuery[]
  readonly diagnostics: Diagnostic[]
}

/** Parses a `.gq` text and checks each query against the schema. Never throws on any text. */
export function checkQueries(source: string, schema: SchemaModel, file?: string): CheckQueriesResult {
  const reporter = new Reporter(source, file)
  const document = parseQuerySource(source, reporter)
  const lookup = new SchemaLookup(schema)
  const names = new Set<string>()
  const queries: CheckedQuery[] = []
  for (const query of document.queries) {
    const before = reporter.errors
    if (names.has(query.name)) {
      reporter.report('duplicate-query', query.nameSpan, `The query \`${query.name}\` is already declared.`)
    }
    names.add(query.name)
    // What could not be read is missing from the tree; judging the rest would blame the wrong places.
    if (!query.complete) continue
    const checked = checkQuery(query, { source, reporter, lookup, digest: schema.digest })
    if (checked && reporter.errors === before) queries.push(checked)
  }
  return { queries, diagnostics: reporter.finish() }
}

interface Surroundings {
  readonly source: string
  readonly reporter: Reporter
  readonly lookup: SchemaLookup
  readonly digest: string
}

function checkQuery(query: ParsedQuery, around: Surroundings): CheckedQuery | undefined {
  const { reporter } = around
  const before = reporter.errors
  const params = checkParams(query, reporter)
  const known = new Map(params.map((param) => [param.name, param]))
  const context: QueryContext = {
    source: around.source,
    schema: around.lookup,
    reporter,
    params: known,
    unresolvedParams: new Set(
      query.params.map((param) => param.name.text).filter((name) => !known.has(name)),
    ),
    usedParams: new Set(),
    variables: new VariableTable(writtenVariables(query)),
  }
  const head = {
    name: query.name,
    params,
    ...checkQueryAnnotations(query, reporter),
    schemaDigest: around.digest,
  }
  if (query.body.kind === 'write') {
    const statements = checkWrites(query.body, context)
    if (reporter.errors > before) return undefined
    lintQuery(query, context)
    return { kind: 'write', ...head, statements }
  }
  const read = checkRead(query.body, head, context)
  if (reporter.errors > before) return undefined
  lintQuery(query, context)
  lintCartesian(query, read, context)
  return read
}

type Head = Pick<ReadQuery, 'name' | 'params' | 'description' | 'instruction' | 'deprecated' | 'schemaDigest'>

function checkRead(body: ReadBody, head: Head, context: QueryContext): ReadQuery {
  const scope = new Scope()
  const match = checkPattern(body.match, scope, context)
  const result = checkResult(body, scope, context)
  const limit = checkCount(body.limit, 'limit', context.reporter)
  const offset = checkCount(body.offset, 'offset', context.reporter)
  return {
    kind: 'read',
    ...head,
    variables: context.variables.models,
    match,
    ...result,
    distinct: body.distinct,
    ...(limit !== undefined && { limit }),
    ...(offset !== undefined && { offset }),
  }
}

const MAX_ROWS = 2_147_483_647

function checkCount(written: Name | undefined, what: string, reporter: Reporter): number | undefined {
  if (!written) return undefined
  const count = Number(written.text)
  if (count <= MAX_ROWS) return count
  reporter.report('invalid-limit', written, `The ${what} ${written.text.slice(0, 20)} is too large.`)
  return undefined
}

function checkParams(query: ParsedQuery, reporter: Reporter): ParamModel[] {
  const params: ParamModel[] = []
  const seen = new Set<string>()
  for (const { name, type: syntax } of query.params) {
    if (seen.size === seen.add(name.text).size) {
      reporter.report('duplicate-parameter', name, `The parameter $${name.text} is already declared.`)
      continue
    }
    const type = resolveType(syntax, reporter)
    if (type) params.push({ name: name.text, type, nullable: syntax.nullable })
  }
  return params
}

const TEXTS = ['description', 'instruction', 'deprecated'] as const

function checkQueryAnnotations(
  query: ParsedQuery,
  reporter: Reporter,
): Partial<Record<(typeof TEXTS)[number], string>> {
  const found: Partial<Record<(typeof TEXTS)[number], string>> = {}
  for (const annotation of query.annotations) {
    const name = TEXTS.find((text) => text === annotation.name.text)
    if (!name) {
      reporter.report('unknown-annotation', annotation, `Nothing reads @${annotation.name.text} on a query.`)
      continue
    }
    const { value } = annotation
    if (found[name] !== undefined)
      reporter.report('duplicate-constraint', annotation, `@${name} stands here twice.`)
    if (value?.kind === 'string') found[name] = value.value
    else if (name === 'deprecated' && !value) found.deprecated = 'This query is deprecated.'
    else reporter.report('invalid-annotation', annotation, `@${name} needs a text.`, `Write @${name}("…").`)
  }
  return found
}

/** Every variable name in the query, so that generated names avoid them. */
function writtenVariables(query: ParsedQuery): Set<string> {
  const names = new Set<string>()
  const visit = (clauses: readonly ClauseSyntax[]): void => {
    for (const clause of clauses) {
      if (clause.kind === 'bind') names.add(clause.variable.text)
      else if (clause.kind === 'traverse') {
        for (const name of [clause.source, clause.target, clause.edgeVariable, clause.pathVariable]) {
          if (name) names.add(name.text)
        }
      } else if (clause.kind !== 'filter') visit(clause.match)
    }
  }
  if (query.body.kind === 'read') visit(query.body.match)
  return names
}
