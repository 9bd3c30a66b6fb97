import type { Clause, Expression, Predicate, ReadQuery, SearchCall, TraverseClause } from '@groundplane/lang'
import type { Json, Row } from '../api.js'
import { plainBm25, plainDistance, plainMatch } from './oracle-search.js'

/**
 * What a query means, said as plainly as possible: every assignment of entities
 * to variables is tried, nothing is clever. Meant to be obviously right on
 * graphs of a few nodes, and to disagree with the compiler when that is wrong.
 * Covers binds, traversals, filters, blocks, aggregates, order, limit, offset, search.
 */
export interface OracleNode {
  readonly kind: 'node'
  readonly type: string
  readonly id: string
  readonly data: Readonly<Record<string, Json>>
}

export interface OracleEdge {
  readonly kind: 'edge'
  readonly type: string
  readonly id: string
  readonly from: string
  readonly to: string
  readonly data: Readonly<Record<string, Json>>
}

export interface OracleGraph {
  readonly nodes: readonly OracleNode[]
  readonly edges: readonly OracleEdge[]
  /** End types of each edge type. */
  readonly ends: Readonly<Record<string, { readonly from: string; readonly to: string }>>
}

type Entity = OracleNode | OracleEdge
type Env = ReadonlyMap<string, Entity | null>
type Property = Extract<Expression, { kind: 'property' }>

export function evaluate(
  query: ReadQuery,
  graph: OracleGraph,
  params: Readonly<Record<string, Json>>,
): Row[] {
  return new Evaluator(query, graph, params).rows()
}

class Evaluator {
  readonly #query: ReadQuery
  readonly #graph: OracleGraph
  readonly #params: Readonly<Record<string, Json>>
  #ranked: readonly Env[] = []

  constructor(query: ReadQuery, graph: OracleGraph, params: Readonly<Record<string, Json>>) {
    this.#query = query
    this.#graph = graph
    this.#params = params
  }

  rows(): Row[] {
    const q = this.#query
    const found = this.#match(q.match, [new Map()])
    const matches = q.aggregated
      ? found
      : found.filter((env) => q.order.every((o) => this.#isRanked(o.expression, env)))
    this.#ranked = matches
    const groups = q.aggregated ? this.#groups(matches) : matches.map((m) => [m])
    const ordered = groups
      .map((group) => ({
        row: this.#project(group),
        order: q.order.map((o) => this.#value(o.expression, group)),
        tie: this.#tie(group),
      }))
      .sort((a, b) => {
        for (let i = 0; i < q.order.length; i++) {
          const c =
            compareValues(a.order[i] ?? null, b.order[i] ?? null) * (isDescending(q.order[i]) ? -1 : 1)
          if (c !== 0) return c
        }
        for (let i = 0; i < a.tie.length; i++) {
          const c = compareValues(a.tie[i] ?? null, b.tie[i] ?? null)
          if (c !== 0) return c
        }
        return 0
      })
      .map((o) => o.row)
    const rows = q.distinct ? distinct(ordered) : ordered
    const from = q.offset ?? 0
    return rows.slice(from, q.limit === undefined ? undefined : from + q.limit)
  }

  #match(clauses: readonly Clause[], start: readonly Env[]): Env[] {
    let envs = [...start]
    for (const clause of clauses) envs = envs.flatMap((env) => this.#clause(clause, env))
    return envs
  }

  #clause(clause: Clause, env: Env): Env[] {
    switch (clause.kind) {
      case 'bind':
        return this.#candidates(clause.variable, clause.type, env).filter((e) => {
          const entity = e.get(clause.variable)
          return clause.where.every((w) => {
            const [a, b] = [entity?.data[w.property] ?? null, this.#value(w.value, [e])]
            return a !== null && b !== null && compareValues(a, b) === 0
          })
        })
      case 'traverse':
        return this.#traverse(clause, env)
      case 'filter':
        return this.#holds(clause.predicate, env) ? [env] : []
      case 'not':
        return this.#match(clause.match, [env]).length === 0 ? [env] : []
      case 'exists':
        return this.#match(clause.match, [env]).length > 0 ? [env] : []
      case 'optional': {
        const found = this.#match(clause.match, [env])
        if (found.length > 0) return found
        const nulls = new Map(env)
        for (const name of boundIn(clause.match)) if (!nulls.has(name)) nulls.set(name, null)
        return [nulls]
      }
    }
  }

  #candidates(variable: string, type: string, env: Env): Env[] {
    if (env.has(variable)) return env.get(variable) ? [env] : []
    return this.#graph.nodes.filter((n) => n.type === type).map((n) => new Map(env).set(variable, n))
  }

