import type { ExpressionParser, Nesting } from './expression-parser.js'
import type {
  AssignmentSyntax,
  BlockSyntax,
  ClauseSyntax,
  PredicateSyntax,
  TraverseSyntax,
} from './query-ast.js'
import type { Name } from './token.js'
import type { TokenCursor } from './token-cursor.js'

const BLOCKS = new Set(['not', 'exists', 'optional'])
/** Words that read as a filter, not as an edge, when what follows cannot end a traversal. */
const FILTER_WORDS = new Set(['contains', 'starts_with', 'and', 'or'])

/** Reads what stands between the braces of `match`, `not`, `exists` and `optional`. */
export class ClauseParser {
  readonly #cursor: TokenCursor
  readonly #expressions: ExpressionParser
  readonly #nesting: Nesting
  readonly #atBodyEnd: () => boolean

  constructor(
    cursor: TokenCursor,
    expressions: ExpressionParser,
    nesting: Nesting,
    atBodyEnd: () => boolean,
  ) {
    this.#cursor = cursor
    this.#expressions = expressions
    this.#nesting = nesting
    this.#atBodyEnd = atBodyEnd
  }

  /** `{ clause… }`, at least one. */
  parseBlock(owner: string): ClauseSyntax[] {
    const cursor = this.#cursor
    const open = cursor.expect('{', `after \`${owner}\``)
    const clauses: ClauseSyntax[] = []
    const errors = cursor.reporter.errors
    while (!cursor.at('}')) {
      if (cursor.done || this.#atBodyEnd()) {
        cursor.reporter.report(
          'syntax-error',
          open,
          `The block of \`${owner}\` is never closed.`,
          'Close it with }.',
        )
        return clauses
      }
      const clause = cursor.recovering(
        () => this.#clause(),
        (depth) => this.#atBodyEnd() || (depth === 0 && (cursor.at('}') || this.#atClauseStart())),
      )
      if (clause) clauses.push(clause)
    }
    if (clauses.length === 0 && cursor.reporter.errors === errors) {
      cursor.reporter.report(
        'syntax-error',
        open,
        `The block of \`${owner}\` is empty.`,
        'Add a clause like $x: Type.',
      )
    }
    cursor.next()
    return clauses
  }

