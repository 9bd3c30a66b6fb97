import type { BindClause, Clause, Predicate, TraverseClause } from '@groundplane/lang'
import type { BoundEdge } from '../storage/bound-schema.js'
import { anyOf, MAIN_HEAD, type View, visible, visibleDisjuncts } from '../storage/view.js'
import { alive } from './alive.js'
import { anchorOf, anchors, type BlockTerms, blockTerms } from './anchor.js'
import type { ExpressionCompiler } from './expression.js'
import { eachOf, JoinList } from './join-list.js'
import { refuseManyJoins } from './query-size.js'
import type { BoundVariable, Scope } from './scope.js'
import { EMPTY, ident, join, raw, type Sql, sql, trusted } from './sql.js'
import { reachedInArrays, reachedList, type Walk } from './walk.js'

/** A pattern as SQL: joined tables (empty for none), left joins behind them in order, and conditions. */
export interface PatternSql {
  readonly from: Sql
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
  readonly #terms: BlockTerms
  readonly #compiler: ExpressionCompiler
  readonly #scope: Scope
  readonly #options: PatternOptions
  readonly #joined = new JoinList()
  readonly #lefts: Sql[] = []
  readonly #conditions: Sql[] = []
  readonly #aliases: string[] = []
  readonly #light: ReadonlySet<string>

  constructor(clauses: readonly Clause[], compiler: ExpressionCompiler, options: PatternOptions) {
    this.#clauses = clauses
    this.#terms = blockTerms(clauses)
    this.#compiler = compiler
    this.#scope = compiler.scope
    this.#options = options
    this.#light = unreadVariables(clauses, compiler.scope, options.existential)
  }

  compile(): PatternSql {
    // Each is a table at least. At once, here and below: what is done for one looks at all the others.
    refuseManyJoins(this.#terms.links.length)
    for (const clause of this.#clauses) {
      this.#clause(clause)
      refuseManyJoins(this.#joined.length + this.#lefts.length)
    }
    this.#productCheck()
    return { from: this.#joined.toSql(), lefts: this.#lefts, conditions: this.#conditions }
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
        this.#filter(clause.predicate)
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

  #filter(predicate: Predicate): void {
    this.#conditions.push(sql`(${this.#compiler.predicate(predicate)})`)
    if (predicate.kind !== 'compare' || predicate.op !== '=') return
    const { left, right } = predicate
    const own = [left, right].flatMap((side) =>
      (side.kind === 'property' || side.kind === 'variable') && this.#scope.isOwn(side.variable)
        ? [aliasOf(this.#scope.get(side.variable))]
        : [],
    )
    if (own.length === 2) this.#joined.linkWeakly(own[0] as string, own[1] as string)
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
    this.#joined.add(alias, sql`${ident(table)} ${raw(alias)}`)
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
    this.#joined.add(alias, sql`${ident(edge.table)} ${e}`)
    this.#aliases.push(alias)
    if (clause.direction === 'both') this.#undirected(clause, edge, alias)
    else {
      this.#conditions.push(visible(this.#scope.view, alias, edge.tid))
      const [near, far] = clause.direction === 'out' ? ['src', 'dst'] : ['dst', 'src']
      this.#matchEnd(clause.source, sql`${e}.${raw(near as string)}`)
      this.#matchEnd(clause.target, sql`${e}.${raw(far as string)}`)
    }
    for (const name of [clause.source, clause.target]) {
      if (this.#scope.isOwn(name)) this.#joined.link(alias, aliasOf(this.#scope.get(name)))
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
    if (end.eid !== onEdge) this.#conditions.push(equal(end.eid, onEdge, this.#scope.view))
  }

  #undirected(clause: TraverseClause, edge: BoundEdge, alias: string): void {
    const e = raw(alias)
    const [startName, endName] = this.#ends(clause)
    const start = this.#scope.find(startName) ?? this.#bindNode(startName, false)
    const seen = visibleDisjuncts(this.#scope.view, alias, edge.tid)
    const touching = ['src', 'dst'].flatMap((end) =>
      seen.map((v) => sql`${e}.${raw(end)} = ${start.eid} AND ${v}`),
    )
    this.#conditions.push(anyOf(touching))
    this.#matchEnd(endName, sql`(${e}.src + ${e}.dst - ${start.eid})`)
  }

  /** The end to start at, which is the one chosen more narrowly, the other one, and whether that is against the clause. */
  #ends(clause: TraverseClause): readonly [near: string, far: string, backward: boolean] {
    const [source, target] = [clause.source, clause.target].map((name) =>
      anchorOf(name, this.#terms, this.#scope, clause),
    ) as [number, number]
    return target > source ? [clause.target, clause.source, true] : [clause.source, clause.target, false]
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
   * within the bounds. Distance is the same both ways.
   */
  #walk(clause: TraverseClause): void {
    const edge = this.#scope.edgeType(clause.edge)
    const [near, far, backward] = this.#ends(clause)
    const anchor = (name: string): number => anchorOf(name, this.#terms, this.#scope, clause)
    const start = this.#scope.find(near) ?? this.#bindNode(near, anchor(near) < anchors.linked)
    const alias = this.#scope.alias('r')
    const value = sql`${raw(alias)}.value`
    this.#matchEnd(far, value)
    this.#options.walking.walks.add(edge)
    const walk: Walk = { clause, edge, start: start.eid, backward }
    const arrays = this.#options.walking.through === 'arrays'
    const list = arrays ? reachedInArrays(walk) : reachedList(walk, this.#scope)
    const held = anchor(far) < anchors.key ? this.#scope.get(far).alias : undefined
    this.#joined.addReach({ alias, sql: eachOf(list, alias), from: aliasOf(start), to: held ?? null })
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

/**
 * Either finds the other. In a view of several parts each way is a condition of its
 * own: of two plain columns SQLite concludes further equalities, to other edges at
 * that end, and of a part it tries no more than three ways to find a row.
 */
function equal(one: Sql, other: Sql, view: View): Sql {
  return view === MAIN_HEAD ? sql`${one} = ${other}` : sql`${one} = +${other} AND ${other} = +${one}`
}

/** The table that holds a variable's entity number: its own row's or, when nobody reads that, another one. */
function aliasOf(variable: BoundVariable): string {
  return variable.alias ?? (variable.eid.text.split('.')[0] as string)
}

export function selectFrom(what: Sql, pattern: PatternSql): Sql {
  const from =
    pattern.from.text !== ''
      ? sql` FROM ${pattern.from}`
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
        const plain = clause.hops !== undefined || clause.direction !== 'both'
        if (free && !clause.pathVariable && plain) candidates.add(name)
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
