import { type Browser, chromium } from 'playwright-core'

/** Debian's browser, or the one that GROUNDPLANE_CHROMIUM names. */
export const CHROMIUM = process.env['GROUNDPLANE_CHROMIUM'] ?? '/usr/bin/chromium'

/** What is measured in a browser cannot be. */
export class BrowserMissing extends Error {
  readonly code = 'bench_browser_missing'
  readonly remedy = 'Install chromium, or name one in GROUNDPLANE_CHROMIUM.'

  constructor() {
    super(`There is no browser at ${CHROMIUM}.`)
  }
}

/** Without a window, and without anything that asks the network. Rejects where there is no such browser. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
