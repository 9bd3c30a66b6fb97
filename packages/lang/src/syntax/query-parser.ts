import { parseAnnotation } from './annotation-parser.js'
import { ClauseParser } from './clause-parser.js'
import { ExpressionParser, Nesting } from './expression-parser.js'
import { lex } from './lexer.js'
import type {
  ClauseSyntax,
  ConditionSyntax,
  OrderingSyntax,
  ParamSyntax,
  ParsedQueries,
  ParsedQuery,
  ProjectionSyntax,
  ReadBody,
  StatementSyntax,
  WriteBody,
} from './query-ast.js'
import type { Reporter } from './reporter.js'
import type { AnnotationSyntax } from './schema-ast.js'
import type { Name } from './token.js'
import { TokenCursor } from './token-cursor.js'
import { parseTypeRef } from './type-ref.js'

const WRITES = new Set(['insert', 'update', 'delete'])
const SECTIONS = ['match', 'return', 'order', 'limit', 'offset'] as const

/** Reads a `.gq` text. Reports what is malformed and reads on at the next clause, section or query. */
export function parseQuerySource(source: string, reporter: Reporter): ParsedQueries {
  return new QueryParser(new TokenCursor(source, lex(source, reporter), reporter)).parse()
}

interface ReadDraft {
  match?: ClauseSyntax[]
  projections?: ProjectionSyntax[]
  distinct: boolean
  order?: OrderingSyntax[]
  limit?: Name
  offset?: Name
}

class QueryParser {
  readonly #cursor: TokenCursor
  readonly #expressions: ExpressionParser
  readonly #clauses: ClauseParser

