import { partsOf } from './reference.js'
import type { RelationColumn } from './relation.js'
import { type Identifier, isObject, kindOf, type SelectBody, type SqlNode } from './sql-ast.js'
import type { Trace } from './trace.js'

/** What the dialect calls an output column that has no name of its own. */
export function unnamedColumn(item: SqlNode, before: readonly RelationColumn[], trace: Trace): string {
  switch (trace.rules.unnamed) {
    case 'function':
      return functionName(item, trace) ?? '?column?'
    case 'numbered': {
      const numbered = before.filter((c) => /^f\d+_$/.test(c.name)).length
      return `f${numbered}_`
    }
    case 'text':
      return trace.print(item)
  }
}

/** Kinds of the tree that PostgreSQL calls by another name than the kind's. */
const KIND_NAMES: Readonly<Record<string, string>> = {
  case: 'case',
  coalesce: 'coalesce',
  exists: 'exists',
  extract: 'extract',
  lower: 'lower',
  upper: 'upper',
  trim: 'btrim',
  substring: 'substring',
  str_position: 'position',
  array_func: 'array',
  array_agg: 'array_agg',
  string_agg: 'string_agg',
  row_number: 'row_number',
}

/** FigureColname of PostgreSQL's parse_target.c: the function's name, or what a cast or subquery is of. */
function functionName(node: SqlNode, trace: Trace): string | undefined {
  const parts = partsOf(node)
  if (parts) return trace.rules.fold(parts.at(-1) as Identifier)
  const kind = kindOf(node)
  const body = node[kind]
  if (!isObject(body)) return undefined
  const inner = (body.this ?? undefined) as SqlNode | undefined
  switch (kind) {
    case 'alias':
      return trace.rules.fold((body as unknown as { alias: Identifier }).alias)
    case 'paren':
    case 'cast':
    case 'subscript':
    case 'window_function':
    case 'within_group':
      return inner && trace.work.inside(() => functionName(inner, trace))
    case 'subquery': {
      const first = (inner?.select as SelectBody | undefined)?.expressions?.[0]
      return first && trace.work.inside(() => functionName(first, trace))
    }
  }
  const name = [body.name, body.original_name].find((n) => typeof n === 'string')
  return typeof name === 'string' ? name.toLowerCase() : KIND_NAMES[kind]
}
