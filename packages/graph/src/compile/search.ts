import { assertNever } from '@groundplane/core'
import type { Expression, ReadQuery, SearchCall } from '@groundplane/lang'
import { GraphError } from '../error.js'
import { measureCorpus, type SearchedColumn } from '../search/corpus.js'
import {
  distanceFunction,
  embeddedVector,
  matchFunction,
  type SearchRun,
  scoreFunction,
} from '../search/search-run.js'
import { coveredVid, type TextIndex } from '../search/text-index.js'
import { bm25Scorer, DEFAULT_EDITS, isNear, type MatchFunction, queryWords } from '../search/text-match.js'
import { vectorView } from '../search/vector.js'
import { codecFor } from '../value/codec.js'
import { needProperty, propertyColumn } from './column.js'
import { type ConstantExpression, constantWith, isConstant } from './operand.js'
import { type BoundVariable, needAlias } from './scope.js'
import type { ScopedCompiler } from './scoped-compiler.js'
import { ident, join, raw, type Slot, type Sql, type SqlInput, slot, sql, trusted } from './sql.js'

/**
 * Search calls as SQL. Words and vectors that are constants of the query are
 * prepared once per execution and called per row by number; those that differ from row to row are worked out per
 * row. An index only narrows what is looked at (see search/text-index.ts).
 *
 * `search | match_text | fuzzy` are 1 or 0, `bm25` 0 or more, `nearest` a cosine distance or null,
 * `rrf` the sum of `1 / (k + rank)` over the rankings that rank the row's entity.
 */
export function compileSearch(call: SearchCall, compiler: ScopedCompiler): Sql {
  switch (call.func) {
    case 'search':
    case 'match_text':
    case 'fuzzy':
      return sql`COALESCE(${textMatch(call, compiler)}, 0)`
    case 'bm25':
      return bm25(call, compiler)
    case 'nearest':
      return nearest(call, compiler)
    case 'rrf':
      return fusion(call, compiler)
    default:
      return assertNever(call.func, 'search function')
  }
}

/** A search call as a condition of the pattern. */
export function compileTextFilter(call: SearchCall, compiler: ScopedCompiler): Sql {
  const matches = textMatch(call, compiler)
  const proposed = candidates(call, compiler)
  return proposed ? sql`(${proposed} AND ${matches})` : matches
}

interface Field {
  readonly variable: BoundVariable
  readonly value: Sql
  readonly at: SearchedColumn
  readonly query: Expression
}

function fieldOf(call: SearchCall, compiler: ScopedCompiler): Field {
  const [field, query] = call.args as [Expression, Expression]
  if (field.kind !== 'property') throw new Error('assertion failed: a search runs on a property')
  const variable = compiler.scope.get(field.variable)
  const { column } = needProperty(variable.type, field.property)
  const at = { table: variable.type.table, tid: variable.type.tid, column }
  return { variable, value: propertyColumn(variable, field.property), at, query }
}

function searchSlot(bind: (run: SearchRun) => SqlInput): Sql {
  return slot({ kind: 'search', bind })
}

/** The value of a constant when the statement runs. */
function runValue(expression: ConstantExpression): (run: SearchRun) => SqlInput {
  const own = constantWith(expression, (input) => codecFor(expression.type).encode(input)).slots[0] as Slot
  return (run) => run.constant(own)
}

function editsOf(call: SearchCall, compiler: ScopedCompiler): Expression | undefined {
  const edits = call.args[2] as Expression | undefined
  if (edits && !isConstant(edits)) compiler.compile(edits)
  return edits
}

function textMatch(call: SearchCall, compiler: ScopedCompiler): Sql {
  const func = call.func as MatchFunction
  const { value, query } = fieldOf(call, compiler)
  const edits = editsOf(call, compiler)
  if (!isConstant(query) || (edits && !isConstant(edits))) {
    const text = compiler.compile(query)
    const limit = edits ? compiler.compile(edits) : raw(DEFAULT_EDITS)
    return sql`gp_text_match(${trusted(`'${func}'`)}, ${value}, ${text}, ${limit})`
  }
  const queryValue = runValue(query)
  const editsValue = edits && runValue(edits)
  const handle = searchSlot((run) => {
    const text = queryValue(run)
    const limit = editsValue ? Number(editsValue(run)) : DEFAULT_EDITS
    return run.handle(`${func}:${limit}:${text}`, () => matchFunction(func, text, limit, run.alive))
  })
  return sql`gp_search(${handle}, ${value})`
}

