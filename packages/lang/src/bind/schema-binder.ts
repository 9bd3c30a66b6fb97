import type { PropertyModel } from '../ir/schema-model.js'
import type { Reporter } from '../syntax/reporter.js'
import type {
  AnnotationSyntax,
  EdgeDeclaration,
  InterfaceDeclaration,
  NodeDeclaration,
  ParsedSchema,
  PropertySyntax,
} from '../syntax/schema-ast.js'
import type { Name } from '../syntax/token.js'
import { suggest } from './suggestion.js'
import { resolveType, sameType, showType } from './value-types.js'

/** A property whose type is resolved; its constraints and annotations are not judged yet. */
export interface BoundProperty {
  readonly syntax: PropertySyntax
  /** Absent after a report: the property exists, but nothing more is known or worth saying about it. */
  readonly type?: PropertyModel['type']
  readonly nullable: boolean
  readonly annotations: readonly AnnotationSyntax[]
  readonly fromInterface?: string
}

export interface BoundInterface {
  readonly syntax: InterfaceDeclaration
  readonly properties: ReadonlyMap<string, BoundProperty>
}

export interface BoundNode {
  readonly syntax: NodeDeclaration
  /** Interface properties first, then its own, each in declaration order. */
  readonly properties: ReadonlyMap<string, BoundProperty>
}

export interface BoundEdge {
  readonly syntax: EdgeDeclaration
  readonly properties: ReadonlyMap<string, BoundProperty>
}

/** Names resolved, interfaces expanded. Holds what could be resolved even when there were errors. */
export interface BoundSchema {
  readonly interfaces: readonly BoundInterface[]
  readonly nodes: readonly BoundNode[]
  readonly edges: readonly BoundEdge[]
}

/** Many types that implement one long interface grow as a product of the text. */
const MAX_EXPANDED = 20_000

/** Each type is a table with its indexes, each property a column of it. */
const MAX_TYPES = 1000
const MAX_PROPERTIES = 1000

/** On a node `id` is judged when its key is known: as the single key property it means what the graph means by it. */
const RESERVED_ON_NODES = new Set<string>()
const RESERVED_ON_EDGES = new Set(['id', 'from', 'to', 'src', 'dst'])

export function bindSchema(parsed: ParsedSchema, reporter: Reporter): BoundSchema {
  return new SchemaBinder(reporter).bind(parsed)
}

class SchemaBinder {
  readonly #reporter: Reporter
  #expanded = 0

  constructor(reporter: Reporter) {
    this.#reporter = reporter
  }

  bind(parsed: ParsedSchema): BoundSchema {
    this.#refuseMany(parsed.declarations, MAX_TYPES, 'The schema declares', 'types')
    for (const { name, properties } of parsed.declarations) {
      this.#refuseMany(properties, MAX_PROPERTIES, `\`${name.text}\` declares`, 'properties')
    }
    const interfaceSyntax = parsed.declarations.filter((d) => d.kind === 'interface')
    const nodeSyntax = parsed.declarations.filter((d) => d.kind === 'node')
    const edgeSyntax = parsed.declarations.filter((d) => d.kind === 'edge')
    this.#distinct(interfaceSyntax, 'interface', (name) => name)
    this.#distinct(nodeSyntax, 'node type', (name) => name)
    // A query writes `knows` for `Knows`: names that differ in case only would be one name there.
    this.#distinct(edgeSyntax, 'edge type', (name) => name.toLowerCase())
    const interfaces = interfaceSyntax.map((syntax) => ({
      syntax,
      properties: this.#properties(syntax.properties, RESERVED_ON_NODES),
    }))
    const byName = new Map(interfaces.map((i) => [i.syntax.name.text, i]))
    const nodes = nodeSyntax.map((syntax) => this.#node(syntax, byName))
    const nodeNames = new Set(nodeSyntax.map((node) => node.name.text))
    const edges = edgeSyntax.map((syntax) => {
      this.#endpoint(syntax.from, nodeNames)
      this.#endpoint(syntax.to, nodeNames)
      return { syntax, properties: this.#properties(syntax.properties, RESERVED_ON_EDGES) }
    })
    return { interfaces, nodes, edges }
  }

  /** One diagnostic, at the first that is too many. */
  #refuseMany(listed: readonly { name: Name }[], limit: number, who: string, what: string): void {
    const surplus = listed[limit]
    if (!surplus) return
    this.#reporter.report(
      'schema-too-large',
      surplus.name,
      `${who} ${listed.length} ${what}; ${limit} are possible.`,
    )
  }

