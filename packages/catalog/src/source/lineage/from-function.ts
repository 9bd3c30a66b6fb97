import type { Context } from './context.js'
import { Derivation } from './derivation.js'
import { derive } from './expression.js'
import { type Relation, type RelationColumn, withColumnNames } from './relation.js'
import type { Scope } from './scope.js'
import type { Identifier, SqlNode } from './sql-ast.js'
import { bodyOf, kindOf } from './sql-ast.js'

/** Puts a relation into a scope: its columns become visible, its name can qualify them. */
export function enter(
  alias: string | undefined,
  relation: Relation,
  scope: Scope,
  path?: readonly string[],
): void {
  scope.add(alias, relation, path)
  scope.visible = [...scope.visible, ...relation.columns]
  scope.open = [...scope.open, ...relation.open]
  scope.hidden = [...scope.hidden, ...(relation.hidden ?? [])]
}

interface UnnestBody {
  readonly this: SqlNode
  readonly expressions?: readonly SqlNode[]
  readonly alias?: Identifier | null
  readonly offset_alias?: Identifier | null
  readonly with_ordinality?: boolean
}

/** BigQuery's `UNNEST(x) AS l WITH OFFSET AS pos`: the parser keeps both names inside. */
export function readUnnest(item: SqlNode, context: Context, scope: Scope): void {
  const { alias, offset_alias } = bodyOf<UnnestBody>(item, 'unnest')
  readFunction(item, alias ?? undefined, [], context, scope)
  if (offset_alias) {
    const position = { name: context.trace.rules.fold(offset_alias), derivation: new Derivation() }
    scope.visible = [...scope.visible, position]
  }
}

/** Columns of SQLite's table-valued JSON functions. */
const JSON_TABLE = ['key', 'value', 'type', 'atom', 'id', 'parent', 'fullkey', 'path']

/** Columns that functions in FROM are documented to have, by folded name. */
const TABLE_FUNCTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  sqlite: { json_each: JSON_TABLE, json_tree: JSON_TABLE, generate_series: ['value'] },
  snowflake: {
    flatten: ['SEQ', 'KEY', 'PATH', 'INDEX', 'VALUE', 'THIS'],
    split_to_table: ['SEQ', 'INDEX', 'VALUE'],
  },
  postgresql: {
    json_each: ['key', 'value'],
    jsonb_each: ['key', 'value'],
    json_each_text: ['key', 'value'],
    jsonb_each_text: ['key', 'value'],
    json_array_elements: ['value'],
    jsonb_array_elements: ['value'],
    json_array_elements_text: ['value'],
    jsonb_array_elements_text: ['value'],
  },
  duckdb: { generate_series: ['generate_series'], range: ['range'] },
}

/** Functions whose rows are one value called by the alias, or by the function's own name. */
const ONE_VALUE: ReadonlySet<string> = new Set([
  'unnest',
  'generate_series',
  'regexp_split_to_table',
  'string_to_table',
  'jsonb_object_keys',
  'json_object_keys',
  'generate_subscripts',
])

/** Functions and kinds of the tree whose rows are made of the arguments alone; of others a table may be read inside. */
const MADE_OF_ARGUMENTS =
  /^(?:unnest|range|generat\w+|(?:pos)?explode(?:_outer)?|flatten|\w*split_to_table|string_to_table|regexp_matches|jsonb?_\w+|j_s_o_n_\w+|x_?m_?l_?table)$/

/** A function in FROM: its arguments may use what stands before it. */
export function readFunction(
  inner: SqlNode,
  alias: Identifier | undefined,
  names: readonly Identifier[] | undefined,
  context: Context,
  scope: Scope,
): void {
  const { fold } = context.trace.rules
  const kind = kindOf(inner)
  const given = (names ?? []).map((n) => fold(n))
  if (kind === 'table' || kind === 'subquery' || kind === 'joined_table' || kind === 'select') {
    const relation = context.query(inner, context.ctes, scope)
    enter(alias && fold(alias), withColumnNames(relation, given), scope)
    return
  }
  const { called, node } = calledIn(inner)
  const named = alias ? fold(alias) : called
  if (kind === 'unnest') {
    enter(named, unnested(bodyOf<UnnestBody>(inner, kind), named, given, { ...context, scope }), scope)
    return
  }
  const derivation = new Derivation()
  derivation.absorb(derive(node, { ...context, scope }), 'derived')
  const followed = MADE_OF_ARGUMENTS.test(called)
  if (!followed) {
    derivation.complete = false
    context.trace.unresolvedAt(
      kindOf(node) === 'function' || kindOf(node) === 'method_call' ? called : context.trace.print(node),
      'unsupported_construct',
      'what it returns is not known from its arguments',
    )
  }
  const known = TABLE_FUNCTIONS[context.trace.rules.name]?.[called]
  const columns = (known ? known.map((name, i) => given[i] ?? name) : given).map((name) => ({
    name,
    derivation,
  }))
  if (columns.length > 0) {
    enter(named, { columns, open: [] }, scope)
    return
  }
  const value = { name: named, derivation }
  const open = [{ derivation, told: !followed }]
  // The value of any other function may be a row: its name can be used, and `*` is not it.
  if (ONE_VALUE.has(called)) enter(named, { columns: [value], open: [] }, scope)
  else enter(named, { columns: [], open, hidden: [value] }, scope)
}

/** `TABLE(f(x))` is `f(x)`. */
function calledIn(node: SqlNode): { called: string; node: SqlNode } {
  const { name, args } = (node.function ?? {}) as { name?: unknown; args?: SqlNode[] }
  const method = (node.method_call as { method?: Identifier } | undefined)?.method?.name
  const called = String(name ?? method ?? kindOf(node)).toLowerCase()
  const only = args?.[0]
  if (called === 'table' && args?.length === 1 && only && /^(?:function|method_call)$/.test(kindOf(only))) {
    return calledIn(only)
  }
  return { called, node }
}

/** `unnest(a, b) WITH ORDINALITY AS u(x, y, n)`: a column for each array, then the position. */
function unnested(body: UnnestBody, named: string, given: readonly string[], context: Context): Relation {
  const arrays = [body.this, ...(body.expressions ?? [])]
  const position =
    body.with_ordinality === true && !body.offset_alias && context.trace.rules.name !== 'bigquery'
  const columns: RelationColumn[] = arrays.map((array, i) => {
    const derivation = new Derivation()
    derivation.absorb(derive(array, context), 'derived')
    return { name: given[i] ?? (i === 0 ? named : `${named}_${i}`), derivation }
  })
  // Elements may be rows: further names are their fields.
  const extra = given.slice(arrays.length + (position ? 1 : 0))
  const fields = given.length > arrays.length && !position && arrays.length === 1
  const all = new Derivation()
  for (const { derivation } of columns) all.absorb(derivation)
  if (fields) for (const name of extra) columns.push({ name, derivation: all })
  if (position) columns.push({ name: given[arrays.length] ?? 'ordinality', derivation: new Derivation() })
  return { columns, open: given.length > 0 ? [] : [{ derivation: all }] }
}
