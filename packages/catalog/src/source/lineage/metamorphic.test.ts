import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type LabelledSet, lookupOf, parseLabelledSet } from '../../testing/labelled/score.js'
import { type LineageEngine, loadLineageEngine, type SqlLineage } from './column-lineage.js'

const set: LabelledSet = parseLabelledSet(
  readFileSync(new URL('../../../src/testing/labelled/sqlite.yaml', import.meta.url), 'utf8'),
)
const QUERIES = set.statements
  .map((s) => s.sql)
  .filter((sql) => /^(SELECT|WITH)/.test(sql) && !sql.includes('INSERT'))

let engine: LineageEngine
beforeAll(async () => {
  engine = await loadLineageEngine()
})

const of = (sql: string): SqlLineage => engine.lineage(sql, 'sqlite', lookupOf(set.schema))
const flow = (lineage: SqlLineage) => ({
  tables: lineage.tables,
  columns: lineage.columns.map((c) => ({ sources: c.sources, complete: c.complete })),
  unresolved: lineage.unresolved,
})

/** Rewritings under which what flows into each column stays the same. */
const SAME: Record<string, (sql: string) => string> = {
  'read through a subquery': (sql) => `SELECT * FROM (${sql}) AS outermost`,
  'read through a common table expression': (sql) =>
    `WITH outermost AS (${sql}) SELECT outermost.* FROM outermost`,
  'made a view': (sql) => `CREATE VIEW outermost AS ${sql}`,
  'made a table': (sql) => `CREATE TABLE outermost AS ${sql}`,
  'united with itself': (sql) => `SELECT * FROM (${sql}) AS a UNION ALL SELECT * FROM (${sql}) AS b`,
  'put inside comments and blanks': (sql) =>
    `-- before\n  ${sql.replaceAll(' FROM ', '\n/* here */ FROM ')} -- after`,
}

describe.each(Object.keys(SAME))('lineage is the same when a query is %s', (name) => {
  it.each(QUERIES)('%s', (sql) => {
    expect(flow(of((SAME[name] as (s: string) => string)(sql)))).toEqual(flow(of(sql)))
  })
})

describe('limits', () => {
  it('analyses a long chain of operators, or says it does not parse, without overflowing the stack', () => {
    for (const terms of [100, 1_000, 10_000]) {
      const lineage = of(`SELECT ${Array.from({ length: terms }, () => 'price').join(' + ')} AS x FROM items`)
      if (lineage.unresolved.length === 0) expect(lineage.columns[0]?.sources).toHaveLength(1)
      else expect(lineage.unresolved).toMatchObject([{ reason: expect.stringMatching(/parse_error/) }])
    }
  })

  it('analyses a chain of common table expressions that each use the one before twice in linear time', () => {
    const ctes = Array.from({ length: 40 }, (_, i) => {
      const from = i === 0 ? 'items' : `c${i - 1}`
      return `c${i} AS (SELECT a.price + b.price AS price FROM ${from} a, ${from} b)`
    })
    const lineage = of(`WITH ${ctes.join(', ')} SELECT price FROM c39`)
    expect(lineage.columns[0]?.sources).toEqual([{ table: 'items', column: 'price', transform: 'derived' }])
  })

  it('keeps what is unresolved in a common table expression that a recursive one uses first', () => {
    const lineage = of(
      'WITH RECURSIVE a AS (SELECT nope AS x FROM items), r(x) AS (SELECT x FROM a UNION ALL SELECT x FROM r) SELECT x FROM r',
    )
    expect(lineage.unresolved).toMatchObject([{ text: 'nope', reason: 'unknown_column' }])
    expect(lineage.columns).toMatchObject([{ output: 'x', complete: false }])
  })
})
