import type { Expression, Projection, ReadQuery, ValueType } from '@groundplane/lang'
import type { ArrayWalk } from '../adjacency/array-walk.js'
import type { Json, QueryColumn, Row } from '../api.js'
import { GraphError } from '../error.js'
import type { BoundEdge, BoundSchema, BoundType } from '../storage/bound-schema.js'
import { dataErased } from '../storage/erasure.js'
import { isIdColumn } from '../storage/id-column.js'
import { MAIN, MAIN_SEQ, type View, viewParts } from '../storage/view.js'
import { codecFor, type SqlValue, typeName } from '../value/codec.js'
import { rangedVariables } from './anchor.js'
import { column, endpointId } from './column.js'
import { type CountedWalk, countedWalk } from './counted-walk.js'
import { ExpressionCompiler } from './expression.js'
import { bindsKey, isKeyLookup } from './key-lookup.js'
import { scalarName } from './operand.js'
import { compilePattern, type PatternOptions, type PatternSql, selectFrom, type Walking } from './pattern.js'
import { refuseLargeStatement } from './query-size.js'
import { type FindTextIndex, needAlias, Scope } from './scope.js'
import { rankedOnly, ranksBestFirst } from './search.js'
import { EMPTY, join, raw, type Sql, sql, trusted } from './sql.js'
import { arrayWalk } from './walk.js'

/** One statement, and how to read its rows. Holds no connection; may be kept as long as the schema stands. */
export interface CompiledQuery {
  readonly sql: Sql
  readonly columns: readonly QueryColumn[]
  /** From a row as an array of columns. */
  readonly decode: (row: readonly SqlValue[]) => Row
  /** Edge types that the query walks over several hops. */
  readonly walks: ReadonlySet<BoundEdge>
  /** Which variable of the query a table alias stands for. */
  readonly aliases: ReadonlyMap<string, string>
  /** Of a query at a head that yields one row at most: the place in that row of the head's seq (see `headColumn`). */
  readonly headAt?: number
  /**
   * Set when the statement's rows are `[start, head seq]` of walks to be counted over
   * arrays and `decode` takes `[their sum]`. `one`: there is one start at most.
   */
  readonly counted?: ArrayWalk & { readonly one: boolean }
}

export interface CompileOptions {
  readonly view: View
  /** At most so many rows, whatever the query says. */
  readonly cap?: number
  isSmall?(table: string): boolean
  /** How walks of several hops are done; default `sql`. Arrays know the head of main only. */
  readonly walk?: 'sql' | 'arrays'
  /** Without it, searches scan. */
  readonly textIndex?: FindTextIndex
}

/**
 * A checked read query as one SQL statement. Pure: the same query, schema and
 * view give the same text.
 */
export function compileRead(query: ReadQuery, schema: BoundSchema, options: CompileOptions): CompiledQuery {
  const lookup = isKeyLookup(query, schema.model.nodes)
  const counted = options.walk === 'arrays' ? countedWalk(query, schema) : null
  if (counted) return compileCount(query, counted, startCompiling(query, schema, options), options)
  // A part of the view is read only when none before it has the row.
  const views = lookup && !query.aggregated ? viewParts(options.view) : [options.view]
  const parts = views.map((view) => compileBody(query, startCompiling(query, schema, { ...options, view })))
  const { start, outputs } = parts[0] as (typeof parts)[number]
  const single = lookup || (query.aggregated && outputs.every((o) => o.aggregate))
  const head = single ? headColumn(options.view) : null
  const rows = join(
    parts.map((p) => selectFrom(selected(query, p.outputs, head), p.pattern)),
    ' UNION ALL ',
  )
  const group = query.aggregated ? groupBy(outputs) : EMPTY
  const order = lookup ? EMPTY : orderBy(query, start.compiler, outputs)
  const statement = sql`${rows}${group}${order}${limitClause(query, options.cap)}`
  return finished(statement, outputs, start, head)
}

