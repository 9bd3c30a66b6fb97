import {
  type Clause,
  type Expression,
  LARGE_TYPE_ROWS,
  type Predicate,
  type ReadQuery,
  type SearchCall,
  type WriteStatement,
} from '@groundplane/lang'
import type { BoundType } from '../storage/bound-schema.js'
import { leadsIndex } from '../storage/leading-column.js'
import { isIndexable } from '../write/chosen-rows.js'
import type { Advice, TypeScan } from './explanation.js'

/** A scan with the type it is of, and whether the type is large where nobody counted. */
export interface JudgedScan {
  readonly scan: TypeScan
  readonly type: BoundType
  readonly isLarge: boolean
}

/** Advice about scans of large types in a read. */
export function adviseRead(query: ReadQuery, scans: readonly JudgedScan[]): Advice[] {
  const conditions = conditionsOf(query.match)
  return unique(
    scans
      .filter((s) => s.isLarge)
      .flatMap((s) => {
        const on = conditions.filter((c) => c.variable === s.scan.variable)
        const missing = on.filter((c) => c.indexable && !isIndexed(s.type, c.property, c.isText))
        if (missing.length > 0) return missing.map((c) => addIndex(s, c.property, c.isText))
        return on.length === 0 && s.scan.variable !== null && s.type.kind === 'node' ? [narrow(s)] : []
      }),
  )
}

/** Advice about the rows that an update or delete chooses. */
export function adviseWrite(statement: WriteStatement, scans: readonly JudgedScan[]): Advice[] {
  if (statement.kind !== 'update' && statement.kind !== 'delete') return []
  const { property, op } = statement.where
  return scans
    .filter((s) => s.isLarge && s.type.name === statement.type && s.type.byName.has(property))
    .filter((s) => isIndexable(op) && !isIndexed(s.type, property, false))
    .map((s) => addIndex(s, property, false))
}

interface Condition {
  readonly variable: string
  readonly property: string
  readonly indexable: boolean
  readonly isText: boolean
}

/** Conditions on properties, inner blocks included; what stands in an `or` no single index answers. */
function conditionsOf(clauses: readonly Clause[]): Condition[] {
  return clauses.flatMap((clause): Condition[] => {
    switch (clause.kind) {
      case 'bind':
        return clause.where.map(({ property }) => ({
          variable: clause.variable,
          property,
          indexable: true,
          isText: false,
        }))
      case 'filter':
        return predicateConditions(clause.predicate)
      case 'traverse':
        return []
      default:
        return conditionsOf(clause.match)
    }
  })
}

function predicateConditions(predicate: Predicate): Condition[] {
  switch (predicate.kind) {
    case 'and':
      return predicate.all.flatMap(predicateConditions)
    case 'or':
      return predicate.any.flatMap(predicateConditions).map((c) => ({ ...c, indexable: false }))
    case 'text':
      return searched(predicate.call)
    case 'compare': {
      const indexable = isIndexable(predicate.op)
      const sides = [predicate.left, ...(predicate.op === 'starts_with' ? [] : [predicate.right])]
      return sides.flatMap((side) => propertyCondition(side, indexable))
    }
  }
}

function propertyCondition(side: Expression, indexable: boolean): Condition[] {
  if (side.kind !== 'property') return []
  const { variable, property, type } = side
  return [{ variable, property, indexable: indexable && type.kind !== 'list', isText: false }]
}

function searched(call: SearchCall): Condition[] {
  const field = call.args[0] as Expression
  if (field.kind !== 'property') return []
  return [{ variable: field.variable, property: field.property, indexable: true, isText: true }]
}

/** Whether the property leads an index; for a search, whether it has one of its own. */
function isIndexed(type: BoundType, property: string, isText: boolean): boolean {
  if (!isText) return leadsIndex(type, property)
  return type.model.indexes.some((tuple) => tuple.length === 1 && tuple[0] === property)
}

function addIndex({ type, scan }: JudgedScan, property: string, isText: boolean): Advice {
  const what = isText ? 'a full-text index' : 'an index'
  const message = `${looked(scan, type.name)} With @index(${property}) in ${type.name}, ${what} would find those wanted.`
  return { code: 'add_index', type: type.name, property, message }
}

function narrow({ type, scan }: JudgedScan): Advice {
  const message = `${looked(scan, type.name)} Nothing chooses among them: bind $${scan.variable} by its key, filter it, or reach it by an edge.`
  return { code: 'narrow', type: type.name, property: null, message }
}

function looked({ visitedRows }: TypeScan, type: string): string {
  return visitedRows === null
    ? `Every row of ${type} is looked at.`
    : `${visitedRows} rows of ${type} were looked at.`
}

export function isLargeCount(rows: number): boolean {
  return rows >= LARGE_TYPE_ROWS
}

function unique(advice: readonly Advice[]): Advice[] {
  return [...new Map(advice.map((a) => [`${a.code} ${a.type} ${a.property}`, a])).values()]
}