  #traverse(clause: TraverseClause, env: Env): Env[] {
    const ends = this.#graph.ends[clause.edge] as { from: string; to: string }
    const [sourceType, targetType] = clause.direction === 'in' ? [ends.to, ends.from] : [ends.from, ends.to]
    const pairs = this.#candidates(clause.source, sourceType, env).flatMap((e) =>
      this.#candidates(clause.target, targetType, e),
    )
    return pairs.flatMap((pair) => {
      const [a, b] = [(pair.get(clause.source) as OracleNode).id, (pair.get(clause.target) as OracleNode).id]
      const joins = this.#graph.edges.filter(
        (edge) => edge.type === clause.edge && this.#connects(edge, clause, a, b),
      )
      if (clause.edgeVariable)
        return joins.map((edge) => new Map(pair).set(clause.edgeVariable as string, edge))
      if (!clause.hops) return joins.length > 0 ? [pair] : []
      const distance =
        a === b ? (joins.length > 0 ? 1 : null) : this.#distance(clause, a, b, ends.from === ends.to)
      return distance !== null && distance >= clause.hops.min && distance <= clause.hops.max ? [pair] : []
    })
  }

  #connects(edge: OracleEdge, clause: TraverseClause, a: string, b: string): boolean {
    const out = edge.from === a && edge.to === b
    const back = edge.to === a && edge.from === b
    return clause.direction === 'out' ? out : clause.direction === 'in' ? back : out || back
  }

  #distance(clause: TraverseClause, a: string, b: string, mayWalkOn: boolean): number | null {
    const edges = this.#graph.edges.filter((e) => e.type === clause.edge)
    let frontier = new Set([a])
    const seen = new Set([a])
    for (let d = 1; frontier.size > 0 && (d === 1 || mayWalkOn); d++) {
      const next = new Set<string>()
      for (const node of frontier) {
        for (const edge of edges) {
          if (clause.direction !== 'in' && edge.from === node) next.add(edge.to)
          if (clause.direction !== 'out' && edge.to === node) next.add(edge.from)
        }
      }
      if (next.has(b)) return d
      frontier = new Set([...next].filter((n) => !seen.has(n)))
      for (const n of frontier) seen.add(n)
    }
    return null
  }

  #holds(p: Predicate, env: Env): boolean {
    if (p.kind === 'or') return p.any.some((x) => this.#holds(x, env))
    if (p.kind === 'and') return p.all.every((x) => this.#holds(x, env))
    if (p.kind === 'text') return this.#search(p.call, [env]) === true
    const [a, b] = [this.#value(p.left, [env]), this.#value(p.right, [env])]
    if (a === null || b === null) return false
    switch (p.op) {
      case '=':
        return compareValues(a, b) === 0
      case '!=':
        return compareValues(a, b) !== 0
      case '<':
        return compareValues(a, b) < 0
      case '<=':
        return compareValues(a, b) <= 0
      case '>':
        return compareValues(a, b) > 0
      case '>=':
        return compareValues(a, b) >= 0
      case 'contains':
        return Array.isArray(a) ? a.some((x) => compareValues(x, b) === 0) : String(a).includes(String(b))
      case 'starts_with':
        return String(a).startsWith(String(b))
    }
  }

  #value(e: Expression, group: readonly Env[]): Json {
    const env = group[0]
    switch (e.kind) {
      case 'literal':
        return e.value as Json
      case 'param':
        return this.#params[e.name] ?? null
      case 'variable':
        return entityValue(env?.get(e.variable) ?? null)
      case 'property':
        return env?.get(e.variable)?.data[e.property] ?? null
      case 'alias':
        return this.#value(
          this.#query.projections.find((p) => p.name === e.name)?.expression as Expression,
          group,
        )
      case 'aggregate':
        return aggregate(
          e.func,
          group.map((g) => this.#value(e.arg, [g])).filter((v) => v !== null),
        )
      case 'call': {
        const of = e.args[0] as Expression
        const path = of.kind === 'variable' && env ? this.#path(of.variable, env) : undefined
        if (path === undefined) throw new Error(`the oracle does not know ${e.func}`)
        return e.func === 'length' && path !== null ? path.length - 1 : path
      }
      case 'search':
        return this.#search(e.call, group)
      default:
        throw new Error(`the oracle does not know ${e.kind}`)
    }
  }

  /** Of all walks as long as the distance, the one whose ids come first; undefined when no traversal binds the name. */
  #path(name: string, env: Env): string[] | null | undefined {
    const clause = traversalsIn(this.#query.match).find((c) => c.pathVariable === name)
    if (!clause) return undefined
    const [a, b] = [env.get(clause.source)?.id, env.get(clause.target)?.id]
    if (a === undefined || b === undefined) return null
    let walks = [[a]]
    for (;;) {
      walks = walks.flatMap((walk) =>
        this.#neighbours(clause, walk.at(-1) as string).map((id) => [...walk, id]),
      )
      const arrived = walks.filter((walk) => walk.at(-1) === b)
      if (arrived.length > 0) return arrived.sort(compareWalks)[0] as string[]
    }
  }

  #neighbours(clause: TraverseClause, id: string): string[] {
    return this.#graph.nodes
      .map((n) => n.id)
      .filter((next) =>
        this.#graph.edges.some((e) => e.type === clause.edge && this.#connects(e, clause, id, next)),
      )
  }

  #project(group: readonly Env[]): Row {
    return Object.fromEntries(this.#query.projections.map((p) => [p.name, this.#value(p.expression, group)]))
  }

  #search(call: SearchCall, group: readonly Env[]): Json {
    const [field, query, extra] = call.args as [Property, Expression, Expression?]
    if (call.func === 'rrf') return this.#fusion(call, group)
    const [stored, asked] = [this.#value(field, group), this.#value(query, group)]
    if (call.func === 'nearest') return plainDistance(stored, asked)
    if (call.func !== 'bm25')
      return plainMatch(call.func, stored, asked, extra ? this.#value(extra, group) : null)
    const type = this.#query.variables.find((v) => v.name === field.variable)?.type
    const texts = this.#graph.nodes.filter((n) => n.type === type).map((n) => n.data[field.property] ?? null)
    return plainBm25(stored, asked, texts)
  }

  /** Counts the better ones, for each of the two rankings. */
  #fusion(call: SearchCall, group: readonly Env[]): number {
    const k = call.args[2] ? Number(this.#value(call.args[2] as Expression, group)) : 60
    const rankings = call.args.slice(0, 2) as SearchCall[]
    return rankings.reduce((sum, ranking) => {
      const { variable } = ranking.args[0] as Property
      const place = (env: Env): [number, string] | null => {
        const score = this.#search(ranking, [env]) as number | null
        if (score === null || (ranking.func === 'bm25' && score <= 0)) return null
        return [ranking.func === 'bm25' ? -score : score, env.get(variable)?.id as string]
      }
      const own = place(group[0] as Env)
      if (!own) return sum
      const better = this.#ranked
        .map(place)
        .filter(
          (p): p is [number, string] => p !== null && (p[0] < own[0] || (p[0] === own[0] && p[1] < own[1])),
        )
      return sum + 1 / (k + 1 + new Set(better.map((p) => JSON.stringify(p))).size)
    }, 0)
  }

  /** What an order by a ranking leaves out: rows the ranking does not rank. */
  #isRanked(e: Expression, env: Env): boolean {
    if (e.kind === 'alias') {
      return this.#isRanked(
        this.#query.projections.find((p) => p.name === e.name)?.expression as Expression,
        env,
      )
    }
    return e.kind !== 'search' || this.#callRanks(e.call, env)
  }

  #callRanks(call: SearchCall, env: Env): boolean {
    if (call.func === 'rrf')
      return (call.args.slice(0, 2) as SearchCall[]).some((c) => this.#callRanks(c, env))
    if (call.func === 'nearest') return this.#search(call, [env]) !== null
    return call.func !== 'bm25' || (this.#search(call, [env]) as number) > 0
  }

  #keys(): Expression[] {
    return this.#query.projections.map((p) => p.expression).filter((e) => e.kind !== 'aggregate')
  }

  #groups(matches: readonly Env[]): Env[][] {
    const keys = this.#keys()
    if (keys.length === 0) return [[...matches]]
    const groups = new Map<string, Env[]>()
    for (const match of matches) {
      const key = JSON.stringify(keys.map((k) => this.#value(k, [match])))
      const group = groups.get(key)
      if (group) group.push(match)
      else groups.set(key, [match])
    }
    return [...groups.values()]
  }

  #tie(group: readonly Env[]): Json[] {
    if (this.#query.aggregated || this.#query.distinct) {
      return this.#keys().map((k) =>
        k.kind === 'variable' ? (group[0]?.get(k.variable)?.id ?? null) : this.#value(k, group),
      )
    }
    // Rows that differ in an anonymous variable alone are the same row to whoever asked.
    const anonymous = new Set(this.#query.variables.filter((v) => v.anonymous).map((v) => v.name))
    return boundIn(this.#query.match)
      .filter((name) => !anonymous.has(name))
      .map((name) => group[0]?.get(name)?.id ?? null)
  }
}

