/**
 * Constructs that version 0.12.1 of the parser does not read, rewritten into ones
 * it does and the resolver knows again. Each works on tokens, so that strings and
 * comments are left alone, and only where its words occur.
 */

export interface Token {
  readonly token_type: string
  readonly text?: string
  /** Offsets in code points. */
  readonly span: { readonly start: number; readonly end: number }
}

/** Replaces the text from `from` to `to`, which may be the same, by `by`. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly by: string
}

interface Gap {
  readonly dialects?: readonly string[]
  /** Cheap test of the whole text; tokens are made only when one holds. */
  readonly words: RegExp
  edits(tokens: readonly Token[]): Edit[]
}

/** The column that stands for several in `SET (a, b) = …`; its value is a call of the same name. */
export const MULTIPLE_ASSIGNMENT = 'groundplane_columns'
/** Stands for `*` in RETURNING. */
export const ALL_COLUMNS = 'groundplane_all_columns'
/** Begins the name in `* EXCLUDE` that stands for `* ILIKE pattern`. */
export const LIKE_MARK = 'groundplane_ilike:'

/** `sql` in the words the parser knows; as it is when nothing of it needs rewriting. */
export function fillGaps(sql: string, dialect: string, tokenize: () => readonly Token[] | undefined): string {
  const wanted = GAPS.filter((g) => (!g.dialects || g.dialects.includes(dialect)) && g.words.test(sql))
  if (wanted.length === 0) return sql
  const tokens = tokenize()
  if (!tokens) return sql
  const edits = wanted.flatMap((gap) => gap.edits(tokens))
  return edits.length === 0 ? sql : edited(sql, edits)
}

function edited(sql: string, edits: readonly Edit[]): string {
  const characters = Array.from(sql)
  const parts: string[] = []
  let at = 0
  for (const { from, to, by } of [...edits].sort((a, b) => a.from - b.from)) {
    if (from < at) continue
    parts.push(characters.slice(at, from).join(''), by)
    at = to
  }
  parts.push(characters.slice(at).join(''))
  return parts.join('')
}

const is = (token: Token | undefined, ...types: readonly string[]): boolean =>
  token !== undefined && types.includes(token.token_type)
/** A word that no keyword of the tokenizer is. */
const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token !== undefined &&
  words.includes((token.text ?? '').toUpperCase()) &&
  !is(token, 'STRING', 'QUOTED_IDENTIFIER')
const isName = (token: Token | undefined): boolean => is(token, 'VAR', 'QUOTED_IDENTIFIER')
const insert = (at: number, by: string): Edit => ({ from: at, to: at, by })

/** For each opening parenthesis the index of the one that closes it. */
function closings(tokens: readonly Token[]): Map<number, number> {
  const open: number[] = []
  const pairs = new Map<number, number>()
  tokens.forEach((token, i) => {
    if (is(token, 'L_PAREN')) open.push(i)
    else if (is(token, 'R_PAREN')) {
      const from = open.pop()
      if (from !== undefined) pairs.set(from, i)
    }
  })
  return pairs
}

/** The index of the last token of the query that begins at `from`: before `)`, `;` or a RETURNING of its own depth. */
function endOfQuery(tokens: readonly Token[], from: number): number {
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    if (is(tokens[i], 'L_PAREN')) depth++
    else if (is(tokens[i], 'R_PAREN') && --depth < 0) return i - 1
    else if (depth === 0 && is(tokens[i], 'SEMICOLON', 'RETURNING')) return i - 1
  }
  return tokens.length - 1
}

