import { GraphError } from '../error.js'

/** Refuses an option that counts something and is no whole number from `least` on. Throws `option_invalid`. */
export function refuseUncountable(name: string, given: number | undefined, least: number): void {
  if (given === undefined || (Number.isSafeInteger(given) && given >= least)) return
  throw optionInvalid(name, given, `a whole number from ${least} on`)
}

/** A deadline that is no number would never come. Throws `option_invalid`. */
export function refuseEndless(name: string, givenMs: number | undefined): void {
  if (givenMs === undefined || (typeof givenMs === 'number' && givenMs >= 0)) return
  throw optionInvalid(name, givenMs, 'a number of milliseconds')
}

function optionInvalid(name: string, given: unknown, wanted: string): GraphError {
  return new GraphError('invalid', 'option_invalid', `${name} is ${String(given)}; it must be ${wanted}.`, {
    remedy: `Give ${wanted}, or leave ${name} out.`,
    details: { option: name },
  })
}
