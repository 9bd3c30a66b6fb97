import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DIAGNOSTIC_CODES } from '@groundplane/lang'
import { REPOSITORY } from './command.js'

interface CodeRow {
  readonly code: string
  readonly severity: string
  readonly message: string
  readonly remedy: string
}

const PLANES: readonly (readonly [title: string, packages: readonly string[]])[] = [
  ['The store', ['graph']],
  ['The control plane', ['cluster', 'storage']],
  ['Policies', ['policy']],
  ['The catalog', ['catalog']],
  ['The crew', ['crew']],
  ['The server', ['server']],
  ['The command line', ['cli']],
]

/** HTTP status of each kind of error, as the server answers it. */
const KINDS = [
  'invalid',
  'unauthenticated',
  'denied',
  'not-found',
  'conflict',
  'stale',
  'too-large',
  'unprocessable',
  'limited',
  'internal',
  'unsupported',
  'unavailable',
  'deadline',
]

/** The text of `docs/errors.md`: the table of the languages, and what the sources of the other planes can report. */
export function errorsPage(): string {
  const parts = [
    '# Codes',
    'Every error and diagnostic code with what it says and what to do. `…` stands for a name or number of the case at hand.',
    'This page is generated from the code: `npm run build && node test/dist/docs-errors-write.js`. A test compares it.',
    '## The languages',
    'Positions are `line:column`. In `cluster validate` these appear under a code of the control plane, with the code below in `details.rule`.',
    table(
      ['Code', 'Severity', 'Means', 'What to do'],
      Object.entries(DIAGNOSTIC_CODES).map(([code, d]) => [`\`${code}\``, d.severity, d.summary, d.remedy]),
    ),
  ]
  for (const [title, packages] of PLANES) {
    const rows = unique(packages.flatMap((name) => sourcesOf(name)).flatMap(codesIn))
    if (rows.length === 0) continue
    parts.push(
      `## ${title}`,
      table(
        ['Code', 'Kind', 'Says', 'What to do'],
        rows.map((r) => [`\`${r.code}\``, r.severity, r.message, r.remedy || 'as the message says']),
      ),
    )
  }
  return `${parts.join('\n\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** One row per code: the first that has a remedy, in the order of the code. */
function unique(rows: readonly CodeRow[]): CodeRow[] {
  const byCode = new Map<string, CodeRow>()
  for (const row of rows) {
    const known = byCode.get(row.code)
    if (!known || (known.remedy === '' && row.remedy !== '')) byCode.set(row.code, row)
  }
  return [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}

function sourcesOf(name: string): string[] {
  const root = join(REPOSITORY, 'packages', name, 'src')
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => isProductSource(entry))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => readFileSync(file, 'utf8'))
}

function isProductSource(entry: Dirent): boolean {
  return (
    entry.isFile() &&
    /^(?!.*\.(test|testkit|kit|d)\.ts$).*\.ts$/.test(entry.name) &&
    !/testing/.test(entry.parentPath)
  )
}

/** Errors thrown and diagnostics made in one source text: calls whose arguments are written out. */
function codesIn(source: string): CodeRow[] {
  const rows: CodeRow[] = []
  const calls = /(?:new \w*Error|\bproblem|\bwarning|\bfailure|\.report(?:Key|At)?|#report)\(/g
  for (const call of source.matchAll(calls)) {
    const texts = textsOf(argumentsAt(source, call.index + call[0].length))
    const row = rowOf(call[0], texts)
    if (row) rows.push(row)
  }
  return rows
}

/** `new XError(kind, code, message, {remedy})`, or `problem(code, …, message, remedy)` and its like. */
function rowOf(call: string, args: readonly (string | undefined)[]): CodeRow | undefined {
  const isError = call.startsWith('new ')
  const kind = isError && KINDS.includes(args[0] ?? '') ? args[0] : undefined
  const rest = kind === undefined ? args : args.slice(1)
  const at = rest.findIndex((text) => text !== undefined && /^[a-z]+(_[a-z]+)+$/.test(text))
  if (at < 0) return undefined
  const [message = '', remedy = ''] = rest.slice(at + 1).filter((text) => text !== undefined)
  if (message === '') return undefined
  const severity = kind ?? (call.startsWith('warning') ? 'warning' : 'error')
  return { code: rest[at] as string, severity, message, remedy }
}

/** The top-level arguments of a call, as source text, from behind its opening parenthesis. */
function argumentsAt(source: string, start: number): string[] {
  const found: string[] = []
  let depth = 0
  let from = start
  for (let i = start; i < source.length; i++) {
    const c = source[i] as string
    if (c === "'" || c === '"' || c === '`') i = stringEnd(source, i)
    else if ('([{'.includes(c)) depth++
    else if (')]}'.includes(c)) {
      if (depth-- > 0) continue
      found.push(source.slice(from, i))
      return found
    } else if (c === ',' && depth === 0) {
      found.push(source.slice(from, i))
      from = i + 1
    }
  }
  return found
}

/** Index of the closing quote; expressions inside a template are passed over. */
function stringEnd(source: string, start: number): number {
  const quote = source[start]
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === quote) return i
    else if (quote === '`' && source.startsWith('${', i)) i = expressionEnd(source, i + 2)
  }
  return source.length
}

function expressionEnd(source: string, start: number): number {
  let depth = 0
  for (let i = start; i < source.length; i++) {
    const c = source[i] as string
    if (c === "'" || c === '"' || c === '`') i = stringEnd(source, i)
    else if (c === '{') depth++
    else if (c === '}' && depth-- === 0) return i
  }
  return source.length
}

/** Each argument that is a text as that text; of an object only its remedy. */
function textsOf(args: readonly string[]): (string | undefined)[] {
  return args.map((arg) => {
    const text = arg.trim()
    const remedy = /\bremedy:\s*/.exec(text)
    if (text.startsWith('{')) return remedy ? literal(text.slice(remedy.index + remedy[0].length)) : undefined
    return literal(text)
  })
}

/** A text as written, `…` for what is put in. Of a choice between two texts, the second: it is the general one. */
function literal(text: string): string | undefined {
  if (!/^['"`]/.test(text)) {
    const other = /^[^?]+\?[\s\S]*\s:\s+(?=['"`])/.exec(text)
    return other ? literal(text.slice(other[0].length)) : undefined
  }
  const end = stringEnd(text, 0)
  let shown = ''
  for (let i = 1; i < end; i++) {
    if (text[i] === '\\') shown += text[++i] === 'n' ? ' ' : text[i]
    else if (text.startsWith('${', i)) {
      i = expressionEnd(text, i + 2)
      shown += '…'
    } else shown += text[i]
  }
  return shown.replace(/…+/g, '…')
}
