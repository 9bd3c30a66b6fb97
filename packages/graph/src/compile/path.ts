import type { TraverseClause } from '@groundplane/lang'
import type { BoundEdge } from '../storage/bound-schema.js'
import { visible } from '../storage/view.js'
import { type BoundVariable, needAlias, type Scope } from './scope.js'
import { ident, join, raw, type Sql, sql } from './sql.js'
import { distancesFrom, edgesAt, nearEnd } from './walk.js'

/**
 * The path of a traversal between the two ends of a row: of all shortest ones
 * the one whose node ids, compared from the first on, come first. `nodes` is a
 * JSON array of ids, `length` the number of hops; null where an end is.
 */
export function pathSql(scope: Scope, clause: TraverseClause): { readonly nodes: Sql; readonly length: Sql } {
  const edge = scope.edgeType(clause.edge)
  const walk = new PathCompiler(scope, clause, edge)
  const several = clause.hops !== undefined && edge.from === edge.to
  return several ? { nodes: walk.nodes(), length: walk.length() } : walk.single()
}

class PathCompiler {
  readonly #scope: Scope
  readonly #clause: TraverseClause
  readonly #edge: BoundEdge
  readonly #from: BoundVariable
  readonly #to: BoundVariable

  constructor(scope: Scope, clause: TraverseClause, edge: BoundEdge) {
    this.#scope = scope
    this.#clause = clause
    this.#edge = edge
    this.#from = scope.get(clause.source)
    this.#to = scope.get(clause.target)
  }

  single(): { nodes: Sql; length: Sql } {
    return { nodes: this.#whereBound(this.#pair()), length: this.#whereBound(sql`1`) }
  }

  #pair(): Sql {
    return sql`json_array(${raw(needAlias(this.#from))}.id, ${raw(needAlias(this.#to))}.id)`
  }

  #whereBound(value: Sql): Sql {
    return sql`CASE WHEN ${this.#from.eid} IS NULL OR ${this.#to.eid} IS NULL THEN NULL ELSE ${value} END`
  }

  /** From the end backwards, so that every node on the way knows how far it still is. */
  #distances(): { readonly ctes: Sql; readonly dist: Sql } {
    const [back, dist] = [raw(this.#scope.alias('w')), raw(this.#scope.alias('w'))]
    const near = nearEnd(this.#clause, true)
    const max = this.#clause.hops?.max ?? 1
    const lengths = distancesFrom(this.#to.eid, back, this.#edge, near, max, this.#scope)
    const ctes = sql`${lengths}, ${dist}(n, d) AS MATERIALIZED (SELECT n, MIN(d) FROM ${back} GROUP BY n)`
    return { ctes, dist }
  }

  /** The nodes one hop on, walked with the traversal. */
  #nextOf(node: Sql): Sql {
    const parts = edgesAt(node, this.#edge, nearEnd(this.#clause, false), this.#scope)
    return join(
      parts.map(({ edges, far, at }) => sql`SELECT ${far} AS n FROM ${edges} WHERE ${at}`),
      ' UNION ALL ',
    )
  }

  length(): Sql {
    const { ctes, dist } = this.#distances()
    const hops = sql`(WITH RECURSIVE ${ctes} SELECT d FROM ${dist} WHERE n = ${this.#from.eid})`
    return this.#whereBound(sql`CASE WHEN ${this.#from.eid} = ${this.#to.eid} THEN 1 ELSE ${hops} END`)
  }

  /** From the start, always to the first id among the nodes one hop nearer to the end. */
  nodes(): Sql {
    const { ctes, dist } = this.#distances()
    const alias = (prefix: string): Sql => raw(this.#scope.alias(prefix))
    const [path, next, x, y] = [alias('p'), alias('p'), alias('n'), alias('n')]
    const node = this.#edge.from
    const seen = (alias: Sql): Sql => visible(this.#scope.view, alias.text, node.tid)
    const tables = [
      sql`(${this.#nextOf(sql`${path}.n`)}) ${next}`,
      sql`${dist} ON ${dist}.n = ${next}.n AND ${dist}.d = ${path}.todo - 1`,
      sql`${ident(node.table)} ${y} ON ${y}.eid = ${dist}.n AND ${seen(y)}`,
    ]
    const nearer = sql`(SELECT ${y}.eid FROM ${join(tables, ' CROSS JOIN ')} ORDER BY ${y}.id LIMIT 1)`
    const start = sql`SELECT ${this.#from.eid}, (SELECT d FROM ${dist} WHERE n = ${this.#from.eid}), 0`
    const steps = sql`${path}(n, todo, at) AS (${start} UNION ALL SELECT ${nearer}, ${path}.todo - 1, ${path}.at + 1 FROM ${path} WHERE ${path}.todo > 0)`
    const ids = sql`SELECT json_group_array(${x}.id ORDER BY ${path}.at) FROM ${path} CROSS JOIN ${ident(node.table)} ${x} ON ${x}.eid = ${path}.n AND ${seen(x)}`
    const walked = sql`(WITH RECURSIVE ${ctes}, ${steps} ${ids})`
    return this.#whereBound(
      sql`CASE WHEN ${this.#from.eid} = ${this.#to.eid} THEN ${this.#pair()} ELSE ${walked} END`,
    )
  }
}
