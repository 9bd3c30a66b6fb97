import { CatalogError } from '../model/error.js'

/**
 * A whole number argument held inside its bounds. Below the least and above the
 * most are clamped, as DataHub's tools do; what is not a whole number is refused.
 */
export function clampInteger(
  name: string,
  value: number | null | undefined,
  bounds: { readonly default: number; readonly min: number; readonly max: number },
): number {
  if (value === undefined || value === null) return bounds.default
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw new CatalogError(
      'invalid',
      'argument_invalid',
      `${name} must be a whole number, not ${JSON.stringify(value)}.`,
      {
        remedy: `Give a number from ${bounds.min} to ${bounds.max === Number.MAX_SAFE_INTEGER ? 'as many as there are' : bounds.max}.`,
      },
    )
  return Math.min(Math.max(value, bounds.min), bounds.max)
}

/** Text argument; `""` and `"null"` mean none, as agents write them. */
export function optionalText(value: string | null | undefined): string | undefined {
  const text = value?.trim()
  return text === undefined || text === '' || text === 'null' ? undefined : text
}
