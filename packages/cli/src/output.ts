import { once } from 'node:events'
import { formatDiagnostic, GroundplaneError } from '@groundplane/core'
import { CommandError } from './errors.js'
import type { Format } from './format.js'

export type Row = Readonly<Record<string, unknown>>

/** Renders rows in one format; the text ends without a newline. Columns appear in the order given. */
export function renderRows(
  columns: readonly string[],
  rows: readonly Row[],
  format: Exclude<Format, 'json'>,
): string {
  switch (format) {
    case 'jsonl':
      return rows.map((row) => JSON.stringify(row)).join('\n')
    case 'csv':
      return [columns, ...rows.map((row) => columns.map((c) => cell(row[c])))]
        .map((line) => line.map(csvField).join(','))
        .join('\n')
    case 'kv':
      return rows.map((row) => columns.map((c) => `${c}=${cell(row[c])}`).join('\n')).join('\n\n')
    case 'table':
      return table(columns, rows)
  }
}

/** Aligned columns under a rule; numbers to the right. */
export function table(columns: readonly string[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((c) => cell(row[c]).replaceAll('\n', '⏎')))
  const widths = columns.map((c, i) => Math.max(c.length, ...cells.map((line) => (line[i] as string).length)))
  const rightAligned = columns.map((c) => rows.length > 0 && rows.every((row) => typeof row[c] === 'number'))
  const draw = (line: readonly string[]) =>
    line
      .map((text, i) =>
        rightAligned[i] ? text.padStart(widths[i] as number) : text.padEnd(widths[i] as number),
      )
      .join('  ')
      .trimEnd()
  return [draw(columns), widths.map((w) => '─'.repeat(w)).join('  '), ...cells.map(draw)].join('\n')
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** One JSON document on stdout. 64-bit integers arrive from the planes as decimal strings already. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

export function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`)
}

/** Lines as they come, no faster than the reader of standard output takes them. */
export async function printLines(lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  for await (const line of lines) if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
}

let quiet = false

/** For `--quiet`: from now on nothing is noted, only what failed is said. */
export function beQuiet(): void {
  quiet = true
}

/** Everything that is not the result goes to stderr, so that stdout can be piped. */
export function note(text: string): void {
  if (!quiet) complain(text)
}

/** What has to be said whatever was asked for: why something failed. */
export function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Colours are for a terminal, and not when `NO_COLOR` is set to anything (https://no-color.org). */
export function wantsColor(stream: { readonly isTTY?: boolean }, environment = process.env): boolean {
  return stream.isTTY === true && !environment['NO_COLOR']
}

/** Writes the failure where the caller asked for it and returns the exit code: 1, or 70 for a bug of ours. */
export function reportFailure(error: unknown, json: boolean): number {
  const { failure, exitCode } = asFailure(error)
  if (json) printJson({ ok: false, error: failure.toBody() })
  else complainOf(failure)
  return exitCode
}

/** `of`: which of several things failed. */
export function complainOf(failure: GroundplaneError, of?: string): void {
  complain(`error[${failure.code}]: ${of === undefined ? '' : `${of}: `}${failure.message}`)
  for (const diagnostic of failure.diagnostics ?? []) complain(formatDiagnostic(diagnostic))
  // A remedy that a diagnostic has said already would look like one for the last of them.
  const said = failure.diagnostics?.some((d) => d.remedy === failure.remedy)
  if (failure.remedy !== undefined && !said) complain(`    ${failure.remedy}`)
}

/** The document of a command line that is itself wrong; the text for people has been written already. */
export function reportUsage(message: string): void {
  const text = message === '(outputHelp)' ? 'No command is given.' : message.replace(/^error: /, '')
  const remedy = 'Add --help for the options and an example.'
  printJson({ ok: false, error: { code: 'usage', message: text, remedy } })
}

/** What the operating system refuses is the user's to cure; anything else that nobody coded is a bug. */
function asFailure(error: unknown): { failure: GroundplaneError; exitCode: number } {
  if (error instanceof GroundplaneError) return { failure: error, exitCode: 1 }
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException
  const message = error instanceof Error ? error.message : String(error)
  if (code !== undefined && syscall !== undefined) {
    const remedy =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Free some space, then run it again.'
        : `Check ${path ?? 'the path'}: that it is what the command needs, and that this user may use it.`
    return { failure: new CommandError('io_error', message, { kind: 'unavailable', remedy }), exitCode: 1 }
  }
  const stack = error instanceof Error ? error.stack : undefined
  if (process.env.GROUNDPLANE_DEBUG && stack) complain(stack)
  const remedy =
    'This is a bug: please report it, with what GROUNDPLANE_DEBUG=1 in the environment adds to this message.'
  return { failure: new CommandError('internal', message, { kind: 'internal', remedy }), exitCode: 70 }
}
