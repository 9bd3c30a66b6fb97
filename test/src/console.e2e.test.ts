import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY } from './command.js'
import { CHROMIUM, launchChromium, openPage as openBrowserPage } from './console-browser.js'
import { type ConsoleServer, openConsoleServer } from './console-server.js'

const IMAGES = join(REPOSITORY, 'docs', 'images')
const SENTENCE = 'revenue dashboard wrong'

if (!existsSync(CHROMIUM)) {
  process.stderr.write(
    `The console's end-to-end test is skipped: there is no ${CHROMIUM}. Install Debian's chromium, or name one in GROUNDPLANE_CHROMIUM.\n`,
  )
}

/** The console in a real browser, against a real server with the demo's catalog. */
describe.skipIf(!existsSync(CHROMIUM))('the console', () => {
  let server: ConsoleServer
  let browser: Browser
  /** Fragment of the first run, the one that raised the incidents. */
  let firstRun = ''
  /** What the pages complained about: script errors, refusals of the security policy. */
  const complaints: string[] = []

  beforeAll(async () => {
    server = await openConsoleServer()
    browser = await launchChromium()
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await server?.dispose()
  }, 60_000)

  const openPage = (fragment: string, options: BrowserContextOptions = {}): Promise<Page> =>
    openBrowserPage(browser, `${server.url}/${fragment}`, complaints, options)

  const withToken = (rest = '') => `#token=${encodeURIComponent(server.token)}${rest}`

  async function run(page: Page, sentence: string): Promise<void> {
    await page.locator('#sentence').waitFor()
    await page.locator('body').press('/')
    await page.keyboard.type(sentence)
    await page.keyboard.press('Enter')
    await page.locator('.run-head h2', { hasText: sentence }).waitFor()
    await page.locator('.run[data-status="finished"] .receipt').waitFor()
  }

  /** Pictures for the documentation: taken when one is missing, or when asked for. */
  async function picture(page: Page, name: string, fullPage = false): Promise<void> {
    const path = join(IMAGES, `${name}.png`)
    if (existsSync(path) && process.env.GROUNDPLANE_SCREENSHOTS !== '1') return
    mkdirSync(IMAGES, { recursive: true })
    await page.screenshot({ path, fullPage })
  }

  it('asks for a token, says when it is refused, and opens with the right one', async () => {
    const page = await openPage('')
    await page.locator('#token').fill('certainly-not-a-token')
    expect(await page.locator('.connection').textContent()).toBe('Not signed in')
    await page.keyboard.press('Enter')
    await page.getByText('did not accept that token').waitFor()
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
    await page.locator('#token').fill(server.token)
    await page.keyboard.press('Enter')
    await page.locator('#sentence').waitFor()
    await page.locator('.connection-connected').waitFor()
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(1)
    expect(await page.locator('.head code').first().textContent()).toBe(
      `${new URL(server.url).host}/graphs/catalog`,
    )
    await page.context().close()
  })

  it('takes the token out of the address before anything else', async () => {
    const page = await openPage(withToken())
    await page.locator('#sentence').waitFor()
    expect(page.url()).not.toContain('token')
    await page.reload()
    await page.locator('#sentence').waitFor()
    await page.context().close()
  })

  it('runs a sentence through the four roles to the three faults, their incidents and a report', async () => {
    const page = await openPage(withToken())
    await run(page, SENTENCE)
    firstRun = new URL(page.url()).hash.slice(1)

    const panes = page.locator('.pane')
    expect(await panes.locator('.state').allInnerTexts()).toEqual(['Done', 'Done', 'Done', 'Done'])
    for (const role of ['coordinator', 'detective', 'reality-checker', 'fixer']) {
      expect(await page.locator(`.pane[data-role="${role}"] .entry`).count(), role).toBeGreaterThan(0)
    }
    await page.locator('.pane[data-role="detective"]', { hasText: '∥ with Reality-Checker' }).waitFor()

    const faults = page.locator('.verdict-production-only')
    expect(await faults.locator('[data-label="Production"]').allInnerTexts()).toEqual([
      '7,955 failed',
      '5,632 failed',
      '988 failed',
    ])
    expect(await faults.locator('[data-label="Dataset"]').allInnerTexts()).toEqual([
      'olist_customers',
      'olist_order_items',
      'olist_products',
    ])
    expect(await page.locator('.verdict-both-pass').count()).toBe(8)
    expect(await page.locator('.verdicts tbody tr').count()).toBe(11)
    await page.getByRole('button', { name: /Production only/ }).click()
    expect(await page.locator('.verdicts tbody tr').count()).toBe(3)
    await page.getByRole('button', { name: /^All/ }).click()

    expect(await page.locator('.incidents li').count()).toBe(3)
    expect((await page.locator('.report').textContent())?.length).toBeGreaterThan(200)
    await page.context().close()
  })

  it('offers nothing to somebody who may only look', async (test) => {
    if (server.viewerToken === undefined) return test.skip()
    const page = await openPage(`#token=${server.viewerToken}&${firstRun}`)
    await page.locator('.run[data-status="finished"] .receipt').waitFor()
    await page.getByText('You may read runs, not start them').waitFor()
    expect(await page.locator('#sentence').count()).toBe(0)
    expect(await page.getByRole('button', { name: /^Run/ }).count()).toBe(0)
    await page.context().close()
  })

  it('draws the lineage with its culprits marked, and opens a dataset by keyboard', async () => {
    const page = await openPage(withToken(`&${firstRun}`))
    await page.locator('.react-flow__node').first().waitFor()
    const culprits = await page.locator('.dataset-culprit .dataset-name').allInnerTexts()
    expect(culprits.sort()).toEqual(['olist_customers', 'olist_order_items', 'olist_products'])
    expect(await page.locator('.dataset-affected').count()).toBeGreaterThan(0)
    expect(await page.locator('.trace-fault').count()).toBeGreaterThan(0)

    await page.locator('.react-flow__node', { hasText: 'olist_customers' }).focus()
    await page.keyboard.press('Enter')
    const details = page.locator('.details')
    await details.getByText('7,955').first().waitFor()
    await page.keyboard.press('Escape')
    expect(await details.count()).toBe(0)
    await page.context().close()
  })

  it('shows a past run again from its address, event by event the same', async () => {
    const page = await openPage(withToken())
    await page.locator('.run[data-status="finished"]').waitFor()
    const address = new URL(page.url()).hash
    const panes = await page.locator('.panes').textContent()
    const again = await openPage(withToken(`&${address.slice(1)}`))
    await again.locator('.run[data-status="finished"]').waitFor()
    expect(new URL(again.url()).hash).toBe(address)
    expect(await again.locator('.panes').textContent()).toBe(panes)
    await page.context().close()
    await again.context().close()
  })

  it('says that nothing was found rather than guess', async () => {
    const page = await openPage(withToken())
    await run(page, 'the weather on Mars is unpleasant')
    await page.getByText('Nothing in the catalog matches this sentence.').waitFor()
    expect(await page.locator('.incidents').count()).toBe(0)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.locator('body').press('j')
    await page.locator('.run-head h2', { hasText: SENTENCE }).waitFor()
    await page.context().close()
  })

  it('explains an address that names no run', async () => {
    const page = await openPage(withToken('&/runs/01NOSUCHRUN0000000000000000'))
    await page.getByText('This run cannot be shown.').waitFor()
    await page.context().close()
  })

  it('fits from 360 to 1920 pixels, light and dark, without scrolling sideways', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage(withToken(`&${firstRun}`), { colorScheme })
      await page.locator('.react-flow__node').first().waitFor()
      for (const width of [1920, 1440, 1024, 768, 360]) {
        await page.setViewportSize({ width, height: width === 360 ? 780 : 900 })
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect(sideways, `${colorScheme} at ${width}`).toBeLessThanOrEqual(0)
      }
      await page.setViewportSize({ width: 1440, height: 900 })
      await page.evaluate(() => window.scrollTo(0, 0))
      await picture(page, `console-${colorScheme}`)
      if (colorScheme === 'light') await picture(page, 'console-run', true)
      await page.locator('#lineage-title').evaluate((title) => title.scrollIntoView())
      await picture(page, `console-lineage-${colorScheme}`)
      if (colorScheme === 'light') {
        await page.setViewportSize({ width: 360, height: 780 })
        await page.evaluate(() => window.scrollTo(0, 0))
        await picture(page, 'console-narrow')
      }
      await page.context().close()
    }
  }, 60_000)

  it('stays readable while the server is down and comes back with it', async (test) => {
    if (!server.stop || !server.start) return test.skip()
    const page = await openPage(withToken(`&${firstRun}`))
    await page.locator('.run[data-status="finished"] .receipt').waitFor()
    await server.stop()
    await page.locator('.connection-offline').waitFor({ timeout: 20_000 })
    expect(await page.locator('.verdicts tbody tr').count()).toBe(11)
    await server.start()
    await page.locator('.connection-connected').waitFor({ timeout: 20_000 })
    expect(await page.locator('.banner').count()).toBe(0)
    await run(page, 'seller numbers look too low')
    await page.context().close()
  }, 90_000)

  it('drew all of this without a script error or a refusal of the security policy', () => {
    expect(complaints).toEqual([])
  })
})
