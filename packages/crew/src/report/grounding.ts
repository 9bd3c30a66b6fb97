import type { Claim } from './evidence.js'

/** What a run has read: the only names and numbers a model may repeat. */
export interface Ground {
  /** Datasets, columns, assertions, instances, owners: as they are written. */
  readonly names: ReadonlySet<string>
  readonly urns: ReadonlySet<string>
  readonly numbers: ReadonlySet<string>
}

/**
 * Why a claim states something the graph does not hold, or nothing when it does not:
 * a URN, a technical name or a number (of three digits and more) nobody read.
 */
export function ungrounded(claim: Claim, ground: Ground): string | undefined {
  let text = claim.text
  for (const urn of text.match(/urn:li:\w+:(?:\([^\s]*\)|[^\s,;)\]]+)/g) ?? []) {
    if (!ground.urns.has(urn)) return `${urn} is not in the catalog`
    text = text.replaceAll(urn, ' ')
  }
  for (const name of text.match(/[A-Za-z][A-Za-z0-9]*(?:[_.][A-Za-z0-9]+)*_[A-Za-z0-9_.]+/g) ?? []) {
    const trimmed = name.replace(/\.+$/, '')
    const parts = trimmed.split('.')
    if (!ground.names.has(trimmed) && !parts.every((part) => ground.names.has(part)))
      return `${trimmed} is not in the catalog`
    text = text.replaceAll(name, ' ')
  }
  for (const number of text.match(/\d[\d,]*(?:\.\d+)?%?/g) ?? []) {
    const digits = number.replaceAll(',', '').replace(/\.$/, '')
    if (digits.replace(/\D/g, '').length >= 3 && !ground.numbers.has(digits))
      return `${number} was not read from the catalog`
    if (digits.endsWith('%') && !ground.numbers.has(digits)) return `${number} was not read from the catalog`
  }
  return undefined
}

/** Every number of three digits and more in some text, without separators. */
export function numbersIn(text: string): string[] {
  return (text.match(/\d[\d,]*/g) ?? []).map((n) => n.replaceAll(',', ''))
}
