import { type BoundProperty, bindSchema } from '../bind/schema-binder.js'
import { showType } from '../bind/value-types.js'
import type { ValueType } from '../ir/schema-model.js'
import { Reporter } from '../syntax/reporter.js'
import type { AnnotationSyntax, Declaration, ParsedSchema } from '../syntax/schema-ast.js'
import { parseSchemaSource } from '../syntax/schema-parser.js'
import type { Span } from '../syntax/token.js'

/** A property as an editor shows it. */
export interface PropertyView {
  readonly name: string
  /** As written in a schema, the `?` included; empty when its type could not be read. */
  readonly type: string
  /** Absent when the type could not be resolved. */
  readonly valueType?: ValueType
  readonly description?: string
  readonly fromInterface?: string
  /** Its name where it is declared, in an interface perhaps. */
  readonly span: Span
}

export interface TypeView {
  readonly kind: 'node' | 'edge' | 'interface'
  readonly name: string
  /** The name in its declaration. */
  readonly span: Span
  /** From the name to the last thing that was read of the declaration. */
  readonly extent: Span
  /** The declaration's first line as a schema writes it. */
  readonly head: string
  readonly description?: string
  /** On an edge. */
  readonly from?: string
  readonly to?: string
  readonly properties: ReadonlyMap<string, PropertyView>
}

/**
 * What an editor needs of a schema, errors or not: everything that could be read, with its place.
 * Immutable; build it once per text.
 */
export class SchemaView {
  readonly types: readonly TypeView[]
  readonly #nodes = new Map<string, TypeView>()
  readonly #interfaces = new Map<string, TypeView>()
  readonly #edges = new Map<string, TypeView>()
  readonly #edgesFolded = new Map<string, TypeView>()

  constructor(types: readonly TypeView[]) {
    this.types = types
    const tables = { node: this.#nodes, interface: this.#interfaces, edge: this.#edges }
    for (const type of types) {
      if (!tables[type.kind].has(type.name)) tables[type.kind].set(type.name, type)
      if (type.kind === 'edge') this.#edgesFolded.set(type.name.toLowerCase(), type)
    }
  }

  node(name: string): TypeView | undefined {
    return this.#nodes.get(name)
  }

  interface(name: string): TypeView | undefined {
    return this.#interfaces.get(name)
  }

  /** By its declared name, as a mutation writes it. */
  edge(name: string): TypeView | undefined {
    return this.#edges.get(name)
  }

  /** As a traversal writes it: case does not count. */
  traversedEdge(name: string): TypeView | undefined {
    return this.#edgesFolded.get(name.toLowerCase())
  }

  /** A node or edge type, as writes name it. */
  written(name: string): TypeView | undefined {
    return this.#nodes.get(name) ?? this.#edges.get(name)
  }

  get nodes(): Iterable<TypeView> {
    return this.#nodes.values()
  }

  get edges(): Iterable<TypeView> {
    return this.#edges.values()
  }

  get interfaces(): Iterable<TypeView> {
    return this.#interfaces.values()
  }
}

/** Never throws on any text; what cannot be read is absent. */
export function viewSchema(source: string): SchemaView {
  const reporter = new Reporter(source, undefined)
  return viewParsedSchema(parseSchemaSource(source, reporter), reporter)
}

export function viewParsedSchema(parsed: ParsedSchema, reporter: Reporter): SchemaView {
  const bound = bindSchema(parsed, reporter)
  const types = [...bound.interfaces, ...bound.nodes, ...bound.edges]
    .map(({ syntax, properties }) => viewType(syntax, properties))
    .sort((a, b) => a.span.start - b.span.start)
  return new SchemaView(types)
}

function viewType(syntax: Declaration, properties: ReadonlyMap<string, BoundProperty>): TypeView {
  const { name } = syntax
  const annotations = syntax.kind === 'interface' ? [] : syntax.annotations
  const description = textOf(annotations, 'description')
  const ends = [
    name.end,
    ...annotations.map(({ end }) => end),
    ...syntax.constraints.map(({ end }) => end),
    ...syntax.properties.map((p) => Math.max(p.name.end, p.type?.end ?? 0, p.annotations.at(-1)?.end ?? 0)),
    ...(syntax.kind === 'edge' ? [syntax.to.end] : []),
  ]
  return {
    kind: syntax.kind,
    name: name.text,
    span: { start: name.start, end: name.end },
    extent: { start: name.start, end: ends.reduce((a, b) => Math.max(a, b)) },
    head: headOf(syntax),
    ...(description !== undefined && { description }),
    ...(syntax.kind === 'edge' && { from: syntax.from.text, to: syntax.to.text }),
    properties: new Map([...properties].map(([key, property]) => [key, viewProperty(property)])),
  }
}

function headOf(syntax: Declaration): string {
  const { text } = syntax.name
  if (syntax.kind === 'interface') return `interface ${text}`
  if (syntax.kind === 'node') {
    const interfaces = syntax.implements.slice(0, 8).map((name) => name.text)
    const key = syntax.constraints.find(({ name }) => name.text === 'key')?.arguments ?? []
    const columns = key.flatMap((argument) => (argument.kind === 'name' ? [argument.text] : []))
    const own = syntax.properties.find((p) => p.annotations.some((a) => a.name.text === 'key'))
    if (own) columns.push(own.name.text)
    return [
      `node ${text}`,
      interfaces.length > 0 && `implements ${interfaces.join(', ')}`,
      columns.length > 0 && `@key(${columns.join(', ')})`,
    ]
      .filter(Boolean)
      .join(' ')
  }
  const card = syntax.cardinalities[0]
  const bounds = card ? ` @card(${card.min.text}..${card.max?.text ?? ''})` : ''
  return `edge ${text}: ${syntax.from.text} -> ${syntax.to.text}${bounds}`
}

function viewProperty(property: BoundProperty): PropertyView {
  const { name } = property.syntax
  const description = textOf(property.annotations, 'description')
  return {
    name: name.text,
    type: property.type ? `${showType(property.type)}${property.nullable ? '?' : ''}` : '',
    ...(property.type && { valueType: property.type }),
    ...(description !== undefined && { description }),
    ...(property.fromInterface !== undefined && { fromInterface: property.fromInterface }),
    span: { start: name.start, end: name.end },
  }
}

export function textOf(annotations: readonly AnnotationSyntax[], wanted: string): string | undefined {
  const value = annotations.find(({ name }) => name.text === wanted)?.value
  return value?.kind === 'string' ? value.value : undefined
}
