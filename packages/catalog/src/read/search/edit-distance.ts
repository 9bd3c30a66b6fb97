/**
 * How many edits make one word of the other: a letter more, less, another one, or two neighbours swapped
 * (optimal string alignment). `limit + 1` when they are more than `limit`.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min(
        (last[j - 1] as number) + (same ? 0 : 1),
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, (before[j - 2] as number) + 1)
      row.push(edits)
      if (edits < least) least = edits
    }
    // A swap reaches back two rows, so one row over the limit is not the end.
    if (least > limit && Math.min(...last) > limit) return limit + 1
    before = last
    last = row
  }
  return Math.min(last[b.length] as number, limit + 1)
}

export function withinEdits(a: string, b: string, limit: number): boolean {
  return editDistance(a, b, limit) <= limit
}
