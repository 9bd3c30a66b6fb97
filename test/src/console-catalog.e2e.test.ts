import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY } from './command.js'
import { CHROMIUM, launchChromium, openPage } from './console-browser.js'
import { largeExplorerScene } from './console-explorer-scene.js'
import { reviewScenes } from './console-review-scenes.js'
import { type ConsoleServer, openConsoleServer } from './console-server.js'

const ITEMS = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.olist_order_items,PROD)'
const SALES = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.v_product_sales,PROD)'
const IMAGES = join(REPOSITORY, 'docs', 'images')

/** The pages of the catalog in a real browser, against a real server with the demo's catalog. */
describe.skipIf(!existsSync(CHROMIUM))('the catalog in the console', () => {
  let server: ConsoleServer
  let browser: Browser
  const complaints: string[] = []

  beforeAll(async () => {
    server = await openConsoleServer()
    browser = await launchChromium()
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await server?.dispose()
  }, 60_000)

  const openAs = (token: string, fragment: string, options: BrowserContextOptions = {}): Promise<Page> =>
    openPage(browser, `${server.url}/#token=${encodeURIComponent(token)}&${fragment}`, complaints, options)
  const open = (fragment: string, options?: BrowserContextOptions) => openAs(server.token, fragment, options)

  const names = (page: Page) => page.locator('.result-name').allInnerTexts()

  /** Pictures for the documentation: taken when one is missing, or when asked for. */
  async function picture(page: Page, name: string): Promise<void> {
    const path = join(IMAGES, `${name}.png`)
    if (existsSync(path) && process.env.GROUNDPLANE_SCREENSHOTS !== '1') return
    await page.screenshot({ path })
  }

  it('finds what is typed, tells whose it is and how it fares, and keeps the question in the address', async () => {
    const page = await open('/')
    await page.getByRole('link', { name: 'Catalog' }).click()
    await page.locator('.result').first().waitFor()
    await page.locator('body').press('/')
    await page.keyboard.type('order items')
    await page.waitForURL(/q=order\+items/)
    const first = page
      .locator('.result', { hasText: 'olist_order_items' })
      .filter({ hasText: 'olist_dirty' })
      .first()
    await first.getByText('1 of 3 assertions fails').waitFor()
    await first.getByText('Owned by Logistics').waitFor()
    const found = await names(page)
    await page.reload()
    await page.locator('.result').first().waitFor()
    expect(await names(page)).toEqual(found)
    expect(await page.locator('#catalog-query').inputValue()).toBe('order items')
    await page.context().close()
  })

  it('narrows by facets, and widens again when they are taken out', async () => {
    const page = await open('/catalog')
    const total = page.locator('#results-title')
    await page.locator('.choice', { hasText: 'olist_dirty' }).first().waitFor()
    const all = await total.textContent()
    await page.getByRole('checkbox', { name: 'Failing assertions' }).check()
    await page.locator('.choice', { hasText: 'olist_dirty' }).first().click()
    await page.waitForFunction(() => document.querySelectorAll('.result').length === 3)
    expect((await names(page)).sort()).toEqual(['olist_customers', 'olist_order_items', 'olist_products'])
    await page.goBack()
    await page.goBack()
    await page.waitForFunction((text) => document.querySelector('#results-title')?.textContent === text, all)
    expect(await page.getByRole('checkbox', { name: 'Failing assertions' }).isChecked()).toBe(false)
    await page.context().close()
  })

  it('shows what the server says to a query it cannot read, with the remedy', async () => {
    const page = await open('/catalog?q=%2Fq+%28revenue')
    await page.getByRole('alert').getByText('Expected ")"').waitFor()
    await page.getByText('Write queries like /q').waitFor()
    await page.locator('#catalog-query').fill('/q revenue AND NOT tag:pii')
    await page.locator('.result').first().waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    await page.locator('#catalog-query').fill('zzzzqqqq')
    await page.getByText('Nothing in the catalog matches').waitFor()
    await page.context().close()
  })

  it('goes by arrows from the box into the results, and opens one with Enter', async () => {
    const page = await open('/catalog?q=sellers')
    await page.locator('.result').nth(1).waitFor()
    await page.locator('#catalog-query').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    const focused = await page.evaluate(() => document.activeElement?.textContent)
    expect(focused).toBe((await names(page))[1])
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: focused ?? '' }).waitFor()
    await page.context().close()
  })

  it('tells everything of a dataset: columns and keys, lineage, assertions with runs, queries, changes', async () => {
    const page = await open(`/catalog/${ITEMS}`)
    await page.locator('.schema tbody tr').first().waitFor()
    expect(await page.locator('.schema tbody tr').count()).toBe(7)
    expect(await page.locator('.schema .mark', { hasText: 'refers to' }).count()).toBe(3)
    expect(await page.locator('.schema .mark', { hasText: /key$/ }).count()).toBe(2)
    await page.getByRole('searchbox', { name: 'Filter the columns' }).fill('financial')
    await page.getByText('2 of 7 columns').waitFor()

    await page.getByRole('tab', { name: 'Schema' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.locator('.lineage-hits li').first().waitFor()
    expect((await page.locator('.lineage-hits li a').allInnerTexts()).sort()).toEqual([
      'v_order_details',
      'v_product_sales',
      'v_seller_performance',
    ])
    await page.getByText('No source is recorded.').waitFor()

    await page.keyboard.press('ArrowRight')
    const failing = page.locator('.card', { hasText: 'seller_id_length' })
    await failing.getByText('5,632 of 112,650 rows').waitFor()
    await failing.locator('summary').first().click()
    expect(await failing.locator('tbody tr').count()).toBe(1)

    await page.getByRole('tab', { name: 'Incidents' }).click()
    await page.getByText('No incident was ever raised on it.').waitFor()
    await page.getByRole('tab', { name: 'Queries' }).click()
    await page.getByText('CREATE VIEW v_product_sales').waitFor()
    await page.getByRole('tab', { name: 'Changes' }).click()
    await page.getByText('harvest olist_dirty').waitFor()
    expect(page.url()).toContain('tab=changes')
    await page.context().close()
  })

  it('follows one column through the lineage', async () => {
    const page = await open(`/catalog/${SALES}?tab=lineage`)
    await page.locator('.lineage-hits li').nth(2).waitFor()
    await page.getByLabel('Lineage of').selectOption('revenue')
    await page.locator('.lineage-hits', { hasText: 'column price' }).waitFor()
    expect(await page.locator('.lineage-hits li a').allInnerTexts()).toEqual(['olist_order_items'])
    await page.context().close()
  })

  it('explores lineage: opens and folds by hand, finds, traces a column, and tells the same as a list', async () => {
    const page = await open(`/lineage/${SALES}`)
    const status = page.locator('.explorer-status')
    await page.locator('.react-flow__node').nth(3).waitFor()
    expect(await status.textContent()).toBe('4 datasets, 3 edges')
    await page.locator('.react-flow__node', { hasText: 'olist_order_items' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Show 2 readers' }).click()
    await page.locator('.react-flow__node', { hasText: 'v_seller_performance' }).waitFor()
    expect(await status.textContent()).toBe('6 datasets, 6 edges')
    await page.getByRole('button', { name: 'Fold readers' }).click()
    await page.waitForFunction(() =>
      document.querySelector('.explorer-status')?.textContent?.startsWith('4 datasets'),
    )
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox', { name: 'Find in the picture' }).fill('items')
    await page.getByText('1 found').waitFor()
    await page.waitForFunction(() => document.querySelectorAll('.dataset-dim').length === 3)
    await page.getByRole('searchbox', { name: 'Find in the picture' }).fill('')

    await page.locator('.react-flow__node', { hasText: 'v_product_sales' }).click()
    await page.locator('.details-columns summary').click()
    await page.getByRole('link', { name: 'Trace revenue' }).click()
    await page.getByText('runs through 1 other dataset').waitFor()
    await page.locator('.dataset-note', { hasText: /^price$/ }).waitFor()
    expect(await page.locator('.trace-fault').count()).toBe(1)
    await page.getByRole('button', { name: 'List' }).click()
    expect(await page.locator('.explorer-list li').count()).toBe(4)
    await page.context().close()
  })

  it('leads from an owner to what it owns, and says that an entity does not exist', async () => {
    const page = await open(`/catalog/${SALES}`)
    await page.locator('.facts').getByRole('link', { name: 'Product' }).click()
    await page.getByRole('link', { name: 'What this group owns' }).click()
    await page.locator('.result', { hasText: 'v_product_sales' }).first().waitFor()
    await page.goto(`${server.url}/#/catalog/${SALES.replace('v_product_sales', 'v_nowhere')}`)
    await page.getByText('This entity cannot be shown.').waitFor()
    await page.getByText('Search for it by name').waitFor()
    await page.context().close()
  })

  reviewScenes({
    server: () => server,
    open: (fragment, token = server.token, options) => openAs(token, fragment, options),
    picture,
  })

  it('fits from 360 to 1920 pixels, light and dark, without scrolling sideways', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open('/catalog?q=revenue', { colorScheme })
      for (const [name, fragment, there] of [
        ['search', '/catalog?q=revenue', '.result'],
        ['entity', `/catalog/${ITEMS}`, '.schema'],
        ['assertions', `/catalog/${ITEMS}?tab=assertions`, '.card'],
        ['lineage', `/lineage/${SALES}?column=revenue`, '.react-flow__node'],
        ['sources', '/sources', '.source'],
        ['review', '/branches', '.branch-list'],
      ] as const) {
        await page.goto(`${server.url}/#${fragment}`)
        await page.locator(there).first().waitFor()
        for (const width of [1920, 1024, 768, 360, 1440]) {
          await page.setViewportSize({ width, height: 900 })
          const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
          expect(sideways, `${name}, ${colorScheme} at ${width}`).toBeLessThanOrEqual(0)
        }
        if (['search', 'entity', 'lineage'].includes(name) && colorScheme === 'light')
          await picture(page, `console-catalog-${name}`)
      }
      await page.context().close()
    }
  }, 60_000)

  largeExplorerScene({ server: () => server, open })

  it('drew all of this without a script error or a refusal of the security policy', () => {
    expect(complaints).toEqual([])
  })
})
