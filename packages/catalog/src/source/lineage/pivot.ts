import type { Context } from './context.js'
import { Derivation } from './derivation.js'
import { derive } from './expression.js'
import { partsOf } from './reference.js'
import type { OpenPart, Relation, RelationColumn } from './relation.js'
import { bodyOf, type Identifier, isIdentifier, kindOf, type SqlNode } from './sql-ast.js'

/** A pivot turns this many combinations of values into columns at most. */
const MAX_COLUMNS = 10_000

interface PivotBody {
  /** `FROM t PIVOT (…)`: the aggregates. DuckDB's statement `PIVOT t ON …`: what is pivoted. */
  readonly expressions?: readonly SqlNode[]
  readonly fields?: readonly SqlNode[]
  /** Aggregates of the statement. */
  readonly using?: readonly SqlNode[]
  readonly group?: { readonly group?: { readonly expressions?: readonly SqlNode[] } } | null
  readonly unpivot?: boolean
  readonly into?: SqlNode | null
}

interface UnpivotBody {
  readonly value_column: Identifier
  readonly name_column: Identifier
  readonly columns?: readonly SqlNode[]
  readonly extra_value_columns?: readonly Identifier[]
}

/**
 * The columns of `PIVOT`: what it groups by, then for each listed value each
 * aggregate, which is made of the aggregate's columns and of the pivoted one.
 * Values that are not listed make columns whose names only the data know.
 * `context` holds what is pivoted.
 */
export function readPivot(item: SqlNode, context: Context): Relation {
  const body = bodyOf<PivotBody>(item, 'pivot')
  if (body.unpivot === true) return readUnpivotStatement(body, context)
  const statement = body.fields === undefined || body.fields.length === 0
  const on = (statement ? body.expressions : body.fields) ?? []
  const aggregates = statement ? (body.using?.length ? body.using : [COUNT]) : (body.expressions ?? [])
  const used = new Derivation()
  const taken = new Set<string>()
  for (const node of [...on.map(pivoted), ...aggregates]) takeNames(node, taken, context)
  for (const node of on) used.absorb(derive(pivoted(node), context), 'derived')
  const grouped = groupedBy(body, taken, context)
  const cells = aggregates.map((node) => {
    const { inner, alias } = aliased(node)
    const derivation = new Derivation()
    derivation.absorb(derive(inner, context), 'aggregate')
    derivation.absorb(used, 'aggregate')
    return { alias: alias && context.trace.rules.fold(alias), text: context.trace.print(inner), derivation }
  })
  const values = combinations(on.map((node) => listedValues(node, context)))
  if (!values) return unlisted(on, grouped, cells, context)
  context.trace.work.spend(values.length * cells.length)
  const columns = values.flatMap((value) =>
    cells.map(({ alias, text, derivation }) => ({
      name: cellName(value, alias, cells.length > 1 ? text : undefined, context),
      derivation,
    })),
  )
  return { columns: [...grouped, ...columns], open: context.scope.open }
}

const COUNT: SqlNode = { count: { star: true } }

function pivoted(node: SqlNode): SqlNode {
  return kindOf(node) === 'in' ? (node.in as { this: SqlNode }).this : node
}

function aliased(node: SqlNode): { inner: SqlNode; alias?: Identifier } {
  return kindOf(node) === 'alias'
    ? { inner: (node.alias as { this: SqlNode }).this, alias: (node.alias as { alias: Identifier }).alias }
    : { inner: node }
}

/** The columns an expression names: they are no longer grouped by. */
function takeNames(node: unknown, into: Set<string>, context: Context): void {
  if (node === null || typeof node !== 'object') return
  if (Array.isArray(node)) {
    for (const part of node) takeNames(part, into, context)
    return
  }
  context.trace.work.inside(() => {
    const name = partsOf(node as SqlNode)?.at(-1)
    if (name) into.add(context.trace.rules.fold(name).toLowerCase())
    else for (const part of Object.values(node)) takeNames(part, into, context)
  })
}

function groupedBy(body: PivotBody, taken: ReadonlySet<string>, context: Context): RelationColumn[] {
  const keys = body.group?.group?.expressions
  if (keys && keys.length > 0) {
    return keys.map((key) => {
      const name = partsOf(key)?.at(-1)
      return {
        name: name ? context.trace.rules.fold(name) : context.trace.print(key),
        derivation: derive(key, context),
      }
    })
  }
  return context.scope.visible.filter((c) => !taken.has(c.name.toLowerCase()))
}

