import type { BindClause, Clause, Expression, Predicate, TraverseClause } from '@groundplane/lang'
import type { ArrayWalk } from '../adjacency/array-walk.js'
import { BOTH, IN, OUT } from '../adjacency/live-adjacency.js'
import type { BoundEdge } from '../storage/bound-schema.js'
import { anyOf, visible, visibleDisjuncts } from '../storage/view.js'
import { alive } from './alive.js'
import type { ExpressionCompiler } from './expression.js'
import { isConstant } from './operand.js'
import { refuseManyJoins } from './query-size.js'
import type { BoundVariable, Scope } from './scope.js'
import { EMPTY, ident, join, raw, type Sql, sql, trusted } from './sql.js'

/** A pattern as SQL: tables to join, left joins behind them in order, and conditions. */
export interface PatternSql {
  readonly tables: readonly Sql[]
  readonly lefts: readonly Sql[]
  readonly conditions: readonly Sql[]
}

export interface PatternOptions {
  /**
   * Tables so small that the cancellation check runs on each of their rows.
   * Elsewhere every 128th version number is enough, and point reads do not pay.
   */
  isSmall(table: string): boolean
  /** Set for `not` and `exists`: only whether a match is there counts, so pairs may repeat. */
  readonly existential: boolean
  /** Whether walks of several hops go through adjacency arrays; `walks` collects the edge types that are walked. */
  readonly walking: Walking
}

export interface Walking {
  readonly through: 'sql' | 'arrays'
  readonly walks: Set<BoundEdge>
}

/** Compiles the clauses of one block. Variables not found in an enclosing scope are bound in `compiler.scope`. */
export function compilePattern(
  clauses: readonly Clause[],
  compiler: ExpressionCompiler,
  options: PatternOptions,
): PatternSql {
  return new PatternCompiler(clauses, compiler, options).compile()
}

class PatternCompiler {
  readonly #clauses: readonly Clause[]
  readonly #compiler: ExpressionCompiler
  readonly #scope: Scope
  readonly #options: PatternOptions
  readonly #tables: Sql[] = []
  readonly #lefts: Sql[] = []
  readonly #conditions: Sql[] = []
  readonly #aliases: string[] = []
  readonly #light: ReadonlySet<string>

  constructor(clauses: readonly Clause[], compiler: ExpressionCompiler, options: PatternOptions) {
    this.#clauses = clauses
    this.#compiler = compiler
    this.#scope = compiler.scope
    this.#options = options
    this.#light = unreadVariables(clauses, compiler.scope, options.existential)
  }

  compile(): PatternSql {
    for (const clause of this.#clauses) this.#clause(clause)
    refuseManyJoins(this.#tables.length + this.#lefts.length)
    this.#productCheck()
    return { tables: this.#tables, lefts: this.#lefts, conditions: this.#conditions }
  }

  #clause(clause: Clause): void {
    switch (clause.kind) {
      case 'bind':
        this.#bind(clause)
        return
      case 'traverse':
        if (clause.pathVariable) this.#scope.bindPath(clause.pathVariable, clause)
        if (clause.hops && this.#isHomogeneous(clause)) this.#walk(clause)
        else this.#hop(clause)
        return
      case 'filter':
        this.#conditions.push(sql`(${this.#compiler.predicate(clause.predicate)})`)
        return
      case 'not':
        this.#conditions.push(sql`NOT EXISTS (${this.#block(clause.match)})`)
        return
      case 'exists':
        this.#conditions.push(sql`EXISTS (${this.#block(clause.match)})`)
        return
      case 'optional':
        this.#optional(clause.match)
        return
    }
  }

  #bind(clause: BindClause): void {
    const known = this.#scope.find(clause.variable)
    const variable = known ?? this.#bindNode(clause.variable, this.#startsComponent(clause))
    for (const { property, value } of clause.where) {
      this.#conditions.push(this.#compiler.equals(variable, property, value))
    }
  }

  /** Reached neither by key nor by a traversal from something bound before: its rows are scanned. */
  #startsComponent(clause: BindClause): boolean {
    const type = this.#scope.typeOf(clause.variable)
    const key = type.kind === 'node' ? type.model.key : []
    const byKey = key.length > 0 && key.every((k) => clause.where.some((w) => w.property === k))
    if (byKey) return false
    return !this.#clauses.some(
      (c) =>
        c.kind === 'traverse' &&
        ((c.target === clause.variable && this.#scope.find(c.source) !== undefined) ||
          (c.source === clause.variable && this.#scope.find(c.target) !== undefined)),
    )
  }

  #bindNode(name: string, scanned: boolean): BoundVariable {
    const variable = this.#scope.bind(name)
    this.#addTable(variable.type.table, variable.alias, variable.type.tid, scanned)
    return variable
  }

  #addTable(table: string, alias: string, tid: number, scanned: boolean): void {
    this.#tables.push(sql`${ident(table)} ${raw(alias)}`)
    this.#conditions.push(visible(this.#scope.view, alias, tid))
    this.#conditions.push(alive(alias, scanned && this.#options.isSmall(table)))
    this.#aliases.push(alias)
  }

  /** A variable of a traversal that no clause before has bound. */
  #end(name: string, eidOnEdge: Sql): BoundVariable {
    const known = this.#scope.find(name)
    if (known) return known
    if (this.#light.has(name)) return this.#scope.bindLight(name, eidOnEdge)
    return this.#bindNode(name, false)
  }

  #isHomogeneous(clause: TraverseClause): boolean {
    const edge = this.#scope.edgeType(clause.edge)
    return edge.from === edge.to
  }

