/** Annotations, constraints and functions an editor offers, each with what it is for. */
export interface Word {
  readonly name: string
  readonly detail: string
}

const word = (name: string, detail: string): Word => ({ name, detail })

export const VALUE_TYPES: readonly Word[] = [
  word('String', 'text'),
  word('Bool', 'true or false'),
  word('I32', '32-bit integer'),
  word('I64', '64-bit integer'),
  word('U32', '32-bit integer without sign'),
  word('U64', '64-bit integer without sign'),
  word('F32', '32-bit float'),
  word('F64', '64-bit float'),
  word('Date', 'a day, like 2026-01-31'),
  word('DateTime', 'a moment in UTC'),
  word('Blob', 'bytes'),
  word('Vector', 'Vector(n): n numbers, for nearest'),
  word('enum', 'enum(a, b): one of these texts'),
]

export const PROPERTY_ANNOTATIONS: readonly Word[] = [
  word('key', 'the node is identified by this property'),
  word('unique', 'no two rows have the same value'),
  word('index', 'filters by this property are fast; a String can be searched'),
  word('description', 'what it means, for people and agents'),
  word('instruction', 'how an agent should use it'),
  word('embed', 'the vector follows from this String property'),
  word('rename_from', 'the name it had before'),
]

export const BLOCK_CONSTRAINTS: readonly Word[] = [
  word('key', '@key(a, b): the node is identified by these properties'),
  word('unique', '@unique(a, b): no two rows have the same values'),
  word('index', '@index(a, b): an index over these properties'),
  word('range', '@range(a, 0..10): bounds of a number'),
  word('check', '@check(a, "regex"): what a String must match'),
]

export const TYPE_ANNOTATIONS: readonly Word[] = [
  word('description', 'what it is, for people and agents'),
  word('instruction', 'how an agent should use it'),
  word('rename_from', 'the name it had before'),
  word('card', '@card(0..1): edges per source node; on an edge'),
]

export const QUERY_ANNOTATIONS: readonly Word[] = [
  word('description', 'what the query answers'),
  word('instruction', 'how an agent should use it'),
  word('deprecated', 'what to use instead'),
]

export const FUNCTIONS: readonly Word[] = [
  word('count', 'count($x): how many, nulls left out'),
  word('sum', 'sum($x.n)'),
  word('avg', 'avg($x.n)'),
  word('min', 'min($x.p)'),
  word('max', 'max($x.p)'),
  word('lower', 'lower(text)'),
  word('upper', 'upper(text)'),
  word('trim', 'trim(text)'),
  word('length', 'length(text), length(list) or length($path)'),
  word('concat', 'concat(a, b, …)'),
  word('substring', 'substring(text, start, length), start counted from 0'),
  word('coalesce', 'coalesce(a, b, …): the first that is not null'),
  word('nodes', 'nodes($path): the ids along a path'),
  word('now', 'now(): the time of the statement'),
  word('date', 'date("2026-01-31")'),
  word('datetime', 'datetime("2026-01-31T08:30:00Z")'),
  word('bm25', 'bm25($x.text, $query): rank of a text match'),
  word('nearest', 'nearest($x.vector, $vector or "text"): order by distance'),
  word('rrf', 'rrf(rank, rank, 60): two rankings fused'),
]

export const FILTER_FUNCTIONS: readonly Word[] = [
  word('search', 'search($x.text, $query): every word appears'),
  word('match_text', 'match_text($x.text, $query): a phrase appears'),
  word('fuzzy', 'fuzzy($x.text, $query, 2): words with at most 2 edits'),
]
