/** Databases whose quoting and comments are known. */
export type SqlDialect = 'sqlite' | 'postgres'

/**
 * Why a text is not one statement that reads, as far as it can be told without the database; `undefined` when nothing
 * speaks against it. Looks at words, quotes and brackets only: what the statement refers to, and whether its grammar
 * is right, the database says when it runs. `dialect`: absent where one text is for several databases, and then only
 * what is wrong in each is. Linear in the text. A message completes a sentence about the text: "it …".
 */
export function readMistake(sql: string, dialect?: SqlDialect): string | undefined {
  if (dialect !== undefined) return mistakeIn(sql, dialect)
  return mistakeIn(sql, 'sqlite') && mistakeIn(sql, 'postgres')
}

function mistakeIn(sql: string, dialect: SqlDialect): string | undefined {
  const { words, unclosed } = withoutQuoted(sql, dialect)
  if (unclosed !== undefined) return `has ${unclosed} that is not closed`
  const statements = words.split(';').filter((statement) => statement.trim() !== '')
  const [statement] = statements
  if (statement === undefined) return 'has no statement'
  if (statements.length > 1) return `has ${statements.length} statements`
  const outer = outermost(statement)
  if (outer === undefined) return 'has a bracket without its other one'
  return writing(statement, outer, dialect)
}

const READS = ['select', 'values']
/** A word that writes is one only with its target after it: alone, it may be the name of a column or a table. */
const WRITE = [
  String.raw`(?:insert|replace)(?: or \w+)? into`,
  'delete from',
  'merge into',
  String.raw`update (?!as\b)(?:or \w+ )?(?:only )?[^\s(),]+(?: ?\*)? (?:as )?(?:[^\s(),]+ )?set`,
].join('|')
/** Names that are no words of the language may stand before the statement that WITH is of: `WITH values (x) AS …`. */
const AFTER_WITH = new RegExp(
  String.raw`(?<![\w.$])(?:(?:select|values)\b(?! ?(?:\(\) ?)?as\b)|(?:${WRITE})\b)`,
  'i',
)
const MEMBER = String.raw`\bas ?(?:(?:not )?materialized ?)?\(`
const WRITE_IN_BRACKETS = new RegExp(String.raw`(?:^ ?\(|${MEMBER})[ (]*(${WRITE})\b`, 'i')
const MEMBERS = new RegExp(String.raw`(?:\(\) ?)?${MEMBER}\)`, 'gi')

function writing(text: string, outerText: string, dialect: SqlDialect): string | undefined {
  const [statement, outer] = [spaced(text), spaced(outerText)]
  const first = /[a-z_]\w*/i.exec(outer)?.[0].toLowerCase() ?? ''
  const bracketed = dialect === 'postgres' && statement.startsWith('(')
  if (!bracketed && !READS.includes(first) && first !== 'with') return 'begins with no SELECT'
  if (first === 'with') {
    const verb = AFTER_WITH.exec(outer)?.[0].split(' ')[0]
    const bracketedAfter = dialect === 'postgres' && outer.replace(MEMBERS, '').includes('()')
    if (verb === undefined && !bracketedAfter) return 'has no SELECT after its WITH'
    if (verb !== undefined && !READS.includes(verb.toLowerCase())) return `is of ${upper(verb)}`
  }
  if (dialect === 'sqlite') return undefined
  const inner = WRITE_IN_BRACKETS.exec(statement)
  if (inner) return `writes: it has ${upper(inner[1]?.split(' ')[0])} in it`
  if (/(?<!\bas |\.)\binto\b/i.test(outer)) return 'writes: it has SELECT … INTO in it'
  if (/\bfor (no key update|update|key share|share)\b/i.test(outer)) return 'locks the rows it reads'
  return undefined
}

function spaced(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

function upper(word: string | undefined): string {
  return (word ?? '').toUpperCase()
}

/** The text with `()` for each bracket and what is in it; `undefined` when they do not pair. */
function outermost(words: string): string | undefined {
  let depth = 0
  let text = ''
  for (const char of words) {
    if (depth === 0) text += char
    if (char === '(') depth += 1
    else if (char === ')' && --depth === 0) text += char
    if (depth < 0) return undefined
  }
  return depth === 0 ? text : undefined
}

/** The text with `"` for each quoted thing and a blank for each comment. */
function withoutQuoted(sql: string, dialect: SqlDialect): { words: string; unclosed?: string } {
  let words = ''
  let at = 0
  const start = dialect === 'postgres' ? POSTGRES_START : SQLITE_START
  while (at < sql.length) {
    start.lastIndex = at
    const found = start.exec(sql)
    if (!found) break
    words += sql.slice(at, found.index)
    const end = quotedEnd(sql, found, dialect)
    if (end === undefined) return { words, unclosed: found[0].startsWith('/*') ? 'a comment' : 'a quote' }
    words += found[0].startsWith('--') || found[0].startsWith('/*') ? ' ' : '"'
    at = end
  }
  return { words: words + sql.slice(at) }
}

const SQLITE_START = /'|"|`|\[|--|\/\*/g
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html
const POSTGRES_START = /\b[eE]'|'|"|(?<![\w$])\$(?:[A-Za-z_]\w*)?\$|--|\/\*/g

/** Where the quoted thing ends that begins at the match. A line comment and, in SQLite, a comment end with the text, too. */
function quotedEnd(
  sql: string,
  { 0: opening, index }: RegExpExecArray,
  dialect: SqlDialect,
): number | undefined {
  const from = index + opening.length
  const after = (closing: string): number | undefined => {
    const found = sql.indexOf(closing, from)
    return found < 0 ? undefined : found + closing.length
  }
  if (opening === '--') return after('\n') ?? sql.length
  if (opening === '/*') return dialect === 'postgres' ? nestedEnd(sql, from) : (after('*/') ?? sql.length)
  if (opening === '[') return after(']')
  if (opening.startsWith('$')) return after(opening)
  const closing = opening.at(-1) as string
  const escapes = opening.length === 2
  for (let at = from; at < sql.length; at += 1) {
    if (escapes && sql[at] === '\\') at += 1
    else if (sql[at] === closing && sql[at + 1] === closing) at += 1
    else if (sql[at] === closing) return at + 1
  }
  return undefined
}

function nestedEnd(sql: string, from: number): number | undefined {
  const mark = /\/\*|\*\//g
  mark.lastIndex = from
  let depth = 1
  for (let found = mark.exec(sql); found; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return undefined
}