  /** One hop. (With bounds on an edge between two types, a second hop cannot exist.) */
  #hop(clause: TraverseClause): void {
    const edge = this.#scope.edgeType(clause.edge)
    if (clause.hops && clause.hops.min > 1) {
      this.#end(clause.source, sql`NULL`)
      this.#end(clause.target, sql`NULL`)
      this.#conditions.push(sql`0`)
      return
    }
    const alias = clause.edgeVariable ? this.#bindEdge(clause.edgeVariable) : this.#scope.alias('e')
    const e = raw(alias)
    this.#tables.push(sql`${ident(edge.table)} ${e}`)
    this.#aliases.push(alias)
    if (clause.direction === 'both') this.#undirected(clause, edge, alias)
    else {
      this.#conditions.push(visible(this.#scope.view, alias, edge.tid))
      const [near, far] = clause.direction === 'out' ? ['src', 'dst'] : ['dst', 'src']
      this.#matchEnd(clause.source, sql`${e}.${raw(near as string)}`)
      this.#matchEnd(clause.target, sql`${e}.${raw(far as string)}`)
    }
    this.#conditions.push(alive(alias, false))
    if (!clause.edgeVariable && !this.#options.existential) {
      this.#conditions.push(this.#noEarlierTwin(edge, alias, clause.direction === 'both'))
    }
  }

  #bindEdge(name: string): string {
    return this.#scope.bind(name).alias
  }

  #matchEnd(name: string, onEdge: Sql): void {
    const end = this.#end(name, onEdge)
    if (end.eid !== onEdge) this.#conditions.push(sql`${end.eid} = ${onEdge}`)
  }

  #undirected(clause: TraverseClause, edge: BoundEdge, alias: string): void {
    const e = raw(alias)
    const flip = !this.#scope.find(clause.source) && this.#scope.find(clause.target) !== undefined
    const [startName, endName] = flip ? [clause.target, clause.source] : [clause.source, clause.target]
    const start = this.#scope.find(startName) ?? this.#bindNode(startName, false)
    const seen = visibleDisjuncts(this.#scope.view, alias, edge.tid)
    const touching = ['src', 'dst'].flatMap((end) =>
      seen.map((v) => sql`${e}.${raw(end)} = ${start.eid} AND ${v}`),
    )
    this.#conditions.push(anyOf(touching))
    this.#matchEnd(endName, sql`(${e}.src + ${e}.dst - ${start.eid})`)
  }

  /** Of parallel edges only the first version counts: a traversal is a set of pairs. */
  #noEarlierTwin(edge: BoundEdge, alias: string, undirected: boolean): Sql {
    const twin = this.#scope.alias('d')
    const [d, e] = [raw(twin), raw(alias)]
    const pairs = [sql`${d}.src = ${e}.src AND ${d}.dst = ${e}.dst`]
    if (undirected) pairs.push(sql`${d}.src = ${e}.dst AND ${d}.dst = ${e}.src`)
    const seen = visibleDisjuncts(this.#scope.view, twin, edge.tid)
    const matches = pairs.flatMap((p) => seen.map((v) => sql`${p} AND ${d}.vid < ${e}.vid AND ${v}`))
    return sql`NOT EXISTS (SELECT 1 FROM ${ident(edge.table)} ${d} WHERE ${anyOf(matches)})`
  }

  /**
   * Several hops: the far end is among the nodes whose shortest distance lies
   * within the bounds. Walks start at the end that is cheaper to enumerate;
   * distance is the same both ways.
   */
  #walk(clause: TraverseClause): void {
    const edge = this.#scope.edgeType(clause.edge)
    const hops = clause.hops as { min: number; max: number }
    const source = this.#end(clause.source, EMPTY)
    const target = this.#end(clause.target, EMPTY)
    const backward = this.#isPinned(clause.target) && !this.#isPinned(clause.source)
    const [start, end] = backward ? [target, source] : [source, target]
    this.#options.walking.walks.add(edge)
    if (this.#options.walking.through === 'arrays') {
      const reach = reachCall(clause, edge, start, backward)
      this.#conditions.push(sql`${end.eid} IN (SELECT value FROM json_each(${reach}))`)
      return
    }
    const forward = clause.direction === 'out' ? 'src' : 'dst'
    const near = clause.direction === 'both' ? null : backward ? opposite(forward) : forward
    const walk = raw(this.#scope.alias('w'))
    const step = this.#walkStep(edge, near, walk, hops.max)
    const reached = sql`SELECT n FROM ${walk} GROUP BY n HAVING MIN(d) BETWEEN ${raw(hops.min)} AND ${raw(hops.max)}`
    const loop = hops.min > 1 ? EMPTY : sql` UNION ALL ${this.#selfLoop(edge, start)}`
    const reach = sql`WITH RECURSIVE ${walk}(n, d) AS (SELECT ${start.eid}, 0 UNION ${step}) ${reached}${loop}`
    this.#conditions.push(sql`${end.eid} IN (${reach})`)
  }

  #walkStep(edge: BoundEdge, near: 'src' | 'dst' | null, walk: Sql, max: number): Sql {
    const alias = this.#scope.alias('e')
    const e = raw(alias)
    const seen = visibleDisjuncts(this.#scope.view, alias, edge.tid)
    const ends = near ? [near] : ['src', 'dst']
    const touching = anyOf(ends.flatMap((end) => seen.map((v) => sql`${e}.${raw(end)} = ${walk}.n AND ${v}`)))
    const next = near ? sql`${e}.${raw(opposite(near))}` : sql`${e}.src + ${e}.dst - ${walk}.n`
    return sql`SELECT ${next}, ${walk}.d + 1 FROM ${walk} JOIN ${ident(edge.table)} ${e} WHERE ${walk}.d < ${raw(max)} AND ${e}.src <> ${e}.dst AND ${touching} AND ${alive(alias, false)}`
  }

  /** A stored self-loop is one hop of its own and part of no other walk. */
  #selfLoop(edge: BoundEdge, start: BoundVariable): Sql {
    const alias = this.#scope.alias('e')
    const e = raw(alias)
    const seen = visible(this.#scope.view, alias, edge.tid)
    return sql`SELECT ${e}.src FROM ${ident(edge.table)} ${e} WHERE ${e}.src = ${start.eid} AND ${e}.dst = ${start.eid} AND ${seen}`
  }

  /** Bound outside, or by an equality of this block. */
  #isPinned(name: string): boolean {
    if (this.#scope.find(name) && !this.#scope.isOwn(name)) return true
    return this.#clauses.some(
      (c) =>
        (c.kind === 'bind' && c.variable === name && c.where.length > 0) ||
        (c.kind === 'filter' && isEqualityOn(c.predicate, name)),
    )
  }

  #block(clauses: readonly Clause[]): Sql {
    return selectFrom(sql`1`, this.#inner(clauses, true).pattern)
  }

  #inner(clauses: readonly Clause[], existential: boolean): { pattern: PatternSql; scope: Scope } {
    const scope = this.#scope.child()
    const pattern = compilePattern(clauses, this.#compiler.in(scope), { ...this.#options, existential })
    return { pattern, scope }
  }

  /**
   * A left join on a whole pattern: its matches for the current row become a
   * JSON array of version numbers, joined laterally; no match gives nulls.
   */
  #optional(clauses: readonly Clause[]): void {
    const { pattern, scope } = this.#inner(clauses, false)
    const rows = [...scope.own()].filter((v) => v.alias !== undefined)
    const vids = rows.map((v) => sql`${raw(v.alias as string)}.vid`)
    const matches = selectFrom(sql`json_group_array(json_array(${join(vids, ', ')}))`, pattern)
    const found = raw(this.#scope.alias('o'))
    this.#lefts.push(sql`LEFT JOIN json_each((${matches})) ${found} ON 1`)
    rows.forEach((variable, i) => {
      const alias = this.#scope.alias('t')
      const row = raw(alias)
      const path = trusted(`'$[${i}]'`)
      this.#lefts.push(
        sql`LEFT JOIN ${ident(variable.type.table)} ${row} ON ${row}.vid = json_extract(${found}.value, ${path})`,
      )
      this.#scope.bindTo(variable.name, alias)
    })
    for (const [name, clause] of scope.ownPaths()) this.#scope.bindPath(name, clause)
  }

  /** Many small tables multiplied: no single one of them may ever reach the check, their sum does. */
  #productCheck(): void {
    for (let n = 2; n <= this.#aliases.length; n++) {
      const terms = this.#aliases.slice(0, n).map((a, i) => sql`${raw(a)}.vid * ${raw(2 * i + 1)}`)
      if (n === this.#aliases.length || n % 3 === 0) {
        this.#conditions.push(sql`((${join(terms, ' + ')}) & 127 <> 0 OR gp_alive())`)
      }
    }
  }
}

