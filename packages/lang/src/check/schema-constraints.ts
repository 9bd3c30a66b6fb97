import type { BoundProperty } from '../bind/schema-binder.js'
import { suggest } from '../bind/suggestion.js'
import { isNumeric, isText, showType } from '../bind/value-types.js'
import type { CheckConstraint, RangeConstraint } from '../ir/schema-model.js'
import type { Literal } from '../syntax/literal.js'
import type { Reporter } from '../syntax/reporter.js'
import type { CardinalitySyntax, ConstraintSyntax } from '../syntax/schema-ast.js'
import type { Name, Span } from '../syntax/token.js'
import { portablePattern } from './pattern.js'

export interface CheckedConstraints {
  readonly key: readonly string[]
  readonly unique: readonly (readonly string[])[]
  readonly indexes: readonly (readonly string[])[]
  readonly ranges: readonly RangeConstraint[]
  readonly checks: readonly CheckConstraint[]
}

type Owner = 'node' | 'edge'

const ENDPOINT_ALIASES: Readonly<Record<string, string>> = { src: 'from', dst: 'to', from: 'from', to: 'to' }

/** Constraints of one type: those of its block and those written behind its properties, normalised. */
export function checkConstraints(
  owner: Owner,
  typeName: Name,
  written: readonly ConstraintSyntax[],
  properties: ReadonlyMap<string, BoundProperty>,
  reporter: Reporter,
): CheckedConstraints {
  const checker = new ConstraintChecker(owner, typeName, properties, reporter)
  for (const property of properties.values()) checker.addAnnotations(property)
  for (const constraint of written) checker.add(constraint)
  return checker.result
}

class ConstraintChecker {
  readonly #owner: Owner
  readonly #typeName: Name
  readonly #properties: ReadonlyMap<string, BoundProperty>
  readonly #reporter: Reporter
  readonly #tuples = new Set<string>()
  readonly result = {
    key: [] as string[],
    unique: [] as string[][],
    indexes: [] as string[][],
    ranges: [] as RangeConstraint[],
    checks: [] as CheckConstraint[],
  }

  constructor(
    owner: Owner,
    typeName: Name,
    properties: ReadonlyMap<string, BoundProperty>,
    reporter: Reporter,
  ) {
    this.#owner = owner
    this.#typeName = typeName
    this.#properties = properties
    this.#reporter = reporter
  }

  addAnnotations(property: BoundProperty): void {
    const { name } = property.syntax
    for (const annotation of property.annotations) {
      const kind = annotation.name.text
      // On an edge property @key was refused with the annotations already.
      if (kind === 'key' && this.#owner === 'node') this.#key([name.text], [name], annotation)
      if (kind === 'unique' && this.#indexable('unique', name)) this.#tuple('unique', [name.text])
      if (kind === 'index' && this.#indexable('index', name)) this.#tuple('index', [name.text])
    }
  }

  add(constraint: ConstraintSyntax): void {
    const kind = constraint.name.text
    if (this.#owner === 'edge' && kind !== 'unique' && kind !== 'index') {
      if (constraint.arguments.length > 0) {
        this.#reporter.report(
          'unsupported-constraint',
          constraint,
          `@${kind} does not apply to an edge.`,
          'An edge takes @unique and @index.',
        )
      }
      return
    }
    if (kind === 'range') this.#range(constraint)
    else if (kind === 'check') this.#check(constraint)
    else this.#names(constraint)
  }

  #names(constraint: ConstraintSyntax): void {
    const kind = constraint.name.text
    const names: Name[] = []
    for (const argument of constraint.arguments) {
      if (argument.kind === 'name') names.push(argument)
      else this.#reporter.report('invalid-constraint', argument, `@${kind} takes property names only.`)
    }
    const seen = new Set<string>()
    const repeated = names.find((name) => seen.size === seen.add(name.text).size)
    if (repeated)
      this.#reporter.report('duplicate-constraint', repeated, `@${kind} names \`${repeated.text}\` twice.`)
    if (names.length === 0 || names.length < constraint.arguments.length || repeated) return
    const columns = names.map((name) => this.#column(name))
    if (kind === 'key') this.#key(columns, names, constraint)
    else {
      // Every name is judged, not only those up to the first bad one.
      const judged = names.map((name) => this.#indexable(kind === 'unique' ? 'unique' : 'index', name))
      if (judged.every((property) => property !== undefined)) {
        this.#tuple(kind === 'unique' ? 'unique' : 'index', columns)
      }
    }
  }

  #column(name: Name): string {
    return (this.#owner === 'edge' && ENDPOINT_ALIASES[name.text]) || name.text
  }

  /** Kept once, however often it is written. */
  #tuple(kind: 'unique' | 'index', columns: string[]): void {
    const written = `${kind} ${columns.join(' ')}`
    if (this.#tuples.has(written)) return
    this.#tuples.add(written)
    if (kind === 'unique') this.result.unique.push(columns)
    else this.result.indexes.push(columns)
  }

  #key(columns: string[], names: readonly Name[], span: Span): void {
    if (this.result.key.length > 0) {
      this.#reporter.report(
        'duplicate-constraint',
        span,
        `${this.#typeName.text} already has a key.`,
        'A type has one key; write a key of several properties as @key(a, b) in the block.',
      )
      return
    }
    this.result.key = columns
    for (const name of names) {
      const property = this.#indexable('key', name)
      if (property && property !== 'endpoint' && property.nullable) {
        this.#reporter.report('nullable-key', name, `The key property \`${name.text}\` is nullable.`)
      }
    }
  }

  /** The property when it exists and its type can be part of such a constraint, else undefined after a report. */
  #indexable(kind: 'key' | 'unique' | 'index', name: Name): BoundProperty | 'endpoint' | undefined {
    if (this.#owner === 'edge' && ENDPOINT_ALIASES[name.text]) return 'endpoint'
    const property = this.#property(name)
    if (!property) return undefined
    const { type } = property
    if (!type) return undefined
    if (type.kind === 'scalar' || type.kind === 'enum') return property
    if (kind === 'index' && type.kind !== 'blob') return property
    this.#reporter.report(
      'unsupported-constraint',
      name,
      `@${kind} does not apply to ${showType(type)} (\`${name.text}\`).`,
    )
    return undefined
  }