/** The names of the values after IN; undefined when they are not all written there. */
function listedValues(node: SqlNode, context: Context): string[] | undefined {
  const list = kindOf(node) === 'in' ? (node.in as { expressions?: SqlNode[] }).expressions : undefined
  if (!list || list.length === 0) return undefined
  const names = list.map((value) => valueName(value, context))
  return names.every((n) => n !== undefined) ? names : undefined
}

function valueName(node: SqlNode, context: Context): string | undefined {
  const { rules } = context.trace
  if (kindOf(node) === 'pivot_alias') {
    const { alias } = node.pivot_alias as { alias: SqlNode }
    const name = partsOf(alias)?.at(-1) ?? (alias.identifier as Identifier | undefined)
    if (name) return rules.fold(name)
    return (alias.literal as { value?: string } | undefined)?.value
  }
  const literal = node.literal as { literal_type?: string; value?: string } | undefined
  if (literal?.value === undefined) return undefined
  if (rules.name === 'snowflake' && literal.literal_type === 'string') return `'${literal.value}'`
  return rules.name === 'bigquery' && literal.literal_type === 'number' ? `_${literal.value}` : literal.value
}

function combinations(lists: readonly (readonly string[] | undefined)[]): string[] | undefined {
  let all: string[] | undefined
  for (const list of lists) {
    if (!list || list.length * (all?.length ?? 1) > MAX_COLUMNS) return undefined
    all = all ? all.flatMap((a) => list.map((b) => `${a}_${b}`)) : [...list]
  }
  return all
}

function cellName(
  value: string,
  alias: string | undefined,
  text: string | undefined,
  context: Context,
): string {
  const suffix = alias ?? text?.toLowerCase()
  if (suffix === undefined) return value
  return context.trace.rules.name === 'bigquery' ? `${suffix}_${value}` : `${value}_${suffix}`
}

function unlisted(
  on: readonly SqlNode[],
  grouped: readonly RelationColumn[],
  cells: readonly { derivation: Derivation }[],
  context: Context,
): Relation {
  context.trace.unresolvedAt(
    on.map((node) => context.trace.print(pivoted(node))).join(', '),
    'unsupported_construct',
    'the columns of this PIVOT are values in the data: list them with IN to have their lineage',
  )
  const any = new Derivation()
  for (const { derivation } of cells) any.absorb(derivation)
  const open: OpenPart[] = [...context.scope.open, { derivation: any, told: true }]
  return { columns: [...grouped], open }
}

/** The columns of `UNPIVOT`: those left, the name of the column a row came from, and its value. */
export function readUnpivot(item: SqlNode, context: Context): Relation {
  const {
    value_column,
    name_column,
    columns = [],
    extra_value_columns = [],
  } = bodyOf<UnpivotBody>(item, 'unpivot')
  return unpivoted([value_column, ...extra_value_columns], name_column, columns, context)
}

function readUnpivotStatement(body: PivotBody, context: Context): Relation {
  const into = body.into?.unpivot_columns as { this?: SqlNode; expressions?: SqlNode[] } | undefined
  const values = (into?.expressions ?? []).map(identifierOf)
  return unpivoted(
    values.length > 0 ? values : [{ name: 'value' }],
    into?.this ? identifierOf(into.this) : { name: 'name' },
    body.expressions ?? [],
    context,
  )
}

function identifierOf(node: SqlNode): Identifier {
  const found = partsOf(node)?.at(-1) ?? node.identifier
  return isIdentifier(found)
    ? found
    : { name: String((node.var as { this?: string } | undefined)?.this ?? '') }
}

function unpivoted(
  values: readonly Identifier[],
  name: Identifier,
  columns: readonly SqlNode[],
  context: Context,
): Relation {
  const { fold } = context.trace.rules
  const taken = new Set<string>()
  takeNames(columns.map(listed), taken, context)
  const made = values.map((value, i) => {
    const derivation = new Derivation()
    for (const column of columns) {
      const node = listed(column)
      const tuple = (node.tuple as { expressions?: SqlNode[] } | undefined)?.expressions
      const part = tuple ? tuple[i] : node
      if (part) derivation.absorb(derive(part, context))
    }
    return { name: fold(value), derivation }
  })
  const rest = context.scope.visible.filter((c) => !taken.has(c.name.toLowerCase()))
  const named = { name: fold(name), derivation: new Derivation() }
  const added = context.trace.rules.name === 'bigquery' ? [...made, named] : [named, ...made]
  return { columns: [...rest, ...added], open: context.scope.open }
}

function listed(node: SqlNode): SqlNode {
  return kindOf(node) === 'pivot_alias' ? (node.pivot_alias as { this: SqlNode }).this : aliased(node).inner
}
