import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { POSTGRES_PROGRAMS, PostgresServer } from '@groundplane/catalog/testing/postgres-server'
import { FAULTS, makeShop, READER_PASSWORD, shopUrl } from '@groundplane/catalog/testing/postgres-shop'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInProcess } from '../testing/command-in-process.js'

const ASSERTIONS = `version: 1
assertions:
  customers_complete: { dataset: customers, type: row_count, equals: 4 }
  seller_length: { dataset: sales.items, column: seller_id, type: length, equals: 4 }
`

describe.skipIf(!POSTGRES_PROGRAMS)('a cluster with a PostgreSQL source', { timeout: 120_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), 'groundplane-postgres-'))
  const config = join(root, 'c')
  const said: string[] = []
  let server: PostgresServer
  let environment: Record<string, string>
  beforeAll(async () => {
    server = await PostgresServer.start()
    await makeShop(server, 'shop')
    await server.run('shop', FAULTS)
    mkdirSync(config)
    writeFileSync(
      join(config, 'cluster.yaml'),
      `version: 1
metadata: { name: shop }
graphs: { catalog: { kind: catalog } }
sources:
  shop: { kind: postgres, graph: catalog, url: "${shopUrl(server, 'shop')}", password: "\${SHOP_PASSWORD}" }
  sales: { kind: postgres, graph: catalog, url: "\${SALES_URL}", schemas: [sales] }
assertions:
  shop: { file: shop.assertions.yaml, graph: catalog, sources: [shop] }
`,
    )
    writeFileSync(join(config, 'shop.assertions.yaml'), ASSERTIONS)
    environment = {
      GROUNDPLANE_HOME: join(root, 'home'),
      SHOP_PASSWORD: READER_PASSWORD,
      SALES_URL: shopUrl(server, 'shop').replace('@', `:${READER_PASSWORD}@`),
      GROUNDPLANE_DEBUG: '1',
    }
  })
  afterAll(async () => {
    await server.stop()
    rmSync(root, { recursive: true })
  })

  async function run(args: readonly string[], more: Record<string, string> = {}) {
    const result = await runInProcess(args, { ...environment, ...more })
    said.push(result.stdout + result.stderr)
    return result
  }
  const cluster = ['--cluster', config]

  it('is applied, harvested once, and checked', async () => {
    for (const command of ['import', 'apply'])
      expect(await run(['cluster', command, '--config', config]), command).toMatchObject({ status: 0 })
    const first = await run(['harvest', ...cluster])
    expect(first.stdout).toMatch(/^shop: 5 tables, 3 views; \d+ aspects written, \d+ unchanged; commit \S+$/m)
    expect(first.stdout).toMatch(/^sales: 2 tables, 2 views; /m)
    expect((await run(['harvest', 'shop', ...cluster])).stdout).toMatch(
      /; 0 aspects written, .*nothing to commit/,
    )

    const checked = await run(['check', 'shop', ...cluster])
    expect(checked.status).toBe(0)
    expect(checked.stdout).toMatch(/customers_complete +customers +FAILURE +2 +4 /)
    expect(checked.stdout).toMatch(/seller_length +sales.items +seller_id +FAILURE +1 +6 /)
    expect((await run(['check', 'shop', ...cluster])).stdout).toContain('0 run, 2 unchanged')
  })

  it('says what is wrong when the password is, when it is missing and when the server is gone', async () => {
    const wrong = await run(['harvest', 'shop', ...cluster], { SHOP_PASSWORD: 'canary-wrong-password' })
    expect(wrong.stderr).toContain('source_login_refused')
    const missing = await run(['check', 'shop', ...cluster], { SHOP_PASSWORD: '' })
    expect(missing.stderr).toContain('source_secret_missing')
    await server.stop()
    const lost = await run(['harvest', ...cluster])
    expect(lost.stderr).toContain('source_unreachable')
    expect([wrong.status, missing.status, lost.status].every((status) => status > 0)).toBe(true)
  })

  it('has its password in no output, ledger, catalog or record', () => {
    const texts = readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), 'latin1')] : [],
    )
    expect(texts.length).toBeGreaterThan(5)
    expect(said).toHaveLength(9)
    for (const text of [...said, ...texts]) expect(text).not.toMatch(/password-of-|canary-wrong/)
  })
})
