import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeWarehouse, scratch } from './small-warehouse.test.data.js'

let space: ReturnType<typeof scratch>
let url: string
beforeAll(() => {
  space = scratch()
  url = join(space.dir, 'shop.db')
  makeWarehouse(url)
})
afterAll(() => space.dispose())

const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0'

/** Asks one query that ends, so that the process is up, and then one that does not. */
const ASKER = `
const { QueryProcess } = await import(${JSON.stringify(new URL('./query-process.js', import.meta.url).href)})
const queries = new QueryProcess(process.argv[1])
const ask = (query) => queries.evaluate({ table: 'orders', query, shownKeys: [], limit: 0 }, 600_000)
await ask('SELECT 1')
void ask(${JSON.stringify(ENDLESS)})
process.stdout.write('asked')
`

it('a query that computes for ever ends when whoever asked for it is killed', async () => {
  const asker = spawn(process.execPath, ['--input-type=module', '-e', ASKER, url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(asker.stdout, 'data')
  asker.kill('SIGKILL')
  await once(asker, 'exit')
  // The query's process holds the other end of this pipe too: it closes when both are gone.
  asker.stderr.resume()
  await once(asker.stderr, 'close')
  expect(asker.signalCode).toBe('SIGKILL')
}, 60_000)
