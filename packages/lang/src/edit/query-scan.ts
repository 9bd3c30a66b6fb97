import type { CursorTokens } from './cursor-tokens.js'
import type { SchemaView, TypeView } from './schema-view.js'

/** A variable or parameter as far as the tokens tell, complete query or not. */
export interface ScannedVariable {
  readonly name: string
  readonly kind: 'node' | 'edge' | 'path' | 'parameter'
  /** The type name; for a parameter its type as written. */
  readonly type: string
  /** Index of the token that introduces it. */
  readonly token: number
}

/** What surrounds a position: the innermost bracket that is open there. */
export interface Frame {
  readonly kind: 'params' | 'body' | 'match' | 'return' | 'order' | 'assignments' | 'hops' | 'call' | 'other'
  /** Index of the opening bracket. */
  readonly open: number
  /** In assignments: the type whose properties they are. In a call: the function. */
  readonly owner: string
}

const MATCH_WORDS = ['match', 'not', 'exists', 'optional']

/**
 * One query as a stretch of tokens, read loosely: an editor asks about texts that do not parse yet.
 * Variables are taken from the whole query, wherever the position is.
 */
export class QueryScan {
  readonly from: number
  readonly to: number
  readonly #cursor: CursorTokens
  readonly #schema: SchemaView | undefined
  #variables: Map<string, ScannedVariable> | undefined

  constructor(cursor: CursorTokens, from: number, to: number, schema: SchemaView | undefined) {
    this.#cursor = cursor
    this.from = from
    this.to = to
    this.#schema = schema
  }

  /** Brackets open at a token, outermost first. Empty between the parameters and the body. */
  framesAt(index: number): Frame[] {
    const frames: Frame[] = []
    for (let at = this.from; at < Math.min(index, this.to); at++) {
      if (this.#cursor.kind(at) !== 'symbol') continue
      const symbol = this.#cursor.text(at)
      if (symbol === '{' || symbol === '(' || symbol === '[')
        frames.push(this.#frame(symbol, at, frames.length))
      else if (symbol === '}' || symbol === ')' || symbol === ']') frames.pop()
    }
    return frames
  }

  #frame(symbol: string, open: number, depth: number): Frame {
    const cursor = this.#cursor
    if (symbol === '[') return { kind: 'other', open, owner: '' }
    if (symbol === '(') {
      if (open === this.from + 2) return { kind: 'params', open, owner: '' }
      return { kind: 'call', open, owner: cursor.kind(open - 1) === 'name' ? cursor.text(open - 1) : '' }
    }
    if (depth === 0) return { kind: 'body', open, owner: '' }
    const before = cursor.kind(open - 1) === 'name' ? cursor.text(open - 1) : ''
    if (MATCH_WORDS.includes(before)) return { kind: 'match', open, owner: '' }
    if (before === 'return' || before === 'distinct') return { kind: 'return', open, owner: '' }
    if (before === 'order') return { kind: 'order', open, owner: '' }
    const typed = before === 'set' ? open - 2 : open - 1
    if (cursor.kind(typed) === 'type-name') return { kind: 'assignments', open, owner: cursor.text(typed) }
    return { kind: before && cursor.kind(open + 1) === 'integer' ? 'hops' : 'other', open, owner: '' }
  }

  get variables(): ReadonlyMap<string, ScannedVariable> {
    this.#variables ??= this.#scanVariables()
    return this.#variables
  }

  /** The type of a variable that is a node or edge. */
  typeOf(variable: string): TypeView | undefined {
    const found = this.variables.get(variable)
    if (found?.kind === 'node') return this.#schema?.node(found.type)
    return found?.kind === 'edge' ? this.#schema?.edge(found.type) : undefined
  }

  #scanVariables(): Map<string, ScannedVariable> {
    const cursor = this.#cursor
    const found = new Map<string, ScannedVariable>()
    const add = (token: number, kind: ScannedVariable['kind'], type: string) => {
      const name = cursor.text(token)
      if (name !== '_' && !found.has(name)) found.set(name, { name, kind, type, token })
    }
    let paramsEnd = this.from + 2
    if (cursor.isSymbol(paramsEnd, '(')) {
      while (paramsEnd < this.to && !cursor.isSymbol(paramsEnd, '{')) {
        const param = cursor.kind(paramsEnd) === 'variable' && cursor.isSymbol(paramsEnd + 1, ':')
        if (param) add(paramsEnd, 'parameter', this.#typeText(paramsEnd + 2))
        paramsEnd++
      }
    }
    const traversals: { source: number; target: number; edge: TypeView }[] = []
    for (let at = paramsEnd; at < this.to; at++) {
      if (cursor.kind(at) !== 'variable') continue
      if (cursor.isSymbol(at + 1, ':') && cursor.kind(at + 2) === 'type-name')
        add(at, 'node', cursor.text(at + 2))
      const traversal = this.#traversalAt(at)
      if (!traversal) continue
      traversals.push(traversal)
      if (cursor.kind(at + 1) === 'variable') add(at + 1, 'edge', traversal.edge.name)
      if (cursor.isSymbol(at - 1, '=') && cursor.kind(at - 2) === 'variable')
        add(at - 2, 'path', traversal.edge.name)
    }
    // A chain of traversals is known from either end; two passes reach what two steps can tell.
    for (let pass = 0; pass < 2; pass++) {
      for (const { source, target, edge } of traversals) {
        const { from = '', to = '' } = edge
        const left = found.get(cursor.text(source))?.type
        const right = found.get(cursor.text(target))?.type
        const reversed =
          (left ?? to) === to && (right ?? from) === from && from !== to && (left ?? right) !== undefined
        add(source, 'node', reversed ? to : from)
        add(target, 'node', reversed ? from : to)
      }
    }
    return found
  }

  #typeText(start: number): string {
    const { tokens, source } = this.#cursor
    let end = start
    for (let depth = 0; end < this.to; end++) {
      const symbol = this.#cursor.kind(end) === 'symbol' ? this.#cursor.text(end) : ''
      if (symbol === '(' || symbol === '[') depth++
      else if ((symbol === ')' || symbol === ']') && depth-- === 0) break
      else if ((symbol === ',' && depth === 0) || symbol === '{' || symbol === '@') break
    }
    const first = tokens[start]
    const last = tokens[end - 1]
    return first && last && last.end > first.start ? source.slice(first.start, last.end).slice(0, 200) : ''
  }