interface CompileStart {
  readonly compiler: ExpressionCompiler
  readonly options: PatternOptions
}

function startCompiling(query: ReadQuery, schema: BoundSchema, options: CompileOptions): CompileStart {
  const scope = new Scope(schema, options.view, query, null, options.textIndex)
  const walking: Walking = { through: options.walk ?? 'sql', walks: new Set() }
  return {
    compiler: new ExpressionCompiler(scope, query.projections),
    options: { isSmall: options.isSmall ?? (() => false), existential: false, walking },
  }
}

/** Pattern and results; before what groups, orders and limits them. */
function compileBody(
  query: ReadQuery,
  start: CompileStart,
): { start: CompileStart; pattern: PatternSql; outputs: readonly Output[] } {
  const matched = compilePattern(query.match, start.compiler, start.options)
  const conditions = [...matched.conditions, ...rankedOnly(query, start.compiler)]
  const outputs = query.projections.map((p) => compileOutput(p, start.compiler))
  return { start, pattern: { ...matched, conditions }, outputs }
}

/**
 * The seq of the head that the statement reads, null once its branch is deleted:
 * whoever knows which schema that head has need not ask for it in a statement of
 * its own. Null for a view of the past.
 */
function headColumn(view: View): Sql | null {
  const near = view.chain[0]
  if (near?.upto !== null) return null
  if (near.br === MAIN) return sql`(${trusted(MAIN_SEQ)})`
  return sql`(SELECT head_seq FROM branches WHERE br = ${raw(near.br)} AND deleted_at IS NULL)`
}

function selected(query: ReadQuery, outputs: readonly Output[], head: Sql | null): Sql {
  const columns = outputs.flatMap((o) => o.columns)
  const list = join(head ? [...columns, head] : columns, ', ')
  return query.distinct ? sql`DISTINCT ${list}` : list
}

function finished(
  statement: Sql,
  outputs: readonly Output[],
  start: CompileStart,
  head: Sql | null,
): CompiledQuery {
  const width = outputs.reduce((n, o) => n + o.columns.length, 0)
  refuseLargeStatement(statement, width)
  return {
    sql: statement,
    columns: outputs.map((o) => ({ name: o.name, type: o.type })),
    decode: rowDecoder(outputs),
    walks: start.options.walking.walks,
    aliases: start.compiler.scope.aliases,
    ...(head && { headAt: width }),
  }
}

/**
 * A query that only counts what a walk reaches: the statement gives the walks'
 * starts and the head they were read at; who runs it sums the walks' own counts
 * and hands `decode` a row of the sum alone.
 */
function compileCount(
  query: ReadQuery,
  counted: CountedWalk,
  start: CompileStart,
  options: CompileOptions,
): CompiledQuery {
  const { walk, edge, backward, rest } = counted
  const { compiler } = start
  const pattern = compilePattern(rest, compiler, start.options)
  const near = compiler.scope.get(backward ? walk.target : walk.source)
  const outputs = query.projections.map(
    ({ name }): Output => ({
      name,
      type: 'I64',
      aggregate: true,
      columns: [near.eid],
      key: near.eid,
      decode: (row) => row[0] as number,
    }),
  )
  start.options.walking.walks.add(edge)
  const starts = sql`${near.eid}, ${headColumn(options.view) ?? sql`NULL`}`
  const one = rest.length === 1 && bindsKey(rest[0], compiler.scope.schema.model.nodes)
  return {
    ...finished(selectFrom(starts, pattern), outputs, start, null),
    counted: { ...arrayWalk(walk, edge, backward), one },
  }
}

/** Literals: SQLite prepares a statement anew whenever a bound limit changes. */
function limitClause(query: ReadQuery, cap: number | undefined): Sql {
  const limits = [query.limit, cap].filter((n): n is number => n !== undefined)
  if (limits.length === 0 && !query.offset) return EMPTY
  const offset = query.offset ? sql` OFFSET ${raw(query.offset)}` : EMPTY
  return limits.length > 0 ? sql` LIMIT ${raw(Math.min(...limits))}${offset}` : sql` LIMIT -1${offset}`
}

