import type { Slot, SqlInput } from './slot.js'

export type { Slot, SqlInput } from './slot.js'

/**
 * SQL text under construction with its parameters, in order. Text enters only
 * as template literals of this code, `raw` names chosen by the layout, or `ident`;
 * values only as slots. That is the whole defence against injection, so no other
 * file may concatenate SQL from data.
 */
export interface Sql {
  readonly text: string
  readonly slots: readonly Slot[]
}

export function sql(strings: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  let text = strings[0] as string
  const slots: Slot[] = []
  parts.forEach((part, i) => {
    text += part.text + (strings[i + 1] as string)
    for (const slot of part.slots) slots.push(slot)
  })
  return { text, slots }
}

const SAFE_RAW = /^[A-Za-z0-9_.]+$/

/** An alias, a physical column or an integer this code made itself. */
export function raw(text: string | number): Sql {
  if (!SAFE_RAW.test(String(text)))
    throw new Error(`assertion failed: unsafe SQL fragment ${JSON.stringify(text)}`)
  return { text: String(text), slots: [] }
}

/** A quoted identifier. */
export function ident(name: string): Sql {
  return { text: quoteIdent(name), slots: [] }
}

export function quoteIdent(name: string): string {
  if (name.includes('\0')) throw new Error('assertion failed: NUL in an identifier')
  return `"${name.replaceAll('"', '""')}"`
}

/** Text written by this code base, with no data in it. */
export function trusted(text: string): Sql {
  return { text, slots: [] }
}

export function slot(slot: Slot): Sql {
  return { text: '?', slots: [slot] }
}

export function value(input: SqlInput): Sql {
  return slot({ kind: 'value', value: input })
}

export function join(parts: readonly Sql[], separator: string): Sql {
  return { text: parts.map((p) => p.text).join(separator), slots: parts.flatMap((p) => p.slots) }
}

export const EMPTY: Sql = { text: '', slots: [] }
