import type { Diagnostic } from '@groundplane/core'
import { quoteIdent } from '../compile/sql.js'
import { MAX_REPORTED_VIOLATIONS } from '../error.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import type { BoundEdge, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { isIdColumn } from '../storage/id-column.js'
import { visible } from '../storage/view.js'
import type { Changeset } from './changeset.js'

/** What only the final state of a commit decides. `total` counts violations beyond those listed. */
export interface FinalCheck {
  readonly violations: Diagnostic[]
  readonly total: number
}

/** Looks only at what the commit touched; costs what changed, not what exists. */
export function checkFinalState(changes: Changeset): FinalCheck {
  const violations: Diagnostic[] = []
  for (const tid of changes.bornTypes()) {
    const type = changes.schema.byTid.get(tid) as BoundType
    for (const tuple of uniqueTuples(type))
      violations.push(...duplicates(changes, type, tuple, changes.firstBorn(tid) ?? 0))
  }
  const edgeTypes = new Set([...changes.bornTypes(), ...changes.endedTypes()])
  for (const tid of edgeTypes) {
    const type = changes.schema.byTid.get(tid) as BoundType
    if (type.kind === 'edge') violations.push(...cardinality(changes, type))
  }
  return { violations: violations.slice(0, MAX_REPORTED_VIOLATIONS), total: violations.length }
}

/** Tuples that are not already the identity of the entity. */
export function uniqueTuples(type: BoundType): readonly (readonly string[])[] {
  const { unique } = type.model
  if (unique.length === 0) return unique
  return unique.filter((tuple) => !(tuple.length === 1 && isIdColumn(type.model, tuple[0] as string)))
}

export function physicalColumn(type: BoundType, name: string): string {
  const property = type.byName.get(name)
  if (property) return quoteIdent(property.column)
  if (type.kind === 'edge' && (name === 'from' || name === 'src')) return 'src'
  if (type.kind === 'edge' && (name === 'to' || name === 'dst')) return 'dst'
  throw new Error(`assertion failed: ${type.name} has no property ${name}`)
}

/** Versions from `firstVid` on that share a whole tuple with an older visible version. Nulls equal nothing. */
export function duplicates(
  changes: Pick<Changeset, 'db' | 'view'>,
  type: BoundType,
  tuple: readonly string[],
  firstVid: number,
): Diagnostic[] {
  const table = quoteIdent(type.table)
  const columns = tuple.map((name) => physicalColumn(type, name))
  const same = columns.map((c) => `o.${c} = n.${c}`).join(' AND ')
  const rows = changes.db
    .prepare(
      `SELECT n.id, o.id AS other FROM ${table} n NOT INDEXED CROSS JOIN ${table} o ON ${same}
       WHERE n.vid >= ? AND o.vid < n.vid AND ${visible(changes.view, 'n', type.tid).text} AND ${visible(changes.view, 'o', type.tid).text}
       LIMIT ${MAX_REPORTED_VIOLATIONS + 1}`,
    )
    .all(firstVid) as { id: string; other: string }[]
  return rows.map(({ id, other }) => ({
    code: 'unique_violation' satisfies GraphDiagnosticCode,
    severity: 'error',
    message: `${type.name} ${JSON.stringify(id)} and ${JSON.stringify(other)} have the same ${tuple.join(', ')}.`,
    remedy: `Give each ${type.name} its own ${tuple.join(', ')}.`,
    path: `${type.name}.${tuple.join('+')}`,
    details: { type: type.name, id, other },
  }))
}

function cardinality(changes: Changeset, edge: BoundEdge): Diagnostic[] {
  const { min, max } = edge.model.cardinality
  if (min <= 0 && max === null) return []
  changes.writeEnds()
  const table = quoteIdent(edge.table)
  const touched = `SELECT src FROM ${table} NOT INDEXED WHERE vid >= ${changes.firstBorn(edge.tid) ?? Number.MAX_SAFE_INTEGER}
    UNION SELECT t.src FROM all_ends x JOIN ${table} t ON t.vid = x.vid WHERE x.seq = ${changes.seq} AND x.tid = ${edge.tid}`
  return cardinalityViolations(changes, edge, `e.src IN (${touched})`)
}

/** Sources whose edge count is out of bounds. A node without edges is not judged. */
export function cardinalityViolations(
  changes: { readonly db: Db; readonly view: Changeset['view'] },
  edge: BoundEdge,
  condition: string,
): Diagnostic[] {
  const { min, max } = edge.model.cardinality
  const source = quoteIdent(edge.from.table)
  const rows = changes.db
    .prepare(
      `SELECT (SELECT n.id FROM ${source} n WHERE n.eid = e.src AND ${visible(changes.view, 'n', edge.from.tid).text}) AS id, COUNT(*) AS edges
       FROM ${quoteIdent(edge.table)} e WHERE ${condition} AND ${visible(changes.view, 'e', edge.tid).text}
       GROUP BY e.src HAVING COUNT(*) < ? OR COUNT(*) > ? LIMIT ${MAX_REPORTED_VIOLATIONS + 1}`,
    )
    .all(min, max ?? Number.MAX_SAFE_INTEGER) as { id: string; edges: number }[]
  return rows.map(({ id, edges }) => ({
    code: 'cardinality_violation' satisfies GraphDiagnosticCode,
    severity: 'error',
    message: `${edge.from.name} ${JSON.stringify(id)} has ${edges} ${edge.name} edges; the schema wants ${min}..${max ?? ''}.`,
    remedy: 'Add or remove edges so that the count fits.',
    path: edge.name,
    details: { type: edge.name, id, edges },
  }))
}