interface Output {
  readonly name: string
  readonly type: string
  readonly aggregate: boolean
  /** Selected columns, in order. */
  readonly columns: readonly Sql[]
  /** What groups, orders and distinguishes the output. */
  readonly key: Sql
  readonly decode: (row: readonly SqlValue[], at: number) => Json
}

function compileOutput(projection: Projection, compiler: ExpressionCompiler): Output {
  const { expression, name } = projection
  const aggregate = hasAggregate(expression)
  if (expression.kind === 'variable' && !compiler.scope.path(expression.variable))
    return { name, aggregate, ...entityOutput(expression.variable, compiler) }
  const key = compiler.compile(expression)
  // Of variables only a path comes here: the ids along it.
  const type = compiler.typeOf(expression) ?? ({ kind: 'list', of: 'String' } as const)
  // Reckoned numbers come out as INTEGER or REAL, whatever their type's stored form.
  const reckoned = expression.kind === 'arithmetic' && scalarName(type) === 'U64'
  const codec = codecFor(reckoned ? { kind: 'scalar', name: 'I64' } : type)
  const wide = scalarName(codec.type) === 'I64'
  const selected = wide ? exactInteger(key) : key
  return {
    name,
    type: typeName(type),
    aggregate,
    columns: [selected],
    key,
    decode: isStored(expression)
      ? (row, at) => codec.decode(row[at] as SqlValue)
      : (row, at) => codec.decode(refuseOverflow(row[at] as SqlValue, name, codec.type)),
  }
}

/** Whether its values were within the range of their type when they were written. */
function isStored({ kind }: Expression): boolean {
  return kind === 'property' || kind === 'param' || kind === 'literal'
}

/** Throws `number_out_of_range` for an infinity, which JSON would send as null, and for an integer that became an approximation. */
function refuseOverflow(value: SqlValue, name: string, type: ValueType): SqlValue {
  const fits =
    typeof value === 'number'
      ? Number.isFinite(value)
      : scalarName(type) !== 'I64' || typeof value !== 'string' || WHOLE.test(value)
  if (fits) return value
  throw new GraphError(
    'invalid',
    'number_out_of_range',
    `${name} is too large for its type, ${typeName(type)}`,
    {
      remedy:
        'Leave the rows with extreme values out, or scale them down first: divide before you add or multiply.',
    },
  )
}

const WHOLE = /^-?\d+$/

/** The SQL form of `Codec.select`, for an expression with parameters. */
function exactInteger(key: Sql): Sql {
  const safe = raw(Number.MAX_SAFE_INTEGER)
  return sql`CASE WHEN ${key} BETWEEN -${safe} AND ${safe} THEN ${key} ELSE CAST(${key} AS TEXT) END`
}

function entityOutput(variable: string, compiler: ExpressionCompiler): Omit<Output, 'name' | 'aggregate'> {
  const bound = compiler.scope.get(variable)
  const alias = needAlias(bound)
  const id = sql`${raw(alias)}.id`
  const columns = entityColumns(bound.type, alias)
  if (bound.type.kind === 'edge') {
    columns.splice(
      1,
      0,
      endpointId(bound, bound.type, 'src', compiler.scope),
      endpointId(bound, bound.type, 'dst', compiler.scope),
    )
  }
  const decode = entityDecoder(bound.type)
  return { type: bound.type.name, columns, key: id, decode }
}

/** `id` and the properties but one that is the id; for an edge the caller puts `from` and `to` ids after the id. */
export function entityColumns(type: BoundType, alias: string): Sql[] {
  const gone = type.properties.find((p) => p.erased !== undefined)
  if (gone) throw dataErased(`${type.name}.${gone.name}`)
  const stored = type.properties.filter((p) => !isIdColumn(type.model, p.name))
  return [sql`${raw(alias)}.id`, ...stored.map((p) => trusted(p.codec.select(column(alias, p).text)))]
}

