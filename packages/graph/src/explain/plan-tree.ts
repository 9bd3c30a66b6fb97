import type { BoundType } from '../storage/bound-schema.js'
import type { PlanNode, UsedIndex } from './explanation.js'
import { asked, type PlanRow, type PlanStep, parsePlanStep } from './plan-step.js'
import type { SchemaNames } from './schema-names.js'

/** What is known of a statement beside SQLite's plan of it. */
export interface PlanSurroundings {
  readonly sql: string
  readonly names: SchemaNames
  /** Variables by table alias. */
  readonly variables: ReadonlyMap<string, string>
  /** Edge types walked over adjacency arrays, when they are. */
  readonly walked: readonly string[]
  /** Rows taken up by alias; null when not counted. */
  readonly visits: ReadonlyMap<string, number> | null
  /** The planner's expectation of one use of an index with so many columns given. */
  estimate(index: string, equal: number): number | null
}

/** SQLite's plan as a tree, each step also in the terms of the schema. */
export function planTree(rows: readonly PlanRow[], around: PlanSurroundings): PlanNode[] {
  return new PlanReader(rows.map(parsePlanStep), around).roots()
}

interface Seen {
  readonly type: BoundType
  readonly variable: string | null
  /** What the alias stands for, by its first letter (see compile/scope.ts): `t` a variable, `e` an edge, `d` a twin of it, `n` an end. */
  readonly role: string
}

class PlanReader {
  readonly #steps: readonly PlanStep[]
  readonly #around: PlanSurroundings
  readonly #tables: ReadonlyMap<string, string>
  readonly #counted = new Set<string>()

  constructor(steps: readonly PlanStep[], around: PlanSurroundings) {
    this.#steps = steps
    this.#around = around
    this.#tables = aliasedTables(around.sql)
  }

  roots(): PlanNode[] {
    return this.#children(0)
  }

  #children(parent: number): PlanNode[] {
    return this.#steps.filter((s) => s.parent === parent).map((step) => this.#node(step))
  }

  #node(step: PlanStep): PlanNode {
    if (step.detail === 'MULTI-INDEX OR') return this.#alternatives(step)
    const seen = this.#seen(step.target)
    const index = this.#index(step, seen)
    const scan = seen !== null && isWhole(step, seen)
    const visitedRows = this.#visits(step.target)
    const children = this.#children(step.id)
    // One step done for each row says so itself, and one that is only machinery says nothing.
    const loneLoop = step.detail.startsWith('CORRELATED') && shown(children).length < 2
    return {
      ...placeOf(step),
      summary: loneLoop ? null : this.#summary(step, seen, index, scan),
      ...identityOf(seen),
      index,
      scan,
      estimatedRows: this.#estimate(step),
      visitedRows,
      children,
    }
  }

  /** One row source that several searches share: the parts of a branch's history, or the alternatives of an `or`. */
  #alternatives(step: PlanStep): PlanNode {
    const target = this.#below(step.id).find((s) => s.how === 'index')?.target ?? null
    const seen = this.#seen(target)
    const visitedRows = this.#visits(target)
    const children = this.#children(step.id)
    const searches = flat(children).filter((n) => n.type === seen?.type.name && n.summary !== null)
    const summaries = [...new Set(searches.map((n) => n.summary as string))]
    const parts = searches.length > 1 ? ` (${searches.length} lookups)` : ''
    return {
      ...placeOf(step),
      summary: summaries.length > 0 ? `${summaries.join(', or ')}${parts}` : null,
      ...identityOf(seen),
      index: searches[0]?.index ?? null,
      scan: searches.some((n) => n.scan),
      estimatedRows: null,
      visitedRows,
      children,
    }
  }

  #below(id: number): PlanStep[] {
    return this.#steps.filter((s) => s.parent === id).flatMap((s) => [s, ...this.#below(s.id)])
  }

  #seen(target: string | null): Seen | null {
    if (target === null) return null
    const type = this.#around.names.typeOfTable(this.#tables.get(target) ?? target)
    if (!type) return null
    const role = this.#tables.has(target) ? (target[0] as string) : ''
    return { type, variable: this.#around.variables.get(target) ?? null, role }
  }

  #index(step: PlanStep, seen: Seen | null): UsedIndex | null {
    if (step.target !== null && step.how === 'virtual') return this.#around.names.fullText(step.target)
    if (!seen) return null
    const type = seen.type.name
    if (step.how === 'automatic') {
      const properties = this.#around.names.propertiesOf(
        seen.type,
        asked(step).map((c) => c.column),
      )
      return { kind: 'automatic', type, properties }
    }
    if (step.how === 'rowid') return { kind: 'row', type, properties: [] }
    // An index in which nothing is looked up only holds what is at the head.
    return step.index === null || isWhole(step, seen) ? null : this.#around.names.index(step.index)
  }

  #estimate(step: PlanStep): number | null {
    if (step.index === null) return null
    const given = asked(step)
    if (given.some(({ op }) => op !== '=')) return null
    return this.#around.estimate(step.index, given.length)
  }

  /** An alias that stands in several places was counted once. */
  #visits(target: string | null): number | null {
    if (target === null || this.#around.visits === null || this.#counted.has(target)) return null
    const visits = this.#around.visits.get(target)
    if (visits === undefined) return null
    this.#counted.add(target)
    return visits
  }

  #summary(step: PlanStep, seen: Seen | null, index: UsedIndex | null, scan: boolean): string | null {
    if (seen) return rowsSummary(step, seen, index, scan)
    if (index) return `ask the full-text index of ${index.type}.${index.properties[0]}`
    if (step.how === 'virtual') return this.#virtualSummary(step)
    return OTHER.find(([pattern]) => pattern.test(step.detail))?.[1] ?? null
  }

  /** `o`: what an optional block matched, `r`: what a walk reached (see compile/). */
  #virtualSummary(step: PlanStep): string | null {
    if (/^o\d+$/.test(step.target ?? '')) return 'join what the optional block matched'
    const { walked } = this.#around
    if (walked.length === 0 || !/^r\d+$/.test(step.target ?? '')) return null
    return `walk ${walked.join(' and ')} over adjacency arrays`
  }
}

