import { type Completion, Proposals } from './completion.js'
import { CursorTokens } from './cursor-tokens.js'
import { describeProperty, describeType } from './markdown.js'
import type { Definition, Hover, OutlineSymbol } from './outline.js'
import { type PropertyView, type SchemaView, type TypeView, viewSchema } from './schema-view.js'
import { BLOCK_CONSTRAINTS, PROPERTY_ANNOTATIONS, TYPE_ANNOTATIONS, VALUE_TYPES } from './words.js'

type Target =
  | { readonly kind: 'type'; readonly type: TypeView }
  | { readonly kind: 'property'; readonly type: TypeView; readonly property: PropertyView }

/** One position of a `.pg` text: the tokens around it and the declaration it stands in. */
class SchemaPosition {
  readonly cursor: CursorTokens
  readonly schema: SchemaView

  constructor(source: string) {
    this.cursor = new CursorTokens(source)
    this.schema = viewSchema(source)
  }

  /** The declaration a token stands in, and whether inside its block and inside parentheses there. */
  around(
    index: number,
  ): { head: number; type: TypeView | undefined; inBlock: boolean; paren: number } | undefined {
    const { cursor } = this
    let head = Math.min(index, cursor.tokens.length) - 1
    while (
      head >= 0 &&
      !(cursor.isWord(head, 'node', 'edge', 'interface') && cursor.kind(head + 1) === 'type-name')
    )
      head--
    if (head < 0) return undefined
    let depth = 0
    let closed = false
    let paren = -1
    for (let at = head; at < index; at++) {
      if (cursor.isSymbol(at, '{')) depth++
      else if (cursor.isSymbol(at, '}')) closed = --depth <= 0
      else if (cursor.isSymbol(at, '(')) paren = at
      else if (cursor.isSymbol(at, ')')) paren = -1
    }
    if (closed) return undefined
    return { head, type: this.#declared(head), inBlock: depth > 0, paren }
  }

  #declared(head: number): TypeView | undefined {
    const name = this.cursor.text(head + 1)
    const kind = this.cursor.text(head)
    if (kind === 'node') return this.schema.node(name)
    return kind === 'edge' ? this.schema.edge(name) : this.schema.interface(name)
  }

  target(index: number): Target | undefined {
    const { cursor, schema } = this
    const name = cursor.text(index)
    const place = this.around(index)
    if (cursor.kind(index) === 'type-name') {
      const word = cursor.isWord(index - 1, 'edge') ? schema.edge(name) : undefined
      const type =
        word ?? (place && this.#behind(index, place.head, 'implements') ? schema.interface(name) : undefined)
      const found = type ?? (place?.inBlock ? undefined : (schema.node(name) ?? schema.interface(name)))
      return found && { kind: 'type', type: found }
    }
    const argument = place?.paren !== undefined && place.paren >= 0
    const declares = cursor.isSymbol(index + 1, ':')
    const property = place?.inBlock && (argument || declares) ? place.type?.properties.get(name) : undefined
    return place?.type && property && { kind: 'property', type: place.type, property }
  }

  #behind(index: number, head: number, word: string): boolean {
    for (let at = head; at < index; at++) if (this.cursor.isWord(at, word)) return true
    return false
  }
}

/** Proposals for a position of a `.pg` text, which may be half written. */
export function completeSchema(source: string, offset: number): Completion[] {
  const position = new SchemaPosition(source)
  const { cursor, schema } = position
  const { span, index } = cursor.prefix(offset)
  if (
    cursor.inComment(offset) ||
    (cursor.kind(index) === 'string' && span.start < offset && offset < span.end)
  )
    return []
  const proposals = new Proposals(span)
  const place = position.around(index)
  const before = index - 1
  if (!place) return proposals.keywords('node', 'edge', 'interface').all
  if (place.inBlock) return inBlock(position, place, before, proposals)
  const kind = cursor.text(place.head)
  if (cursor.isSymbol(before, '@')) {
    return proposals.words(
      'annotation',
      TYPE_ANNOTATIONS.filter(({ name }) => name !== 'card' || kind === 'edge'),
    ).all
  }
  if (cursor.isSymbol(before, '->') || (kind === 'edge' && cursor.isSymbol(before, ':')))
    return proposals.types(schema.nodes).all
  if (kind === 'node' && (cursor.isWord(before, 'implements') || cursor.isSymbol(before, ',')))
    return proposals.types(schema.interfaces).all
  if (kind === 'node') return proposals.keywords('implements').all
  // An edge without a block may be over here.
  return kind === 'edge' ? proposals.keywords('node', 'edge', 'interface').all : []
}

function inBlock(
  { cursor }: SchemaPosition,
  place: { type: TypeView | undefined; paren: number; head: number },
  before: number,
  proposals: Proposals,
): Completion[] {
  if (place.paren >= 0) {
    if (cursor.isWord(place.paren - 1, 'enum')) return []
    return proposals.properties(place.type).all
  }
  if (cursor.isSymbol(before, ':') || cursor.isSymbol(before, '['))
    return proposals.words('value-type', VALUE_TYPES).all
  if (!cursor.isSymbol(before, '@')) return []
  const behind = before - 1
  const opens = cursor.isSymbol(behind, '{')
  const constraints = cursor.isWord(place.head, 'edge')
    ? BLOCK_CONSTRAINTS.filter(({ name }) => name === 'unique' || name === 'index')
    : BLOCK_CONSTRAINTS
  const ownLine =
    opens ||
    cursor.source.slice(cursor.tokens[behind]?.end ?? 0, cursor.tokens[before]?.start ?? 0).includes('\n')
  return proposals.words('annotation', ownLine ? constraints : PROPERTY_ANNOTATIONS).all
}

/** What the name at a position means; undefined where there is nothing to say. */
export function hoverSchema(source: string, offset: number): Hover | undefined {
  const found = targetAt(source, offset)
  if (!found) return undefined
  const { target, span } = found
  const markdown =
    target.kind === 'type' ? describeType(target.type) : describeProperty(target.type, target.property)
  return { span, markdown }
}

/** Where the name at a position is declared. */
export function defineInSchema(source: string, offset: number): Definition | undefined {
  const target = targetAt(source, offset)?.target
  if (!target) return undefined
  return { document: 'own', span: target.kind === 'type' ? target.type.span : target.property.span }
}

function targetAt(source: string, offset: number) {
  const position = new SchemaPosition(source)
  const index = position.cursor.touching(offset)
  const token = index === undefined ? undefined : position.cursor.tokens[index]
  const target = index === undefined ? undefined : position.target(index)
  return token && target && { target, span: { start: token.start, end: token.end } }
}

/** The declarations of a schema with the properties written in each. */
export function outlineSchema(source: string): OutlineSymbol[] {
  return viewSchema(source).types.map((type) => ({
    name: type.name,
    kind: type.kind,
    detail: type.kind === 'edge' ? `${type.from} -> ${type.to}` : '',
    extent: type.extent,
    span: type.span,
    children: [...type.properties.values()]
      .filter(({ span }) => span.start >= type.extent.start && span.end <= type.extent.end)
      .map(({ name, type: detail, span }) => ({
        name,
        kind: 'property',
        detail,
        extent: span,
        span,
        children: [],
      })),
  }))
}