  #property(name: Name): BoundProperty | undefined {
    const property = this.#properties.get(name.text)
    if (property) return property
    this.#reporter.report(
      'unknown-property',
      name,
      `${this.#typeName.text} has no property \`${name.text}\`.`,
      () => suggest(name.text, [...this.#properties.keys()]),
    )
    return undefined
  }

  #range(constraint: ConstraintSyntax): void {
    const [subject, bounds] = constraint.arguments
    if (subject?.kind !== 'name' || bounds?.kind !== 'range' || constraint.arguments.length !== 2) {
      this.#reporter.report(
        'invalid-constraint',
        constraint,
        '@range takes a property and bounds.',
        'Write @range(property, 0..10), @range(property, 0..) or @range(property, ..10).',
      )
      return
    }
    const property = this.#property(subject)
    if (!property?.type) return
    if (!isNumeric(property.type)) {
      this.#reporter.report(
        'unsupported-constraint',
        subject,
        `@range needs a number; \`${subject.text}\` is ${showType(property.type)}.`,
      )
      return
    }
    const min = bound(bounds.min)
    const max = bound(bounds.max)
    if (min === undefined && max === undefined) {
      this.#reporter.report('invalid-range', bounds, 'The range has no bound.')
    } else if (min !== undefined && max !== undefined && min > max) {
      this.#reporter.report('invalid-range', bounds, `The range is empty: ${min} is more than ${max}.`)
    } else {
      this.result.ranges.push({
        property: subject.text,
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
      })
    }
  }

  #check(constraint: ConstraintSyntax): void {
    const [subject, pattern] = constraint.arguments
    const text =
      pattern?.kind === 'literal' && pattern.literal.kind === 'string' ? pattern.literal.value : undefined
    if (subject?.kind !== 'name' || !pattern || text === undefined || constraint.arguments.length !== 2) {
      this.#reporter.report(
        'invalid-constraint',
        constraint,
        '@check takes a property and a pattern.',
        'Write @check(property, "regex").',
      )
      return
    }
    const property = this.#property(subject)
    if (property?.type && !isText(property.type)) {
      this.#reporter.report(
        'unsupported-constraint',
        subject,
        `@check needs a String; \`${subject.text}\` is ${showType(property.type)}.`,
      )
    }
    const checked = portablePattern(text)
    if ('problem' in checked)
      this.#reporter.report('invalid-pattern', pattern, `The pattern is not valid: ${checked.problem}.`)
    else if (property) this.result.checks.push({ property: subject.text, ...checked })
  }
}

function bound(literal: Literal | undefined): number | bigint | undefined {
  return literal?.kind === 'integer' || literal?.kind === 'float' ? literal.value : undefined
}

const MAX_CARDINALITY = 4_294_967_295

/** `@card(min..max)`; any number of edges when there is none. */
export function checkCardinality(
  written: readonly CardinalitySyntax[],
  reporter: Reporter,
): { min: number; max: number | null } {
  const [first, second] = written
  if (!first) return { min: 0, max: null }
  if (second) reporter.report('duplicate-constraint', second, 'The edge already has a @card.')
  const min = Number(first.min.text)
  const max = first.max ? Number(first.max.text) : null
  if (min > MAX_CARDINALITY || (max ?? 0) > MAX_CARDINALITY) {
    reporter.report('invalid-cardinality', first, `A bound is more than ${MAX_CARDINALITY}.`)
  } else if (max !== null && min > max) {
    reporter.report('invalid-cardinality', first, `The cardinality is empty: ${min} is more than ${max}.`)
  }
  return { min, max }
}