  #distinct(declarations: readonly { name: Name }[], what: string, fold: (name: string) => string): void {
    const seen = new Map<string, Name>()
    for (const { name } of declarations) {
      const first = seen.get(fold(name.text))
      if (!first) seen.set(fold(name.text), name)
      else {
        const also = first.text === name.text ? '' : ` (as \`${first.text}\`; case does not tell them apart)`
        this.#reporter.report(
          'duplicate-type',
          name,
          `The ${what} \`${name.text}\` is already declared${also}.`,
        )
      }
    }
  }

  #endpoint(name: Name, nodes: ReadonlySet<string>): void {
    if (nodes.has(name.text)) return
    this.#reporter.report('unknown-type', name, `There is no node type \`${name.text}\`.`, () =>
      suggest(name.text, [...nodes]),
    )
  }

  #properties(
    declared: readonly PropertySyntax[],
    reserved: ReadonlySet<string>,
  ): Map<string, BoundProperty> {
    const bound = new Map<string, BoundProperty>()
    for (const syntax of declared) {
      const { name } = syntax
      if (reserved.has(name.text)) {
        this.#reporter.report('reserved-property', name, `The name \`${name.text}\` is reserved here.`)
      }
      const type = syntax.type && resolveType(syntax.type, this.#reporter)
      if (bound.has(name.text)) {
        this.#reporter.report(
          'duplicate-property',
          name,
          `The property \`${name.text}\` is already declared.`,
        )
      } else {
        const nullable = syntax.type?.nullable ?? false
        bound.set(name.text, { syntax, ...(type && { type }), nullable, annotations: syntax.annotations })
      }
    }
    return bound
  }

  #node(syntax: NodeDeclaration, interfaces: ReadonlyMap<string, BoundInterface>): BoundNode {
    const own = this.#properties(syntax.properties, RESERVED_ON_NODES)
    const merged = new Map<string, BoundProperty>()
    const seen = new Set<string>()
    for (const name of syntax.implements) {
      if (seen.has(name.text)) continue
      seen.add(name.text)
      const found = interfaces.get(name.text)
      if (!found) {
        const remedy = () => suggest(name.text, [...interfaces.keys()])
        this.#reporter.report('unknown-type', name, `There is no interface \`${name.text}\`.`, remedy)
        continue
      }
      this.#expanded += found.properties.size
      if (this.#expanded > MAX_EXPANDED) {
        const message = `Interfaces expand to more than ${MAX_EXPANDED} properties in this file.`
        this.#reporter.report('source-too-large', name, message)
        break
      }
      for (const [key, property] of found.properties) {
        this.#expand(key, property, name, own.get(key), merged)
      }
    }
    for (const [key, property] of own) if (!merged.has(key)) merged.set(key, property)
    this.#judgeId(syntax, own.get('id'), merged.get('id'))
    if (merged.size > MAX_PROPERTIES && syntax.properties.length <= MAX_PROPERTIES) {
      const message = `\`${syntax.name.text}\` has ${merged.size} properties with its interfaces; ${MAX_PROPERTIES} are possible.`
      this.#reporter.report('schema-too-large', syntax.name, message)
    }
    return { syntax, properties: merged }
  }

  #judgeId(syntax: NodeDeclaration, own: BoundProperty | undefined, id: BoundProperty | undefined): void {
    if (!id) return
    const block = syntax.constraints.find(({ name }) => name.text === 'key')?.arguments
    const inBlock = block?.length === 1 && block[0]?.kind === 'name' && block[0].text === 'id'
    if (inBlock || (!block && id.annotations.some(({ name }) => name.text === 'key'))) return
    const place = own?.syntax.name ?? syntax.implements.find(({ text }) => text === id.fromInterface)
    this.#reporter.report(
      'reserved-property',
      place ?? syntax.name,
      `The property \`id\` of ${syntax.name.text} is not its key; every node has an id already.`,
      'Make it the key (id: String @key), or choose another name.',
    )
  }

  /** A redeclaration keeps the node's own annotations but must agree in type. */
  #expand(
    key: string,
    property: BoundProperty,
    origin: Name,
    own: BoundProperty | undefined,
    into: Map<string, BoundProperty>,
  ): void {
    const other = own ?? into.get(key)
    if (
      other?.type &&
      property.type &&
      !(sameType(other.type, property.type) && other.nullable === property.nullable)
    ) {
      const place = own ? own.syntax.name : origin
      this.#reporter.report(
        'interface-conflict',
        place,
        `\`${key}\` is ${show(other)} ${own ? 'here' : `in ${into.get(key)?.fromInterface}`} but ${show(property)} in interface ${origin.text}.`,
      )
    }
    if (!into.has(key)) into.set(key, { ...(own ?? property), fromInterface: origin.text })
  }
}

function show(property: BoundProperty): string {
  return `${property.type ? showType(property.type) : ''}${property.nullable ? '?' : ''}`
}
