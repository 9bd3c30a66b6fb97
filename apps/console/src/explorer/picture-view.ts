import type { Point } from '../lineage/trace-path'
import { Painter, type Picture, spotColour } from './paint'
import { boxAt, type SceneBox } from './scene'
import { centred, fitted, inSight, kept, pictureAt, type Size, type Viewport, zoomedAt } from './viewport'

/** At which names can be read. */
const READABLE = 0.7
const OVERVIEW: Size = { width: 150, height: 100 }
/** Pixels that a pointer may stray and still have clicked. */
const STILL = 4

export interface PictureParts {
  canvas: HTMLCanvasElement
  /** Absent where there is no room for an overview. */
  overview: { canvas: HTMLCanvasElement; frame: HTMLElement } | null
}

/**
 * A large picture under the hand: dragged, zoomed and drawn, at most once a frame and without React. What is drawn is set from
 * outside; what is clicked is told.
 */
export class PictureView {
  readonly #parts: PictureParts
  readonly #painter: Painter
  readonly #onClick: (box: SceneBox | undefined) => void
  readonly #pointers = new Map<number, Point>()
  readonly #ended = new AbortController()
  readonly #resized: ResizeObserver
  #picture: Picture | null = null
  #viewport: Viewport = { x: 0, y: 0, zoom: READABLE }
  #size: Size = { width: 0, height: 0 }
  /** What is to be looked at once it is known how large the screen is. */
  #wanted: { urn: string; zoom: number } | null = null
  #strayed = 0
  #frame = 0

  constructor(parts: PictureParts, onClick: (box: SceneBox | undefined) => void) {
    this.#parts = parts
    this.#onClick = onClick
    const context = parts.canvas.getContext('2d', { alpha: false })
    if (!context) throw new Error('this browser draws no pictures')
    this.#painter = new Painter(context)
    this.#listen()
    this.#resized = new ResizeObserver(() => this.#measure())
    this.#resized.observe(parts.canvas)
    this.#measure()
  }

