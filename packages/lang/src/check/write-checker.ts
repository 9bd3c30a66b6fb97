import { Scope } from '../bind/scope.js'
import { suggest } from '../bind/suggestion.js'
import { isText, showType } from '../bind/value-types.js'
import type { Assignment, WritePredicate, WriteStatement, WriteValue } from '../ir/query-ir.js'
import type { EdgeModel, NodeModel, PropertyModel } from '../ir/schema-model.js'
import type {
  AssignmentSyntax,
  ConditionSyntax,
  ExpressionSyntax,
  StatementSyntax,
  WriteBody,
} from '../syntax/query-ast.js'
import type { Name, Span } from '../syntax/token.js'
import { ExpressionChecker } from './expression-checker.js'
import { type QueryContext, TYPES } from './query-context.js'

type Entity = NodeModel | EdgeModel

/** The statements that check; the caller drops the query when any did not. */
export function checkWrites(body: WriteBody, context: QueryContext): WriteStatement[] {
  const checker = new WriteChecker(context)
  const first = body.statements[0]
  const other = body.statements.find(
    (statement) => (statement.kind === 'delete') !== (first?.kind === 'delete'),
  )
  if (other) {
    context.reporter.report(
      'mixed-write',
      { start: other.start, end: other.start + 6 },
      'A query either deletes, or inserts and updates; not both.',
    )
  }
  return body.statements
    .map((statement) => checker.statement(statement))
    .filter((statement) => statement !== undefined)
}

class WriteChecker {
  readonly #context: QueryContext
  readonly #expressions: ExpressionChecker

  constructor(context: QueryContext) {
    this.#context = context
    this.#expressions = new ExpressionChecker(context, new Scope(), 'match')
  }