const GAPS: readonly Gap[] = [
  {
    // `SELECT a FROM (SELECT …) UNION SELECT …`: the UNION is taken into the parentheses unless the subquery has an alias.
    words: /\b(?:union|intersect|except|minus)\b/i,
    edits(tokens) {
      return [...closings(tokens)]
        .filter(
          ([open, close]) =>
            is(tokens[open - 1], 'FROM', 'JOIN', 'COMMA') &&
            is(tokens[open + 1], 'SELECT', 'WITH', 'VALUES') &&
            is(tokens[close + 1], 'UNION', 'INTERSECT', 'EXCEPT'),
        )
        .map(([, close]) => insert((tokens[close] as Token).span.end, ` AS gp_subquery_${close}`))
    },
  },
  {
    // `CREATE VIEW v AS (SELECT …) UNION …`: how PostgreSQL prints a view of several parts.
    words: /\bas\s*\(/i,
    edits(tokens) {
      return [...closings(tokens)].flatMap(([open, close]) => {
        if (!is(tokens[open - 1], 'AS') || !is(tokens[close + 1], 'UNION', 'INTERSECT', 'EXCEPT')) return []
        if (!isBodyOfView(tokens, open - 1)) return []
        const end = tokens[endOfQuery(tokens, open)] as Token
        return [
          insert((tokens[open] as Token).span.start, 'SELECT * FROM ('),
          insert(end.span.end, ') AS gp_view'),
        ]
      })
    },
  },
  {
    // `SET (a, b) = (SELECT x, y …)`
    words: /\bset\s*\(|\)\s*=\s*(?:\(|row\b)/i,
    edits(tokens) {
      const pairs = closings(tokens)
      return [...pairs].flatMap(([open, close]) => {
        const value = tokens[close + 2]
        const end = is(value, 'L_PAREN')
          ? pairs.get(close + 2)
          : isWord(value, 'ROW')
            ? pairs.get(close + 3)
            : undefined
        const names = tokens.slice(open + 1, close)
        const list = names.every((t, i) => (i % 2 === 0 ? isName(t) : is(t, 'COMMA')))
        if (!list || !is(tokens[close + 1], 'EQ') || end === undefined) return []
        const before = tokens[open - 1]
        if (!is(before, 'SET') && !(is(before, 'COMMA') && inSetList(tokens, open))) return []
        const [from, eq, last] = [tokens[open], tokens[close + 1], tokens[end]] as [Token, Token, Token]
        const to = (tokens[close] as Token).span
        return [
          {
            from: from.span.start,
            to: from.span.end,
            by: `${MULTIPLE_ASSIGNMENT} = ${MULTIPLE_ASSIGNMENT}(`,
          },
          { from: to.start, to: eq.span.end, by: ', ' },
          insert(last.span.end, ')'),
        ]
      })
    },
  },
  {
    // `INSERT … RETURNING *`
    words: /\breturning\s*\*/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) =>
        is(token, 'STAR') && is(tokens[i - 1], 'RETURNING')
          ? [{ from: token.span.start, to: token.span.end, by: ALL_COLUMNS }]
          : [],
      ),
  },
  {
    // `UPDATE OR IGNORE t`
    dialects: ['sqlite'],
    words: /\bupdate\s+or\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        const [or, how] = [tokens[i + 1], tokens[i + 2]]
        return is(token, 'UPDATE') && is(or, 'OR') && or && how
          ? [{ from: or.span.start, to: how.span.end, by: '' }]
          : []
      }),
  },
  {
    // `CREATE MATERIALIZED VIEW v AS q WITH NO DATA`
    dialects: ['postgresql'],
    words: /\bwith\s+(?:no\s+)?data\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        const last = isWord(tokens[i + 1], 'NO') ? i + 2 : i + 1
        const data = tokens[last]
        const ends = tokens[last + 1] === undefined || is(tokens[last + 1], 'SEMICOLON')
        return is(token, 'WITH') && data && isWord(data, 'DATA') && ends
          ? [{ from: token.span.start, to: data.span.end, by: '' }]
          : []
      }),
  },
  {
    // `USING max(x) AS top`: a keyword of another dialect.
    dialects: ['duckdb'],
    words: /\bas\s+top\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) =>
        is(token, 'TOP') && is(tokens[i - 1], 'AS')
          ? [{ from: token.span.start, to: token.span.end, by: `"${token.text ?? 'top'}"` }]
          : [],
      ),
  },
  {
    // `TABLE t` as a query
    dialects: ['postgresql', 'duckdb'],
    words: /\btable\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        const before = tokens[i - 1]
        const opens =
          before === undefined ||
          is(before, 'AS', 'L_PAREN', 'UNION', 'ALL', 'INTERSECT', 'EXCEPT', 'SEMICOLON')
        return is(token, 'TABLE') && opens && isName(tokens[i + 1])
          ? [{ from: token.span.start, to: token.span.end, by: 'SELECT * FROM' }]
          : []
      }),
  },
  {
    // `INSERT INTO t OVERRIDING SYSTEM VALUE SELECT …`
    dialects: ['postgresql'],
    words: /\boverriding\s+(?:system|user)\s+value\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        const value = tokens[i + 2]
        return isWord(token, 'OVERRIDING') && value && isWord(value, 'VALUE')
          ? [{ from: token.span.start, to: value.span.end, by: '' }]
          : []
      }),
  },
  {
    // `CREATE VIEW v AS … WITH CASCADED CHECK OPTION`
    dialects: ['postgresql'],
    words: /\bcheck\s+option\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        const check = isWord(tokens[i + 1], 'CHECK') ? i + 1 : i + 2
        const option = tokens[check + 1]
        return is(token, 'WITH') && isWord(tokens[check], 'CHECK') && option && isWord(option, 'OPTION')
          ? [{ from: token.span.start, to: option.span.end, by: '' }]
          : []
      }),
  },
  {
    // `CREATE VIEW v (a) WITH (security_barrier) AS …`
    dialects: ['postgresql'],
    words: /\bview\b/i,
    edits(tokens) {
      return [...closings(tokens)].flatMap(([open, close]) => {
        const [with_, end] = [tokens[open - 1], tokens[close]] as [Token | undefined, Token]
        return is(with_, 'WITH') && is(tokens[close + 1], 'AS') && isBodyOfView(tokens, open - 1)
          ? [{ from: (with_ as Token).span.start, to: end.span.end, by: '' }]
          : []
      })
    },
  },
  {
    // `CREATE TABLE t COMMENT = 'text' AS …`
    dialects: ['snowflake'],
    words: /\bcomment\s*=/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        const text = tokens[i + 2]
        return isWord(token, 'COMMENT') && is(tokens[i + 1], 'EQ') && text && is(text, 'STRING')
          ? [{ from: token.span.start, to: text.span.end, by: '' }]
          : []
      }),
  },
  {
    // `FROM t FOR SYSTEM_TIME AS OF expression`
    dialects: ['bigquery'],
    words: /\bfor\s+system_time\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        if (!is(token, 'FOR') || !isWord(tokens[i + 1], 'SYSTEM_TIME')) return []
        const end = tokens[endOfTime(tokens, i + 4)] as Token
        return [{ from: token.span.start, to: end.span.end, by: '' }]
      }),
  },
  {
    // `SELECT … INTO TEMP TABLE t`
    dialects: ['postgresql'],
    words: /\binto\s+(?:temp|temporary|unlogged)?\s*table\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) =>
        is(token, 'TABLE') && tokens.slice(Math.max(0, i - 2), i).some((t) => is(t, 'INTO'))
          ? [{ from: token.span.start, to: token.span.end, by: '' }]
          : [],
      ),
  },
  {
    // `CREATE RECURSIVE VIEW v (a) AS q` is `CREATE VIEW v (a) AS WITH RECURSIVE v (a) AS (q) SELECT * FROM v`.
    dialects: ['postgresql'],
    words: /\brecursive\s+view\b/i,
    edits: (tokens) => tokens.flatMap((token, i) => (is(token, 'RECURSIVE') ? recursiveView(tokens, i) : [])),
  },
  {
    // `db..table` leaves out the schema PUBLIC.
    dialects: ['snowflake'],
    words: /\.\./,
    edits: (tokens) =>
      tokens.flatMap((token, i) =>
        is(token, 'DOT') && is(tokens[i + 1], 'DOT') && isName(tokens[i - 1])
          ? [insert(token.span.end, 'PUBLIC')]
          : [],
      ),
  },
  {
    // `payload['a']:b` is `payload['a'].b`.
    dialects: ['snowflake'],
    words: /\]\s*:/,
    edits: (tokens) =>
      tokens.flatMap((token, i) =>
        is(token, 'COLON') && is(tokens[i - 1], 'R_BRACKET') && isName(tokens[i + 1])
          ? [{ from: token.span.start, to: token.span.end, by: '.' }]
          : [],
      ),
  },
  {
    // `* ILIKE 'pattern'`
    dialects: ['snowflake'],
    words: /\*\s*ilike\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        const pattern = tokens[i + 2]
        if (!is(token, 'STAR') || !is(tokens[i + 1], 'I_LIKE') || !pattern || !is(pattern, 'STRING'))
          return []
        const name = `${LIKE_MARK}${pattern.text ?? ''}`.replaceAll('"', '""')
        return [
          { from: (tokens[i + 1] as Token).span.start, to: pattern.span.end, by: `EXCLUDE ("${name}")` },
        ]
      }),
  },
  {
    // `INSERT t (a)` without INTO
    dialects: ['bigquery'],
    words: /\binsert\s+(?!into\b)/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) =>
        is(token, 'INSERT') && isName(tokens[i + 1]) && !isWord(tokens[i + 1], 'ROW')
          ? [insert(token.span.end, ' INTO')]
          : [],
      ),
  },
  {
    // `FROM o, o.lines AS l WITH OFFSET`: the parser drops the offset of an array that is not inside UNNEST.
    dialects: ['bigquery'],
    words: /\bwith\s+offset\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) =>
        is(token, 'WITH') && isWord(tokens[i + 1], 'OFFSET') ? unnestedPath(tokens, i) : [],
      ),
  },
  {
    // `CREATE VIEW v AS FROM t`, `INSERT INTO t FROM s`
    dialects: ['duckdb'],
    words: /\bas\s+from\b|\binsert\b/i,
    edits: (tokens) =>
      tokens.flatMap((token, i) => {
        if (!is(token, 'FROM') || !(is(tokens[i - 1], 'AS') || isQueryOfInsert(tokens, i))) return []
        const end = tokens[endOfQuery(tokens, i)] as Token
        return [insert(token.span.start, 'SELECT * FROM ('), insert(end.span.end, ') AS gp_from')]
      }),
  },
]