  /** A new line that begins like a clause: the likeliest place to read on after a mistake. */
  #atClauseStart(): boolean {
    const cursor = this.#cursor
    if (!cursor.atLineStart) return false
    const token = cursor.peek()
    if (token.kind === 'variable') return true
    return token.kind === 'name' && (cursor.at('(', 1) || (BLOCKS.has(token.text) && cursor.at('{', 1)))
  }

  #clause(): ClauseSyntax {
    const cursor = this.#cursor
    const token = cursor.peek()
    if (token.kind === 'name' && BLOCKS.has(token.text) && cursor.at('{', 1)) {
      return this.#nesting.within(cursor, () => this.#block(token.text as BlockSyntax['kind']))
    }
    if (token.kind === 'variable') {
      if (cursor.at(':', 1)) return this.#bind()
      if (cursor.at('=', 1) && cursor.atKind('variable', 2) && this.#traversalAt(2)) return this.#path()
      if (this.#traversalAt(0)) return this.#traverse(token.start)
    }
    return this.#filter()
  }

  #block(kind: BlockSyntax['kind']): BlockSyntax {
    const cursor = this.#cursor
    const keyword = cursor.next()
    const match = this.parseBlock(kind)
    return {
      kind,
      keyword: { start: keyword.start, end: keyword.end },
      match,
      ...cursor.spanFrom(keyword.start),
    }
  }

  #bind(): ClauseSyntax {
    const cursor = this.#cursor
    const variable = cursor.expectVariable('a variable')
    cursor.next()
    const type = cursor.expectTypeName('a node type')
    const where = cursor.at('{') ? this.assignments('the properties to match') : []
    return { kind: 'bind', variable, type, where, ...cursor.spanFrom(variable.start) }
  }

  /** `{ name: value, … }`; commas may be left out between lines. */
  assignments(what: string): AssignmentSyntax[] {
    const cursor = this.#cursor
    const open = cursor.expect('{', `before ${what}`)
    const found: AssignmentSyntax[] = []
    while (!cursor.at('}')) {
      if (cursor.done || this.#atBodyEnd()) {
        cursor.reporter.report('syntax-error', open, 'This block is never closed.', 'Close it with }.')
        return found
      }
      const assignment = cursor.recovering(
        () => this.#assignment(),
        (depth) => this.#atBodyEnd() || (depth === 0 && (cursor.at('}') || this.#atAssignment())),
      )
      if (assignment) found.push(assignment)
      cursor.accept(',')
    }
    cursor.next()
    return found
  }

  #atAssignment(): boolean {
    return this.#cursor.at(',') || (this.#cursor.atKind('name') && this.#cursor.at(':', 1))
  }

  #assignment(): AssignmentSyntax {
    const cursor = this.#cursor
    const property = cursor.expectName('a property name')
    cursor.expect(':', `after \`${property.text}\``)
    return { property, value: this.#expressions.value(), ...cursor.spanFrom(property.start) }
  }

  /**
   * Whether a traversal stands `ahead` tokens from here: a variable, perhaps an edge
   * variable, an edge, perhaps bounds, a variable. `$a contains $b.name` is a filter.
   */
  #traversalAt(ahead: number): boolean {
    const cursor = this.#cursor
    let at = ahead + 1
    // `$b` and then `$c: Type` are two clauses.
    if (cursor.atKind('variable', at)) return cursor.at(':', at + 1) && !cursor.atKind('type-name', at + 2)
    if (cursor.at('<', at)) return cursor.atKind('name', at + 1) && cursor.at('>', at + 2)
    if (!cursor.atKind('name', at)) return false
    const word = cursor.peek(at++).text
    if (cursor.at('{', at)) return cursor.atKind('integer', at + 1) || !BLOCKS.has(word)
    if (!cursor.atKind('variable', at)) return ahead === 0 && !FILTER_WORDS.has(word)
    return !(FILTER_WORDS.has(word) && (cursor.at('.', at + 1) || word === 'and' || word === 'or'))
  }

  #path(): TraverseSyntax {
    const cursor = this.#cursor
    const pathVariable = cursor.expectVariable('a path variable')
    cursor.next()
    return { ...this.#traverse(pathVariable.start), pathVariable }
  }

  #traverse(start: number): TraverseSyntax {
    const cursor = this.#cursor
    const source = cursor.expectVariable('a variable')
    let edgeVariable: Name | undefined
    if (cursor.atKind('variable')) {
      edgeVariable = cursor.expectVariable('an edge variable')
      cursor.expect(':', 'between the edge variable and the edge')
    }
    const undirected = cursor.accept('<') !== undefined
    const edge = cursor.expectName('the name of an edge')
    if (undirected) cursor.expect('>', 'after the edge of an undirected traversal')
    const hops = cursor.at('{') ? this.#hops() : undefined
    const target = cursor.expectVariable(`the variable \`${edge.text}\` leads to`)
    return {
      kind: 'traverse',
      source,
      target,
      edge,
      undirected,
      ...(hops && { hops }),
      ...(edgeVariable && { edgeVariable }),
      ...cursor.spanFrom(start),
    }
  }

  #hops(): NonNullable<TraverseSyntax['hops']> {
    const cursor = this.#cursor
    const { start } = cursor.next()
    const min = this.integer('the least number of hops')
    const max = cursor.accept(',') && cursor.atKind('integer') ? this.integer('') : undefined
    cursor.expect('}', 'after the hop bounds')
    return { min, ...(max && { max }), ...cursor.spanFrom(start) }
  }

  integer(what: string): Name {
    const token = this.#cursor.peek()
    if (token.kind !== 'integer') return this.#cursor.fail(what)
    this.#cursor.next()
    return { text: token.text, start: token.start, end: token.end }
  }

  #filter(): ClauseSyntax {
    const { start } = this.#cursor.peek()
    const predicate = this.#or()
    return { kind: 'filter', predicate, ...this.#cursor.spanFrom(start) }
  }

  #or(): PredicateSyntax {
    return this.#joined('or', () => this.#joined('and', () => this.#condition()))
  }

  #joined(word: 'or' | 'and', part: () => PredicateSyntax): PredicateSyntax {
    const cursor = this.#cursor
    const { start } = cursor.peek()
    const first = part()
    if (!cursor.atWord(word)) return first
    const parts = [first]
    while (cursor.acceptWord(word)) parts.push(part())
    return { kind: word, parts, ...cursor.spanFrom(start) }
  }

  #condition(): PredicateSyntax {
    const cursor = this.#cursor
    const { start } = cursor.peek()
    if (cursor.at('(') && this.#groupsPredicate()) {
      cursor.next()
      const inner = this.#nesting.within(cursor, () => this.#or())
      cursor.expect(')', 'to close the parenthesis')
      return { ...inner, ...cursor.spanFrom(start) }
    }
    const left = this.#expressions.parse()
    const op = this.#expressions.acceptComparison()
    if (op) return { kind: 'compare', op, left, right: this.#expressions.parse(), ...cursor.spanFrom(start) }
    if (left.kind === 'call') return { kind: 'call', call: left, ...cursor.spanFrom(start) }
    return cursor.fail('a comparison like `= value`, or an edge')
  }

  /** A parenthesis opens a group of conditions when a comparison or search stands in it, else an expression. */
  #groupsPredicate(): boolean {
    const cursor = this.#cursor
    let depth = 0
    for (let at = 0; ; at++) {
      const token = cursor.peek(at)
      if (token.kind === 'end' || at > 200) return false
      if (token.kind === 'name' && ['contains', 'starts_with', 'or', 'and'].includes(token.text)) return true
      if (token.kind === 'name' && depth === 1 && ['search', 'fuzzy', 'match_text'].includes(token.text))
        return true
      if (token.kind !== 'symbol') continue
      if (token.text === '(') depth++
      else if (token.text === ')' && --depth === 0) return false
      else if (token.text === '{' || token.text === '}') return false
      else if (['=', '!=', '<', '<=', '>', '>='].includes(token.text)) return true
    }
  }
}
