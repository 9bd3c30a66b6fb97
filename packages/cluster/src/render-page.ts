import { type Diagnostic, formatDiagnostic } from '@groundplane/core'
import type { Change } from './documents.js'
import { kindOf } from './ledger-entry.js'

/** How a document is shown to a person. Pure: text out, ending in a newline. */
export interface RenderOptions {
  readonly color?: boolean
  /** The config directory as it was named on the command line; it is in the commands that are said to come next. */
  readonly dir?: string
  /** Show every resource by itself. Default: many queries of one graph with the same fate share a line. */
  readonly full?: boolean
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
const CODES: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }

export class Page {
  readonly #lines: string[] = []

  constructor(readonly color: boolean) {}

  style(text: string, ...styles: Style[]): string {
    if (!this.color || styles.length === 0) return text
    return `\u001b[${styles.map((s) => CODES[s]).join(';')}m${text}\u001b[0m`
  }

  line(text = ''): this {
    this.#lines.push(text)
    return this
  }

  gap(): this {
    if (this.#lines.length > 0 && this.#lines.at(-1) !== '') this.#lines.push('')
    return this
  }

  diagnostics(all: readonly Diagnostic[]): this {
    for (const d of [...all].sort((a, b) => rank(a) - rank(b))) {
      const [head, ...rest] = formatDiagnostic(d).split('\n')
      this.line(
        this.style(
          head as string,
          d.severity === 'error' ? 'red' : d.severity === 'warning' ? 'yellow' : 'dim',
        ),
      )
      for (const line of rest) this.line(line)
    }
    return this
  }

  end(next?: string): string {
    if (next !== undefined) this.gap().line(next)
    return `${this.#lines.join('\n')}\n`
  }
}

function rank(d: Diagnostic): number {
  return d.severity === 'error' ? 0 : d.severity === 'warning' ? 1 : 2
}

export const SYMBOL: Record<Change['operation'], [string, Style]> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  delete: ['-', 'red'],
}

export function errors(document: { diagnostics: readonly Diagnostic[] }): number {
  return document.diagnostics.filter((d) => d.severity === 'error').length
}

export function tally(kinds: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, n]) => count(n, kindOf(kind))).join(', ') || 'It declares nothing'
}

export function count(n: number, noun: string): string {
  if (n === 1) return `1 ${noun}`
  const plural = /[^aeiou]y$/.test(noun)
    ? `${noun.slice(0, -1)}ies`
    : /(s|x|sh|ch)$/.test(noun)
      ? `${noun}es`
      : `${noun}s`
  return `${n} ${noun === 'crew' ? noun : plural}`
}
