import { nearestName } from '@groundplane/core'

/** A remedy naming the near candidate, or, when none is near and there are few, all of them. */
export function suggest(
  name: string,
  candidates: readonly string[],
  decorate = (c: string) => c,
): string | undefined {
  const near = nearestName(name, candidates)
  if (near !== undefined) return `Did you mean ${decorate(near)}?`
  if (candidates.length === 0 || candidates.length > 12) return undefined
  return `Use ${candidates.length > 1 ? 'one of ' : ''}${candidates.map(decorate).join(', ')}.`
}
