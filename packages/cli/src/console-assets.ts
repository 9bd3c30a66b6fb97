import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where the built console lies: beside the package when installed, in the workspace otherwise. */
export function consoleDir(): string | undefined {
  for (const place of ['../console', '../../../apps/console/dist']) {
    const dir = fileURLToPath(new URL(place, import.meta.url))
    if (existsSync(`${dir}/index.html`)) return dir
  }
  return undefined
}