const AFTER_TABLE: readonly string[] =
  `WHERE JOIN LEFT RIGHT INNER FULL CROSS GROUP ORDER LIMIT HAVING QUALIFY WINDOW
  UNION INTERSECT EXCEPT COMMA SEMICOLON ON USING AS`.split(/\s+/)

/** The index of the last token of the point in time that begins at `from`. */
function endOfTime(tokens: readonly Token[], from: number): number {
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    if (is(tokens[i], 'L_PAREN')) depth++
    else if (is(tokens[i], 'R_PAREN') && --depth < 0) return i - 1
    else if (depth === 0 && i > from && is(tokens[i], ...AFTER_TABLE)) return i - 1
  }
  return tokens.length - 1
}

/** Whether what comes before `at` in its statement is the head of a CREATE VIEW. */
function isBodyOfView(tokens: readonly Token[], at: number): boolean {
  let depth = 0
  for (let i = at - 1; i >= 0; i--) {
    if (is(tokens[i], 'R_PAREN')) depth++
    else if (is(tokens[i], 'L_PAREN')) depth--
    else if (depth > 0) continue
    else if (is(tokens[i], 'VIEW')) return true
    else if (is(tokens[i], 'WITH') && is(tokens[i + 1], 'L_PAREN')) continue
    else if (is(tokens[i], 'SELECT', 'WITH', 'TABLE', 'FROM', 'SEMICOLON', 'AS')) return false
  }
  return false
}

