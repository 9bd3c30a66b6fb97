import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type LineageEngine, loadLineageEngine } from '../../source/lineage/column-lineage.js'
import { parseLabelledSet, scoreLineage } from './score.js'

const DIALECTS = ['sqlite', 'postgresql', 'snowflake', 'bigquery', 'duckdb']

let engine: LineageEngine
beforeAll(async () => {
  engine = await loadLineageEngine()
})

function labelled(dialect: string) {
  // The labels are data beside the source; tests run in dist.
  const file = new URL(`../../../src/testing/labelled/${dialect}.yaml`, import.meta.url)
  return parseLabelledSet(readFileSync(file, 'utf8'))
}

describe('lineage on the labelled statements', () => {
  it.each(DIALECTS)('of %s reaches 0.99 for tables and 0.95 for columns, precision and recall', (dialect) => {
    const { tables, columns, differences } = scoreLineage(labelled(dialect), engine)
    const shown = differences.join('\n')
    expect(tables.precision, shown).toBeGreaterThanOrEqual(0.99)
    expect(tables.recall, shown).toBeGreaterThanOrEqual(0.99)
    expect(columns.precision, shown).toBeGreaterThanOrEqual(0.95)
    expect(columns.recall, shown).toBeGreaterThanOrEqual(0.95)
  })

  it('has at least a hundred statements', () => {
    const total = DIALECTS.reduce((n, d) => n + labelled(d).statements.length, 0)
    expect(total).toBeGreaterThanOrEqual(100)
  })

  it('is a measure that can fail: a wrong label is counted', () => {
    const set = labelled('sqlite')
    const first = set.statements[0]
    if (!first) throw new Error('no statement')
    const wrong = { ...first, tables: ['items'], columns: { order_id: ['items.order_id'] } }
    const score = scoreLineage({ ...set, statements: [wrong] }, engine)
    expect(score.tables.recall).toBe(0)
    expect(score.columns.precision).toBe(0)
    expect(score.differences).toHaveLength(1)
  })
})
