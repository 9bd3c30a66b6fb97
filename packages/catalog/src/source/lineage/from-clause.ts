import type { Context } from './context.js'
import { cteNamed, relationOfCte } from './cte.js'
import { Derivation } from './derivation.js'
import { steer } from './expression.js'
import { enter, readFunction, readUnnest } from './from-function.js'
import { readPivot, readUnpivot } from './pivot.js'
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
import { bodyOf, isObject, kindOf } from './sql-ast.js'
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
    case 'select':
    case 'union':
    case 'intersect':
    case 'except':
      readSubquery({ this: item }, context, scope)
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
      const query = queryIn(inner)
      if (query) {
        readSubquery({ this: query, alias, column_aliases: column_aliases ?? [] }, context, scope)
        return
      }
      const named = namedByText(inner, context.trace)
      if (named) {
        readTable({ ...named, alias, column_aliases: column_aliases ?? [] }, context, scope)
        return
      }
      readFunction(inner, alias, column_aliases, context, scope)
      return
    }
    case 'lateral': {
      const body = bodyOf<{
        this: SqlNode
        alias?: string | Identifier | null
        alias_quoted?: boolean
        column_aliases?: (string | Identifier)[]
      }>(item, kind)
      const names = (body.column_aliases ?? []).map((name) => asIdentifier(name))
      readFunction(
        body.this,
        body.alias ? asIdentifier(body.alias, body.alias_quoted) : undefined,
        names,
        context,
        scope,
      )
      return
    }
    case 'pivot':
    case 'unpivot': {
      const inner = new Scope(scope.rules, scope.outer)
      const inside: Context = { ...context, scope: inner }
      const body = bodyOf<{ this: SqlNode; alias?: Identifier | null; alias_columns?: Identifier[] }>(
        item,
        kind,
      )
      readFromItem(body.this, inside, inner)
      const relation = kind === 'pivot' ? readPivot(item, inside) : readUnpivot(item, inside)
      const { fold } = scope.rules
      enter(
        body.alias ? fold(body.alias) : undefined,
        withColumnNames(relation, (body.alias_columns ?? []).map(fold)),
        scope,
      )
      return
    }
    case 'tuple': {
      // PostgreSQL's `f(x) AS r(a int, b text)`.
      const [call, alias] = bodyOf<{ expressions?: SqlNode[] }>(item, kind).expressions ?? []
      const named = alias?.table_alias as { this?: SqlNode; columns?: SqlNode[] } | undefined
      const name = named?.this?.identifier as Identifier | undefined
      if (!call || !name) break
      const columns = (named?.columns ?? []).map((c) => (c.column_def as { name: Identifier }).name)
      readFunction(call, name, columns, context, scope)
      return
    }
    case 'unnest':
      readUnnest(item, context, scope)
      return
    case 'function': {
      const named = namedByText(item, context.trace)
      if (named) readTable(named, context, scope)
      else readFunction(item, undefined, [], context, scope)
      return
    }
    case 'method_call':
    case 'stage_reference':
    case 'explode':
    case 'generate_series':
      readFunction(item, undefined, [], context, scope)
      return
  }
  readUnknown(item, kind, context, scope)
}

/** What is not analysed may have any column; the table inside it is still read. */
function readUnknown(item: SqlNode, kind: string, context: Context, scope: Scope): void {
  const body = item[kind]
  if (isObject(body) && TABLE_KINDS.has(kindOf(body.this as SqlNode))) {
    readFromItem(body.this as SqlNode, context, new Scope(scope.rules, scope.outer))
  }
  context.trace.unresolvedAt(
    kind || 'FROM',
    'unsupported_construct',
    `${kind || 'this item'} in FROM is not analysed`,
  )
  const derivation = new Derivation()
  derivation.complete = false
  const alias = isObject(body) && isObject(body.alias) ? (body.alias as unknown as Identifier) : undefined
  enter(alias && scope.rules.fold(alias), { columns: [], open: [{ derivation }] }, scope)
}

const TABLE_KINDS: ReadonlySet<string> = new Set(['table', 'subquery', 'joined_table', 'paren'])

