import { cteNamed, relationOfCte } from './cte.js'
import { Derivation } from './derivation.js'
import { type Context, derive, steer } from './expression.js'

import { numberDuplicates, type Relation, type RelationColumn, withColumnNames } from './relation.js'
import { inRelation, Scope } from './scope.js'
import type {
  AliasBody,
  Identifier,
  JoinBody,
  JoinedTableBody,
  SqlNode,
  SubqueryBody,
  TableBody,
  ValuesBody,
} from './sql-ast.js'
import { bodyOf, kindOf } from './sql-ast.js'
import { printTableName, type TableName, type Trace } from './trace.js'

/** Adds one FROM item to the scope, after everything already in it. */
export function readFromItem(item: SqlNode, context: Context, scope: Scope): void {
  const kind = kindOf(item)
  switch (kind) {
    case 'table':
      readTable(bodyOf<TableBody>(item, kind), context, scope)
      return
    case 'subquery':
      readSubquery(bodyOf<SubqueryBody>(item, kind), context, scope)
      return
    case 'joined_table':
      readJoinedTable(bodyOf<JoinedTableBody>(item, kind), context, scope)
      return
    case 'paren':
      readFromItem(bodyOf<{ this: SqlNode }>(item, kind).this, context, scope)
      return
    case 'values': {
      const body = bodyOf<ValuesBody>(item, kind)
      const alias = body.alias ? context.trace.rules.fold(body.alias) : undefined
      enter(alias, context.query(item, context.ctes, scope.outer), scope)
      return
    }
    case 'alias': {
      const { this: inner, alias, column_aliases } = bodyOf<AliasBody>(item, kind)
      readFunction(inner, alias, column_aliases, context, scope)
      return
    }
    case 'lateral': {
      const body = bodyOf<{
        this: SqlNode
        alias?: string | Identifier | null
        column_aliases?: (string | Identifier)[]
      }>(item, kind)
      const names = (body.column_aliases ?? []).map(asIdentifier)
      readFunction(body.this, body.alias ? asIdentifier(body.alias) : undefined, names, context, scope)
      return
    }
    case 'unnest':
      readUnnest(item, context, scope)
      return
    case 'function':
    case 'explode':
    case 'generate_series':
      readFunction(item, undefined, [], context, scope)
      return
    default:
      context.trace.unresolvedAt(
        kind || 'FROM',
        'unsupported_construct',
        `${kind || 'this item'} in FROM is not analysed`,
      )
      enter(undefined, { columns: [], open: [{ derivation: incomplete() }] }, scope)
  }
}

function asIdentifier(name: string | Identifier): Identifier {
  return typeof name === 'string' ? { name } : name
}

function incomplete(): Derivation {
  const d = new Derivation()
  d.complete = false
  return d
}

function enter(alias: string | undefined, relation: Relation, scope: Scope): void {
  scope.add(alias, relation)
  scope.visible = [...scope.visible, ...relation.columns]
  scope.open = [...scope.open, ...relation.open]
  scope.hidden = [...scope.hidden, ...(relation.hidden ?? [])]
}

function readTable(body: TableBody, context: Context, scope: Scope): void {
  const { trace } = context
  const { fold } = trace.rules
  const alias = fold(body.alias ?? body.name)
  const name = fold(body.name)
  const binding = body.schema ? undefined : cteNamed(name, context.ctes)
  const relation = binding ? relationOfCte(binding, trace, context.query) : baseTable(body, trace)
  enter(alias, withColumnNames(relation, (body.column_aliases ?? []).map(fold)), scope)
}

export function tableName(body: TableBody, trace: Trace): TableName {
  const { fold } = trace.rules
  return {
    ...(body.catalog && { catalog: fold(body.catalog) }),
    ...(body.schema && { schema: fold(body.schema) }),
    name: fold(body.name),
  }
}

