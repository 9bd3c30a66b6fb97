import type { Slot } from '../compile/sql.js'
import type { Lifeline } from '../query/deadline.js'
import { storedTextIndexes } from '../search/text-index.js'
import type { BoundSchema, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { MAIN_HEAD, type View } from '../storage/view.js'
import { isLargeCount, type JudgedScan } from './advice.js'
import type { PlanNode, TypeScan, UsedIndex } from './explanation.js'
import type { PlanRow } from './plan-step.js'
import { flat, planTree } from './plan-tree.js'
import { SchemaNames } from './schema-names.js'

/** One commit on one connection, as explanations of its queries see it. In a read transaction. */
export class ExplainedCommit {
  readonly db: Db
  readonly lifeline: Lifeline
  readonly schema: BoundSchema
  readonly view: View
  readonly #names: SchemaNames

  constructor(db: Db, lifeline: Lifeline, schema: BoundSchema, view: View) {
    this.db = db
    this.lifeline = lifeline
    this.schema = schema
    this.view = view
    const texts = storedTextIndexes(db).map(({ ix, tbl, col }) => [ix, { table: tbl, column: col }] as const)
    this.#names = new SchemaNames(schema, new Map(texts))
  }

  /** SQLite's plan. With values: what is known of their spread can change it. */
  rows(sql: string, values: readonly unknown[]): PlanRow[] {
    return this.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as PlanRow[]
  }

  tree(
    rows: readonly PlanRow[],
    sql: string,
    given: {
      readonly variables?: ReadonlyMap<string, string>
      readonly walked?: readonly string[]
      readonly visits?: ReadonlyMap<string, number> | null
    } = {},
  ): PlanNode[] {
    const statistics = this.#statistics()
    return planTree(rows, {
      sql,
      names: this.#names,
      variables: given.variables ?? new Map(),
      walked: given.walked ?? [],
      visits: given.visits ?? null,
      estimate: (index, equal) => statistics?.get(index)?.[equal] ?? null,
    })
  }

  /** By index: rows in all, then rows per value of the first column, of the first two, … They are of the head of main. */
  #statistics(): Map<string, number[]> | null {
    const known = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"
    if (this.view !== MAIN_HEAD || this.db.prepare(known).get() === undefined) return null
    const rows = this.db.prepare('SELECT idx, stat FROM sqlite_stat1 WHERE idx IS NOT NULL').raw().all() as [
      string,
      string,
    ][]
    return new Map(rows.map(([index, stat]) => [index, stat.split(' ').map(Number)]))
  }

  scans(plan: readonly PlanNode[]): JudgedScan[] {
    const scanning = topmostScans(plan)
    return scanning.flatMap(({ type, entity, variable, visitedRows }) => {
      const bound = this.#type(type as string, entity as 'node' | 'edge')
      const scan: TypeScan = { type: bound.name, entity: bound.kind, variable, visitedRows }
      const isLarge = isLargeCount(visitedRows ?? this.#versions(bound))
      return [{ scan, type: bound, isLarge }]
    })
  }

  #type(name: string, kind: 'node' | 'edge'): BoundType {
    return (kind === 'node' ? this.schema.nodes : this.schema.edges).get(name) as BoundType
  }

  /** At most so many rows; costs one step in the table. */
  #versions({ table }: BoundType): number {
    return (this.db.prepare(`SELECT MAX(vid) FROM "${table}"`).pluck().get() as number | null) ?? 0
  }
}

/** An alternative of several lookups counts once, for all of them. */
function topmostScans(nodes: readonly PlanNode[]): PlanNode[] {
  return nodes.flatMap((n) => (n.scan && n.type !== null ? [n] : topmostScans(n.children)))
}

/** Each once, in the order of the plan. */
export function indexesOf(plan: readonly PlanNode[], walked: readonly string[]): UsedIndex[] {
  const found = flat(plan).flatMap((node) =>
    // The table itself is no index.
    node.index === null || node.index.kind === 'row' ? [] : [node.index],
  )
  const adjacency = walked.map((type): UsedIndex => ({ kind: 'adjacency', type, properties: [] }))
  return distinctIndexes([...found, ...adjacency])
}

export function distinctIndexes(indexes: readonly UsedIndex[]): UsedIndex[] {
  return [...new Map(indexes.map((i) => [`${i.kind} ${i.type} ${i.properties.join()}`, i])).values()]
}

/** What a parameter of the statement stands for; never its value. */
export function bindingOf(slot: Slot): string {
  switch (slot.kind) {
    case 'param':
      return `$${slot.name}`
    case 'now':
      return 'now()'
    case 'search':
      return 'search'
    case 'value':
      return 'literal'
  }
}