/** Snowflake's `IDENTIFIER('db.table')` with a text is the table of that name. */
function namedByText(node: SqlNode, trace: Trace): TableBody | undefined {
  const { name, args } = (node.function ?? {}) as { name?: string; args?: SqlNode[] }
  if (trace.rules.name !== 'snowflake' || name?.toLowerCase() !== 'identifier') return undefined
  const { literal_type, value } = (args?.[0]?.literal ?? {}) as { literal_type?: string; value?: string }
  if (args?.length !== 1 || literal_type !== 'string' || !/^\w+(?:\.\w+){0,2}$/.test(value ?? ''))
    return undefined
  const [table, schema, catalog] = (value ?? '').split('.').reverse() as [string, string?, string?]
  return {
    name: { name: table },
    ...(schema !== undefined && { schema: { name: schema } }),
    ...(catalog !== undefined && { catalog: { name: catalog } }),
  }
}

/** The query inside parentheses: the parser keeps `((q) UNION q) AS t` so. */
function queryIn(node: SqlNode): SqlNode | undefined {
  let at = node
  while (kindOf(at) === 'paren') at = bodyOf<{ this: SqlNode }>(at, 'paren').this
  return at !== node && QUERY_KINDS.has(kindOf(at)) ? at : undefined
}

const QUERY_KINDS: ReadonlySet<string> = new Set(['select', 'subquery', 'union', 'intersect', 'except'])

function asIdentifier(name: string | Identifier, quoted = false): Identifier {
  return typeof name === 'string' ? { name, quoted } : name
}

function readTable(body: TableBody, context: Context, scope: Scope): void {
  const { trace } = context
  const { fold } = trace.rules
  if (isArrayPath(body, scope)) {
    readArrayPath(body, context, scope)
    return
  }
  const { catalog, schema, name } = tableName(body, trace)
  const binding = schema === undefined ? cteNamed(name, context.ctes, trace) : undefined
  const relation = binding ? relationOfCte(binding, trace, context.query) : baseTable(body, trace)
  const path = body.alias ? undefined : [catalog, schema].filter((p) => p !== undefined)
  enter(
    body.alias ? fold(body.alias) : name,
    withColumnNames(relation, (body.column_aliases ?? []).map(fold)),
    scope,
    path,
  )
}

/** BigQuery's `FROM orders AS o, o.lines`: the array of a row, not a table of a dataset `o`. */
function isArrayPath(body: TableBody, scope: Scope): boolean {
  if (scope.rules.name !== 'bigquery' || !body.schema) return false
  const first = scope.rules.fold(body.catalog ?? body.schema)
  for (let at: Scope | undefined = scope; at; at = at.outer) if (at.relationNamed(first)) return true
  return false
}

function readArrayPath({ catalog, schema, name, alias }: TableBody, context: Context, scope: Scope): void {
  const [first, second] = [catalog, schema].filter((p) => p !== null && p !== undefined)
  const column: SqlNode = { column: { name: second ?? name, table: first } }
  const array = second ? { dot: { this: column, field: name } } : column
  readUnnest({ unnest: { this: array, alias: alias ?? name } }, context, scope)
}

export function tableName(body: TableBody, trace: Trace): TableName {
  const { fold, quotedPaths, name: dialect } = trace.rules
  const written = [body.catalog, body.schema, body.name].filter((p) => p !== null && p !== undefined)
  // Snowflake's `db..table` leaves out the schema PUBLIC.
  const parts = written.map((p) => (dialect === 'snowflake' && p.name === '' ? 'PUBLIC' : fold(p)))
  const all = quotedPaths ? parts.flatMap((p) => p.split('.')) : parts
  const catalog = all.slice(0, -2).join('.')
  return {
    ...(catalog && { catalog }),
    ...(all.length > 1 && { schema: all.at(-2) as string }),
    name: all.at(-1) as string,
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
    .filter((h) => !known.columns.some((c) => trace.rules.sameName(c, h)))
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
  const lateral = body.lateral === true || trace.rules.lateralSubqueries
  const relation = context.query(body.this, context.ctes, lateral ? scope : scope.outer)
  const suffix = trace.rules.duplicateSuffix
  const shaped = suffix ? numberDuplicates(relation, suffix) : relation
  enter(body.alias ? fold(body.alias) : undefined, withColumnNames(shaped, names), scope)
}

function readJoinedTable(body: JoinedTableBody, context: Context, scope: Scope): void {
  const inner = body.alias ? new Scope(scope.rules, scope.outer) : scope
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
  if (/semi|anti/i.test(join.kind)) {
    // Rows of the left side only; those of the right decide which.
    scope.visible = join.kind.startsWith('Right') ? right.columns : left.visible
    scope.open = join.kind.startsWith('Right') ? right.open : left.open
  }
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
    const l = inRelation(left, name, context.trace.rules)
    const r = inRelation(right, name, context.trace.rules)
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
