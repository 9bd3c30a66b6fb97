import type { Context } from './context.js'
import { Derivation } from './derivation.js'
import { derive, RESOLVED } from './expression.js'
import { ALL_COLUMNS, isLike, LIKE_MARK } from './parser-gaps.js'
import { partsOf } from './reference.js'
import type { OpenPart, Relation, RelationColumn } from './relation.js'
import type { Scope } from './scope.js'
import type { ColumnBody, Identifier, SqlNode, StarBody } from './sql-ast.js'
import { bodyOf, isObject, kindOf } from './sql-ast.js'
import type { Trace } from './trace.js'
import { unnamedColumn } from './unnamed-column.js'

/** Adds what one item of a select list makes to the outputs of `scope`, and to `open` what it makes unnamed. */
export function selectItem(item: SqlNode, context: Context, scope: Scope, open: OpenPart[]): void {
  const { trace } = context
  const kind = kindOf(item)
  if (kind === 'column' && (item.column as ColumnBody).name.name === ALL_COLUMNS) {
    expandStar({}, context, scope, open)
    return
  }
  if (kind === 'star') {
    expandStar(bodyOf<StarBody>(item, kind), context, scope, open)
    return
  }
  const pattern = kind === 'braced_wildcard' ? item : columnsCall(item, trace)
  if (pattern) {
    if (!expandColumnsCall(item, pattern, context, scope)) {
      trace.unresolvedAt(
        trace.print(item),
        'unsupported_construct',
        'a pattern over column names is not expanded',
      )
      open.push({ derivation: incomplete(), told: true })
    }
    return
  }
  const derivation = derive(item, context)
  trace.work.spend(derivation.size)
  scope.outputs.push({ name: outputName(item, scope, trace), derivation })
}

function incomplete(): Derivation {
  const derivation = new Derivation()
  derivation.complete = false
  return derivation
}

function outputName(item: SqlNode, scope: Scope, trace: Trace): string {
  const { fold, declaredNames } = trace.rules
  const kind = kindOf(item)
  if (kind === 'alias') return fold((item.alias as { alias: Identifier }).alias)
  const parts = partsOf(item)
  if (parts) {
    const name = fold(parts.at(-1) as Identifier)
    const { lookup, fields } = declaredNames ? scope.path(parts.map(fold)) : { lookup: undefined, fields: 0 }
    return lookup && 'found' in lookup && fields === 0 ? (lookup.name ?? name) : name
  }
  if (kind === 'dot') {
    const field = (item.dot as { field?: Identifier }).field
    if (field && typeof field.name === 'string') return fold(field)
  }
  return unnamedColumn(item, scope.outputs, trace)
}

function expandStar(star: StarBody, context: Context, scope: Scope, open: OpenPart[]): void {
  const source = starSource(star, context, scope)
  if (!source) return
  for (const column of starColumns(star, source, context)) scope.outputs.push(column)
  if (source.open.length > 0) starOfUnknown(star, source.open, context.trace)
  open.push(...source.open)
}

/** What `*` or `t.*` ranges over; undefined, and reported, when nothing is called `t`. */
function starSource(star: StarBody, context: Context, scope: Scope): Relation | undefined {
  if (!star.table) return { columns: scope.visible, open: scope.open }
  const relation = scope.relationNamed(scope.rules.fold(star.table))
  if (!relation) {
    context.trace.unresolvedAt(
      `${star.table.name}.*`,
      'unknown_qualifier',
      `nothing in FROM is called ${star.table.name}`,
    )
  }
  return relation
}

/** The columns of a star after EXCEPT or EXCLUDE, REPLACE and RENAME. */
function starColumns(star: StarBody, source: Relation, context: Context): RelationColumn[] {
  const { trace } = context
  const { fold } = trace.rules
  const excluded = (star.except ?? []).map(fold)
  const like = excluded.find((name) => name.startsWith(LIKE_MARK))?.slice(LIKE_MARK.length)
  const replaced = (star.replace ?? []).map((r) => [fold(r.alias), r.this] as const)
  const renamed = (star.rename ?? []).map(([from, to]) => [fold(from), fold(to)] as const)
  trace.work.spend(source.columns.length * (1 + excluded.length + replaced.length + renamed.length))
  return source.columns.flatMap(({ name, derivation }) => {
    const called = (other: string): boolean => trace.rules.sameName(other, name)
    if (excluded.some(called) || (like !== undefined && !isLike(name, like))) return []
    const expression = replaced.find(([other]) => called(other))?.[1]
    return [
      {
        name: renamed.find(([other]) => called(other))?.[1] ?? name,
        derivation: expression ? derive(expression, context) : derivation,
      },
    ]
  })
}

function starOfUnknown(star: StarBody, open: readonly OpenPart[], trace: Trace): void {
  if (open.every((part) => part.table === undefined && part.told === true)) return
  const text = star.table ? `${star.table.name}.*` : '*'
  const tables = open.flatMap((part) => (part.table === undefined ? [] : [part.table]))
  trace.unresolvedAt(
    text,
    'star_of_unknown_table',
    tables.length > 0
      ? `the columns of ${tables.join(', ')} are not known`
      : 'the columns of a table function are not known',
  )
}

/** DuckDB's `COLUMNS(…)` inside a select item; not inside a subquery of it. */
function columnsCall(node: unknown, trace: Trace): SqlNode | undefined {
  if (trace.rules.name !== 'duckdb' || node === null || typeof node !== 'object') return undefined
  const kind = isObject(node) ? kindOf(node) : ''
  if (kind === 'subquery' || kind === 'select') return undefined
  if (kind === 'function' && isColumnsCall(node as SqlNode)) return node as SqlNode
  return trace.work.inside(() => {
    for (const part of Object.values(node)) {
      const found = columnsCall(part, trace)
      if (found) return found
    }
    return undefined
  })
}

function isColumnsCall(node: SqlNode): boolean {
  return String((node.function as { name?: unknown }).name).toLowerCase() === 'columns'
}

/** `max(COLUMNS(*))`: the item once for each column of the star, called like the column. */
function expandColumnsCall(item: SqlNode, call: SqlNode, context: Context, scope: Scope): boolean {
  const [argument, ...more] = (call.function as { args?: SqlNode[] } | undefined)?.args ?? []
  if (!argument || more.length > 0 || kindOf(argument) !== 'star') return false
  const star = bodyOf<StarBody>(argument, 'star')
  const source = starSource(star, context, scope)
  if (!source || source.open.length > 0) return false
  const alias = kindOf(item) === 'alias' ? (item.alias as { alias: Identifier }).alias.name : undefined
  for (const column of starColumns(star, source, context)) {
    const value: SqlNode = { [RESOLVED]: { derivation: column.derivation } }
    scope.outputs.push({
      name: alias ?? column.name,
      derivation: derive(replaced(item, call, value, context), context),
    })
  }
  return true
}

/** A copy of `node` with `value` in the place of every call that is the same as `call`. */
function replaced(node: SqlNode, call: SqlNode, value: SqlNode, context: Context): SqlNode {
  const same = JSON.stringify(call)
  const copy = (part: unknown): unknown => {
    if (part === null || typeof part !== 'object') return part
    if (Array.isArray(part)) return part.map(copy)
    if (part === call || (kindOf(part as SqlNode) === 'function' && JSON.stringify(part) === same))
      return value
    return context.trace.work.inside(() =>
      Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, copy(inner)])),
    )
  }
  return copy(node) as SqlNode
}
