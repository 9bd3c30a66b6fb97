import { nearestName } from '@groundplane/core'

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = nearestName(name, candidates)
  return near === undefined ? '' : ` Did you mean "${near}"?`
}
