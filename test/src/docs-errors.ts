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
  'gone',
  'too-large',
  'unprocessable',
  'limited',
  'internal',
  'unsupported',
  'unavailable',
  'deadline',
]

/** The code of each row of a page, by the title of its section. */
export function codesOfPage(page: string): Map<string, string[]> {
  const sections = page.split(/^## /m).slice(1)
  return new Map(
    sections.map((text) => [
      text.slice(0, text.indexOf('\n')),
      [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map((row) => row[1] as string),
    ]),
  )
}

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
        rows.map((r) => [`\`${r.code}\``, r.severity, r.message || '…', r.remedy || 'as the message says']),
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
    if (!known || rank(row) > rank(known)) byCode.set(row.code, row)
  }
  return [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}

/** How much a row says. */
function rank(row: CodeRow): number {
  return (row.message === '' ? 0 : 2) + (row.remedy === '' ? 0 : 1)
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
    /^(?!.*\.(test|d)\.ts$).*\.ts$/.test(entry.name) &&
    !/testing/.test(entry.parentPath) &&
    !NO_REPORTS.has(entry.name)
  )
}

/** Their codes are of what is suggested, not of what is wrong. */
const NO_REPORTS = new Set(['advice.ts'])

const CODE = /^[a-z]+(_[a-z0-9]+)+$/

/** Errors thrown and diagnostics made in one source text: calls and objects whose code is written out. */
function codesIn(source: string): CodeRow[] {
  const rows: CodeRow[] = []
  for (const call of source.matchAll(/(\bnew )?[#.]?(\w+)\(/g)) {
    if (NOT_REPORTS.has(call[2] as string)) continue
    rows.push(...rowsOfCall(call[2] as string, argumentsAt(source, call.index + call[0].length)))
  }
  for (const member of source.matchAll(/\bcode: (?=['"`a-z])/g)) {
    const members = argumentsAt(source, member.index)
    rows.push(...rowsOfObject(members))
  }
  return rows
}

/** Calls whose first argument is a name of another kind. */
const NOT_REPORTS = new Set(['tool'])

/** Functions that report under the code they are handed, and say themselves what is wrong. */
const CODE_TAKERS = new Set([
  'oneOf',
  'read',
  'environmentReference',
  'credentialFreeUrl',
  'recoded',
  'quarantine',
])

/** `new XError(kind, code, message, {remedy})`, `problem(code, place, message, remedy)` and their like. */
function rowsOfCall(name: string, args: readonly string[]): CodeRow[] {
  const isError = name.endsWith('Error')
  const kind = isError ? KINDS.find((k) => k === literal((args[0] ?? '').trim())) : undefined
  const rest = kind === undefined ? args : args.slice(1)
  const at = rest.findIndex((arg) => codesOf(arg, kind !== undefined).length > 0)
  if (at < 0) return []
  const texts = textsOf(rest.slice(at + 1)).filter((text) => text !== undefined)
  const [first = '', second = ''] = texts
  // A message that is computed is not written out; what stands alone may be the remedy.
  const [message, remedy] =
    second === '' && /^(Give|Keep|Create|Use|Write) /.test(first) ? ['…', first] : [first, second]
  if (!`${message}${remedy}`.includes(' ') && kind === undefined && !CODE_TAKERS.has(name)) return []
  const severity = kind ?? (name === 'warning' ? 'warning' : 'error')
  return codesOf(rest[at] as string, kind !== undefined).map((code) => ({ code, severity, message, remedy }))
}

/** `{code, severity, message, remedy}`, from its code on. */
function rowsOfObject(members: readonly string[]): CodeRow[] {
  const value = (key: string) => {
    const member = members.find((m) => new RegExp(`^\\s*${key}:`).test(m))
    return member?.slice(member.indexOf(':') + 1).trim()
  }
  const message = value('message')
  if (message === undefined && !members.some((m) => m.trim() === 'message')) return []
  const severity = literal(value('severity') ?? '') ?? 'error'
  const texts = { message: literal(message ?? '') ?? '', remedy: literal(value('remedy') ?? '') ?? '' }
  return codesOf(value('code') ?? '', false).map((code) => ({ code, severity, ...texts }))
}

/** The code an argument is; both of a choice between two. */
function codesOf(arg: string, oneWord: boolean): string[] {
  const text = arg.trim()
  const choice = /^[^'"`]*\?\s*'([a-z_]+)'\s*:\s*'([a-z_]+)'(?: as const)?$/.exec(text)
  const found = choice ? [choice[1] as string, choice[2] as string] : [literal(text) ?? '']
  return found.filter((code) => CODE.test(code) || (oneWord && /^[a-z]+$/.test(code)))
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

/** A text as written, `…` for what is put in. Of a choice between two texts (`a ? b : c`, `a ?? c`) the second: it is the general one. */
function literal(text: string): string | undefined {
  if (!/^['"`]/.test(text)) {
    const other =
      /^[\w.]+(?:\([^()'"`]*\))?\s*\?\?\s*(?=['"`])/.exec(text) ?? /^[^?]+\?[\s\S]*\s:\s+(?=['"`])/.exec(text)
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