/** Versions that may match, from the index of the column; null when there is none to ask. */
function candidates(call: SearchCall, compiler: ScopedCompiler): Sql | null {
  const { variable, at, query } = fieldOf(call, compiler)
  const edits = call.args[2] as Expression | undefined
  if (!isConstant(query) || (edits && !isConstant(edits))) return null
  const index = compiler.scope.textIndex(at.table, at.column)
  if (!index || variable.alias === undefined) return null
  const text = runValue(query)
  const limit = edits ? runValue(edits) : () => DEFAULT_EDITS
  const found = call.func === 'match_text' ? allWords(index, text) : anyWord(index, call, text, limit)
  const covered = searchSlot((run) => coveredVid(run.db, index.ix))
  const tail = sql`SELECT vid FROM ${ident(at.table)} WHERE vid > ${covered}`
  return sql`${raw(variable.alias)}.vid IN (${found} UNION ALL ${tail})`
}

type FromRun = (run: SearchRun) => SqlInput

function anyWord(index: TextIndex, call: SearchCall, text: FromRun, edits: FromRun): Sql {
  const list = searchSlot((run) => {
    const value = text(run)
    const wanted = typeof value === 'string' ? [...new Set(queryWords(value))] : []
    const near = call.func === 'fuzzy' ? nearWords(run, index, wanted, Number(edits(run))) : wanted
    return JSON.stringify(near)
  })
  return sql`SELECT doc FROM ${ident(index.docs)} WHERE term IN (SELECT value FROM json_each(${list}))`
}

function nearWords(run: SearchRun, index: TextIndex, wanted: readonly string[], edits: number): string[] {
  const distinct = new Set(wanted)
  if (distinct.size === 0) return []
  const terms = run.db.prepare(`SELECT term FROM ${index.terms}`).pluck()
  const near: string[] = []
  for (const term of terms.iterate() as Iterable<string>)
    if (isNear(term, distinct, edits, run.alive)) near.push(term)
  return near
}

/** Versions with every one of the first words; FTS5 bounds the depth of an expression, and a superset is enough. */
const PHRASE_WORDS = 32
/** No text has this word: it is no letter, mark or digit. */
const NO_WORD = '"\u{10FFFD}"'

function allWords(index: TextIndex, text: FromRun): Sql {
  const match = searchSlot((run) => {
    const value = text(run)
    const wanted = typeof value === 'string' ? queryWords(value).slice(0, PHRASE_WORDS) : []
    return wanted.length > 0 ? [...new Set(wanted)].map((word) => `"${word}"`).join(' AND ') : NO_WORD
  })
  return sql`SELECT rowid FROM ${ident(index.postings)} WHERE ${ident(index.postings)} MATCH ${match}`
}

function bm25(call: SearchCall, compiler: ScopedCompiler): Sql {
  const { value, at, query } = fieldOf(call, compiler)
  const { view } = compiler.scope
  if (isConstant(query)) {
    const text = runValue(query)
    const handle = searchSlot((run) => {
      const given = text(run)
      return run.handle(`bm25:${at.table}.${at.column}:${given}`, () => {
        const wanted = typeof given === 'string' ? queryWords(given) : []
        if (wanted.length === 0) return () => 0
        return scoreFunction(bm25Scorer(wanted, measureCorpus(run.db, at, view, wanted)))
      })
    })
    return sql`gp_search(${handle}, ${value})`
  }
  throw notConstant('bm25', 'The words to score by')
}

function notConstant(func: string, what: string): GraphError {
  return new GraphError(
    'unsupported',
    'search_text_not_constant',
    `${what} of ${func} must be a literal or a parameter.`,
    { remedy: 'Pass it as a parameter; search and fuzzy take a property.' },
  )
}

function nearest(call: SearchCall, compiler: ScopedCompiler): Sql {
  const { value, query } = fieldOf(call, compiler)
  const dimensions = vectorSize(call)
  if (!isConstant(query)) {
    if (query.kind === 'property' && query.type.kind === 'vector')
      return sql`gp_cosine(${value}, ${compiler.compile(query)})`
    throw notConstant('nearest', 'The text')
  }
  const given = runValue(query)
  const isText = query.type.kind !== 'vector'
  const handle = searchSlot((run) => {
    const input = given(run)
    const key = input instanceof Uint8Array ? Buffer.from(input).toString('base64') : `text:${input}`
    return run.handle(`nearest:${dimensions}:${key}`, () => distanceFunction(vectorOf(run, input)))
  })
  const vectorOf = (run: SearchRun, input: SqlInput): Float32Array | null => {
    if (input === null) return null
    return isText ? embeddedVector(run, dimensions, String(input)) : vectorView(input as Uint8Array)
  }
  return sql`gp_search(${handle}, ${value})`
}

