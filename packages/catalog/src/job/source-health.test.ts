import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { POSTGRES_PROGRAMS, PostgresServer } from '../testing/postgres-server.js'
import { bench } from '../testing/shop.js'
import { harvestSource } from './harvest-source.js'
import type { BoundSource } from './source-binding.js'
import { requireHealthy } from './source-health.js'

/** What each comes to in every dialect: null is healthy. */
const BOTH: readonly (readonly [health: string, code: string | null])[] = [
  ['SELECT 1', null],
  ['SELECT count(*) FROM loads WHERE done = 1;', null],
  ['SELECT -0.5', null],
  ['WITH t AS (SELECT 2 AS n) SELECT n FROM t', null],
  ['VALUES (1)', null],
  ['SELECT 0', 'source_unhealthy'],
  ['SELECT NULL', 'source_unhealthy'],
  ['SELECT done FROM loads WHERE id = 3', 'source_unhealthy'],
  ["SELECT 'yes'", 'source_health_unknown'],
  ['SELECT 1, 1', 'source_health_unknown'],
  ['SELECT id FROM loads', 'source_health_unknown'],
  ['SELECT 1; SELECT 1', 'source_health_unknown'],
  ['SELECT wrong FROM loads', 'source_health_unknown'],
]
const codeOf = (source: BoundSource, queryMs?: number) =>
  requireHealthy(source, queryMs).then(
    () => null,
    (error) => error.code as string,
  )
const LOADS =
  'CREATE TABLE loads (id integer PRIMARY KEY, done integer); INSERT INTO loads VALUES (1, 1), (2, 0);'

describe('the health of a SQLite source', () => {
  const dir = mkdtempSync(join(tmpdir(), 'health-'))
  const url = join(dir, 'shop.db')
  const source: BoundSource = { name: 'shop', kind: 'sqlite', url, platformInstance: 'shop', env: 'PROD' }
  beforeAll(() => {
    new Database(url).exec(LOADS).close()
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  it.each(BOTH)('%s: %s', async (health, code) => expect(await codeOf({ ...source, health })).toBe(code))

  it('is asked for without end no longer than it may take', async () => {
    const health = 'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT count(*) FROM t'
    expect(await codeOf({ ...source, health }, 200)).toBe('source_health_unknown')
  })

  it('writes nothing, and of a file that cannot be opened says why', async () => {
    const written = await codeOf({ ...source, health: 'WITH t AS (SELECT 1) DELETE FROM loads RETURNING 1' })
    expect(written).toBe('source_health_unknown')
    const db = new Database(url)
    expect(db.prepare('SELECT count(*) FROM loads').pluck().get()).toBe(2)
    db.close()
    expect(await codeOf({ ...source, url: join(dir, 'gone.db'), health: 'SELECT 1' })).toBe(
      'source_not_found',
    )
  })

  it('decides whether a harvest reads and writes at all, and so does who asks for it, right before the write', async () => {
    const b = bench()
    try {
      const head = b.graph.head().id
      const refused = harvestSource(b.catalog, { ...source, health: 'SELECT 0' })
      await expect(refused).rejects.toMatchObject({ code: 'source_unhealthy', kind: 'unavailable' })
      const confirm = async () => {
        throw new Error('taken over')
      }
      await expect(harvestSource(b.catalog, source, { confirm })).rejects.toThrow('taken over')
      expect(b.graph.head().id).toBe(head)
      const { commit } = await harvestSource(b.catalog, { ...source, health: 'SELECT 1' })
      expect(commit).toBe(b.graph.head().id)
    } finally {
      b.close()
    }
  })
})

describe.skipIf(!POSTGRES_PROGRAMS)('the health of a PostgreSQL source', { timeout: 120_000 }, () => {
  let server: PostgresServer
  let source: BoundSource
  beforeAll(async () => {
    server = await PostgresServer.start()
    const role = "CREATE ROLE reader LOGIN PASSWORD 'word'; GRANT SELECT, DELETE ON loads TO reader;"
    await server.run('postgres', LOADS + role)
    vi.stubEnv('HEALTH_TEST_PASSWORD', 'word')
    const url = `postgresql://reader@${server.address}/postgres`
    const password = '${HEALTH_TEST_PASSWORD}'
    source = { name: 'shop', kind: 'postgres', url, password, platformInstance: 'shop', env: 'PROD' }
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await server.stop()
  })

  it.each([
    ...BOTH,
    ['SELECT true', null],
    ['SELECT false', 'source_unhealthy'],
    ["SELECT 'NaN'::float8", 'source_health_unknown'],
    ['WITH t AS (DELETE FROM loads RETURNING 1) SELECT count(*) FROM t', 'source_health_unknown'],
  ] as const)('%s: %s', async (health, code) => expect(await codeOf({ ...source, health })).toBe(code))

  it('is asked for without end no longer than it may take', async () => {
    expect(await codeOf({ ...source, health: 'SELECT 1 FROM pg_sleep(60)' }, 200)).toBe(
      'source_health_unknown',
    )
  })
})