const OTHER: readonly (readonly [RegExp, string])[] = [
  [/^RECURSIVE STEP$/, 'each further hop'],
  [/^MATERIALIZE w\d+$/, 'walk several hops'],
  [/^CO-ROUTINE p\d+$/, 'follow the shortest path'],
  [/^USE TEMP B-TREE FOR LAST (?:\d+ TERMS|TERM) OF ORDER BY$/, 'sort rows that are equal so far'],
  [/^USE TEMP B-TREE FOR ORDER BY$/, 'sort'],
  [/^USE TEMP B-TREE FOR GROUP BY$/, 'group'],
  [/^USE TEMP B-TREE FOR (?:DISTINCT|count\(DISTINCT\))$/, 'remove duplicates'],
  [/^CORRELATED (?:SCALAR|LIST) SUBQUERY \d+$/, 'for each row'],
]

function rowsSummary(step: PlanStep, seen: Seen, index: UsedIndex | null, scan: boolean): string {
  const { type, variable, role } = seen
  const rows = variable === null ? type.name : `${type.name} $${variable}`
  if (role === '') return `look through ${type.name} written since its full-text index`
  if (role === 'd') return `leave out parallel ${type.name} edges`
  if (scan) return `scan every ${rows}`
  const by = (index?.properties ?? []).join(', ')
  switch (index?.kind) {
    case 'key':
      return `look up ${rows} by key (${by})`
    case 'id':
      return `look up ${rows} by id`
    case 'unique':
    case 'index':
      return `find ${rows} by @${index.kind}(${by})`
    case 'entity':
      return role === 'n' ? `read the id of ${type.name}` : `fetch ${rows} reached by edge`
    case 'edge-ends':
      return edgeSummary(step, rows)
    case 'automatic':
      return `index every ${rows} for this query (${by})`
    default:
      return step.how === 'rowid' ? `read ${rows} by row number` : `read ${rows}`
  }
}

function edgeSummary(step: PlanStep, rows: string): string {
  const ends = asked(step).map((c) => c.column)
  if (ends.includes('src') && ends.includes('dst')) return `look for ${rows} between two nodes`
  return ends.includes('src') ? `follow ${rows} forward` : `follow ${rows} backward`
}

/** Nothing is asked of the rows but whether they are visible. */
function isWhole(step: PlanStep, { role }: Seen): boolean {
  if (role === '' || step.action === 'other' || step.how === 'virtual') return false
  if (step.how === 'automatic') return true
  // The rows of a write are walked in the order of their numbers.
  if (step.how === 'rowid') return role === 't' && asked(step).every((c) => c.op !== '=')
  return asked(step).length === 0
}

function placeOf({ id, parent, detail }: PlanStep): Pick<PlanNode, 'id' | 'parent' | 'detail'> {
  return { id, parent, detail }
}

function identityOf(seen: Seen | null): Pick<PlanNode, 'type' | 'entity' | 'variable'> {
  return { type: seen?.type.name ?? null, entity: seen?.type.kind ?? null, variable: seen?.variable ?? null }
}

/** `"table" alias` as the compiler writes it; a quoted name is never data (see compile/sql.ts). */
function aliasedTables(sql: string): Map<string, string> {
  return new Map(
    [...sql.matchAll(/"([^"]+)" ([a-z]\d*)\b/g)].map(([, table, alias]) => [
      alias as string,
      table as string,
    ]),
  )
}

/** The steps that a reader is shown below a place: machinery is left out, and what is below it stands in its stead. */
function shown(nodes: readonly PlanNode[]): PlanNode[] {
  return nodes.flatMap((node) => (node.summary === null ? shown(node.children) : [node]))
}

export function flat(nodes: readonly PlanNode[]): PlanNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.children)])
}