  constructor(cursor: TokenCursor) {
    const nesting = new Nesting()
    this.#cursor = cursor
    this.#expressions = new ExpressionParser(cursor, nesting)
    this.#clauses = new ClauseParser(
      cursor,
      this.#expressions,
      nesting,
      () => this.#atSection() || this.#atQuery(),
    )
  }

  parse(): ParsedQueries {
    const queries: ParsedQuery[] = []
    while (!this.#cursor.done) {
      const query = this.#cursor.recovering(
        () => this.#query(),
        () => this.#atQuery(),
      )
      if (query) queries.push(query)
    }
    return { queries }
  }

  #atQuery(): boolean {
    const cursor = this.#cursor
    return cursor.atWord('query') && cursor.atKind('name', 1) && cursor.at('(', 2)
  }

  /** A word that opens a part of a body, followed by what only such a part begins with. */
  #atSection(): boolean {
    const cursor = this.#cursor
    const token = cursor.peek()
    if (token.kind !== 'name') return false
    switch (token.text) {
      case 'match':
      case 'order':
        return cursor.at('{', 1)
      case 'return':
        return cursor.at('{', 1) || (cursor.atWord('distinct', 1) && cursor.at('{', 2))
      case 'limit':
      case 'offset':
        return cursor.atKind('integer', 1)
      default:
        return WRITES.has(token.text) && cursor.atKind('type-name', 1)
    }
  }

  /** A weaker sign than `#atSection`, for text that is known to be malformed. */
  #atSectionWord(): boolean {
    return this.#cursor.atLineStart && SECTIONS.some((section) => this.#cursor.atWord(section))
  }

  #query(): ParsedQuery {
    const cursor = this.#cursor
    const before = cursor.reporter.errors
    const { start } = cursor.expectWord('query', 'to begin a query')
    const name = cursor.expectName('the name of the query')
    const params = this.#params()
    const annotations: AnnotationSyntax[] = []
    while (cursor.at('@')) annotations.push(parseAnnotation(cursor))
    const open = cursor.expect('{', 'to open the query')
    const body = this.#body()
    if (!cursor.accept('}')) {
      cursor.reporter.report(
        'syntax-error',
        open,
        `The query \`${name.text}\` is never closed.`,
        'Close it with }.',
      )
    }
    return {
      name: name.text,
      nameSpan: { start: name.start, end: name.end },
      span: cursor.spanFrom(start),
      complete: cursor.reporter.errors === before,
      params,
      annotations,
      body,
    }
  }

  #params(): ParamSyntax[] {
    const cursor = this.#cursor
    const params: ParamSyntax[] = []
    cursor.expect('(', 'after the name of the query')
    while (!cursor.at(')')) {
      const param = cursor.recovering(
        () => this.#param(),
        () => cursor.at(',') || cursor.at(')') || cursor.at('{') || this.#atQuery(),
      )
      if (param) params.push(param)
      if (!cursor.accept(',')) break
    }
    if (!cursor.accept(')')) {
      const token = cursor.peek()
      // A forgotten parenthesis is no reason not to read the body.
      if (!cursor.at('{') && !cursor.at('@')) cursor.fail('`)` or `,` after a parameter')
      cursor.reporter.report('syntax-error', token, 'The parameters are never closed.', 'Close them with ).')
    }
    return params
  }

  #param(): ParamSyntax {
    const name = this.#cursor.expectVariable('a parameter like $name: String')
    this.#cursor.expect(':', `after $${name.text}`)
    return { name, type: parseTypeRef(this.#cursor) }
  }

  #body(): ReadBody | WriteBody {
    const token = this.#cursor.peek()
    if (token.kind === 'name' && WRITES.has(token.text)) return this.#writeBody()
    return this.#readBody()
  }

  #readBody(): ReadBody {
    const cursor = this.#cursor
    const draft: ReadDraft = { distinct: false }
    const errors = cursor.reporter.errors
    let last = -1
    while (!cursor.at('}') && !cursor.done && !this.#atQuery()) {
      const section = cursor.recovering(
        () => this.#section(draft, last),
        (depth) =>
          this.#atQuery() || this.#atSection() || (depth === 0 && (cursor.at('}') || this.#atSectionWord())),
      )
      last = section ?? last
    }
    if (cursor.reporter.errors === errors) {
      if (!draft.match) this.#missing('match', 'match { … }')
      else if (!draft.projections) this.#missing('return', 'return { … }')
    }
    return {
      kind: 'read',
      match: draft.match ?? [],
      projections: draft.projections ?? [],
      distinct: draft.distinct,
      order: draft.order ?? [],
      ...(draft.limit && { limit: draft.limit }),
      ...(draft.offset && { offset: draft.offset }),
    }
  }

  #missing(section: string, form: string): void {
    const cursor = this.#cursor
    cursor.reporter.report('syntax-error', cursor.peek(), `The query has no \`${section}\`.`, `Add ${form}.`)
  }

  /** Reads one section into the draft and answers its place in the order; sections stand in order, once each. */
  #section(draft: ReadDraft, last: number): number {
    const cursor = this.#cursor
    const token = cursor.peek()
    const place = SECTIONS.findIndex((section) => cursor.atWord(section))
    const section = SECTIONS[place]
    if (section === undefined) {
      return cursor.fail(
        last < 0 ? '`match`, `insert`, `update` or `delete`' : '`return`, `order`, `limit`, `offset` or `}`',
      )
    }
    const twice = section in draft || (section === 'return' && draft.projections)
    // Limit and offset may stand in either order.
    if (twice || place < Math.min(last, 3)) {
      const message = twice
        ? `\`${section}\` stands here twice.`
        : `\`${section}\` stands in the wrong place.`
      cursor.reporter.report(
        'syntax-error',
        token,
        message,
        'The order is match, return, order, limit, offset, each once.',
      )
    }
    cursor.next()
    if (section === 'match') draft.match = this.#clauses.parseBlock('match')
    else if (section === 'return') {
      draft.distinct = cursor.acceptWord('distinct') !== undefined
      draft.projections = this.#projections()
    } else if (section === 'order') draft.order = this.#orderings()
    else draft[section] = this.#clauses.integer(`a whole number after \`${section}\``)
    return place
  }

  #projections(): ProjectionSyntax[] {
    return this.#list('return', () => {
      const cursor = this.#cursor
      const { start } = cursor.peek()
      const expression = this.#expressions.parse()
      const alias = cursor.acceptWord('as') && cursor.expectName('a name after `as`')
      return { expression, ...(alias && { alias }), ...cursor.spanFrom(start) }
    })
  }

  #orderings(): OrderingSyntax[] {
    return this.#list('order', () => {
      const expression = this.#expressions.parse()
      const descending = this.#cursor.acceptWord('desc') !== undefined
      if (!descending) this.#cursor.acceptWord('asc')
      return { expression, descending }
    })
  }

  /** `{ item, … }`, at least one; commas may be left out. */
  #list<T>(owner: string, read: () => T): T[] {
    const cursor = this.#cursor
    const open = cursor.expect('{', `after \`${owner}\``)
    const items: T[] = []
    const errors = cursor.reporter.errors
    while (!cursor.at('}')) {
      if (cursor.done || this.#atSection() || this.#atQuery()) {
        cursor.reporter.report(
          'syntax-error',
          open,
          `The block of \`${owner}\` is never closed.`,
          'Close it with }.',
        )
        return items
      }
      const item = cursor.recovering(read, (depth) => {
        if (this.#atSection() || this.#atQuery()) return true
        return depth === 0 && (cursor.at('}') || cursor.at(',') || cursor.atLineStart)
      })
      if (item) items.push(item)
      cursor.accept(',')
    }
    if (items.length === 0 && cursor.reporter.errors === errors) {
      cursor.reporter.report(
        'syntax-error',
        open,
        `The block of \`${owner}\` is empty.`,
        'Add an expression like $x.name.',
      )
    }
    cursor.next()
    return items
  }

  #writeBody(): WriteBody {
    const cursor = this.#cursor
    const statements: StatementSyntax[] = []
    while (!cursor.at('}') && !cursor.done && !this.#atQuery()) {
      const statement = cursor.recovering(
        () => this.#statement(),
        (depth) => this.#atQuery() || this.#atSection() || (depth === 0 && cursor.at('}')),
      )
      if (statement) statements.push(statement)
    }
    return { kind: 'write', statements }
  }

  #statement(): StatementSyntax {
    const cursor = this.#cursor
    const { start } = cursor.peek()
    if (cursor.acceptWord('insert')) {
      const type = cursor.expectTypeName('the type to insert')
      const assignments = this.#clauses.assignments('the properties to insert')
      return { kind: 'insert', type, assignments, ...cursor.spanFrom(start) }
    }
    if (cursor.acceptWord('update')) {
      const type = cursor.expectTypeName('the type to update')
      cursor.expectWord('set', 'after the type to update')
      const assignments = this.#clauses.assignments('the properties to set')
      return { kind: 'update', type, assignments, where: this.#where(), ...cursor.spanFrom(start) }
    }
    if (cursor.acceptWord('delete')) {
      const type = cursor.expectTypeName('the type to delete from')
      return { kind: 'delete', type, where: this.#where(), ...cursor.spanFrom(start) }
    }
    return cursor.fail('`insert`, `update`, `delete` or `}`')
  }

  #where(): ConditionSyntax {
    const cursor = this.#cursor
    cursor.expectWord('where', 'and a condition like `id = $id`')
    const property = cursor.expectName('a property name')
    const op = this.#expressions.acceptComparison() ?? cursor.fail('a comparison like `= $value`')
    return { property, op, value: this.#expressions.value(), ...cursor.spanFrom(property.start) }
  }
}
