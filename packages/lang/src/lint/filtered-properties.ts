import { SchemaLookup } from '../bind/schema-lookup.js'
import type { EdgeModel, NodeModel, SchemaModel } from '../ir/schema-model.js'
import type { ClauseSyntax, ExpressionSyntax, ParsedQuery, PredicateSyntax } from '../syntax/query-ast.js'
import type { Name, Span } from '../syntax/token.js'

type EntityType = NodeModel | EdgeModel

/** A place where rows of a type are chosen by comparing one of its properties. */
export interface FilteredProperty {
  readonly type: EntityType
  readonly property: string
  readonly span: Span
}

/** Comparisons that an index answers; what `!=` and `contains` ask, none can. */
const INDEXABLE = new Set(['=', '<', '<=', '>', '>=', 'starts_with'])

/**
 * Every property by which a pattern or a write chooses rows. A pattern that binds its variable's whole key
 * as well reads one row, and its other comparisons cost nothing; they are left out.
 */
export function filteredProperties(queries: readonly ParsedQuery[], model: SchemaModel): FilteredProperty[] {
  const lookup = new SchemaLookup(model)
  const found: FilteredProperty[] = []
  for (const { body } of queries) {
    if (body.kind === 'read') {
      found.push(...new PatternFilters(lookup).collect(body.match, new Map()))
      continue
    }
    for (const statement of body.statements) {
      if (statement.kind === 'insert' || !INDEXABLE.has(statement.where.op)) continue
      const type = lookup.node(statement.type.text) ?? lookup.edge(statement.type.text)
      if (type) found.push(...own(type, statement.where.property))
    }
  }
  return found
}

function own(type: EntityType, name: Name): FilteredProperty[] {
  const declared = type.properties.some((property) => property.name === name.text)
  return declared ? [{ type, property: name.text, span: name }] : []
}

class PatternFilters {
  readonly #lookup: SchemaLookup

  constructor(lookup: SchemaLookup) {
    this.#lookup = lookup
  }

  collect(clauses: readonly ClauseSyntax[], outer: ReadonlyMap<string, EntityType>): FilteredProperty[] {
    const types = new Map(outer)
    this.#bind(clauses, types)
    const keyed = new Set<string>()
    const found: (FilteredProperty & { readonly variable: string })[] = []
    const inner: FilteredProperty[] = []
    for (const clause of clauses) {
      if (clause.kind === 'bind') {
        const type = types.get(clause.variable.text)
        if (!type) continue
        const names = new Set(clause.where.map(({ property }) => property.text))
        if (type.kind === 'node' && type.key.length > 0 && type.key.every((key) => names.has(key)))
          keyed.add(clause.variable.text)
        for (const { property } of clause.where) {
          for (const one of own(type, property)) found.push({ ...one, variable: clause.variable.text })
        }
      } else if (clause.kind === 'filter') {
        for (const { variable, property } of compared(clause.predicate)) {
          const type = types.get(variable.text)
          for (const one of type ? own(type, property) : []) found.push({ ...one, variable: variable.text })
        }
      } else if (clause.kind !== 'traverse') inner.push(...this.collect(clause.match, types))
    }
    return [...found.filter(({ variable }) => !keyed.has(variable)), ...inner]
  }

  #bind(clauses: readonly ClauseSyntax[], types: Map<string, EntityType>): void {
    for (const clause of clauses) {
      if (clause.kind === 'bind') {
        const type = this.#lookup.node(clause.type.text)
        if (type) types.set(clause.variable.text, type)
      } else if (clause.kind === 'traverse' && clause.edgeVariable) {
        const edge = this.#lookup.traversedEdge(clause.edge.text)
        if (edge) types.set(clause.edgeVariable.text, edge)
      }
    }
  }
}

/**
 * Properties compared with a literal, a parameter or now(). Alternatives are left out: an index helps them
 * only when it helps each of them. A variable reached only by an edge is found by the edge, so it counts
 * where a bind clause names its type.
 */
function compared(predicate: PredicateSyntax): { variable: Name; property: Name }[] {
  if (predicate.kind === 'and') return predicate.parts.flatMap(compared)
  if (predicate.kind !== 'compare' || !INDEXABLE.has(predicate.op)) return []
  const { left, right } = predicate
  if (left.kind === 'property' && isConstant(right)) return [left]
  return right.kind === 'property' && isConstant(left) && predicate.op !== 'starts_with' ? [right] : []
}

function isConstant(expression: ExpressionSyntax): boolean {
  return (
    expression.kind === 'literal' ||
    expression.kind === 'variable' ||
    (expression.kind === 'call' && expression.func.text === 'now')
  )
}
