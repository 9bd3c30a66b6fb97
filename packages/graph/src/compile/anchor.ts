import type { Clause, Expression, Predicate, ReadQuery, TraverseClause } from '@groundplane/lang'
import { leadsIndex } from '../storage/leading-column.js'
import { isIdProperty } from './column.js'
import { isConstant } from './operand.js'
import type { Scope } from './scope.js'

/** How narrowly a block chooses the entities of a variable; the higher, the fewer. */
export const anchors = { none: 0, scanned: 1, linked: 2, indexed: 3, key: 4, outer: 5 } as const

/** What a block has to choose entities by. Read once: a block may have thousands of conditions, and every walk asks. */
export interface BlockTerms {
  readonly links: readonly TraverseClause[]
  /** By variable: its properties that are fixed to one value. */
  readonly fixed: ReadonlyMap<string, ReadonlySet<string>>
}

export function blockTerms(clauses: readonly Clause[]): BlockTerms {
  const fixed = new Map<string, Set<string>>()
  for (const [name, property] of clauses.flatMap(equalities)) {
    const known = fixed.get(name)
    if (known) known.add(property)
    else fixed.set(name, new Set([property]))
  }
  return { links: clauses.filter((c) => c.kind === 'traverse'), fixed }
}

/**
 * Bound outside; by its whole key; by an equality that an index answers; linked by
 * other traversals of the block to one of these; by an equality for which all are
 * looked at; or not chosen. `besides` is the traversal whose ends are to be compared:
 * what it does itself does not count.
 */
export function anchorOf(name: string, terms: BlockTerms, scope: Scope, besides: TraverseClause): number {
  const own = ownAnchor(name, terms, scope)
  if (own > anchors.linked) return own
  const links = terms.links.filter((link) => link !== besides)
  const reached = new Set([name])
  for (const from of reached) {
    if (ownAnchor(from, terms, scope) > anchors.linked) return anchors.linked
    for (const { source, target } of links) {
      if (source === from) reached.add(target)
      if (target === from) reached.add(source)
    }
  }
  return own
}

function ownAnchor(name: string, { fixed }: BlockTerms, scope: Scope): number {
  if (scope.find(name) && !scope.isOwn(name)) return anchors.outer
  const given = fixed.get(name)
  if (!given) return anchors.none
  const type = scope.typeOf(name)
  const key = type.kind === 'node' ? type.model.key : []
  const whole = key.length > 0 && key.every((property) => given.has(property))
  if (whole || [...given].some((property) => isIdProperty(type, property))) return anchors.key
  return [...given].some((property) => leadsIndex(type, property)) ? anchors.indexed : anchors.scanned
}

type FixedProperty = readonly [variable: string, property: string]

function equalities(clause: Clause): FixedProperty[] {
  if (clause.kind === 'bind') return clause.where.map(({ property }) => [clause.variable, property])
  return clause.kind === 'filter' ? equalitiesIn(clause.predicate) : []
}

function equalitiesIn(predicate: Predicate): FixedProperty[] {
  if (predicate.kind === 'and') return predicate.all.flatMap(equalitiesIn)
  if (predicate.kind !== 'compare' || predicate.op !== '=') return []
  const { left, right } = predicate
  const on = (e: Expression, other: Expression): FixedProperty[] =>
    e.kind === 'property' && isConstant(other) ? [[e.variable, e.property]] : []
  return [...on(left, right), ...on(right, left)]
}

const RANGE = new Set(['<', '<=', '>', '>=', 'starts_with'])

/** Variables of the outermost block of which an index, other than that of the id, finds a range of values. */
export function rangedVariables({ match }: ReadQuery, scope: Scope): Set<string> {
  const compared = (predicate: Predicate): string[] => {
    if (predicate.kind === 'and') return predicate.all.flatMap(compared)
    if (predicate.kind !== 'compare' || !RANGE.has(predicate.op)) return []
    const { left, right } = predicate
    const sides =
      predicate.op === 'starts_with'
        ? [[left, right]]
        : [
            [left, right],
            [right, left],
          ]
    return (sides as [Expression, Expression][]).flatMap(([on, other]) => {
      if (on.kind !== 'property' || !isConstant(other)) return []
      const type = scope.typeOf(on.variable)
      return !isIdProperty(type, on.property) && leadsIndex(type, on.property) ? [on.variable] : []
    })
  }
  return new Set(match.flatMap((clause) => (clause.kind === 'filter' ? compared(clause.predicate) : [])))
}
