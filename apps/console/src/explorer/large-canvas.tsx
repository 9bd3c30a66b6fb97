import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { FitIcon, MinusIcon, PlusIcon } from '../shell/icons'
import { useWide } from '../shell/use-wide'
import { plural } from '../text/format'
import type { ExplorerCanvasProps } from './explorer-canvas'
import type { Marks } from './paint'
import { onThemeChange, readPalette } from './palette'
import { PictureView } from './picture-view'
import { type SceneBox, type Step, sceneOf, stepFrom } from './scene'

const ZOOM_STEP = 1.35

/**
 * A picture of many datasets, drawn on a canvas. To those who cannot see it, and to the keyboard, it is a list with one
 * dataset chosen: arrows go along the lineage, Enter opens.
 */
export function LargeCanvas(props: ExplorerCanvasProps) {
  const { placed, start, openUrn, onOpen, look } = props
  const frame = useRef<HTMLDivElement>(null)
  const [current, setCurrent] = useState<string | null>(null)
  const scene = useMemo(() => sceneOf(placed), [placed])
  const view = usePicture(frame, props, scene, current, (urn) => {
    if (urn) setCurrent(urn)
    onOpen(urn)
  })
  const box = scene.byUrn.get(current ?? start) ?? scene.boxes[0]

  const shown = useRef<{ start: string; count: number } | null>(null)
  useEffect(() => {
    const before = shown.current
    shown.current = { start, count: scene.boxes.length }
    if (before?.start !== start || before.count !== scene.boxes.length) view.current?.lookAt(start)
  }, [view, scene, start])
  useEffect(() => {
    if (look) view.current?.lookAt(look.urn)
  }, [view, look])

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey || !box) return
    const done = KEYS[event.key]
    if (done && view.current) done(view.current)
    else if (event.key === 'Enter' || event.key === ' ') onOpen(box.urn)
    else if (event.key === 'Escape' && openUrn) onOpen(null)
    else if (!isStep(event.key)) return
    else {
      const next = stepFrom(scene, box, event.key)
      if (next) {
        setCurrent(next.urn)
        view.current?.reveal(next.urn)
      }
    }
    event.preventDefault()
  }

  const wide = useWide(1040)
  return (
    <div ref={frame} className="explorer-canvas">
      <div
        role="listbox"
        tabIndex={0}
        className="canvas-keys"
        aria-label="Lineage picture"
        aria-describedby="canvas-hint"
        aria-activedescendant={box ? 'canvas-current' : undefined}
        data-id={box?.urn}
        onFocus={() => setCurrent((one) => one ?? start)}
        onKeyDown={onKeyDown}
      >
        {box ? <CurrentOption box={box} count={scene.boxes.length} /> : null}
        <canvas className="canvas-picture" />
      </div>
      <p id="canvas-hint" className="visually-hidden">
        Arrow keys go along the lineage, Enter opens a dataset, plus and minus zoom, 0 shows everything.
      </p>
      <div className="react-flow__controls canvas-controls">
        <ControlButton label="Zoom in" onClick={() => view.current?.zoomBy(ZOOM_STEP)}>
          <PlusIcon />
        </ControlButton>
        <ControlButton label="Zoom out" onClick={() => view.current?.zoomBy(1 / ZOOM_STEP)}>
          <MinusIcon />
        </ControlButton>
        <ControlButton label="Show everything" onClick={() => view.current?.fit()}>
          <FitIcon />
        </ControlButton>
      </div>
      <div className="react-flow__minimap canvas-overview" hidden={!wide} aria-hidden="true">
        <canvas width={150} height={100} />
        <span className="canvas-frame" />
      </div>
    </div>
  )
}

const KEYS: Readonly<Record<string, (view: PictureView) => void>> = {
  '+': (view) => view.zoomBy(ZOOM_STEP),
  '=': (view) => view.zoomBy(ZOOM_STEP),
  '-': (view) => view.zoomBy(1 / ZOOM_STEP),
  '0': (view) => view.fit(),
}

function isStep(key: string): key is Step {
  return key === 'ArrowLeft' || key === 'ArrowRight' || key === 'ArrowUp' || key === 'ArrowDown'
}

function CurrentOption({ box, count }: { box: SceneBox; count: number }) {
  const side = box.rank < 0 ? 'source' : 'reader'
  const where = box.rank === 0 ? 'the start' : `${side}, ${plural(Math.abs(box.rank), 'hop')} away`
  return (
    <span
      id="canvas-current"
      role="option"
      aria-selected="true"
      aria-setsize={count}
      tabIndex={-1}
      className="visually-hidden"
    >
      {box.name}, {box.note}, {where}
    </span>
  )
}

function ControlButton({
  label,
  onClick,
  children,
}: {
  label: string
  onClick: () => void
  children: React.ReactNode
}) {
  return (
    <button
      type="button"
      className="react-flow__controls-button"
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      {children}
    </button>
  )
}

/** The picture under the hand, as long as the page shows it. What is drawn follows what is asked for, and the theme. */
function usePicture(
  frame: React.RefObject<HTMLDivElement | null>,
  { start, openUrn, matches, trace, tracedEdges }: ExplorerCanvasProps,
  scene: ReturnType<typeof sceneOf>,
  current: string | null,
  onClick: (urn: string | null) => void,
): React.RefObject<PictureView | null> {
  const view = useRef<PictureView | null>(null)
  const clicked = useRef(onClick)
  clicked.current = onClick
  const marks = useMemo(
    (): Marks => ({ start, open: openUrn, current, matches, trace, tracedEdges }),
    [start, openUrn, current, matches, trace, tracedEdges],
  )
  useEffect(() => {
    const within = frame.current
    const canvas = within?.querySelector<HTMLCanvasElement>('.canvas-picture')
    const overview = within?.querySelector<HTMLCanvasElement>('.canvas-overview canvas')
    const mark = within?.querySelector<HTMLElement>('.canvas-frame')
    if (!canvas) return
    const made = new PictureView(
      { canvas, overview: overview && mark ? { canvas: overview, frame: mark } : null },
      (box) => clicked.current(box?.urn ?? null),
    )
    view.current = made
    return () => {
      view.current = null
      made.close()
    }
  }, [frame])
  useEffect(() => {
    const within = frame.current
    if (!within) return
    const show = () => view.current?.show({ scene, marks, palette: readPalette(within) })
    show()
    return onThemeChange(show)
  }, [frame, scene, marks])
  return view
}
