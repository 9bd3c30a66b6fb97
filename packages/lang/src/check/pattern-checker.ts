import { traversalName } from '../bind/schema-lookup.js'
import { isUnresolved, Scope, unresolved, type Variable } from '../bind/scope.js'
import { suggest } from '../bind/suggestion.js'
import { showType } from '../bind/value-types.js'
import type { BindClause, Clause, TraverseClause } from '../ir/query-ir.js'
import type { EdgeModel } from '../ir/schema-model.js'
import type {
  BindSyntax,
  BlockSyntax,
  ClauseSyntax,
  FilterSyntax,
  PredicateSyntax,
  TraverseSyntax,
} from '../syntax/query-ast.js'
import type { Name } from '../syntax/token.js'
import { ExpressionChecker } from './expression-checker.js'
import { PredicateChecker } from './predicate-checker.js'
import type { QueryContext } from './query-context.js'

/**
 * Checks the clauses of one block against `scope`, which then holds what the block
 * binds. Names are visible downward: a nested block sees what stands above it, while
 * filters see the whole block. Answers binds and traversals first, then filters and
 * blocks.
 */
export function checkPattern(
  clauses: readonly ClauseSyntax[],
  scope: Scope,
  context: QueryContext,
): Clause[] {
  return new PatternChecker(scope, context, clauses).check(clauses)
}

class PatternChecker {
  readonly #context: QueryContext
  readonly #scope: Scope
  readonly #expressions: ExpressionChecker
  readonly #structure: Clause[] = []
  readonly #filters: FilterSyntax[] = []
  readonly #optional: Clause[] = []
  readonly #blocks: Clause[] = []
  /** Types that `$x: Type` gives further down: they decide the direction of a traversal above. */
  readonly #declared: ReadonlyMap<string, string>

  constructor(scope: Scope, context: QueryContext, clauses: readonly ClauseSyntax[]) {
    this.#scope = scope
    this.#context = context
    this.#expressions = new ExpressionChecker(context, scope, 'match')
    const binds = clauses.filter((clause) => clause.kind === 'bind')
    this.#declared = new Map(binds.map((bind) => [bind.variable.text, bind.type.text]))
  }