/** Reads `[id, (from, to,) …properties]` (see `entityColumns`) at an offset of a row; a null id is a null entity. */
export function entityDecoder(type: BoundType): (row: readonly SqlValue[], at: number) => Json {
  let next = type.kind === 'edge' ? 3 : 1
  const members = type.properties.map(({ name, codec }) => ({
    name,
    decode: codec.decode,
    at: isIdColumn(type.model, name) ? 0 : next++,
  }))
  const isEdge = type.kind === 'edge'
  return (row, at) => {
    if (row[at] === null) return null
    const entity: Record<string, Json> = { id: row[at] as string }
    if (isEdge) {
      entity.from = row[at + 1] as string
      entity.to = row[at + 2] as string
    }
    for (const m of members) setMember(entity, m.name, m.decode(row[at + m.at] as SqlValue))
    return entity
  }
}

/** `__proto__` is a legal name in both languages and must stay data. */
export function setMember(target: Record<string, Json>, name: string, value: Json): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  } else target[name] = value
}

function rowDecoder(outputs: readonly Output[]): (row: readonly SqlValue[]) => Row {
  let at = 0
  const members = outputs.map((o) => {
    const member = { name: o.name, decode: o.decode, at }
    at += o.columns.length
    return member
  })
  return (row) => {
    const out: Record<string, Json> = {}
    for (const m of members) setMember(out, m.name, m.decode(row, m.at))
    return out
  }
}

function hasAggregate(expression: Expression): boolean {
  switch (expression.kind) {
    case 'aggregate':
      return true
    case 'arithmetic':
      return hasAggregate(expression.left) || hasAggregate(expression.right)
    case 'call':
      return expression.args.some(hasAggregate)
    default:
      return false
  }
}

function groupBy(outputs: readonly Output[]): Sql {
  const keys = outputs.filter((o) => !o.aggregate).map((o) => o.key)
  return keys.length > 0 ? sql` GROUP BY ${join(keys.map(notOrdinal), ', ')}` : EMPTY
}

/** A bare `?` or number would be taken for a column position. */
function notOrdinal(key: Sql): Sql {
  return /^(\?|-?\d+)$/.test(key.text) ? sql`(${key} + 0)` : key
}

/**
 * The asked order, then what makes it total: the bound entities' ids; for groups
 * and distinct rows, the rows' own values. Without an asked order that alone
 * decides, so an answer never depends on the plan SQLite chose.
 */
function orderBy(query: ReadQuery, compiler: ExpressionCompiler, outputs: readonly Output[]): Sql {
  // Of all rows asked for, those in a range are found by the index of the range and then sorted; SQLite,
  // which does not know how few they are, would rather go through the whole type by id.
  const ranged = query.limit === undefined ? rangedVariables(query, compiler.scope) : new Set()
  const terms = query.order.map((o) => {
    const key = notOrdinal(compiler.compile(o.expression))
    return o.descending || ranksBestFirst(o.expression) ? sql`${key} DESC` : key
  })
  if (query.aggregated || query.distinct) {
    const keys = outputs.filter((o) => query.distinct || !o.aggregate).map((o) => notOrdinal(o.key))
    const grouped = query.aggregated && !outputs.some((o) => !o.aggregate)
    if (!grouped) terms.push(...keys)
  } else {
    for (const variable of compiler.scope.own()) {
      const named = compiler.scope.model(variable.name).anonymous !== true
      if (!named || variable.alias === undefined) continue
      const id = sql`${raw(variable.alias)}.id`
      terms.push(ranged.has(variable.name) ? sql`+${id}` : id)
    }
  }
  return terms.length > 0 ? sql` ORDER BY ${join(terms, ', ')}` : EMPTY
}