/** A table by its own name; records that the statement reads it. */
export function baseTable(body: TableBody, trace: Trace): Relation {
  const name = tableName(body, trace)
  const known = trace.schema(name)
  const id = known?.id ?? printTableName(name)
  trace.table(id, known !== undefined)
  if (!known) {
    trace.unresolvedAt(
      printTableName(name),
      'unknown_table',
      `the schema of ${printTableName(name)} is not known`,
    )
    return { columns: [], open: [{ table: id }] }
  }
  const hidden = [...trace.rules.hiddenColumns]
    .filter((h) => !known.columns.some((c) => c.toLowerCase() === h))
    .map((h): RelationColumn => ({ name: h, derivation: Derivation.of(id, known.rowid ?? h) }))
  const columns = known.columns.map((column) => ({ name: column, derivation: Derivation.of(id, column) }))
  return { columns, open: [], hidden }
}

function readSubquery(body: SubqueryBody, context: Context, scope: Scope): void {
  const { trace } = context
  const { fold } = trace.rules
  const inner = kindOf(body.this)
  const names = (body.column_aliases ?? []).map(fold)
  if (!body.alias && (inner === 'table' || inner === 'joined_table')) {
    readFromItem(body.this, context, scope)
    return
  }
  // Only LATERAL lets a subquery in FROM see what stands before it.
  const relation = context.query(body.this, context.ctes, body.lateral ? scope : scope.outer)
  const shaped = trace.rules.numbersDuplicateColumns ? numberDuplicates(relation) : relation
  enter(body.alias ? fold(body.alias) : undefined, withColumnNames(shaped, names), scope)
}

function readJoinedTable(body: JoinedTableBody, context: Context, scope: Scope): void {
  const inner = body.alias ? new Scope(scope.outer) : scope
  const before = { visible: scope.visible, open: scope.open }
  if (!body.alias) {
    scope.visible = []
    scope.open = []
  }
  const inside: Context = { ...context, scope: inner }
  readFromItem(body.left, inside, inner)
  for (const join of body.joins) readJoin(join, inside, inner)
  if (body.alias) {
    enter(context.trace.rules.fold(body.alias), { columns: inner.visible, open: inner.open }, scope)
  } else {
    scope.visible = [...before.visible, ...scope.visible]
    scope.open = [...before.open, ...scope.open]
  }
}

/** BigQuery's `UNNEST(x) AS l WITH OFFSET AS pos`: the parser keeps both names inside. */
function readUnnest(item: SqlNode, context: Context, scope: Scope): void {
  const { alias, offset_alias } = bodyOf<{ alias?: Identifier | null; offset_alias?: Identifier | null }>(
    item,
    'unnest',
  )
  readFunction(item, alias ?? undefined, [], context, scope)
  if (offset_alias) {
    const position = { name: context.trace.rules.fold(offset_alias), derivation: new Derivation() }
    scope.visible = [...scope.visible, position]
  }
}

/** Columns of SQLite's table-valued JSON functions. */
const JSON_TABLE = ['key', 'value', 'type', 'atom', 'id', 'parent', 'fullkey', 'path']

/** A function in FROM: its arguments may use what stands before it. */
function readFunction(
  inner: SqlNode,
  alias: Identifier | undefined,
  names: readonly Identifier[] | undefined,
  context: Context,
  scope: Scope,
): void {
  const { fold } = context.trace.rules
  const kind = kindOf(inner)
  if (kind === 'table' || kind === 'subquery' || kind === 'joined_table' || kind === 'select') {
    const relation = context.query(inner, context.ctes, scope)
    enter(alias && fold(alias), withColumnNames(relation, (names ?? []).map(fold)), scope)
    return
  }
  const derivation = new Derivation()
  derivation.absorb(derive(inner, { ...context, scope }), 'derived')
  const called = String((inner.function as { name?: string } | undefined)?.name ?? kind).toLowerCase()
  const named = alias ? fold(alias) : called
  let columns = (names ?? []).map((n) => fold(n))
  let open: Relation['open'] = []
  if (columns.length === 0) {
    if (called === 'json_each' || called === 'json_tree') columns = JSON_TABLE
    else {
      columns = [named]
      open = [{ derivation }]
    }
  }
  enter(named, { columns: columns.map((name) => ({ name, derivation })), open }, scope)
}

