/** Beyond this many cells of the table the middle of two texts is shown as replaced whole. */
const MAX_CELLS = 4_000_000
const CONTEXT = 2

/**
 * What turns one text into another, as lines that begin with `+`, `-` or a space;
 * of unchanged lines only those near a change, with `…` where some are left out. Empty when the texts are equal.
 */
export function lineDiff(before: string, after: string): string[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let [endA, endB] = [a.length, b.length]
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  const all = [
    ...a.slice(0, start).map((line) => ` ${line}`),
    ...changed(a.slice(start, endA), b.slice(start, endB)),
    ...a.slice(endA).map((line) => ` ${line}`),
  ]
  return nearChanges(all)
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** By the longest common subsequence; removed lines before added ones. */
function changed(a: readonly string[], b: readonly string[]): string[] {
  if (a.length * b.length > MAX_CELLS) return [...a.map((l) => `-${l}`), ...b.map((l) => `+${l}`)]
  const width = b.length + 1
  const common = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] as number) + 1
          : Math.max(common[(i + 1) * width + j] as number, common[i * width + j + 1] as number)
    }
  }
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(` ${a[i]}`)
      i++
      j++
    } else if (
      j === b.length ||
      (i < a.length && (common[(i + 1) * width + j] as number) >= (common[i * width + j + 1] as number))
    ) {
      lines.push(`-${a[i++]}`)
    } else lines.push(`+${b[j++]}`)
  }
  return lines
}

function nearChanges(all: readonly string[]): string[] {
  const near = new Set<number>()
  for (const [at, line] of all.entries()) {
    if (line.startsWith(' ')) continue
    for (let i = at - CONTEXT; i <= at + CONTEXT; i++) near.add(i)
  }
  if (near.size === 0) return []
  return all.flatMap((line, i) => {
    if (near.has(i)) return [line]
    return i === 0 || near.has(i - 1) ? ['…'] : []
  })
}