function compareWalks(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((id, i) => id !== b[i])
  return at < 0 ? 0 : compareValues(a[at] ?? null, b[at] ?? null)
}

function traversalsIn(clauses: readonly Clause[]): TraverseClause[] {
  return clauses.flatMap((c) => {
    if (c.kind === 'traverse') return [c]
    return c.kind === 'optional' ? traversalsIn(c.match) : []
  })
}

/** A ranking by score as the order itself puts the best first. */
function isDescending(ordering: ReadQuery['order'][number] | undefined): boolean {
  const e = ordering?.expression
  const byScore = e?.kind === 'search' && (e.call.func === 'bm25' || e.call.func === 'rrf')
  return byScore || ordering?.descending === true
}

/** Variables in the order they are first bound; those inside `not` and `exists` stay inside. */
function boundIn(clauses: readonly Clause[]): string[] {
  const names: string[] = []
  for (const c of clauses) {
    if (c.kind === 'bind') names.push(c.variable)
    // An edge variable is bound before the ends that only its traversal names.
    if (c.kind === 'traverse') names.push(...(c.edgeVariable ? [c.edgeVariable] : []), c.source, c.target)
    if (c.kind === 'optional') names.push(...boundIn(c.match))
  }
  return [...new Set(names)]
}

function entityValue(entity: Entity | null): Json {
  if (!entity) return null
  if (entity.kind === 'edge') return { id: entity.id, from: entity.from, to: entity.to, ...entity.data }
  return { id: entity.id, ...entity.data }
}

function aggregate(func: string, values: readonly Json[]): Json {
  if (func === 'count') return values.length
  if (values.length === 0) return null
  const numbers = values as number[]
  if (func === 'sum') return numbers.reduce((a, b) => a + b, 0)
  if (func === 'avg') return numbers.reduce((a, b) => a + b, 0) / numbers.length
  const sorted = [...values].sort(compareValues)
  return (func === 'min' ? sorted[0] : sorted[sorted.length - 1]) ?? null
}

/** Null first; text by code point, as bytes of UTF-8 sort. */
function compareValues(a: Json, b: Json): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (typeof a === 'object' || typeof b === 'object') {
    const [x, y] = [JSON.stringify(a), JSON.stringify(b)]
    return x < y ? -1 : x > y ? 1 : 0
  }
  return Number(a) - Number(b)
}

function distinct(rows: readonly Row[]): Row[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const key = JSON.stringify(row)
    return seen.has(key) ? false : seen.add(key) && true
  })
}
