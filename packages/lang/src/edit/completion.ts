import type { Span } from '../syntax/token.js'
import type { SchemaView, TypeView } from './schema-view.js'
import type { Word } from './words.js'

export type CompletionKind =
  | 'keyword'
  | 'node'
  | 'edge'
  | 'interface'
  | 'property'
  | 'variable'
  | 'parameter'
  | 'function'
  | 'annotation'
  | 'enum-value'
  | 'value-type'

/** One proposal. Accepting it replaces `replace` (offsets into the text) with `label`. */
export interface Completion {
  readonly label: string
  readonly kind: CompletionKind
  readonly detail?: string
  /** Markdown. */
  readonly documentation?: string
  readonly replace: Span
}

/** Collects proposals for one position; the first of two with one label stays. */
export class Proposals {
  readonly #found = new Map<string, Completion>()
  readonly #replace: Span

  constructor(replace: Span) {
    this.#replace = replace
  }

  add(kind: CompletionKind, label: string, detail?: string, documentation?: string): this {
    if (!this.#found.has(label)) {
      this.#found.set(label, {
        label,
        kind,
        ...(detail !== undefined && { detail }),
        ...(documentation !== undefined && { documentation }),
        replace: this.#replace,
      })
    }
    return this
  }

  keywords(...words: readonly string[]): this {
    for (const word of words) this.add('keyword', word)
    return this
  }

  words(kind: CompletionKind, words: readonly Word[]): this {
    for (const { name, detail } of words) this.add(kind, name, detail)
    return this
  }

  types(types: Iterable<TypeView>): this {
    for (const type of types) this.add(type.kind, type.name, type.head, type.description)
    return this
  }

  properties(type: TypeView | undefined): this {
    for (const { name, type: shown, description } of type?.properties.values() ?? [])
      this.add('property', name, shown, description)
    return this
  }

  /** Edges that can be walked from a node type, as a traversal writes them; all of them when it is unknown. */
  edgesFrom(type: TypeView | undefined, schema: SchemaView | undefined): this {
    for (const reversed of [false, true]) {
      for (const edge of schema?.edges ?? []) {
        if (type && (reversed ? edge.to : edge.from) !== type.name) continue
        const label = edge.name.charAt(0).toLowerCase() + edge.name.slice(1)
        this.add('edge', label, edge.head, edge.description)
      }
    }
    return this
  }

  get all(): Completion[] {
    return [...this.#found.values()]
  }
}
