import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { ConsoleServer } from './console-server.js'

const READERS = 130
const urnOf = (i: number) =>
  `urn:li:dataset:(urn:li:dataPlatform:snowflake,wide.mart.reader_${String(i).padStart(3, '0')},PROD)`

interface Scene {
  server(): ConsoleServer
  open(fragment: string): Promise<Page>
}

/** A lineage of more datasets than are drawn as elements of the page. It is told to the server first, so keep it last. */
export function largeExplorerScene({ server, open }: Scene): void {
  /** One dataset that all others read, by DataHub's own wire. */
  async function tell(): Promise<void> {
    const proposal = (i: number, aspectName: string, value: object) => ({
      entityType: 'dataset',
      entityUrn: urnOf(i),
      changeType: 'UPSERT',
      aspectName,
      aspect: { contentType: 'application/json', value: JSON.stringify(value) },
    })
    const auditStamp = { time: 1_750_000_000_000, actor: 'urn:li:corpuser:etl' }
    const upstreams = [{ auditStamp, dataset: urnOf(0), type: 'TRANSFORMED' }]
    const proposals = Array.from({ length: READERS + 1 }, (_, i) => [
      proposal(i, 'datasetProperties', { name: `reader_${i}`, customProperties: {}, tags: [] }),
      ...(i > 0 ? [proposal(i, 'upstreamLineage', { upstreams })] : []),
    ]).flat()
    const response = await fetch(
      `${server().url}/graphs/catalog/datahub/aspects?action=ingestProposalBatch`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${server().token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ proposals }),
      },
    )
    if (!response.ok) throw new Error(await response.text())
  }

  it('draws a large lineage by hand: dragged, clicked, and gone through by arrows', async () => {
    await tell()
    const page = await open(`/lineage/${urnOf(0)}`)
    await page.getByText(`${READERS + 1} datasets, ${READERS} edges`).waitFor()
    const picture = page.locator('.canvas-picture')
    await picture.waitFor()
    const frame = page.locator('.canvas-frame')
    await page.waitForFunction(() => document.querySelector<HTMLElement>('.canvas-frame')?.style.transform)
    /** How many there are: one where nothing is drawn. */
    const colours = () =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('.canvas-picture')
        const { data } = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
          data: [],
        }
        return new Set(Array.from({ length: data.length / 4 }, (_, i) => `${data[i * 4]} ${data[i * 4 + 1]}`))
          .size
      })
    expect(await colours()).toBeGreaterThan(20)

    const box = await picture.boundingBox()
    if (!box) throw new Error('there is no picture')
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await page.mouse.click(x, y)
    await page.getByRole('dialog').getByRole('link', { name: 'reader_0' }).waitFor()
    await page.keyboard.press('Escape')
    const before = await frame.evaluate(({ style }) => style.transform)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x - 200, y - 120, { steps: 4 })
    await page.mouse.up()
    await page.waitForFunction(
      (was) => document.querySelector<HTMLElement>('.canvas-frame')?.style.transform !== was,
      before,
    )
    expect(await page.getByRole('dialog').count()).toBe(0)

    const list = page.getByRole('listbox', { name: 'Lineage picture' })
    await list.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    const chosen = (await page.getByRole('option').textContent()) ?? ''
    expect(chosen).toMatch(/^reader_\d+, Dataset · no assertion, reader, 1 hop away$/)
    await page.keyboard.press('Enter')
    await page
      .getByRole('dialog')
      .getByRole('link', { name: chosen.split(',')[0] ?? '', exact: true })
      .waitFor()
    await page.keyboard.press('Escape')
    expect(await list.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.context().close()
  }, 60_000)
}
