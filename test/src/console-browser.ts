import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

export { CHROMIUM, launchChromium } from '@groundplane/bench/chromium'

/** A page at `address`, in a context of its own. What it complains about (script errors, refusals of the security policy) goes to `complaints`. */
export async function openPage(
  browser: Browser,
  address: string,
  complaints: string[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // Refused requests are asked for by the tests; everything else is a fault of the page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
      complaints.push(message.text())
    }
  })
  await page.goto(address)
  return page
}