/** A walk over adjacency arrays of the commit that the statement itself reads (see adjacency/). */
function reachCall(clause: TraverseClause, edge: BoundEdge, start: BoundVariable, backward: boolean): Sql {
  const { tid, direction, min, max } = arrayWalk(clause, edge, backward)
  const head = sql`(SELECT head_seq FROM branches WHERE br = 1)`
  return sql`gp_reach(${raw(tid)}, ${raw(direction)}, ${start.eid}, ${raw(min)}, ${raw(max)}, ${head})`
}

export function arrayWalk(clause: TraverseClause, edge: BoundEdge, backward: boolean): ArrayWalk {
  const { min, max } = clause.hops as { min: number; max: number }
  const out = (clause.direction === 'out') !== backward
  return { tid: edge.tid, direction: clause.direction === 'both' ? BOTH : out ? OUT : IN, min, max }
}

function opposite(end: 'src' | 'dst'): 'src' | 'dst' {
  return end === 'src' ? 'dst' : 'src'
}

function isEqualityOn(predicate: Predicate, name: string): boolean {
  if (predicate.kind !== 'compare' || predicate.op !== '=') return false
  const on = (e: Expression): boolean => e.kind === 'property' && e.variable === name
  return (
    (on(predicate.left) && isConstant(predicate.right)) || (on(predicate.right) && isConstant(predicate.left))
  )
}

