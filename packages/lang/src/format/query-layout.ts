import type {
  AssignmentSyntax,
  BlockSyntax,
  ClauseSyntax,
  ParsedQueries,
  ParsedQuery,
  ProjectionSyntax,
  ReadBody,
} from '../syntax/query-ast.js'
import type { CommentedToken } from './commented-tokens.js'
import { HARD_LINE, type Layout } from './layout.js'
import type { TokenPrinter, TokenRange } from './token-printer.js'

export function beforeAnnotations(token: CommentedToken): boolean {
  return token.kind === 'symbol' && token.text === '@'
}

/** Queries an empty line apart; sections and clauses on lines of their own. */
export function queriesLayout(parsed: ParsedQueries, source: string, printer: TokenPrinter): Layout {
  const starts = parsed.queries.map(({ span }) => printer.indexAt(span.start))
  const queries = new Map(starts.map((start, i) => [start, parsed.queries[i] as ParsedQuery]))
  return printer.file(starts, {
    item: ({ from }) => new QueryLayout(queries.get(from) as ParsedQuery, source, printer).layout(from),
    apart: () => true,
  })
}

class QueryLayout {
  readonly #query: ParsedQuery
  readonly #source: string
  readonly #printer: TokenPrinter

  constructor(query: ParsedQuery, source: string, printer: TokenPrinter) {
    this.#query = query
    this.#source = source
    this.#printer = printer
  }

  layout(from: number): Layout {
    const printer = this.#printer
    const { body } = this.#query
    const parens = from + 2
    const afterParams = printer.closing(parens) + 1
    const open = this.#find('{', afterParams)
    const head = [
      printer.inline({ from, to: parens }),
      printer.gap(parens, 'none'),
      printer.list(
        parens,
        this.#query.params.map(({ name }) => printer.indexAt(name.start)),
        { padded: false, item: (param) => printer.inline(param) },
      ),
    ]
    const starts =
      body.kind === 'write'
        ? body.statements.map(({ start }) => printer.indexAt(start))
        : this.#sections(open)
    const statements = new Map(starts.map((start, i) => [start, body.kind === 'write' && body.statements[i]]))
    const item = (range: TokenRange) => {
      if (body.kind === 'read') return this.#section(body, range)
      const statement = statements.get(range.from)
      return this.#withAssignments(
        range,
        statement && 'assignments' in statement ? statement.assignments : [],
      )
    }
    const annotations = { from: afterParams, to: open }
    const broken = printer.token(afterParams).breaksBefore > 0
    return [
      head,
      afterParams < open
        ? printer.inline(annotations, { breakBefore: beforeAnnotations, continues: true, broken })
        : '',
      printer.gap(open),
      printer.block(open, starts, { item }),
    ]
  }

  #find(symbol: string, from: number): number {
    let index = from
    while (!this.#printer.isSymbol(index, symbol)) {
      index = this.#printer.isSymbol(index, '(') ? this.#printer.closing(index) + 1 : index + 1
    }
    return index
  }

  /** Where `match`, `return`, `order`, `limit` and `offset` stand. */
  #sections(open: number): number[] {
    const close = this.#printer.closing(open)
    const starts: number[] = []
    for (let index = open + 1; index < close; index++) {
      starts.push(index)
      const word = this.#printer.token(index).text
      if (word === 'limit' || word === 'offset') index++
      else index = this.#printer.closing(this.#find('{', index))
    }
    return starts
  }

  #section(body: ReadBody, range: TokenRange): Layout {
    const printer = this.#printer
    const word = printer.token(range.from).text
    if (word === 'limit' || word === 'offset') return printer.inline(range)
    const open = this.#find('{', range.from)
    const head = [printer.inline({ from: range.from, to: open }), printer.gap(open)]
    if (word === 'match') return [head, this.#clauses(open, body.match)]
    if (word === 'order') {
      const starts = body.order.map(({ expression }) => printer.indexAt(expression.start))
      return [head, printer.list(open, starts, { padded: true, item: (item) => printer.inline(item) })]
    }
    const projections = new Map(body.projections.map((p) => [printer.indexAt(p.start), p]))
    return [
      head,
      printer.list(open, [...projections.keys()], {
        padded: true,
        item: (item) => this.#projection(projections.get(item.from) as ProjectionSyntax, item),
      }),
    ]
  }

  /** Without an alias, the text of a call or sum is the name of its column: it stays as it is. */
  #projection({ expression, alias }: ProjectionSyntax, range: TokenRange): Layout {
    const printer = this.#printer
    if (alias || expression.kind === 'variable' || expression.kind === 'property')
      return printer.inline(range)
    const parts: Layout[] = []
    let at = printer.token(range.from).start
    const place = (text: string, start: number, end: number) => {
      if (this.#source.slice(at, start).trim() === '' && start > at && parts.at(-1) !== HARD_LINE)
        parts.push(' ')
      parts.push(text)
      at = end
    }
    for (const token of printer.tokens.slice(range.from, range.to)) {
      if (parts.length > 0) {
        for (const { text, line, start, end } of token.comments) {
          place(text, start, end)
          if (line) parts.push(HARD_LINE)
        }
      }
      place(token.text, token.start, token.end)
    }
    return parts
  }

  #clauses(open: number, clauses: readonly ClauseSyntax[]): Layout {
    const printer = this.#printer
    const byStart = new Map(clauses.map((clause) => [printer.indexAt(clause.start), clause]))
    return printer.block(open, [...byStart.keys()], {
      item: (range) => this.#clause(byStart.get(range.from) as ClauseSyntax, range),
    })
  }

  #clause(clause: ClauseSyntax, range: TokenRange): Layout {
    switch (clause.kind) {
      case 'bind':
        return this.#withAssignments(range, clause.where)
      case 'traverse':
        return this.#printer.inline(range, { style: 'traversal' })
      case 'filter':
        return this.#filter(clause.predicate.kind === 'compare' || clause.predicate.kind === 'call', range)
      default:
        return this.#nested(clause, range)
    }
  }

  #nested(clause: BlockSyntax, { from }: TokenRange): Layout {
    const open = from + 1
    return [this.#printer.token(from).text, this.#printer.gap(open), this.#clauses(open, clause.match)]
  }

  #filter(single: boolean, range: TokenRange): Layout {
    if (single) return this.#printer.inline(range)
    const joins = (token: CommentedToken, previous: CommentedToken) =>
      token.kind === 'name' && (token.text === 'and' || token.text === 'or') && previous.text !== '.'
    return this.#printer.inline(range, { breakBefore: joins })
  }

  /** `head { a: 1, b: 2 } tail`; the braces may be missing. */
  #withAssignments(range: TokenRange, assignments: readonly AssignmentSyntax[]): Layout {
    const printer = this.#printer
    let open = range.from
    while (open < range.to && !printer.isSymbol(open, '{')) open++
    const head = printer.inline({ from: range.from, to: open })
    if (open === range.to) return head
    const starts = assignments.map(({ start }) => printer.indexAt(start))
    const after = printer.closing(open) + 1
    return [
      head,
      printer.gap(open),
      printer.list(open, starts, { padded: true, item: (item) => printer.inline(item) }),
      after < range.to ? [printer.gap(after), printer.inline({ from: after, to: range.to })] : '',
    ]
  }
}
