import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LabelledSet, parseLabelledSet } from '../../testing/labelled/score.js'
import { type LineageEngine, loadLineageEngine } from './column-lineage.js'

/**
 * SQLite itself is the oracle: for a column that is an unchanged base column it
 * names that column (sqlite3_column_origin_name), through views and subqueries.
 */
const set: LabelledSet = parseLabelledSet(
  readFileSync(new URL('../../../src/testing/labelled/sqlite.yaml', import.meta.url), 'utf8'),
)
// The driver is built without SQLite's double-quoted strings, so the statement that needs them cannot run here.
const SELECTS = set.statements
  .map((s) => s.sql)
  .filter(
    (sql) => /^(SELECT|WITH)/.test(sql) && !/\b(UNION|INTERSECT|EXCEPT|INSERT)\b|no such column/.test(sql),
  )

let engine: LineageEngine
const db = new Database(':memory:')

beforeAll(async () => {
  engine = await loadLineageEngine()
  for (const [table, columns] of Object.entries(set.schema))
    db.exec(`CREATE TABLE ${table} (${columns.join(', ')})`)
})
afterAll(() => db.close())

describe('lineage agrees with the origins SQLite reports', () => {
  it.each(SELECTS)('%s', (sql) => {
    const origins = db.prepare(sql).columns()
    const lineage = engine.lineage(sql, 'sqlite', ({ name }) => {
      const id = Object.keys(set.schema).find((t) => t.toLowerCase() === name.toLowerCase())
      return id === undefined ? undefined : { id, columns: set.schema[id] ?? [] }
    })
    expect(lineage.columns).toHaveLength(origins.length)
    origins.forEach((origin, i) => {
      const column = lineage.columns[i]
      if (origin.table === null || origin.column === null || !(origin.table in set.schema)) return
      expect(column?.sources, origin.name).toContainEqual(
        expect.objectContaining({ table: origin.table, column: origin.column }),
      )
      if (column?.transform === 'identity') expect(column.sources).toHaveLength(1)
    })
  })

  it('has statements to compare', () => {
    expect(SELECTS.length).toBeGreaterThan(40)
  })
})
