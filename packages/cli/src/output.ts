import { formatDiagnostic, GroundplaneError } from '@groundplane/core'

/** What a command prints its result as. `table` is for people, the rest for programs. */
export type Format = 'table' | 'json' | 'jsonl' | 'csv' | 'kv'
export const FORMATS: readonly Format[] = ['table', 'json', 'jsonl', 'csv', 'kv']

export type Row = Readonly<Record<string, unknown>>

/** Renders rows in one format; the text ends without a newline. Columns appear in the order given. */
export function renderRows(columns: readonly string[], rows: readonly Row[], format: Format): string {
  switch (format) {
    case 'json':
      return JSON.stringify(rows)
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

/** Everything that is not the result goes to stderr, so that stdout can be piped. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Writes the failure where the caller asked for it and returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  if (!(error instanceof GroundplaneError)) throw error
  if (json) printJson({ ok: false, error: error.toBody() })
  else {
    note(`error[${error.code}]: ${error.message}`)
    for (const diagnostic of error.diagnostics ?? []) note(formatDiagnostic(diagnostic))
    if (error.remedy !== undefined) note(`    ${error.remedy}`)
  }
  return 1
}
