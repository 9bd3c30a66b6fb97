import type { TraverseClause } from '@groundplane/lang'
import type { ArrayWalk } from '../adjacency/array-walk.js'
import { BOTH, IN, OUT } from '../adjacency/live-adjacency.js'
import type { BoundEdge } from '../storage/bound-schema.js'
import { MAIN_SEQ, visible, visibleDisjuncts } from '../storage/view.js'
import { alive } from './alive.js'
import type { Scope } from './scope.js'
import { EMPTY, ident, join, raw, type Sql, sql, trusted } from './sql.js'

/** A traversal of several hops, seen from the end it is walked from. */
export interface Walk {
  readonly clause: TraverseClause
  readonly edge: BoundEdge
  /** The entity number of the end it is walked from. */
  readonly start: Sql
  /** That end is the clause's target. */
  readonly backward: boolean
}

/**
 * The entities whose shortest distance from the start lies within the bounds, as a
 * JSON array of their numbers, each once. An array, because only a table function
 * can depend on a row beside it: joined as a table, it finds the entities through
 * each index that their view needs; in an `IN` SQLite would take it to one index only.
 */
export function reachedList(walk: Walk, scope: Scope): Sql {
  const { clause, edge, start, backward } = walk
  const { min, max } = hopsOf(clause)
  const table = raw(scope.alias('w'))
  const distances = distancesFrom(start, table, edge, nearEnd(clause, backward), max, scope)
  const reached = sql`SELECT n FROM ${table} GROUP BY n HAVING MIN(d) BETWEEN ${raw(min)} AND ${raw(max)}`
  const loop = min > 1 ? EMPTY : sql` UNION ALL ${selfLoop(edge, start, scope)}`
  return sql`(WITH RECURSIVE ${distances} SELECT json_group_array(n) FROM (${reached}${loop}))`
}

/** Which end of an edge a walk is at before it follows it. */
export type NearEnd = 'src' | 'dst' | 'both'

export function nearEnd({ direction }: TraverseClause, backward: boolean): NearEnd {
  if (direction === 'both') return 'both'
  return (direction === 'out') === backward ? 'dst' : 'src'
}

/**
 * `table(n, d) AS (…)`: every entity within `max` hops with the lengths of the walks
 * to it, the start with 0. Each further hop is a select of its own for each end of an
 * edge and each part of the view: for all of them together SQLite may find no index.
 * `CROSS JOIN`, or it may look for each edge of the type whether it starts here.
 */
export function distancesFrom(
  start: Sql,
  table: Sql,
  edge: BoundEdge,
  near: NearEnd,
  max: number,
  scope: Scope,
): Sql {
  const hops = edgesAt(sql`${table}.n`, edge, near, scope).map(
    ({ edges, alias, far, at }) =>
      sql`SELECT ${far}, ${table}.d + 1 FROM ${table} CROSS JOIN ${edges} WHERE ${table}.d < ${raw(max)} AND ${at} AND ${alive(alias, false)}`,
  )
  return sql`${table}(n, d) AS (SELECT ${start}, 0 UNION ${join(hops, ' UNION ')})`
}

/** Edges with one end at a node: their table, their other end and the condition that they are there, for each index that finds them. */
export interface EdgesAt {
  readonly alias: string
  readonly edges: Sql
  readonly far: Sql
  readonly at: Sql
}

/** The edges of a node by the end that is there, in parts that each have one index. Self-loops are left out. */
export function edgesAt(node: Sql, edge: BoundEdge, near: NearEnd, scope: Scope): EdgesAt[] {
  const ends = near === 'both' ? (['src', 'dst'] as const) : [near]
  return ends.flatMap((end) =>
    visibleDisjuncts(scope.view, 'e', edge.tid).map((_, part): EdgesAt => {
      const alias = scope.alias('e')
      const e = raw(alias)
      const far = sql`${e}.${raw(end === 'src' ? 'dst' : 'src')}`
      const seen = visibleDisjuncts(scope.view, alias, edge.tid)[part] as Sql
      const at = sql`${e}.${raw(end)} = ${node} AND ${e}.src <> ${e}.dst AND ${seen}`
      return { alias, edges: sql`${ident(edge.table)} ${e}`, far, at }
    }),
  )
}

/** A stored self-loop is one hop of its own and part of no other walk. */
function selfLoop(edge: BoundEdge, start: Sql, scope: Scope): Sql {
  const alias = scope.alias('e')
  const e = raw(alias)
  const seen = visible(scope.view, alias, edge.tid)
  return sql`SELECT * FROM (SELECT ${e}.src FROM ${ident(edge.table)} ${e} WHERE ${e}.src = ${start} AND ${e}.dst = ${start} AND ${seen} LIMIT 1)`
}

/** The same over adjacency arrays of the commit that the statement itself reads (see adjacency/). */
export function reachedInArrays({ clause, edge, start, backward }: Walk): Sql {
  const { tid, direction, min, max } = arrayWalk(clause, edge, backward)
  const head = sql`(${trusted(MAIN_SEQ)})`
  return sql`gp_reach(${raw(tid)}, ${raw(direction)}, ${start}, ${raw(min)}, ${raw(max)}, ${head})`
}

export function arrayWalk(clause: TraverseClause, edge: BoundEdge, backward: boolean): ArrayWalk {
  const { min, max } = hopsOf(clause)
  const out = (clause.direction === 'out') !== backward
  return { tid: edge.tid, direction: clause.direction === 'both' ? BOTH : out ? OUT : IN, min, max }
}

function hopsOf(clause: TraverseClause): { readonly min: number; readonly max: number } {
  if (!clause.hops) throw new Error('assertion failed: a traversal without bounds is no walk')
  return clause.hops
}
