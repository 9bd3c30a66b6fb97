/** Enough for any schema a person writes; a generated one must not make a slip expensive. */
const MAX_CANDIDATES = 2_000

/** "Did you mean": the candidate nearest to `name`, when it is near enough to be a slip. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined
  let looked = 0
  const wanted = name.toLowerCase()
  const limit = Math.max(1, Math.floor(name.length / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    if (++looked > MAX_CANDIDATES) break
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** A remedy naming the near candidate, or, when none is near and there are few, all of them. */
export function suggest(
  name: string,
  candidates: readonly string[],
  decorate = (c: string) => c,
): string | undefined {
  const near = nearest(name, candidates)
  if (near !== undefined) return `Did you mean ${decorate(near)}?`
  if (candidates.length === 0 || candidates.length > 12) return undefined
  return `Use ${candidates.length > 1 ? 'one of ' : ''}${candidates.map(decorate).join(', ')}.`
}

/** Optimal string alignment: insert, delete, replace, and swap of neighbours cost one each. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(
        (previous[j] as number) + 1,
        (current[j - 1] as number) + 1,
        (previous[j - 1] as number) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforePrevious[j - 2] as number) + 1)
      }
      current.push(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] as number
}