export function vectorSize(call: SearchCall): number {
  const field = call.args[0] as Expression
  if (field.kind !== 'property' || field.type.kind !== 'vector')
    throw new Error('assertion failed: nearest runs on a vector')
  return field.type.dimensions
}

/** Per ranking: the entity's place among those the ranking ranks, 1 the best; equal scores rank by id. */
function fusion(call: SearchCall, compiler: ScopedCompiler): Sql {
  const k = call.args[2] as Expression | undefined
  const constant = k ? (isConstant(k) ? searchSlot(positive(k)) : compiler.compile(k)) : raw(60)
  const terms = (call.args.slice(0, 2) as SearchCall[]).map((ranking) => {
    const score = compileSearch(ranking, compiler)
    const ranked = isRanked(ranking, compiler, false)
    const direction = trusted(ranking.func === 'bm25' ? 'DESC' : 'ASC')
    const id = sql`${raw(needAlias(fieldOf(ranking, compiler).variable))}.id`
    const place = sql`DENSE_RANK() OVER (PARTITION BY ${ranked} ORDER BY ${score} ${direction}, ${id})`
    return sql`CASE WHEN ${ranked} THEN 1.0 / (${constant} + ${place}) ELSE 0.0 END`
  })
  return sql`(${join(terms, ' + ')})`
}

function positive(k: ConstantExpression): FromRun {
  const given = runValue(k)
  return (run) => {
    const value = given(run)
    if (value !== null && Number(value) >= 1) return value
    throw new GraphError('invalid', 'param_invalid', 'The constant of rrf is at least 1.', {
      remedy: 'Give 1 or more; 60 is the usual constant.',
    })
  }
}

/** A ranking written as the order itself puts the best first, whatever its scale. A distance is small when it is good. */
export function ranksBestFirst(expression: Expression): boolean {
  return expression.kind === 'search' && (expression.call.func === 'bm25' || expression.call.func === 'rrf')
}

/**
 * What is ordered by a ranking, directly or by its alias, is what the ranking ranks: texts
 * with a word of the query, entities that have a vector.
 */
export function rankedOnly(query: ReadQuery, compiler: ScopedCompiler): Sql[] {
  if (query.aggregated) return refuseFusionOfGroups(query)
  return query.order.flatMap(({ expression }) => {
    const call = rankingOf(expression, query)
    return call ? [isRanked(call, compiler, true)] : []
  })
}

function rankingOf(expression: Expression, query: ReadQuery): SearchCall | null {
  const named =
    expression.kind === 'alias'
      ? query.projections.find((p) => p.name === expression.name)?.expression
      : expression
  if (named?.kind !== 'search') return null
  return ['bm25', 'nearest', 'rrf'].includes(named.call.func) ? named.call : null
}

function refuseFusionOfGroups(query: ReadQuery): [] {
  const fused = query.projections.some(
    (p) => p.expression.kind === 'search' && p.expression.call.func === 'rrf',
  )
  if (!fused) return []
  throw new GraphError(
    'unsupported',
    'rrf_in_group',
    'rrf ranks rows; it cannot stand beside an aggregate.',
    {
      remedy: 'Return the ranked rows, or aggregate without rrf.',
    },
  )
}

function isRanked(call: SearchCall, compiler: ScopedCompiler, narrow: boolean): Sql {
  if (call.func === 'rrf') {
    const [a, b] = (call.args.slice(0, 2) as SearchCall[]).map((c) => isRanked(c, compiler, false)) as [
      Sql,
      Sql,
    ]
    return sql`(${a} OR ${b})`
  }
  if (call.func === 'nearest') return hasDistance(call, compiler)
  const score = compileSearch(call, compiler)
  const proposed = narrow ? candidates(call, compiler) : null
  return proposed ? sql`(${proposed} AND ${score} > 0)` : sql`(${score} > 0)`
}

/** There is a distance where there are two vectors; saying so costs less than working it out. */
function hasDistance(call: SearchCall, compiler: ScopedCompiler): Sql {
  const { value, query } = fieldOf(call, compiler)
  if (!isConstant(query)) return sql`(${value} IS NOT NULL AND ${compiler.compile(query)} IS NOT NULL)`
  const given = runValue(query)
  const isGiven = searchSlot((run) => (given(run) === null ? 0 : 1))
  return sql`(${value} IS NOT NULL AND ${isGiven})`
}
