import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LabelledSet, labelledSet, lookupOf } from '../../testing/labelled/score.js'
import { type LineageEngine, loadLineageEngine } from './column-lineage.js'

/**
 * SQLite itself is the oracle: for a column that is an unchanged base column it
 * names that column (sqlite3_column_origin_name), through views and subqueries.
 */
const set: LabelledSet = labelledSet('sqlite')
// The driver is built without SQLite's double-quoted strings and without generate_series, so statements
// that need them cannot run here; nor can those that are labelled as wrong.
const SELECTS = set.statements
  .filter((s) => !s.unresolved)
  .map((s) => s.sql)
  .filter(
    (sql) =>
      /^(SELECT|WITH)/.test(sql) &&
      !/\b(UNION|INTERSECT|EXCEPT|INSERT|UPDATE)\b|no such column|generate_series/.test(sql),
  )

let engine: LineageEngine
const db = new Database(':memory:')

beforeAll(async () => {
  engine = await loadLineageEngine()
  db.exec("ATTACH ':memory:' AS aux")
  for (const [table, columns] of Object.entries(set.schema))
    db.exec(`CREATE TABLE ${table} (${columns.join(', ')})`)
})
afterAll(() => db.close())

describe('lineage agrees with the origins SQLite reports', () => {
  it.each(SELECTS)('%s', (sql) => {
    const origins = db.prepare(sql).columns()
    const lineage = engine.lineage(sql, 'sqlite', lookupOf(set))
    expect(lineage.columns).toHaveLength(origins.length)
    origins.forEach((origin, i) => {
      const column = lineage.columns[i]
      const table = origin.database === 'main' ? origin.table : `${origin.database}.${origin.table}`
      if (table === null || origin.column === null || !(table in set.schema)) return
      expect(column?.sources, origin.name).toContainEqual(
        expect.objectContaining({ table, column: origin.column }),
      )
      if (column?.transform === 'identity') expect(column.sources).toHaveLength(1)
    })
  })

  it('has statements to compare', () => {
    expect(SELECTS.length).toBeGreaterThan(40)
  })
})
