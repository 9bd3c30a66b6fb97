import type { Expression, Projection, ReadQuery } from '@groundplane/lang'
import type { Json, QueryColumn, Row } from '../api.js'
import type { BoundEdge, BoundSchema, BoundType } from '../storage/bound-schema.js'
import { dataErased } from '../storage/erasure.js'
import type { View } from '../storage/view.js'
import { codecFor, type SqlValue, typeName } from '../value/codec.js'
import { column, endpointId } from './column.js'
import { type CountedWalk, countedWalk } from './counted-walk.js'
import { ExpressionCompiler } from './expression.js'
import { scalarName } from './operand.js'
import { compilePattern, type PatternOptions, reachCall, selectFrom, type Walking } from './pattern.js'
import { refuseLargeStatement } from './query-size.js'
import { type FindTextIndex, needAlias, Scope } from './scope.js'
import { rankedOnly, ranksBestFirst } from './search.js'
import { EMPTY, join, raw, type Sql, sql, trusted } from './sql.js'

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
  const scope = new Scope(schema, options.view, query, null, options.textIndex)
  const compiler = new ExpressionCompiler(scope, query.projections)
  const isSmall = options.isSmall ?? (() => false)
  const walking: Walking = { through: options.walk ?? 'sql', walks: new Set() }
  const patternOptions = { isSmall, existential: false, walking }
  const counted = walking.through === 'arrays' ? countedWalk(query, schema) : null
  if (counted) return compileCount(query, counted, compiler, patternOptions)
  const matched = compilePattern(query.match, compiler, patternOptions)
  const pattern = { ...matched, conditions: [...matched.conditions, ...rankedOnly(query, compiler)] }
  const outputs = query.projections.map((p) => compileOutput(p, compiler))
  const select = join(
    outputs.flatMap((o) => o.columns),
    ', ',
  )
  const what = query.distinct ? sql`DISTINCT ${select}` : select
  const group = query.aggregated ? groupBy(outputs) : EMPTY
  const order = orderBy(query, compiler, outputs)
  const limit = limitClause(query, options.cap)
  const statement = sql`${selectFrom(what, pattern)}${group}${order}${limit}`
  refuseLargeStatement(
    statement,
    outputs.reduce((n, o) => n + o.columns.length, 0),
  )
  return {
    sql: statement,
    columns: outputs.map((o) => ({ name: o.name, type: o.type })),
    decode: rowDecoder(outputs),
    walks: walking.walks,
    aliases: scope.aliases,
  }
}

/**
 * A query that only counts what a walk reaches: the walk's own count, summed over
 * the rows of the rest, without a row per entity reached.
 */
function compileCount(
  query: ReadQuery,
  counted: CountedWalk,
  compiler: ExpressionCompiler,
  options: PatternOptions,
): CompiledQuery {
  const { walk, edge, backward } = counted
  const pattern = compilePattern(counted.rest, compiler, options)
  const start = compiler.scope.get(backward ? walk.target : walk.source)
  const reached = reachCall('gp_reach_count', walk, edge, start, backward)
  const codec = codecFor({ kind: 'scalar', name: 'I64' })
  const outputs = query.projections.map(({ name }): Output => {
    const key = sql`COALESCE(SUM(${reached}), 0)`
    const decode: Output['decode'] = (row, at) => codec.decode(row[at] as SqlValue)
    return { name, type: 'I64', aggregate: true, columns: [key], key, decode }
  })
  options.walking.walks.add(edge)
  const select = join(
    outputs.flatMap((o) => o.columns),
    ', ',
  )
  return {
    sql: selectFrom(select, pattern),
    columns: outputs.map((o) => ({ name: o.name, type: o.type })),
    decode: rowDecoder(outputs),
    walks: options.walking.walks,
    aliases: compiler.scope.aliases,
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
    decode: (row, at) => codec.decode(row[at] as SqlValue),
  }
}

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

/** `id` and the properties; for an edge the caller puts `from` and `to` ids after the id. */
export function entityColumns(type: BoundType, alias: string): Sql[] {
  const gone = type.properties.find((p) => p.erased !== undefined)
  if (gone) throw dataErased(`${type.name}.${gone.name}`)
  return [
    sql`${raw(alias)}.id`,
    ...type.properties.map((p) => trusted(p.codec.select(column(alias, p).text))),
  ]
}

/** Reads `[id, (from, to,) …properties]` at an offset of a row; a null id is a null entity. */
export function entityDecoder(type: BoundType): (row: readonly SqlValue[], at: number) => Json {
  const head = type.kind === 'edge' ? 3 : 1
  const members = type.properties.map((p) => ({ name: p.name, codec: p.codec }))
  return (row, at) => {
    if (row[at] === null) return null
    const entity: Record<string, Json> = { id: row[at] as string }
    if (head === 3) {
      entity.from = row[at + 1] as string
      entity.to = row[at + 2] as string
    }
    members.forEach((m, i) => {
      setMember(entity, m.name, m.codec.decode(row[at + head + i] as SqlValue))
    })
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
      if (named && variable.alias !== undefined) terms.push(sql`${raw(variable.alias)}.id`)
    }
  }
  return terms.length > 0 ? sql` ORDER BY ${join(terms, ', ')}` : EMPTY
}
