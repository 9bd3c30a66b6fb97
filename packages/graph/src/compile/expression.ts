import { assertNever } from '@groundplane/core'
import type { Expression, Predicate, Projection, ValueType } from '@groundplane/lang'
import { endpointId, isIdProperty, needProperty, propertyColumn } from './column.js'
import { constant, constantLike, constantWith, isConstant, scalarName } from './operand.js'
import { pathSql } from './path.js'
import { refuseLongConcat } from './query-size.js'
import { type BoundVariable, needAlias, type Scope } from './scope.js'
import type { ScopedCompiler } from './scoped-compiler.js'
import { compileSearch, compileTextFilter } from './search.js'
import { join, raw, type Sql, sql, trusted } from './sql.js'

/** The type of a scalar expression; undefined for an entity. */
export function typeOf(
  expression: Expression,
  scope: Scope,
  projections: readonly Projection[],
): ValueType | undefined {
  switch (expression.kind) {
    case 'variable':
      return undefined
    case 'alias':
      return typeOf(aliased(expression.name, projections), scope, projections)
    default:
      return expression.type
  }
}

function aliased(name: string, projections: readonly Projection[]): Expression {
  const found = projections.find((p) => p.name === name)
  if (!found) throw new Error(`assertion failed: no projection is named ${name}`)
  return found.expression
}

/** Compiles expressions of one scope. Values come out in their stored form (see value/codec.ts). */
export class ExpressionCompiler implements ScopedCompiler {
  readonly scope: Scope
  readonly #projections: readonly Projection[]

  constructor(scope: Scope, projections: readonly Projection[]) {
    this.scope = scope
    this.#projections = projections
  }

  in(scope: Scope): ExpressionCompiler {
    return new ExpressionCompiler(scope, this.#projections)
  }

  typeOf(expression: Expression): ValueType | undefined {
    return typeOf(expression, this.scope, this.#projections)
  }

  compile(expression: Expression): Sql {
    switch (expression.kind) {
      case 'literal':
      case 'param':
      case 'now':
        return constant(expression)
      case 'variable':
        return this.#variable(expression.variable)
      case 'property':
        return this.#propertyValue(this.scope.get(expression.variable), expression.property)
      case 'alias':
        return this.compile(aliased(expression.name, this.#projections))
      case 'aggregate':
        return this.#aggregate(expression)
      case 'arithmetic':
        return this.#arithmetic(expression)
      case 'call':
        return this.#call(expression)
      case 'search':
        return compileSearch(expression.call, this)
      default:
        return assertNever(expression, 'expression')
    }
  }

  predicate(predicate: Predicate): Sql {
    switch (predicate.kind) {
      case 'compare':
        return this.#compare(predicate)
      case 'or':
        return sql`(${join(
          predicate.any.map((p) => sql`(${this.predicate(p)})`),
          ' OR ',
        )})`
      case 'and':
        return sql`(${join(
          predicate.all.map((p) => sql`(${this.predicate(p)})`),
          ' AND ',
        )})`
      case 'text':
        return compileTextFilter(predicate.call, this)
      default:
        return assertNever(predicate, 'predicate')
    }
  }

  /** `property = value` of a bind clause, written so that an index can answer it. */
  equals(variable: BoundVariable, property: string, other: Expression): Sql {
    const left: Expression = this.#property(variable, property)
    return this.#compare({ op: '=', left, right: other })
  }

  #propertyValue(variable: BoundVariable, property: string): Sql {
    if (variable.type.kind === 'edge' && !variable.type.byName.has(property)) {
      if (property === 'from') return endpointId(variable, variable.type, 'src', this.scope)
      if (property === 'to') return endpointId(variable, variable.type, 'dst', this.scope)
    }
    return propertyColumn(variable, property)
  }

  #property(variable: BoundVariable, property: string): Expression {
    const model = variable.type.byName.get(property)?.model
    const type: ValueType = model?.type ?? { kind: 'scalar', name: 'String' }
    return { kind: 'property', variable: variable.name, property, type, nullable: model?.nullable ?? false }
  }

  #compare(c: { op: string; left: Expression; right: Expression }): Sql {
    if (c.left.kind === 'variable' || c.right.kind === 'variable') return this.#sameEntity(c)
    if (c.op === 'contains') return this.#contains(c.left, c.right)
    const [left, right] = this.#operands(c.left, c.right)
    switch (c.op) {
      case '=':
        return (
          this.#keyEquality(c.left, c.right) ?? this.#keyEquality(c.right, c.left) ?? sql`${left} = ${right}`
        )
      case '!=':
        return sql`${left} <> ${right}`
      case '<':
      case '<=':
      case '>':
      case '>=':
        return sql`${left} ${trusted(c.op)} ${right}`
      case 'starts_with':
        // Byte order puts every text with this prefix, and no other, between the prefix and prefix + 0xFF.
        return sql`(${left} >= ${right} AND ${left} < (${right} || CAST(x'FF' AS TEXT)))`
      default:
        throw new Error(`assertion failed: unexpected operator ${c.op}`)
    }
  }

  /** `$x.key = constant` on a single key that is not a string: the id is its canonical spelling. */
  #keyEquality(left: Expression, right: Expression): Sql | null {
    if (left.kind !== 'property' || !isConstant(right)) return null
    const variable = this.scope.get(left.variable)
    if (variable.type.kind !== 'node') return null
    const key = variable.type.model.key
    if (key.length !== 1 || key[0] !== left.property || isIdProperty(variable.type, left.property))
      return null
    const codec = needProperty(variable.type, left.property).codec
    const canonical = constantWith(right, (input) => {
      try {
        return codec.canonical(codec.encode(input))
      } catch {
        return null // not a value of the key's type: equals nothing
      }
    })
    return sql`${raw(needAlias(variable))}.id = ${canonical}`
  }

