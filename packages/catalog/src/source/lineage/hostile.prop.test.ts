import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { LABELLED_DIALECTS, labelledSet, lookupOf } from '../../testing/labelled/score.js'
import { type LineageEngine, loadLineageEngine, type SqlLineage } from './column-lineage.js'
import { dialectRules } from './dialect-rules.js'

/** Pieces of SQL of every dialect, of which texts are made that are nearly right. */
const PIECES: readonly string[] = [
  ...new Set(
    LABELLED_DIALECTS.flatMap((d) =>
      labelledSet(d).statements.flatMap((s) => s.sql.match(/\w+|'[^']*'|"[^"]*"|\s+|\W/g) ?? []),
    ),
  ),
]

const SETS = LABELLED_DIALECTS.map((dialect) => {
  const set = labelledSet(dialect)
  return { ...set, lookup: lookupOf(set), hidden: dialectRules(dialect)?.hiddenColumns ?? new Set<string>() }
})

/** A labelled statement of any dialect with pieces taken out, doubled, put elsewhere or replaced. */
const nearlyRight = fc
  .tuple(
    fc.constantFrom(...LABELLED_DIALECTS.flatMap((d) => labelledSet(d).statements.map((s) => s.sql))),
    fc.array(
      fc.tuple(fc.nat(400), fc.constantFrom('drop', 'double', 'replace', 'swap'), fc.constantFrom(...PIECES)),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  )
  .map(([sql, changes]) => {
    const pieces = sql.match(/\w+|'[^']*'|"[^"]*"|\s+|\W/g) ?? []
    for (const [at, how, piece] of changes) {
      const i = at % Math.max(1, pieces.length)
      const here = pieces[i] ?? ''
      if (how === 'drop') pieces.splice(i, 1)
      else if (how === 'double') pieces.splice(i, 0, here, ' ')
      else if (how === 'replace') pieces[i] = piece
      else pieces.splice((i * 7) % (pieces.length + 1), 0, here)
    }
    return pieces.join('')
  })

const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(' '))

let engine: LineageEngine
beforeAll(async () => {
  engine = await loadLineageEngine()
})

function check(answer: SqlLineage, set: (typeof SETS)[number]): void {
  for (const { sources, complete, transform } of answer.columns) {
    for (const { table, column } of sources) {
      expect(answer.tables).toContain(table)
      // Nothing is guessed: a source in a table that is known is a column it has.
      const columns = set.schema[table]
      if (columns) expect([...columns, ...set.hidden]).toContain(column)
    }
    if (!complete && sources.length === 0) expect(transform).toBe('unresolved')
  }
  if (answer.columns.some((c) => !c.complete)) expect(answer.unresolved).not.toEqual([])
}

describe('SQL that is nearly right, or not at all', () => {
  it.each([
    ['near labelled statements', nearlyRight],
    ['of any pieces', soup],
  ])('%s is answered, with sources that exist and a reason for each part without', (_, texts) => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...SETS), (sql, set) => {
        const answer = engine.lineage(sql, set.dialect, set.lookup)
        check(answer, set)
        expect(engine.lineage(sql, set.dialect, set.lookup)).toEqual(answer)
      }),
      { numRuns: Number(process.env.GROUNDPLANE_PROP_RUNS ?? 250) },
    )
  })
})
