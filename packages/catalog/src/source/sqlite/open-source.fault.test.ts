import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SourceError } from '../source-error.js'
import { sourceFingerprint } from './fingerprint.js'
import { harvestSqlite } from './harvest.js'
import { openSqliteSource } from './open-source.js'
import { runAssertions } from './run-assertions.js'
import { makeWarehouse, scratch } from './small-warehouse.test.data.js'

let space: ReturnType<typeof scratch>
let url: string
beforeEach(() => {
  space = scratch()
  url = join(space.dir, 'shop.db')
})
afterEach(() => space.dispose())

const failure = async (path = url): Promise<SourceError> => {
  const error = await harvestSqlite({ url: path, platformInstance: 'shop' }).then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(SourceError)
  expect((error as SourceError).remedy).toBeTruthy()
  expect((error as SourceError).message).toContain(path)
  return error as SourceError
}

describe('a source that cannot be read says what is wrong and what to do', () => {
  it('a missing file', async () => {
    expect(await failure()).toMatchObject({ code: 'source_not_found', kind: 'not-found' })
    expect(() => sourceFingerprint(url)).toThrow(expect.objectContaining({ code: 'source_not_found' }))
    await expect(runAssertions({ url, platformInstance: 'shop' }, [])).rejects.toMatchObject({
      code: 'source_not_found',
    })
  })

  it('a directory', async () => {
    mkdirSync(url)
    expect((await failure()).code).toBe('source_unreadable')
  })

  it('an empty file, which SQLite itself would take for an empty database', async () => {
    writeFileSync(url, '')
    expect(await failure()).toMatchObject({
      code: 'source_not_a_database',
      message: expect.stringContaining('is empty'),
    })
  })

  it('a file that is something else', async () => {
    writeFileSync(url, 'order_id,status\n'.repeat(100))
    expect((await failure()).code).toBe('source_not_a_database')
  })

  it('a file whose end is missing', async () => {
    makeWarehouse(url)
    truncateSync(url, readFileSync(url).length - 4096)
    expect(await failure()).toMatchObject({
      code: 'source_corrupt',
      message: expect.stringContaining('its end is missing'),
    })
  })

  it('a file whose pages are damaged', async () => {
    makeWarehouse(url)
    const bytes = readFileSync(url)
    bytes.fill(0xff, 100, 4096)
    writeFileSync(url, bytes)
    expect((await failure()).code).toBe('source_corrupt')
  })

  it('a file a writer holds, and that the same call may succeed later', async () => {
    makeWarehouse(url)
    const writer = new Database(url)
    writer.exec('BEGIN EXCLUSIVE')
    try {
      expect(() => openSqliteSource(url, 0)).toThrow(
        expect.objectContaining({ code: 'source_locked', retry: { afterMs: 1_000 } }),
      )
    } finally {
      writer.exec('ROLLBACK')
      writer.close()
    }
    openSqliteSource(url).close()
  })

  it.skipIf(process.getuid?.() === 0)('a file this user may not read', async () => {
    makeWarehouse(url)
    chmodSync(url, 0)
    expect((await failure()).code).toBe('source_unreadable')
  })
})

describe('a source is only read', () => {
  it('no statement through the connection can write, whatever its text', () => {
    makeWarehouse(url)
    const before = readFileSync(url)
    const db = openSqliteSource(url)
    for (const sql of [
      "INSERT INTO customers VALUES ('x', 'x', 'x')",
      'DROP TABLE items',
      'CREATE TABLE t (a)',
      'VACUUM',
    ]) {
      expect(() => db.exec(sql)).toThrow()
    }
    db.close()
    expect(readFileSync(url).equals(before)).toBe(true)
  })
})