/** How far back the beginning of a list of assignments is looked for, in tokens. */
const SET_LIST = 2_000

/** Whether the list of assignments that `at` stands in began with SET at the same depth. */
function inSetList(tokens: readonly Token[], at: number): boolean {
  let depth = 0
  for (let i = at - 1; i >= Math.max(0, at - SET_LIST); i--) {
    if (is(tokens[i], 'R_PAREN')) depth++
    else if (is(tokens[i], 'L_PAREN') && --depth < 0) return false
    else if (depth > 0) continue
    else if (is(tokens[i], 'SET')) return true
    else if (is(tokens[i], 'FROM', 'WHERE', 'SELECT', 'SEMICOLON', 'VALUES')) return false
  }
  return false
}

function recursiveView(tokens: readonly Token[], at: number): Edit[] {
  if (!is(tokens[at + 1], 'VIEW')) return []
  const as = tokens.findIndex((t, i) => i > at && is(t, 'AS', 'SEMICOLON'))
  const open = tokens.findIndex((t, i) => i > at && i < as && is(t, 'L_PAREN'))
  const close = tokens.findIndex((t, i) => i > at && i < as && is(t, 'R_PAREN'))
  if (!is(tokens[as], 'AS') || open < 0 || close < open) return []
  const written = (t: Token): string => (is(t, 'QUOTED_IDENTIFIER') ? `"${t.text}"` : (t.text ?? ''))
  const name = written(tokens[open - 1] as Token)
  const columns = tokens
    .slice(open + 1, close)
    .map(written)
    .join(' ')
  const [token, begin] = [tokens[at], tokens[as]] as [Token, Token]
  const end = tokens[endOfQuery(tokens, as + 1)] as Token
  return [
    { from: token.span.start, to: token.span.end, by: '' },
    insert(begin.span.end, ` WITH RECURSIVE ${name} (${columns}) AS (`),
    insert(end.span.end, `) SELECT * FROM ${name}`),
  ]
}

