import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { ConsoleServer } from './console-server.js'

const ITEMS = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.olist_order_items,PROD)'
const SALES = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.v_product_sales,PROD)'

export interface Scenes {
  server(): ConsoleServer
  /** A page of the console, opened with a token. */
  open(fragment: string, token: string | undefined, options?: BrowserContextOptions): Promise<Page>
  /** Of a page, for the documentation. */
  picture(page: Page, name: string): Promise<void>
}

/** The pages of sources and of changes under review, as the agent, as somebody who may only look, and as who decides. */
export function reviewScenes({ server, open, picture }: Scenes): void {
  /** A tool of the catalog, as an agent or a person would call it. */
  async function call(token: string | undefined, tool: string, args: object): Promise<{ proposal: string }> {
    const response = await fetch(`${server().url}/catalog/tools/${tool}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as { proposal: string }
  }
  const describe = (entity_urn: string, description: string) => ({
    entity_urn,
    operation: 'replace',
    description,
  })
  const propose = (title: string, urn: string, description: string) =>
    call(server().token, 'propose_change', {
      title,
      edits: [{ tool: 'update_description', arguments: describe(urn, description) }],
    })

  it('shows sources with their schedules, runs one when asked to, and says why it was skipped', async (test) => {
    if (server().operatorToken === undefined) return test.skip()
    const looking = await open('/sources', server().viewerToken)
    await looking.locator('.source').nth(1).waitFor()
    expect(await looking.getByRole('button', { name: /^Run now/ }).count()).toBe(0)
    await looking.context().close()

    const page = await open('/sources', server().operatorToken)
    const dirty = page.getByRole('region', { name: 'olist_dirty' })
    await dirty.getByText('Has not run yet').first().waitFor()
    expect(await page.locator('.page-status').textContent()).toContain('2 sources, 4 schedules')
    await page.getByRole('button', { name: 'Run now: Harvest olist_dirty' }).press('Enter')
    await dirty.getByText('olist_dirty is not healthy').waitFor()
    await page.locator('.page-status', { hasText: '1 skipped' }).waitFor()
    await dirty.getByText('Has never succeeded').waitFor()
    await dirty.getByText('asked for by operator').waitFor()
    await picture(page, 'console-sources')
    await dirty.getByRole('link', { name: 'What it holds' }).click()
    await page.locator('.result').first().waitFor()
    const paths = await page.locator('.result-path').allInnerTexts()
    expect(paths.filter((path) => !path.startsWith('olist_dirty'))).toEqual([])
    await page.context().close()
  }, 60_000)

  it('takes a proposal by the keyboard alone, says what is missing or refused, and leads to its review', async (test) => {
    const { operatorToken } = server()
    if (operatorToken === undefined) return test.skip()
    const page = await open(`/catalog/${ITEMS}`, server().token)
    await page.getByRole('button', { name: 'Propose a change' }).press('Enter')
    await page.getByRole('checkbox', { name: 'pii' }).waitFor()
    await page.keyboard.type('Who sells is a person')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('Nothing is changed yet').waitFor()
    await page.getByRole('checkbox', { name: 'pii' }).press('Space')
    await page.getByText('Nothing is changed yet').waitFor({ state: 'detached' })
    await page.getByRole('searchbox', { name: 'Find a person or a group' }).fill('fin')
    await page.getByRole('checkbox', { name: /^Finance/ }).press('Space')
    await page.getByLabel('Description').fill('Lines of an order and who sold them.')
    await page.getByRole('button', { name: 'Propose', exact: true }).press('Enter')
    const link = page.getByRole('link', { name: 'Look at the proposal' })
    await link.waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Look at the proposal')
    expect(await page.locator('.entity-text').textContent()).not.toContain('who sold them')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Who sells is a person' }).waitFor()
    await page.locator('.diff', { hasText: 'globalTags' }).waitFor()
    await page.locator('.diff', { hasText: 'ownership' }).waitFor()
    const { pathname } = new URL(page.url().replace('#/', ''))
    await call(operatorToken, 'review', {
      proposal: pathname.split('/catalog/')[1],
      decision: 'reject',
    })
    await page.context().close()

    const looking = await open(`/catalog/${ITEMS}`, server().viewerToken)
    await looking.getByRole('button', { name: 'Propose a change' }).click()
    await looking.getByLabel('What you propose, and why').fill('Mine')
    await looking.getByLabel('Description').fill('Mine.')
    await looking.getByRole('button', { name: 'Propose', exact: true }).click()
    await looking.getByRole('alert').getByText('forbidden').waitFor()
    await looking.context().close()
  }, 60_000)

  it('shows what is proposed as a diff, tells who may not decide, and merges what was looked at', async (test) => {
    if (server().operatorToken === undefined) return test.skip()
    await propose('Say what is paid', ITEMS, 'Lines of a paid order, one row per item sold.')
    const looking = await open('/branches', server().viewerToken)
    await looking.getByRole('link', { name: 'Say what is paid' }).click()
    await looking.getByText('you may not merge into it').waitFor()
    await looking.locator('.change-after ins', { hasText: 'a paid' }).waitFor()
    expect(await looking.getByRole('button', { name: /Approve|Reject/ }).count()).toBe(0)
    await looking.context().close()

    const page = await open('/branches', server().operatorToken)
    await page.getByRole('heading', { name: '1 open proposal' }).waitFor()
    await page.getByRole('link', { name: 'Say what is paid' }).press('Enter')
    await page.getByText('It merges with main as it is now').waitFor()
    const approve = page.getByRole('button', { name: 'Approve and merge', disabled: false })
    await approve.waitFor()
    await page.locator('.change-after ins').first().waitFor()
    await picture(page, 'console-review-proposal')
    await approve.press('Enter')
    await page.keyboard.press('Escape')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await approve.click()
    await page.getByRole('dialog').getByRole('button', { name: 'Merge' }).click()
    await page.getByRole('heading', { name: 'Merged into main' }).waitFor()
    await page.goto(`${server().url}/#/catalog/${ITEMS}?tab=changes`)
    await page.locator('.commit', { hasText: 'Say what is paid' }).locator('ins').first().waitFor()
    expect(await page.locator('.entity-text').textContent()).toBe(
      'Lines of a paid order, one row per item sold.',
    )
    await page.context().close()
  }, 60_000)

  it('shows a conflict from both sides, merges nothing, and lets the proposal be rejected', async (test) => {
    const { operatorToken } = server()
    if (operatorToken === undefined) return test.skip()
    const { proposal } = await propose('Without freight', SALES, 'Revenue without freight.')
    await call(operatorToken, 'update_description', describe(SALES, 'Revenue with freight.'))
    const page = await open(`/branches/catalog/${proposal}`, operatorToken)
    await page.getByRole('heading', { name: '1 conflict with main' }).waitFor()
    expect((await page.locator('.conflict-sides dd').allInnerTexts()).slice(1)).toEqual([
      'Revenue with freight.',
      'Revenue without freight.',
    ])
    const approve = page.getByRole('button', { name: 'Approve and merge' })
    expect(await approve.getAttribute('aria-disabled')).toBe('true')
    await page.getByRole('button', { name: 'Reject' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click()
    await page.getByRole('heading', { name: 'Rejected' }).waitFor()
    await page.getByRole('link', { name: 'Back to the branches' }).click()
    await page.getByRole('heading', { name: 'No open proposal' }).waitFor()
    await page.goto(`${server().url}/#/branches/catalog/${proposal}`)
    await page.getByText('There is nothing to review here.').waitFor()
    await page.context().close()
  }, 60_000)
}