  /** `$a [$e:] [<] edge [>] [{1,3}] $b`, from its first variable. */
  #traversalAt(source: number): { source: number; target: number; edge: TypeView } | undefined {
    const cursor = this.#cursor
    let at = source + 1
    if (cursor.kind(at) === 'variable' && cursor.isSymbol(at + 1, ':')) at += 2
    if (cursor.isSymbol(at, '<')) at++
    if (cursor.kind(at) !== 'name') return undefined
    const edge = this.#schema?.traversedEdge(cursor.text(at++))
    if (cursor.isSymbol(at, '>')) at++
    if (cursor.isSymbol(at, '{')) {
      const last = at + 5
      while (at < last && !cursor.isSymbol(at, '}')) at++
      at++
    }
    return edge && cursor.kind(at) === 'variable' ? { source, target: at, edge } : undefined
  }
}

/** The query a token stands in, from its `query` up to the next one's. */
export function queryAround(
  cursor: CursorTokens,
  index: number,
  schema: SchemaView | undefined,
): QueryScan | undefined {
  let from = Math.min(index, cursor.tokens.length - 1)
  while (from >= 0 && !startsQuery(cursor, from)) from--
  if (from < 0) return undefined
  let to = from + 1
  while (to < cursor.tokens.length && !startsQuery(cursor, to)) to++
  return new QueryScan(cursor, from, to, schema)
}

function startsQuery(cursor: CursorTokens, index: number): boolean {
  return cursor.isWord(index, 'query') && cursor.kind(index + 1) === 'name' && cursor.isSymbol(index + 2, '(')
}
