/** Edges drawn like the traces of a circuit board: straight runs whose corners are cut at 45°. Pure. */

export interface Point {
  x: number
  y: number
}

/** An SVG path through `points`, each corner cut by at most `cut` pixels, and by no more than half of the shorter run beside it. */
export function tracePath(points: readonly Point[], cut = 10): string {
  const [first, ...rest] = withoutRepeats(points)
  if (!first) return ''
  let path = `M${round(first.x)} ${round(first.y)}`
  let previous = first
  rest.forEach((corner, index) => {
    const next = rest[index + 1]
    if (!next) {
      path += `L${round(corner.x)} ${round(corner.y)}`
      return
    }
    const size = Math.min(cut, distance(previous, corner) / 2, distance(corner, next) / 2)
    const before = towards(corner, previous, size)
    const after = towards(corner, next, size)
    path += `L${round(before.x)} ${round(before.y)}L${round(after.x)} ${round(after.y)}`
    previous = corner
  })
  return path
}

function withoutRepeats(points: readonly Point[]): Point[] {
  return points.filter((point, index) => {
    const before = points[index - 1]
    return !before || before.x !== point.x || before.y !== point.y
  })
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y)
}

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to)
  if (whole === 0) return from
  return { x: from.x + ((to.x - from.x) * length) / whole, y: from.y + ((to.y - from.y) * length) / whole }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