/** Puts UNNEST around the path before `[AS alias] WITH OFFSET`. */
function unnestedPath(tokens: readonly Token[], at: number): Edit[] {
  for (const aliased of [0, 1, 2]) {
    const last = at - 1 - aliased
    if (aliased > 0 && !isName(tokens[at - 1])) continue
    if (aliased === 2 && !is(tokens[at - 2], 'AS')) continue
    let first = last
    while (is(tokens[first - 1], 'DOT') && isName(tokens[first - 2])) first -= 2
    if (!isName(tokens[last]) || first === last || !is(tokens[first - 1], 'COMMA', 'JOIN', 'FROM')) continue
    return [
      insert((tokens[first] as Token).span.start, 'UNNEST('),
      insert((tokens[last] as Token).span.end, ')'),
    ]
  }
  return []
}

/** Whether FROM at `at` is the first word of the query of an INSERT. */
function isQueryOfInsert(tokens: readonly Token[], at: number): boolean {
  let depth = 0
  for (let i = at - 1; i >= 0; i--) {
    if (is(tokens[i], 'R_PAREN')) depth++
    else if (is(tokens[i], 'L_PAREN') && --depth < 0) return false
    else if (depth > 0) continue
    else if (is(tokens[i], 'INSERT')) return true
    else if (is(tokens[i], 'SELECT', 'VALUES', 'FROM', 'WITH', 'DELETE', 'UPDATE', 'SEMICOLON', 'SET'))
      return false
  }
  return false
}

/** SQL's LIKE without regard to case. One pass with one place to go back to: no pattern takes long. */
export function isLike(text: string, pattern: string): boolean {
  const [t, p] = [text.toLowerCase(), pattern.toLowerCase()]
  let [i, j, star, after] = [0, 0, -1, 0]
  while (i < t.length) {
    if (p[j] === '%') {
      star = j++
      after = i
    } else if (j < p.length && (p[j] === '_' || p[j] === t[i])) {
      i++
      j++
    } else if (star >= 0) {
      j = star + 1
      i = ++after
    } else return false
  }
  while (p[j] === '%') j++
  return j === p.length
}
