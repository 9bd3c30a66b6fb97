import { beforeAll, describe, expect, it } from 'vitest'
import { type LineageEngine, loadLineageEngine } from '../../source/lineage/column-lineage.js'
import { LABELLED_DIALECTS, labelledSet, scoreLineage } from './score.js'

/** What issue 5 lists, and every dialect must have labelled statements of. */
const FEATURES = [
  'cte',
  'identifiers',
  'insert',
  'join-columns',
  'names',
  'recursive-cte',
  'scalar-subquery',
  'set-operation',
  'unnest',
  'unresolved',
  'update',
  'values',
  'window',
]

let engine: LineageEngine
beforeAll(async () => {
  engine = await loadLineageEngine()
})

describe('lineage on the labelled statements', () => {
  it.each(LABELLED_DIALECTS)(
    'of %s reaches 0.99 for tables and 0.95 for columns, precision and recall',
    (dialect) => {
      const { tables, columns, unresolved, differences } = scoreLineage([labelledSet(dialect)], engine)
      const shown = differences.join('\n')
      expect(tables.precision, shown).toBeGreaterThanOrEqual(0.99)
      expect(tables.recall, shown).toBeGreaterThanOrEqual(0.99)
      expect(columns.precision, shown).toBeGreaterThanOrEqual(0.95)
      expect(columns.recall, shown).toBeGreaterThanOrEqual(0.95)
      expect(unresolved.precision, shown).toBeGreaterThanOrEqual(0.95)
      expect(unresolved.recall, shown).toBeGreaterThanOrEqual(0.95)
    },
  )

  it('has at least fifty statements of each dialect, with every feature', () => {
    for (const dialect of LABELLED_DIALECTS) {
      const { statements } = labelledSet(dialect)
      expect(statements.length, dialect).toBeGreaterThanOrEqual(50)
      const features = new Set(statements.map((s) => s.feature))
      expect(
        FEATURES.filter((f) => !features.has(f)),
        dialect,
      ).toEqual([])
    }
  })

  it('is a measure that can fail: a wrong label is counted', () => {
    const set = labelledSet('sqlite')
    const first = set.statements[0]
    if (!first) throw new Error('no statement')
    const wrong = {
      ...first,
      tables: ['items'],
      columns: { order_id: ['items.order_id'] },
      unresolved: { nope: 'unknown_column' },
    }
    const score = scoreLineage([{ ...set, statements: [wrong] }], engine)
    expect(score.tables.recall).toBe(0)
    expect(score.columns.precision).toBe(0)
    expect(score.unresolved.recall).toBe(0)
    expect(score.differences).toHaveLength(1)
  })
})
