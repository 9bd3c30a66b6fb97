/**
 * Draws a large picture: what is in sight, in as much detail as can be seen. Nothing is kept between two frames but the
 * names that were cut to their boxes.
 */
import type { HealthState } from '../catalog/health-state'
import { tracePath } from '../lineage/trace-path'
import type { Palette } from './palette'
import type { Scene, SceneBox, SceneLine } from './scene'
import { inSight, overlap, type Rect, type Size, type Viewport } from './viewport'

export interface Marks {
  start: string
  open: string | null
  /** The box that arrows go on from; null while the picture has not the focus. */
  current: string | null
  /** What is searched for; null when nothing is. */
  matches: ReadonlySet<string> | null
  /** Columns that the traced column's values run through, by dataset. */
  trace: ReadonlyMap<string, readonly string[]> | null
  tracedEdges: ReadonlySet<string>
}

export interface Picture {
  scene: Scene
  marks: Marks
  palette: Palette
}

/** Below the first, boxes have names alone; below the second, they are of one colour. */
const NOTES_FROM = 0.6
const NAMES_FROM = 0.34
const PAD = 12
const FADED = 0.28

export class Painter {
  readonly #context: CanvasRenderingContext2D
  /** Texts that were cut, by their place in a box, which tells the font, their room and themselves. */
  readonly #cut = new Map<string, string>()
  /** Lines as the browser keeps them, made when first drawn. */
  readonly #paths = new WeakMap<SceneLine, Path2D>()

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context
  }

  /** `ratio`: pixels of the screen for one of the page. */
  draw({ scene, marks, palette }: Picture, viewport: Viewport, size: Size, ratio: number): void {
    const context = this.#context
    const { x, y, zoom } = viewport
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.fillStyle = palette.surface
    context.fillRect(0, 0, size.width, size.height)
    context.setTransform(zoom * ratio, 0, 0, zoom * ratio, x * ratio, y * ratio)
    const seen = inSight(viewport, size)
    this.#lines(scene, marks, palette, seen, zoom)
    const boxes = scene.boxes.filter((box) => overlap(box, seen))
    const paint = (draw: (box: SceneBox) => void) => {
      for (const box of boxes) {
        context.globalAlpha = isFaded(box.urn, marks) ? FADED : 1
        draw(box)
      }
    }
    // Layer by layer, as another font for each text costs more than the text.
    paint((box) => this.#shape(box, palette, zoom))
    if (zoom >= NAMES_FROM) {
      const lift = zoom >= NOTES_FROM ? 8 : 0
      this.#ready(`600 12.5px ${palette.mono}`, palette.ink)
      paint((box) => this.#text(box.name, box, -lift))
    }
    if (zoom >= NOTES_FROM) {
      this.#ready(`12px ${palette.sans}`, palette.ink2)
      paint((box) => this.#text(marks.trace?.get(box.urn)?.join(', ') || box.note, box, 9))
      this.#ready(`11.5px ${palette.sans}`, palette.ink2)
      paint((box) => this.#more(box))
    }
    context.globalAlpha = 1
    for (const box of boxes) this.#ring(box, marks, palette, zoom)
  }

  /** Traced ones, and those of the box that is open or gone on from, over the others. */
  #lines({ lines }: Scene, marks: Marks, palette: Palette, seen: Rect, zoom: number): void {
    const context = this.#context
    const coarse = zoom < NAMES_FROM
    const at = marks.open ?? marks.current
    const loud: SceneLine[] = []
    context.lineWidth = Math.max(1.5, 0.8 / zoom)
    context.strokeStyle = coarse ? palette.line : palette.line2
    context.globalAlpha = marks.matches ? FADED : 1
    context.beginPath()
    for (const line of lines) {
      if (!overlap(line.bounds, seen)) continue
      if (marks.tracedEdges.has(line.key) || line.source === at || line.target === at) loud.push(line)
      else if (coarse) straight(context, line)
      else context.stroke(this.#path(line))
    }
    if (coarse) context.stroke()
    context.globalAlpha = 1
    context.lineWidth = Math.max(2.25, 1.6 / zoom)
    context.strokeStyle = palette.copperLine
    for (const line of loud) context.stroke(this.#path(line))
  }

  #path(line: SceneLine): Path2D {
    let path = this.#paths.get(line)
    if (!path) {
      path = new Path2D(tracePath(line.points))
      this.#paths.set(line, path)
    }
    return path
  }

  #shape({ x, y, width, height, state }: SceneBox, palette: Palette, zoom: number): void {
    const context = this.#context
    if (zoom < NAMES_FROM) {
      context.fillStyle = spotColour(state, palette)
      context.fillRect(x, y, width, height)
      return
    }
    context.beginPath()
    context.roundRect(x, y, width, height, 7)
    context.fillStyle = state === 'unwatched' ? palette.surface : palette.raised
    context.fill()
    context.lineWidth = 1
    context.strokeStyle = state === 'failing' || state === 'error' ? palette.fault : palette.line2
    context.stroke()
    context.fillStyle = stateColour(state, palette)
    context.fillRect(x, y + 8, 4, height - 16)
  }

  /** Around where the lineage begins, what is open, and what arrows go on from. */
  #ring({ urn, x, y, width, height }: SceneBox, marks: Marks, palette: Palette, zoom: number): void {
    if (urn !== marks.start && urn !== marks.open && urn !== marks.current) return
    const context = this.#context
    const around = (colour: string, line: number, away: number) => {
      context.strokeStyle = colour
      context.lineWidth = line
      context.beginPath()
      context.roundRect(x - away, y - away, width + 2 * away, height + 2 * away, 7 + away)
      context.stroke()
    }
    const thick = Math.max(2, 2 / zoom)
    if (urn === marks.start) around(palette.copper, thick, 0)
    if (urn === marks.open) around(palette.copperLine, thick * 1.5, thick)
    if (urn === marks.current) around(palette.copper, thick, thick * 2)
  }

  #more({ hidden, x, y, width, height }: SceneBox): void {
    const context = this.#context
    const middle = y + height / 2
    if (hidden.down > 0) context.fillText(`+${hidden.down}`, x + width + 5, middle)
    if (hidden.up === 0) return
    const text = `+${hidden.up}`
    context.fillText(text, x - 5 - context.measureText(text).width, middle)
  }

  #ready(font: string, colour: string): void {
    this.#context.font = font
    this.#context.fillStyle = colour
    this.#context.textBaseline = 'middle'
  }

  /** In the font that is ready, cut to the box; `away` from its middle. */
  #text(text: string, { x, y, width, height }: SceneBox, away: number): void {
    const context = this.#context
    const room = width - 2 * PAD - 4
    const key = `${away} ${room} ${text}`
    let cut = this.#cut.get(key)
    if (cut === undefined) {
      cut = fittingText(context, text, room)
      this.#cut.set(key, cut)
    }
    context.fillText(cut, x + PAD + 4, y + height / 2 + away)
  }
}

function straight(context: CanvasRenderingContext2D, { points }: SceneLine): void {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return
  context.moveTo(first.x, first.y)
  context.lineTo(last.x, last.y)
}

function isFaded(urn: string, { matches, trace }: Marks): boolean {
  if (matches) return !matches.has(urn)
  return trace ? !trace.has(urn) : false
}

export function stateColour(state: HealthState, palette: Palette): string {
  if (state === 'failing') return palette.fault
  if (state === 'error') return palette.warn
  return state === 'healthy' ? palette.good : palette.line2
}

/** Large as the spots are together, they are to be no louder than the rest of the page. */
export function spotColour(state: HealthState, palette: Palette): string {
  if (state === 'healthy') return palette.goodLine
  return state === 'error' ? palette.warnLine : stateColour(state, palette)
}

/** As much of a text as there is room for, with an ellipsis where it was cut. */
function fittingText(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle
    else high = middle - 1
  }
  return `${text.slice(0, low)}…`
}