/** Adds a joined item, merges the columns USING or NATURAL names, and records the condition. */
export function readJoin(join: JoinBody, context: Context, scope: Scope): void {
  const left = { visible: scope.visible, open: scope.open }
  scope.visible = []
  scope.open = []
  readRight(join, context, scope, left)
  const right = { columns: scope.visible, open: scope.open }
  const names = mergedNames(join, { columns: left.visible, open: left.open }, right, context)
  scope.visible = merge(join, { columns: left.visible, open: left.open }, right, names, context)
  scope.open = [...left.open, ...right.open]
  steer(join.on, 'join', context)
}

function readRight(
  join: JoinBody,
  context: Context,
  scope: Scope,
  left: Pick<Scope, 'visible' | 'open'>,
): void {
  const kind = kindOf(join.this)
  if (kind === 'table' || kind === 'joined_table') {
    readFromItem(join.this, context, scope)
    return
  }
  // A table function or LATERAL item sees the left side while it is read.
  scope.visible = left.visible
  scope.open = left.open
  readFromItem(join.this, context, scope)
  scope.visible = scope.visible.slice(left.visible.length)
  scope.open = scope.open.slice(left.open.length)
}

function mergedNames(join: JoinBody, left: Relation, right: Relation, context: Context): string[] {
  if (join.using && join.using.length > 0) return join.using.map(context.trace.rules.fold)
  if (!join.kind.startsWith('Natural')) return []
  if (left.open.length > 0 || right.open.length > 0) {
    context.trace.unresolvedAt(
      'NATURAL JOIN',
      'star_of_unknown_table',
      'the columns a NATURAL JOIN matches are not known without both schemas',
    )
    return []
  }
  const keys = new Set(right.columns.map((c) => c.name.toLowerCase()))
  return [...new Set(left.columns.map((c) => c.name))].filter((n) => keys.has(n.toLowerCase()))
}

function merge(
  join: JoinBody,
  left: Relation,
  right: Relation,
  names: readonly string[],
  context: Context,
): RelationColumn[] {
  if (names.length === 0) return [...left.columns, ...right.columns]
  const merged = new Map<string, RelationColumn>()
  for (const name of names) {
    const l = inRelation(left, name)
    const r = inRelation(right, name)
    const derivation = new Derivation()
    const rightOnly = join.kind === 'Right' || join.kind === 'NaturalRight'
    const both = join.kind === 'Full' || join.kind === 'NaturalFull'
    for (const [side, used] of [
      [l, !rightOnly],
      [r, rightOnly || both],
    ] as const) {
      if ('found' in side) {
        context.trace.influence(side.found, 'join')
        if (used) derivation.absorb(side.found, both ? 'derived' : 'identity')
      } else {
        context.trace.unresolvedAt(
          name,
          side.missing,
          `USING (${name}): one side has no such column that can be told`,
        )
        if (used) derivation.complete = false
      }
    }
    merged.set(name.toLowerCase(), { name, derivation })
  }
  const isMerged = (c: RelationColumn): boolean => merged.has(c.name.toLowerCase())
  const rest = right.columns.filter((c) => !isMerged(c))
  const inLeft = new Set(left.columns.map((c) => c.name.toLowerCase()))
  const absent = [...merged.values()].filter((m) => !inLeft.has(m.name.toLowerCase()))
  if (context.trace.rules.mergedColumnsFirst) {
    return [...merged.values(), ...left.columns.filter((c) => !isMerged(c)), ...rest]
  }
  const inPlace = left.columns.map((c) => merged.get(c.name.toLowerCase()) ?? c)
  return [...inPlace, ...absent, ...rest]
}
