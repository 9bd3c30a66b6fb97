/** Where a large picture is looked at from: a point of the picture at `(px, py)` is drawn at `px * zoom + x`, `py * zoom + y`. Pure. */
import type { Point } from '../lineage/trace-path'

export interface Viewport extends Point {
  zoom: number
}

export interface Size {
  width: number
  height: number
}

export interface Rect extends Point, Size {}

export const MOST_ZOOM = 1.6

/** So that all of `bounds` is in sight, at most at full size. */
export function fitted(bounds: Rect, size: Size, padding = 24): Viewport {
  const zoom = Math.min(
    1,
    Math.max(1, size.width - 2 * padding) / Math.max(1, bounds.width),
    Math.max(1, size.height - 2 * padding) / Math.max(1, bounds.height),
  )
  return centred({ x: bounds.x + bounds.width / 2, y: bounds.y + bounds.height / 2 }, size, zoom)
}

/** With `point` of the picture in the middle. */
export function centred(point: Point, size: Size, zoom: number): Viewport {
  return { x: size.width / 2 - point.x * zoom, y: size.height / 2 - point.y * zoom, zoom }
}

/** Zoomed by a factor with what is at `at` of the screen staying there. */
export function zoomedAt(viewport: Viewport, at: Point, factor: number, least: number): Viewport {
  const zoom = Math.min(MOST_ZOOM, Math.max(least, viewport.zoom * factor))
  const scale = zoom / viewport.zoom
  return { x: at.x - (at.x - viewport.x) * scale, y: at.y - (at.y - viewport.y) * scale, zoom }
}

/** Moved no further than that some of the picture stays in sight. */
export function kept(viewport: Viewport, bounds: Rect, size: Size, margin = 80): Viewport {
  const { zoom } = viewport
  const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
  return {
    x: within(viewport.x, margin - (bounds.x + bounds.width) * zoom, size.width - margin - bounds.x * zoom),
    y: within(viewport.y, margin - (bounds.y + bounds.height) * zoom, size.height - margin - bounds.y * zoom),
    zoom,
  }
}

/** The part of the picture that is in sight. */
export function inSight({ x, y, zoom }: Viewport, size: Size): Rect {
  return { x: -x / zoom, y: -y / zoom, width: size.width / zoom, height: size.height / zoom }
}

export function pictureAt({ x, y, zoom }: Viewport, at: Point): Point {
  return { x: (at.x - x) / zoom, y: (at.y - y) / zoom }
}

export function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

export function boundsOf(rects: readonly Rect[]): Rect {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1, -1]
  for (const { x, y, width, height } of rects) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + width)
    bottom = Math.max(bottom, y + height)
  }
  return rects.length === 0
    ? { x: 0, y: 0, width: 0, height: 0 }
    : { x: left, y: top, width: right - left, height: bottom - top }
}
