import { InvalidArgumentError } from 'commander'

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `7d` → milliseconds. */
export function age(text: string): number {
  const match = /^(\d{1,6})([smhdw])$/.exec(text)
  if (!match) throw new InvalidArgumentError('an age like 12h, 7d or 4w, please.')
  return Number(match[1]) * (UNIT_MS[match[2] as string] as number)
}

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Write a whole number.')
  }
  return value
}

/** What a timer can wait: at most 2^31 - 1 ms, not quite 25 days. */
export function milliseconds(text: string): number {
  const value = wholeNumber(text)
  if (value < 1 || value > 2 ** 31 - 1) throw new InvalidArgumentError('Write 1 to 2147483647.')
  return value
}

/** Seconds, fractions too; a day at most, which a timer can wait. */
export function reloadInterval(text: string): number {
  const seconds = Number(text)
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 86_400))
    throw new InvalidArgumentError('Write seconds, 0 to 86400.')
  return seconds
}

/** Seconds, fractions too; not 0, which would be no limit. */
export function requestSeconds(text: string): number {
  const seconds = reloadInterval(text)
  if (seconds < 0.1) throw new InvalidArgumentError('Write seconds, 0.1 to 86400.')
  return seconds
}