  close(): void {
    this.#ended.abort()
    this.#resized.disconnect()
    cancelAnimationFrame(this.#frame)
  }

  show(picture: Picture): void {
    this.#picture = picture
    this.#drawOverview()
    this.#request()
  }

  /** Brings a box into the middle, large enough to be read; `readable` false leaves the zoom as it is. */
  lookAt(urn: string, zoom: number = Math.max(READABLE, this.#viewport.zoom)): void {
    if (this.#size.width === 0) this.#wanted = { urn, zoom }
    const box = this.#picture?.scene.byUrn.get(urn)
    if (!box) return
    this.#move(centred({ x: box.x + box.width / 2, y: box.y + box.height / 2 }, this.#size, zoom))
  }

  /** As little as is needed for a box to be in sight. */
  reveal(urn: string): void {
    const box = this.#picture?.scene.byUrn.get(urn)
    if (!box) return
    const seen = inSight(this.#viewport, this.#size)
    const inside =
      box.x >= seen.x &&
      box.y >= seen.y &&
      box.x + box.width <= seen.x + seen.width &&
      box.y + box.height <= seen.y + seen.height
    if (!inside) this.lookAt(urn, this.#viewport.zoom)
  }

  zoomBy(factor: number): void {
    this.#zoom({ x: this.#size.width / 2, y: this.#size.height / 2 }, factor)
  }

  panBy(x: number, y: number): void {
    this.#move({ ...this.#viewport, x: this.#viewport.x + x, y: this.#viewport.y + y })
  }

  fit(): void {
    if (this.#picture) this.#move(fitted(this.#picture.scene.bounds, this.#size))
  }

  #zoom(at: Point, factor: number): void {
    if (!this.#picture) return
    const least = Math.min(0.25, fitted(this.#picture.scene.bounds, this.#size).zoom)
    this.#move(zoomedAt(this.#viewport, at, factor, least))
  }

  #move(viewport: Viewport): void {
    if (!this.#picture) return
    this.#viewport = kept(viewport, this.#picture.scene.bounds, this.#size)
    this.#request()
  }

  #request(): void {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#draw()
    })
  }

  #draw(): void {
    if (!this.#picture || this.#size.width === 0) return
    this.#painter.draw(this.#picture, this.#viewport, this.#size, ratio())
    this.#frameOverview()
  }

  #measure(): void {
    const { canvas } = this.#parts
    const { clientWidth: width, clientHeight: height } = canvas
    if (width === this.#size.width && height === this.#size.height) return
    const before = this.#size
    this.#size = { width, height }
    canvas.width = Math.round(width * ratio())
    canvas.height = Math.round(height * ratio())
    const wanted = this.#wanted
    this.#wanted = null
    if (wanted && width > 0) this.lookAt(wanted.urn, wanted.zoom)
    else if (before.width > 0) this.panBy((width - before.width) / 2, (height - before.height) / 2)
    // Setting its size has emptied it: what is drawn later than now would flash.
    this.#draw()
  }

  #listen(): void {
    const { canvas, overview } = this.#parts
    const options = { signal: this.#ended.signal }
    const at = (event: MouseEvent): Point => {
      const { left, top } = canvas.getBoundingClientRect()
      return { x: event.clientX - left, y: event.clientY - top }
    }
    canvas.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0) return
        canvas.setPointerCapture(event.pointerId)
        if (this.#pointers.size === 0) this.#strayed = 0
        this.#pointers.set(event.pointerId, at(event))
      },
      options,
    )
    canvas.addEventListener('pointermove', (event) => this.#drag(event.pointerId, at(event)), options)
    canvas.addEventListener(
      'pointerup',
      (event) => {
        if (!this.#pointers.delete(event.pointerId) || this.#pointers.size > 0) return
        canvas.style.cursor = ''
        if (this.#strayed <= STILL) this.#onClick(this.#boxAt(at(event)))
      },
      options,
    )
    canvas.addEventListener('pointercancel', (event) => void this.#pointers.delete(event.pointerId), options)
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault()
        const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1
        if (event.ctrlKey || event.metaKey) this.#zoom(at(event), 2 ** (-event.deltaY * unit * 0.01))
        else this.panBy(-event.deltaX * unit, -event.deltaY * unit)
      },
      { ...options, passive: false },
    )
    const jump = (event: PointerEvent) => {
      if (event.buttons === 0 || !this.#picture || !overview) return
      const { left, top } = overview.canvas.getBoundingClientRect()
      const point = { x: event.clientX - left, y: event.clientY - top }
      const small = fitted(this.#picture.scene.bounds, OVERVIEW, 4)
      this.#move(centred(pictureAt(small, point), this.#size, this.#viewport.zoom))
    }
    overview?.canvas.addEventListener('pointerdown', jump, options)
    overview?.canvas.addEventListener('pointermove', jump, options)
  }

  /** One pointer drags, two zoom about their middle. */
  #drag(id: number, to: Point): void {
    const from = this.#pointers.get(id)
    if (!from) {
      this.#parts.canvas.style.cursor = this.#boxAt(to) ? 'pointer' : ''
      return
    }
    const other = [...this.#pointers].find(([one]) => one !== id)?.[1]
    this.#pointers.set(id, to)
    this.#strayed += Math.hypot(to.x - from.x, to.y - from.y)
    if (this.#strayed > STILL) this.#parts.canvas.style.cursor = 'grabbing'
    if (!other) {
      this.panBy(to.x - from.x, to.y - from.y)
      return
    }
    const apart = (point: Point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y))
    this.panBy((to.x - from.x) / 2, (to.y - from.y) / 2)
    this.#zoom({ x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 }, apart(to) / apart(from))
  }

  #boxAt(at: Point): SceneBox | undefined {
    return this.#picture ? boxAt(this.#picture.scene, pictureAt(this.#viewport, at)) : undefined
  }

  /** All boxes as spots; only when another picture, or another look of it, is shown. */
  #drawOverview(): void {
    const { overview } = this.#parts
    const context = overview?.canvas.getContext('2d')
    if (!overview || !context || !this.#picture) return
    overview.canvas.width = OVERVIEW.width * ratio()
    overview.canvas.height = OVERVIEW.height * ratio()
    const { scene, palette } = this.#picture
    const { x, y, zoom } = fitted(scene.bounds, OVERVIEW, 4)
    const scale = zoom * ratio()
    context.setTransform(scale, 0, 0, scale, x * ratio(), y * ratio())
    const least = 1 / zoom
    for (const box of scene.boxes) {
      context.fillStyle = spotColour(box.state, palette)
      context.fillRect(box.x, box.y, Math.max(least, box.width), Math.max(least, box.height))
    }
  }

  #frameOverview(): void {
    const { overview } = this.#parts
    if (!overview || !this.#picture) return
    const small = fitted(this.#picture.scene.bounds, OVERVIEW, 4)
    const seen = inSight(this.#viewport, this.#size)
    const { style } = overview.frame
    style.transform = `translate(${seen.x * small.zoom + small.x}px, ${seen.y * small.zoom + small.y}px)`
    style.width = `${seen.width * small.zoom}px`
    style.height = `${seen.height * small.zoom}px`
  }
}

function ratio(): number {
  return Math.min(2, window.devicePixelRatio || 1)
}