export function selectFrom(what: Sql, pattern: PatternSql): Sql {
  const from =
    pattern.tables.length > 0
      ? sql` FROM ${join(pattern.tables, ' JOIN ')}`
      : pattern.lefts.length > 0
        ? sql` FROM (SELECT 1)`
        : EMPTY
  const lefts = pattern.lefts.length > 0 ? sql` ${join(pattern.lefts, ' ')}` : EMPTY
  const where = pattern.conditions.length > 0 ? sql` WHERE ${join(pattern.conditions, ' AND ')}` : EMPTY
  return sql`SELECT ${what}${from}${lefts}${where}`
}

/**
 * Variables of this block that only name the end of single, directed hops: no
 * condition, block or result reads them, so their rows need no join. (An edge's
 * ends always exist.) At the top level only anonymous variables qualify, the
 * ids of all others order the result.
 */
function unreadVariables(
  clauses: readonly Clause[],
  scope: Scope,
  existential: boolean,
): ReadonlySet<string> {
  const candidates = new Set<string>()
  const read = new Set<string>()
  for (const clause of clauses) {
    if (clause.kind === 'traverse') {
      for (const name of [clause.source, clause.target]) {
        const free = existential || scope.model(name).anonymous === true
        if (free && !clause.pathVariable && !clause.hops && clause.direction !== 'both') candidates.add(name)
        else read.add(name)
      }
    } else collectVariables(clause, read)
  }
  for (const name of read) candidates.delete(name)
  return candidates
}

/** Every variable named anywhere inside, by structure: each such member is called variable, source, target or edgeVariable. */
function collectVariables(node: unknown, into: Set<string>): void {
  if (Array.isArray(node)) for (const item of node) collectVariables(item, into)
  else if (node !== null && typeof node === 'object') {
    for (const [key, member] of Object.entries(node)) {
      if (typeof member === 'string') {
        if (['variable', 'source', 'target', 'edgeVariable'].includes(key)) into.add(member)
      } else collectVariables(member, into)
    }
  }
}