  check(clauses: readonly ClauseSyntax[]): Clause[] {
    for (const clause of clauses) {
      if (clause.kind === 'bind') this.#bind(clause)
      else if (clause.kind === 'traverse') this.#traverseOrFilter(clause)
      else if (clause.kind === 'filter') this.#filters.push(clause)
      else this.#block(clause)
    }
    const predicates = new PredicateChecker(this.#expressions)
    const filters: Clause[] = []
    for (const { predicate } of this.#filters) {
      const checked = predicates.check(predicate)
      if (checked) filters.push({ kind: 'filter', predicate: checked })
    }
    return [...this.#structure, ...this.#optional, ...filters, ...this.#blocks]
  }

  #report(...args: Parameters<QueryContext['reporter']['report']>): void {
    this.#context.reporter.report(...args)
  }

  #bind(syntax: BindSyntax): void {
    const { schema } = this.#context
    const type = syntax.type.text
    if (!schema.node(type)) {
      const edge = schema.edge(type) ? `${type} is an edge: write $a ${traversalName(type)} $b.` : undefined
      this.#report(
        'unknown-type',
        syntax.type,
        `There is no node type \`${type}\`.`,
        edge ?? (() => suggest(type, schema.nodeNames)),
      )
      // Known by name only: what follows about it would be guesswork.
      this.#unknown(syntax.variable)
      return
    }
    const variable = this.#node(syntax.variable, type)
    const properties = schema.properties('node', type)
    const where: BindClause['where'][number][] = []
    for (const { property: name, value } of syntax.where) {
      const property = properties.get(name.text)
      if (!property) {
        this.#report('unknown-property', name, `${type} has no property \`${name.text}\`.`, () =>
          suggest(name.text, [...properties.keys()]),
        )
        continue
      }
      if (property.type.kind === 'list' && variable) {
        this.#membership(variable, name, value)
        continue
      }
      if (property.type.kind === 'blob' || property.type.kind === 'vector') {
        const code = property.type.kind === 'blob' ? 'blob-value' : 'type-mismatch'
        this.#report(
          code,
          name,
          `The property \`${name.text}\` (${showType(property.type)}) cannot be matched by equality.`,
        )
        continue
      }
      const fitted = this.#expressions.fit(value, property.type, 'match', `The property \`${name.text}\``)
      if (fitted) where.push({ property: name.text, value: fitted })
    }
    if (variable) this.#structure.push({ kind: 'bind', variable: variable.unique, type, where })
  }

  /** `{ tags: "x" }` on a list asks for membership, as a filter would. */
  #membership(variable: Variable, property: Name, right: FilterValue): void {
    const place = { start: property.start, end: right.end }
    const subject: Name = { text: variable.name, start: property.start, end: property.end }
    const left: FilterValue = { kind: 'property', variable: subject, property, ...place }
    const predicate: PredicateSyntax = { kind: 'compare', op: 'contains', left, right, ...place }
    this.#filters.push({ kind: 'filter', predicate, ...place })
  }

  #unknown(name: Name): void {
    if (!this.#scope.lookup(name.text)) this.#scope.declare(unresolved(name.text))
  }

  /** The variable as a node of `type`: a new one, or the one bound before when it agrees. */
  #node(name: Name, type: string): Variable | undefined {
    const known = name.text === '_' ? undefined : this.#scope.lookup(name.text)
    if (!known) return this.#declare(name, 'node', type)
    if (known.optional && this.#scope.owns(name.text)) {
      this.#report(
        'variable-not-visible',
        name,
        `$${name.text} is bound by an optional block and may be null here.`,
      )
      return undefined
    }
    if (known.kind === 'node' && (known.type === type || isUnresolved(known))) return known
    const message =
      known.kind === 'node' ? `a ${known.type}` : `${known.kind === 'edge' ? 'an edge' : 'a path'}`
    this.#report('variable-conflict', name, `$${name.text} is already ${message}; it cannot be a ${type}.`)
    return undefined
  }

  #declare(name: Name, kind: Variable['kind'], type: string): Variable {
    if (this.#context.params.has(name.text)) {
      this.#report('variable-shadows-parameter', name, `$${name.text} is also a parameter.`)
    }
    const variable = this.#context.variables.add(name.text, kind, type, false)
    if (name.text !== '_') this.#scope.declare(variable)
    return variable
  }

  #traverseOrFilter(syntax: TraverseSyntax): void {
    const edge = this.#context.schema.traversedEdge(syntax.edge.text)
    if (edge) {
      this.#traverse(syntax, edge)
      return
    }
    const { source, target, edge: word } = syntax
    const bare = !syntax.undirected && !syntax.hops && !syntax.edgeVariable && !syntax.pathVariable
    if (bare && (word.text === 'contains' || word.text === 'starts_with')) {
      const left: FilterValue = { kind: 'variable', name: source.text, start: source.start, end: source.end }
      const right: FilterValue = { kind: 'variable', name: target.text, start: target.start, end: target.end }
      const place = { start: syntax.start, end: syntax.end }
      this.#filters.push({
        kind: 'filter',
        predicate: { kind: 'compare', op: word.text, left, right, ...place },
        ...place,
      })
      return
    }
    const names = () => this.#context.schema.edgeNames.map(traversalName)
    this.#report('unknown-edge', word, `There is no edge \`${word.text}\`.`, () =>
      suggest(word.text, names()),
    )
    for (const name of [source, target, syntax.edgeVariable, syntax.pathVariable])
      if (name) this.#unknown(name)
  }

  #traverse(syntax: TraverseSyntax, edge: EdgeModel): void {
    const hops = this.#hops(syntax)
    if (syntax.undirected && edge.from !== edge.to) {
      this.#report(
        'undirected-mismatch',
        syntax.edge,
        `${edge.name} leads from ${edge.from} to ${edge.to}; only an edge between nodes of one type has no direction.`,
      )
    }
    const direction = this.#direction(syntax, edge)
    if (!direction) {
      for (const name of [syntax.edgeVariable, syntax.pathVariable]) if (name) this.#unknown(name)
      return
    }
    const [from, to] = direction === 'out' ? [edge.from, edge.to] : [edge.to, edge.from]
    const source = this.#node(syntax.source, from)
    const target = this.#node(syntax.target, to)
    const edgeVariable = this.#fresh(syntax.edgeVariable, 'edge', edge.name)
    const pathVariable = this.#fresh(syntax.pathVariable, 'path', edge.name)
    if (!source || !target || hops === 'invalid') return
    const clause: TraverseClause = {
      kind: 'traverse',
      source: source.unique,
      target: target.unique,
      edge: edge.name,
      direction: syntax.undirected ? 'both' : direction,
      ...(hops && { hops }),
      ...(edgeVariable && { edgeVariable: edgeVariable.unique }),
      ...(pathVariable && { pathVariable: pathVariable.unique }),
    }
    this.#structure.push(clause)
  }

  /** Edge and path variables are always new; `$_` names nothing. */
  #fresh(name: Name | undefined, kind: 'edge' | 'path', type: string): Variable | undefined {
    if (!name || name.text === '_') return undefined
    if (!this.#scope.lookup(name.text)) return this.#declare(name, kind, type)
    this.#report(
      'variable-conflict',
      name,
      `$${name.text} is already bound; ${kind === 'edge' ? 'an edge' : 'a path'} needs a new variable.`,
    )
    return undefined
  }

  #hops(syntax: TraverseSyntax): TraverseClause['hops'] | 'invalid' {
    if (!syntax.hops) return undefined
    const { min, max } = syntax.hops
    if (!max) {
      this.#report(
        'invalid-hops',
        syntax.hops,
        'The upper bound is missing.',
        `Write {${min.text},${min.text}} for exactly that many hops, or a larger second number.`,
      )
      return 'invalid'
    }
    const bounds = { min: Number(min.text), max: Number(max.text) }
    if (bounds.min < 1 || bounds.max < bounds.min || bounds.max > MAX_HOPS) {
      this.#report(
        'invalid-hops',
        syntax.hops,
        `{${min.text},${max.text}} are no hop bounds.`,
        `Write {min,max} with 1 ≤ min ≤ max ≤ ${MAX_HOPS}.`,
      )
      return 'invalid'
    }
    if (syntax.edgeVariable && syntax.edgeVariable.text !== '_' && !(bounds.min === 1 && bounds.max === 1)) {
      this.#report(
        'edge-variable-with-hops',
        syntax.edgeVariable,
        `Several hops have no single edge that $${syntax.edgeVariable.text} could name.`,
      )
      return 'invalid'
    }
    return bounds.max === 1 && syntax.edgeVariable ? undefined : bounds
  }

  /** From the type of an end that is known; outward when neither is. */
  #direction(syntax: TraverseSyntax, edge: EdgeModel): 'out' | 'in' | undefined {
    const source = this.#knownType(syntax.source)
    const target = this.#knownType(syntax.target)
    const [name, type, out] =
      source !== undefined ? [syntax.source, source, edge.from] : [syntax.target, target ?? edge.to, edge.to]
    if (type === out) return 'out'
    if (type === (out === edge.from ? edge.to : edge.from)) return 'in'
    const shown = type === 'edge' || type === 'path' ? `an ${type}`.replace('an path', 'a path') : `a ${type}`
    this.#report(
      'endpoint-mismatch',
      name,
      `$${name.text} is ${shown}; the edge \`${syntax.edge.text}\` connects ${edge.from} with ${edge.to}.`,
    )
    return undefined
  }

  /** Node type of a variable; 'edge' or 'path' for one that is no node; undefined when nothing says. */
  #knownType(name: Name): string | undefined {
    if (name.text === '_') return undefined
    const variable = this.#scope.lookup(name.text)
    if (!variable) return this.#declared.get(name.text)
    if (variable.kind !== 'node') return variable.kind
    return isUnresolved(variable) ? undefined : variable.type
  }

  #block(syntax: BlockSyntax): void {
    const inner = new Scope(this.#scope)
    const match = checkPattern(syntax.match, inner, this.#context)
    if (!inner.correlated) {
      this.#report(
        'uncorrelated-block',
        syntax.keyword,
        `This \`${syntax.kind}\` uses no variable bound above it.`,
      )
    }
    if (syntax.kind !== 'optional') {
      this.#blocks.push({ kind: syntax.kind, match })
      return
    }
    for (const variable of inner.own) this.#scope.declare({ ...variable, optional: true })
    this.#context.variables.markOptional([...inner.own])
    this.#optional.push({ kind: 'optional', match })
  }
}

type FilterValue = Extract<PredicateSyntax, { kind: 'compare' }>['left']

const MAX_HOPS = 1_000