  #sameEntity(c: { op: string; left: Expression; right: Expression }): Sql {
    if (c.left.kind === 'variable' && c.right.kind === 'variable') {
      const [a, b] = [this.scope.get(c.left.variable), this.scope.get(c.right.variable)]
      const op = trusted(c.op === '=' ? '=' : '<>')
      if (a.type === b.type) return sql`${a.eid} ${op} ${b.eid}`
      const differ = c.op === '=' ? sql`0` : sql`1`
      return sql`(${a.eid} IS NOT NULL AND ${b.eid} IS NOT NULL AND ${differ})`
    }
    const left = this.compile(c.left)
    const right = this.compile(c.right)
    return sql`${left} ${trusted(c.op === '!=' ? '<>' : c.op)} ${right}`
  }

  #contains(left: Expression, right: Expression): Sql {
    const container = this.typeOf(left)
    if (container?.kind === 'list') {
      const itemType: ValueType = { kind: 'scalar', name: container.of }
      const item = isConstant(right) ? constantLike(right, itemType) : this.compile(right)
      const alias = raw(this.scope.alias('j'))
      return sql`EXISTS (SELECT 1 FROM json_each(${this.compile(left)}) ${alias} WHERE ${alias}.value = ${item})`
    }
    return sql`instr(${this.compile(left)}, ${this.compile(right)}) > 0`
  }

  #operands(left: Expression, right: Expression): [Sql, Sql] {
    const [leftType, rightType] = [this.typeOf(left), this.typeOf(right)]
    if (isConstant(right) && leftType && !isConstant(left))
      return [this.compile(left), constantLike(right, leftType)]
    if (isConstant(left) && rightType && !isConstant(right))
      return [constantLike(left, rightType), this.compile(right)]
    const names = [scalarName(leftType), scalarName(rightType)]
    if (names[0] === names[1]) return [this.compile(left), this.compile(right)]
    if (names.includes('U64')) return [this.#number(left), this.#number(right)]
    if (names.includes('Date') && names.includes('DateTime'))
      return [this.#instant(left), this.#instant(right)]
    return [this.compile(left), this.compile(right)]
  }

  #instant(expression: Expression): Sql {
    const value = this.compile(expression)
    return scalarName(this.typeOf(expression)) === 'Date' ? sql`(${value} * 86400000)` : value
  }

  /** As a number SQLite can reckon with: U64 text becomes INTEGER while it fits, REAL beyond. */
  #number(expression: Expression): Sql {
    const value = this.compile(expression)
    const name = scalarName(this.typeOf(expression))
    if (expression.kind === 'arithmetic' || expression.kind === 'aggregate') return value
    if (name === 'U64') return sql`CAST(${value} AS NUMERIC)`
    if (!isConstant(expression)) return value
    return name === 'F64' || name === 'F32' ? sql`CAST(${value} AS REAL)` : sql`CAST(${value} AS INTEGER)`
  }

  #arithmetic(e: Extract<Expression, { kind: 'arithmetic' }>): Sql {
    const [left, right] = [this.#number(e.left), this.#number(e.right)]
    const real = ['F64', 'F32'].includes(scalarName(e.type))
    if (e.op === '%' && real) return sql`mod(${left}, ${right})`
    if (e.op === '/' && real) return sql`(CAST(${left} AS REAL) / ${right})`
    return sql`(${left} ${trusted(e.op)} ${right})`
  }

  #aggregate(e: Extract<Expression, { kind: 'aggregate' }>): Sql {
    const arg = this.compile(e.arg)
    switch (e.func) {
      case 'count':
        return sql`COUNT(${arg})`
      case 'sum':
        return sql`SUM(CAST(${arg} AS REAL))`
      case 'avg':
        return sql`AVG(CAST(${arg} AS REAL))`
      case 'min':
        return sql`MIN(${arg})`
      case 'max':
        return sql`MAX(${arg})`
    }
  }

  /** An entity is its id, a path the ids along it. */
  #variable(name: string): Sql {
    const path = this.scope.path(name)
    return path ? pathSql(this.scope, path).nodes : sql`${raw(needAlias(this.scope.get(name)))}.id`
  }

  /** `length($path)`; undefined for any other call. */
  #pathLength(e: Extract<Expression, { kind: 'call' }>): Sql | undefined {
    const [of] = e.args
    const path = e.func === 'length' && of?.kind === 'variable' ? this.scope.path(of.variable) : undefined
    return path && pathSql(this.scope, path).length
  }

  #call(e: Extract<Expression, { kind: 'call' }>): Sql {
    const hops = this.#pathLength(e)
    if (hops) return hops
    // Each argument is compiled once: twice at each level would be two to the power of the levels.
    if (e.func === 'concat') {
      refuseLongConcat(e)
      return sql`(${join(
        e.args.map((a) => this.#text(a)),
        ' || ',
      )})`
    }
    if (e.func === 'coalesce') return sql`COALESCE(${join(this.#alike(e.args, e.type), ', ')})`
    const args = e.args.map((a) => this.compile(a))
    const [first, second, third] = args as [Sql, Sql, Sql]
    switch (e.func) {
      case 'lower':
        return sql`gp_lower(${first})`
      case 'upper':
        return sql`gp_upper(${first})`
      case 'trim':
        return sql`gp_trim(${first})`
      case 'length':
        return this.typeOf(e.args[0] as Expression)?.kind === 'list'
          ? sql`json_array_length(${first})`
          : sql`gp_length(${first})`
      case 'substring':
        return args.length > 2
          ? sql`gp_substring(${first}, ${second}, ${third})`
          : sql`gp_substring(${first}, ${second}, NULL)`
      case 'nodes':
        return first
    }
  }

  /** Arguments that answer for one another are written in the form of the common type. */
  #alike(args: readonly Expression[], type: ValueType): Sql[] {
    return args.map((a) => (isConstant(a) ? constantLike(a, type) : this.compile(a)))
  }

  #text(expression: Expression): Sql {
    const name = scalarName(this.typeOf(expression))
    if (name === 'String' || name === 'enum') return this.compile(expression)
    if (name === 'U64') return sql`CAST(CAST(${this.compile(expression)} AS INTEGER) AS TEXT)`
    return sql`CAST(${this.#number(expression)} AS TEXT)`
  }
}
