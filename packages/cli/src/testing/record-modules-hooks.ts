import { appendFileSync } from 'node:fs'
import type { LoadHook } from 'node:module'

/** On the thread of the loader, which ends with the process: written at once. */
export const load: LoadHook = (url, context, next) => {
  appendFileSync(process.env['GROUNDPLANE_TEST_MODULES'] as string, `${url}\n`)
  return next(url, context)
}
