import type { Format } from './format.js'
import { readOperatorConfig } from './operator/config.js'
import { print, printJson, type Row, renderRows } from './output.js'

/** How a result that is rows is wanted. `--json` is `--format json`. */
export interface Wanted {
  readonly json?: boolean | undefined
  readonly format?: Format | undefined
}

/**
 * Rows as they are wanted: `json` is the whole document, of which the rows are a part or a view; the
 * other formats have the rows alone. Told nothing, `defaults.output` of the operator config decides,
 * else a table; `none` is what a table of nothing says to people.
 */
export async function showRows(
  document: object,
  columns: readonly string[],
  rows: readonly Row[],
  wanted: Wanted,
  none?: string,
): Promise<void> {
  const format = wanted.json
    ? 'json'
    : (wanted.format ?? (await readOperatorConfig()).defaults.output ?? 'table')
  if (format === 'json') printJson({ ok: true, ...document })
  else if (format === 'table' && rows.length === 0 && none !== undefined) print(none)
  else print(renderRows(columns, rows, format))
}
