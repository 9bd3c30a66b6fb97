import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Catalog } from '@groundplane/catalog'
import { Graph } from '@groundplane/graph'
import type { CDPSession, Page } from 'playwright-core'
import { makeCatalogCluster, serveCatalog, TOKEN } from '../catalog-cluster.js'
import { BrowserMissing, CHROMIUM, launchChromium } from '../chromium.js'
import { type BenchRow, bounded, told } from '../row.js'
import { WideLineage } from './wide-lineage.js'

/** What one picture of the explorer holds at most; `GROUNDPLANE_BENCH_DATASETS` makes it less. */
const DATASETS = 2000
/** A frame that a person does not see as a halt: half of 60 a second, which the browser's clock gives as 33.3 or 33.4. */
const FRAME_MS = 33.4
const STEPS = 100
const ROUNDS = 3

/**
 * The lineage explorer of the console with a picture as large as it gets, in a browser without a window and without a
 * graphics processor, against a serving process. Frames are what lies between two turns of `requestAnimationFrame` while
 * a mouse drags or its wheel zooms, the worst round left out; the main thread's time is what it had of a processor.
 */
export async function explorerBench(): Promise<BenchRow[]> {
  if (!existsSync(CHROMIUM)) throw new BrowserMissing()
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-'))
  const lineage = new WideLineage(Number(process.env['GROUNDPLANE_BENCH_DATASETS'] ?? DATASETS))
  try {
    await fill(dir, lineage)
    const server = await serveCatalog(dir)
    try {
      return await measured(
        `${server.url}/#token=${TOKEN}&/lineage/${lineage.start}?up=all&down=all`,
        lineage,
      )
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function fill(dir: string, lineage: WideLineage): Promise<void> {
  const graph = Graph.open(await makeCatalogCluster(dir))
  try {
    const { rejected } = new Catalog(graph).ingest(lineage.proposals())
    if (rejected.length > 0) throw new Error(`refused: ${JSON.stringify(rejected[0])}`)
  } finally {
    graph.close()
  }
}

async function measured(address: string, { datasets }: WideLineage): Promise<BenchRow[]> {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    const begun = performance.now()
    await page.goto(address)
    await page.locator('.explorer-canvas, .react-flow__node').first().waitFor()
    const first = performance.now() - begun
    const count = datasets.toLocaleString('en-US')
    await page
      .locator('.explorer-status', { hasText: new RegExp(`^${count} datasets, [\\d,]+ edges\\.?$`) })
      .waitFor({
        timeout: 180_000,
      })
    const whole = performance.now() - begun
    const session = await page.context().newCDPSession(page)
    // Time that the thread had a processor: what other processes take is not its own.
    await session.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' })
    await session.send('Performance.enable')
    const near = await gestures(page, session)
    await zoomOut(page)
    const far = await gestures(page, session)
    await session.send('HeapProfiler.collectGarbage')
    const { heap } = await metricsOf(session)
    return [
      told('datasets in the picture', '', datasets),
      told('from the address to the first of the picture', 'ms', first),
      told('until all of it is read and drawn', 'ms', whole),
      ...rowsOf('where names are read', near),
      ...rowsOf('zoomed out as far as it goes', far),
      bounded('memory of the page: heap after a collection', 'MB', heap / 1e6, 200),
    ]
  } finally {
    await browser.close()
  }
}

interface Gesture {
  readonly frames: readonly number[]
  /** Of the main thread, for each frame. */
  readonly busyMs: number
}

function rowsOf(where: string, all: Readonly<Record<'pan' | 'zoom', Gesture>>): BenchRow[] {
  return (['pan', 'zoom'] as const).flatMap((name) => {
    const { frames, busyMs } = all[name]
    return [
      {
        ...bounded(`${name} ${where}: frame p95`, 'ms', percentile(frames, 95), FRAME_MS),
        peers: { p50: Number(percentile(frames, 50).toFixed(1)) },
      },
      told(`${name} ${where}: main thread, each frame`, 'ms', busyMs),
    ]
  })
}

/** Drags there and back, and turns the wheel there and back, each some times. */
async function gestures(page: Page, session: CDPSession): Promise<Record<'pan' | 'zoom', Gesture>> {
  const box = await page.locator('.explorer-area .lineage').boundingBox()
  if (!box) throw new Error('the picture is not in the page')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const pan = await best(page, session, async () => {
    // From a place where no dataset is: it would be opened.
    await page.mouse.move(x, y)
    await page.mouse.down()
    for (let step = 0; step <= STEPS; step++) {
      const turn = Math.sin((step / STEPS) * 2 * Math.PI)
      await page.mouse.move(x + turn * 420, y + turn * 240)
    }
    await page.mouse.up()
  })
  const zoom = await best(page, session, async () => {
    await page.mouse.move(x, y)
    await page.keyboard.down('Control')
    for (let step = 0; step < STEPS; step++) await page.mouse.wheel(0, step < STEPS / 2 ? 6 : -6)
    await page.keyboard.up('Control')
  })
  return { pan, zoom }
}

async function zoomOut(page: Page): Promise<void> {
  await page.keyboard.down('Control')
  for (let step = 0; step < 60; step++) await page.mouse.wheel(0, 60)
  await page.keyboard.up('Control')
}

/** All rounds but the one with the longest frames: the machine's own halts. */
async function best(page: Page, session: CDPSession, gesture: () => Promise<void>): Promise<Gesture> {
  const rounds: Gesture[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await page.evaluate(WATCH)
    const before = await metricsOf(session)
    await gesture()
    const after = await metricsOf(session)
    const frames = (await page.evaluate('globalThis.stopWatching()')) as number[]
    rounds.push({ frames, busyMs: ((after.busy - before.busy) * 1000) / frames.length })
  }
  rounds.sort((a, b) => percentile(a.frames, 95) - percentile(b.frames, 95))
  const kept = rounds.slice(0, ROUNDS - 1)
  return {
    frames: kept.flatMap(({ frames }) => frames),
    busyMs: kept.reduce((sum, { busyMs }) => sum + busyMs, 0) / kept.length,
  }
}

/** Keeps what lies between two frames until it is asked for; text, as it runs in the page. */
const WATCH = `{
  const frames = []
  let last = performance.now()
  let on = true
  const turn = (now) => {
    frames.push(now - last)
    last = now
    if (on) requestAnimationFrame(turn)
  }
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(turn) })
  globalThis.stopWatching = () => { on = false; return frames }
}`

/** Seconds that the main thread worked, and bytes of its heap. */
async function metricsOf(session: CDPSession): Promise<{ busy: number; heap: number }> {
  const { metrics } = await session.send('Performance.getMetrics')
  const figure = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0
  return { busy: figure('TaskDuration'), heap: figure('JSHeapUsedSize') }
}

function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? 0
}