  #report(...args: Parameters<QueryContext['reporter']['report']>): void {
    this.#context.reporter.report(...args)
  }

  statement(syntax: StatementSyntax): WriteStatement | undefined {
    const { schema } = this.#context
    const { text } = syntax.type
    const entity = schema.node(text) ?? schema.edge(text)
    if (!entity) {
      const known = () => [...schema.nodeNames, ...schema.edgeNames]
      this.#report('unknown-type', syntax.type, `There is no node or edge type \`${text}\`.`, () =>
        suggest(text, known()),
      )
      return undefined
    }
    if (syntax.kind === 'insert') return this.#insert(syntax, entity)
    const where = this.#where(syntax.where, entity)
    if (syntax.kind === 'delete')
      return where && { kind: 'delete', entity: entity.kind, type: entity.name, where }
    const assignments = this.#assignments(syntax.assignments, entity, (name) =>
      this.#refuseImmutable(name, entity),
    )
    this.#refuseEmpty(syntax.assignments, syntax)
    return where && { kind: 'update', entity: entity.kind, type: entity.name, assignments, where }
  }

  #refuseEmpty(assignments: readonly AssignmentSyntax[], statement: Span): void {
    if (assignments.length === 0)
      this.#report(
        'missing-property',
        statement,
        'The statement assigns nothing.',
        'Assign at least one property.',
      )
  }

  #refuseImmutable(name: Name, entity: Entity): boolean {
    const isKey = entity.kind === 'node' && entity.key.includes(name.text)
    const isEndpoint = entity.kind === 'edge' && (name.text === 'from' || name.text === 'to')
    if (!isKey && !isEndpoint) return false
    const what = isKey ? `part of the key of ${entity.name}` : 'an endpoint'
    this.#report('immutable-property', name, `\`${name.text}\` is ${what} and cannot be updated.`)
    return true
  }

  /** Endpoints of an edge are not among the assignments answered. */
  #assignments(
    written: readonly AssignmentSyntax[],
    entity: Entity,
    refuse: (name: Name) => boolean,
  ): Assignment[] {
    const seen = new Set<string>()
    const assignments: Assignment[] = []
    for (const { property: name, value } of written) {
      if (seen.has(name.text))
        this.#report('duplicate-assignment', name, `\`${name.text}\` is assigned twice.`)
      else if (!refuse(name)) {
        const property = this.#property(name, entity)
        const fitted = property && this.#value(value, property, entity)
        if (fitted) assignments.push({ property: name.text, value: fitted })
      }
      seen.add(name.text)
    }
    return assignments
  }

  #property(name: Name, entity: Entity): PropertyModel | undefined {
    const properties = this.#context.schema.properties(entity.kind, entity.name)
    const property = properties.get(name.text)
    if (property) return property
    const known = () => [...(entity.kind === 'edge' ? ['from', 'to'] : []), ...properties.keys()]
    this.#report('unknown-property', name, `${entity.name} has no property \`${name.text}\`.`, () =>
      suggest(name.text, known()),
    )
    return undefined
  }

  #value(value: ExpressionSyntax, property: PropertyModel, entity: Entity): WriteValue | undefined {
    const what = `The property \`${property.name}\` of ${entity.name}`
    return this.#expressions.fit(value, property.type, property.nullable ? 'nullable' : 'required', what) as
      | WriteValue
      | undefined
  }

  #insert(syntax: StatementSyntax & { kind: 'insert' }, entity: Entity): WriteStatement | undefined {
    this.#refuseEmpty(syntax.assignments, syntax)
    const ends: { from?: WriteValue; to?: WriteValue } = {}
    const given = new Set(syntax.assignments.map((assignment) => assignment.property.text))
    const assignments = this.#assignments(syntax.assignments, entity, (name) => {
      const end =
        entity.kind === 'edge' && (name.text === 'from' || name.text === 'to') ? name.text : undefined
      if (!end) return false
      const value = syntax.assignments.find((assignment) => assignment.property === name)?.value
      const fitted =
        value && this.#expressions.fit(value, TYPES.string, 'required', `The endpoint \`${end}\``)
      if (fitted) ends[end] = fitted as WriteValue
      return true
    })
    if (syntax.assignments.length > 0) this.#requireProperties(syntax, entity, given)
    if (entity.kind === 'node') return { kind: 'insert-node', type: entity.name, assignments }
    for (const end of ['from', 'to'] as const) {
      if (!given.has(end))
        this.#report(
          'missing-endpoint',
          { start: syntax.type.start, end: syntax.type.end + (end === 'to' ? 1 : 0) },
          `The edge ${entity.name} has no \`${end}\`.`,
        )
    }
    const { from, to } = ends
    return from && to && { kind: 'insert-edge', type: entity.name, from, to, assignments }
  }

  /** A vector that `@embed` fills needs its source instead. */
  #requireProperties(
    syntax: StatementSyntax & { kind: 'insert' },
    entity: Entity,
    given: ReadonlySet<string>,
  ): void {
    const missing = entity.properties.filter((property) => {
      if (property.nullable || property.default !== undefined || given.has(property.name)) return false
      const source = property.annotations.find((annotation) => annotation.name === 'embed')?.value
      return !(typeof source === 'string' && given.has(source))
    })
    if (missing.length === 0) return
    const names = missing.map((property) => `\`${property.name}\``).join(', ')
    this.#report('missing-property', syntax.type, `The insert into ${entity.name} leaves out ${names}.`)
  }

  #where(syntax: ConditionSyntax, entity: Entity): WritePredicate | undefined {
    const { property: name, op } = syntax
    const isEndpoint = entity.kind === 'edge' && (name.text === 'from' || name.text === 'to')
    const property = isEndpoint ? undefined : this.#property(name, entity)
    const type = isEndpoint ? TYPES.string : property?.type
    if (!type) return undefined
    if (type.kind === 'blob') {
      this.#report('blob-value', name, `The Blob property \`${name.text}\` cannot stand in a condition.`)
      return undefined
    }
    const membership = op === 'contains' && type.kind === 'list'
    const textual = (op === 'contains' || op === 'starts_with') && isText(type)
    if (
      (type.kind === 'list' && !membership) ||
      type.kind === 'vector' ||
      (!membership && !textual && (op === 'contains' || op === 'starts_with'))
    ) {
      this.#report(
        'type-mismatch',
        syntax,
        `\`${op}\` does not apply to \`${name.text}\` (${showType(type)}).`,
        membership ? undefined : 'Use another operator or property.',
      )
      return undefined
    }
    const expected =
      type.kind === 'list' ? ({ kind: 'scalar', name: type.of } as const) : textual ? TYPES.string : type
    const value = this.#expressions.fit(syntax.value, expected, 'match', `The property \`${name.text}\``)
    return value && { property: name.text, op, value: value as WriteValue }
  }
}
