import type { Clause, Expression, Predicate, ReadQuery } from '../ir/query-ir.js'
import type { ClauseSyntax, ParsedQuery } from '../syntax/query-ast.js'
import type { QueryContext } from './query-context.js'

/** Warnings about a query as a whole. They never keep it from running. */
export function lintQuery(query: ParsedQuery, context: QueryContext): void {
  for (const { name } of query.params) {
    if (!context.usedParams.has(name.text)) {
      context.reporter.report('unused-parameter', name, `The parameter $${name.text} is never used.`)
    }
  }
  if (query.body.kind === 'write' && query.params.length === 0) {
    context.reporter.report(
      'mutation-without-parameters',
      query.nameSpan,
      `The mutation \`${query.name}\` has no parameters.`,
    )
  }
}

/**
 * Warns when the variables of the outer pattern fall into parts that nothing connects.
 * A variable whose whole key is given is one row at most, so it multiplies nothing.
 */
export function lintCartesian(query: ParsedQuery, checked: ReadQuery, context: QueryContext): void {
  const parts = new Partition()
  for (const clause of checked.match) join(clause, parts, context)
  const groups = parts.groups()
  if (groups.length < 2) return
  const second = groups[1]?.[0] ?? ''
  const place =
    query.body.kind === 'read' ? query.body.match.find((clause) => mentions(clause, second)) : undefined
  const shown = (group: readonly string[]) =>
    group
      .slice(0, 3)
      .map((name) => `$${name}`)
      .join(', ')
  const names = groups.slice(0, 3).map(shown).join(' and ')
  context.reporter.report('cartesian-product', place ?? query.nameSpan, `Nothing connects ${names}.`)
}

function mentions(clause: ClauseSyntax, name: string): boolean {
  if (clause.kind === 'bind') return clause.variable.text === name
  return clause.kind === 'traverse' && (clause.source.text === name || clause.target.text === name)
}

function join(clause: Clause, parts: Partition, context: QueryContext): void {
  switch (clause.kind) {
    case 'bind': {
      parts.connect([clause.variable])
      const key = context.schema.node(clause.type)?.key ?? []
      if (key.length > 0 && key.every((k) => clause.where.some((w) => w.property === k)))
        parts.exempt(clause.variable)
      break
    }
    case 'traverse':
      parts.connect([clause.source, clause.target])
      break
    case 'filter':
      parts.connect(predicateVariables(clause.predicate), false)
      break
    case 'optional':
      // What it binds hangs on what it is correlated with; it never multiplies two outer parts.
      break
    default:
      break
  }
}

function predicateVariables(predicate: Predicate): string[] {
  switch (predicate.kind) {
    case 'compare':
      return [...variables(predicate.left), ...variables(predicate.right)]
    case 'or':
      return predicate.any.flatMap(predicateVariables)
    case 'and':
      return predicate.all.flatMap(predicateVariables)
    case 'text':
      return []
  }
}

function variables(expression: Expression): string[] {
  switch (expression.kind) {
    case 'property':
    case 'variable':
      return [expression.variable]
    case 'arithmetic':
      return [...variables(expression.left), ...variables(expression.right)]
    case 'call':
      return expression.args.flatMap(variables)
    default:
      return []
  }
}

/** Disjoint sets of variable names. */
class Partition {
  readonly #parent = new Map<string, string>()
  readonly #exempt = new Set<string>()

  /** With `add` false, only names met before are connected. */
  connect(names: readonly string[], add = true): void {
    const known = names.filter((name) => {
      if (add && !this.#parent.has(name)) this.#parent.set(name, name)
      return this.#parent.has(name)
    })
    const [first, ...rest] = known
    if (first === undefined) return
    for (const name of rest) this.#parent.set(this.#root(name), this.#root(first))
  }

  exempt(name: string): void {
    this.#exempt.add(name)
  }

  #root(name: string): string {
    let at = name
    for (let up = this.#parent.get(at); up !== undefined && up !== at; up = this.#parent.get(at)) {
      // Shorten the way for the next search.
      this.#parent.set(at, this.#parent.get(up) ?? up)
      at = up
    }
    return at
  }

  /** Connected groups, in order of appearance, without those that are one row. */
  groups(): string[][] {
    const groups = new Map<string, string[]>()
    for (const name of this.#parent.keys()) {
      const root = this.#root(name)
      const group = groups.get(root)
      if (group) group.push(name)
      else groups.set(root, [name])
    }
    return [...groups.values()].filter((group) => !group.some((name) => this.#exempt.has(name)))
  }
}
