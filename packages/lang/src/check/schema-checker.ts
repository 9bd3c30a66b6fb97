import { type Diagnostic, hasErrors } from '@groundplane/core'
import {
  type BoundEdge,
  type BoundNode,
  type BoundProperty,
  type BoundSchema,
  bindSchema,
} from '../bind/schema-binder.js'
import { schemaDigest } from '../ir/schema-digest.js'
import type { EdgeModel, InterfaceModel, NodeModel, PropertyModel, SchemaModel } from '../ir/schema-model.js'
import { Reporter } from '../syntax/reporter.js'
import { parseSchemaSource } from '../syntax/schema-parser.js'
import { checkAnnotations, checkEmbed } from './schema-annotations.js'
import { checkCardinality, checkConstraints } from './schema-constraints.js'
import { checkDefault, checkDefaultAllowed } from './schema-defaults.js'

export interface SchemaResult {
  /** Absent when there is any error. */
  readonly model?: SchemaModel
  /** All of them, in source order. */
  readonly diagnostics: Diagnostic[]
}

/**
 * Parses, binds and checks a `.pg` text. Never throws on any text. `file` is the
 * name diagnostics carry.
 */
export function checkSchema(source: string, file?: string): SchemaResult {
  const reporter = new Reporter(source, file)
  const bound = bindSchema(parseSchemaSource(source, reporter), reporter)
  const parts = toModel(bound, reporter)
  refuseManyIndexes(bound, parts, reporter)
  const diagnostics = reporter.finish()
  if (hasErrors(diagnostics)) return { diagnostics }
  return { model: { ...parts, digest: schemaDigest(parts) }, diagnostics }
}

/** A store makes each in a time that grows with those it has: ten thousand took twenty seconds. */
const MAX_INDEXES = 2000

function refuseManyIndexes(bound: BoundSchema, parts: Omit<SchemaModel, 'digest'>, reporter: Reporter): void {
  const names = [...bound.nodes, ...bound.edges].map(({ syntax }) => syntax.name)
  let count = 0
  for (const [i, { indexes, unique }] of [...parts.nodes, ...parts.edges].entries()) {
    const before = count
    count += indexes.length + unique.length
    const name = names[i]
    if (name && before <= MAX_INDEXES && count > MAX_INDEXES)
      reporter.report(
        'schema-too-large',
        name,
        `The schema declares more than ${MAX_INDEXES} @index and @unique.`,
      )
  }
}

function toModel(bound: BoundSchema, reporter: Reporter): Omit<SchemaModel, 'digest'> {
  return {
    interfaces: bound.interfaces.map(({ syntax, properties }): InterfaceModel => {
      for (const constraint of syntax.constraints) {
        reporter.report(
          'unsupported-constraint',
          constraint,
          `@${constraint.name.text}(…) cannot stand in an interface.`,
          'Write it in the node types that implement the interface.',
        )
      }
      return { name: syntax.name.text, properties: propertyModels(properties, false, reporter) }
    }),
    nodes: bound.nodes.map((node) => nodeModel(node, reporter)),
    edges: bound.edges.map((edge) => edgeModel(edge, reporter)),
  }
}

function nodeModel({ syntax, properties }: BoundNode, reporter: Reporter): NodeModel {
  for (const property of properties.values()) checkEmbed(property, properties, reporter)
  const node: NodeModel = {
    kind: 'node',
    name: syntax.name.text,
    implements: [...new Set(syntax.implements.map((name) => name.text))],
    properties: propertyModels(properties, false, reporter),
    ...checkConstraints('node', syntax.name, syntax.constraints, properties, reporter),
    ...checkAnnotations(syntax.annotations, 'type', reporter),
  }
  checkDefaultAllowed(node, properties, reporter)
  return node
}

function edgeModel({ syntax, properties }: BoundEdge, reporter: Reporter): EdgeModel {
  const { key: _none, ...constraints } = checkConstraints(
    'edge',
    syntax.name,
    syntax.constraints,
    properties,
    reporter,
  )
  const edge: EdgeModel = {
    kind: 'edge',
    name: syntax.name.text,
    from: syntax.from.text,
    to: syntax.to.text,
    cardinality: checkCardinality(syntax.cardinalities, reporter),
    properties: propertyModels(properties, true, reporter),
    ...constraints,
    ...checkAnnotations(syntax.annotations, 'type', reporter),
  }
  checkDefaultAllowed(edge, properties, reporter)
  return edge
}

function propertyModels(
  properties: ReadonlyMap<string, BoundProperty>,
  onEdge: boolean,
  reporter: Reporter,
): PropertyModel[] {
  // An unresolved type never reaches a reader: the model is dropped when there was an error.
  return [...properties].map(([name, property]) => ({
    name,
    type: property.type ?? { kind: 'scalar', name: 'String' },
    nullable: property.nullable,
    ...checkAnnotations(property.annotations, onEdge ? 'edge property' : 'property', reporter),
    ...checkDefault(property, reporter),
    ...(property.fromInterface !== undefined && { fromInterface: property.fromInterface }),
  }))
}
