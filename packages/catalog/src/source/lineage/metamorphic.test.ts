import { beforeAll, describe, expect, it } from 'vitest'
import { LABELLED_DIALECTS, type LabelledSet, labelledSet, lookupOf } from '../../testing/labelled/score.js'
import { type LineageEngine, loadLineageEngine, type SqlLineage } from './column-lineage.js'

/** Queries of the labelled sets whose columns are all known: `*` of something else is reported by its own name. */
function queries(set: LabelledSet): string[] {
  return set.statements
    .filter((s) => !s.unresolved?.['*'])
    .map((s) => s.sql)
    .filter((sql) => /^\(?(?:SELECT|WITH|FROM)/i.test(sql) && !/\b(?:INSERT|UPDATE|INTO|MERGE)\b/i.test(sql))
}

let engine: LineageEngine
beforeAll(async () => {
  engine = await loadLineageEngine()
})

const sqlite = labelledSet('sqlite')
const of = (sql: string, set = sqlite): SqlLineage => engine.lineage(sql, set.dialect, lookupOf(set))
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
  'commented item by item': (sql) =>
    `${sql.replaceAll(',', ' -- item\n,').replaceAll(' FROM ', ' -- last\n FROM ')} -- end`,
  'put inside comments and blanks': (sql) =>
    `-- before\n  ${sql.replaceAll(' FROM ', '\n/* here */ FROM ')} -- after`,
}

describe.each(LABELLED_DIALECTS)('lineage of %s', (dialect) => {
  const set = labelledSet(dialect)
  it.each(Object.keys(SAME))('is the same when a query is %s', (name) => {
    for (const sql of queries(set)) {
      const rewritten = (SAME[name] as (s: string) => string)(sql)
      expect(flow(of(rewritten, set)), rewritten).toEqual(flow(of(sql, set)))
    }
  })

  it('has queries to compare', () => {
    expect(queries(set).length).toBeGreaterThan(30)
  })
})

describe('limits', () => {
  const limited = [
    { reason: 'unsupported_construct', detail: expect.stringMatching(/takes more than|nests deeper/) },
  ]

  it('analyses a long chain of operators, or says why not, without overflowing the stack', () => {
    for (const terms of [100, 1_000, 10_000]) {
      const lineage = of(`SELECT ${Array.from({ length: terms }, () => 'price').join(' + ')} AS x FROM items`)
      if (lineage.unresolved.length === 0) expect(lineage.columns[0]?.sources).toHaveLength(1)
      else if (lineage.unresolved[0]?.reason !== 'parse_error')
        expect(lineage.unresolved).toMatchObject(limited)
    }
  })

  it('analyses a long chain of set operations', () => {
    const lineage = of(Array.from({ length: 200 }, () => 'SELECT city FROM sellers').join(' UNION ALL '))
    expect(lineage).toMatchObject({ tables: ['sellers'], unresolved: [] })
  })

  it('analyses a chain of common table expressions that each use the one before twice in linear time', () => {
    const ctes = Array.from({ length: 40 }, (_, i) => {
      const from = i === 0 ? 'items' : `c${i - 1}`
      return `c${i} AS (SELECT a.price + b.price AS price FROM ${from} a, ${from} b)`
    })
    const lineage = of(`WITH ${ctes.join(', ')} SELECT price FROM c39`)
    expect(lineage.columns[0]?.sources).toEqual([{ table: 'items', column: 'price', transform: 'derived' }])
  })

  it('stops at stars that double the columns at each step, and keeps the tables seen', () => {
    const ctes = Array.from({ length: 60 }, (_, i) => {
      const from = i === 0 ? 'items' : `c${i - 1}`
      return `c${i} AS (SELECT a.*, b.* FROM ${from} a, ${from} b)`
    })
    const lineage = of(`WITH ${ctes.join(', ')} SELECT * FROM c59`)
    expect(lineage).toMatchObject({ tables: ['items'], columns: [], unresolved: limited })
  })

  it('analyses recursion inside recursion', () => {
    let sql = 'SELECT price AS x FROM items'
    for (let i = 0; i < 6; i++) {
      sql = `WITH RECURSIVE r(x) AS (SELECT line FROM items UNION ALL SELECT q.x FROM (${sql}) AS q, r) SELECT x FROM r`
    }
    expect(of(sql)).toMatchObject({ tables: ['items'], unresolved: [] })
  })

  it('ends when common table expressions are defined in a circle', () => {
    const lineage = of('WITH a AS (SELECT x FROM b), b AS (SELECT x FROM a) SELECT x FROM a')
    expect(lineage.unresolved).toMatchObject([{ reason: 'unknown_table' }])
  })

  it('keeps what is unresolved in a common table expression that a recursive one uses first', () => {
    const lineage = of(
      'WITH RECURSIVE a AS (SELECT nope AS x FROM items), r(x) AS (SELECT x FROM a UNION ALL SELECT x FROM r) SELECT x FROM r',
    )
    expect(lineage.unresolved).toMatchObject([{ text: 'nope', reason: 'unknown_column' }])
    expect(lineage.columns).toMatchObject([{ output: 'x', complete: false }])
  })
})
