import { describe, expect, it } from 'vitest'
import { readMistake } from './sql-read.js'

describe('a text that is to be one statement that reads', () => {
  it.each([
    ['SELECT 1'],
    ['  select count(*) > 1 from customers ;; '],
    ["SELECT ';' || 'it''s; here' -- ; done"],
    ['-- is it there?\nSELECT 1 /* ; */'],
    ['SELECT "a;b" FROM t'],
    ['WITH n AS (SELECT 1 AS x), replace AS (SELECT 2) SELECT * FROM n'],
    ['VALUES (1)'],
    ['SELECT replace(a, 1, 2) FROM t'],
    ["SELECT 'DELETE FROM t' FROM (SELECT 1)"],
    ['SELECT count(update), max( delete ) FROM t'],
    ['WITH update AS (SELECT 1), merge (delete) AS (SELECT 2) SELECT set FROM update'],
    ['WITH a AS (SELECT 1) SELECT delete FROM a'],
  ])('may be it for every database: %j', (sql) => {
    expect([readMistake(sql), readMistake(sql, 'sqlite'), readMistake(sql, 'postgres')]).toEqual(
      Array(3).fill(undefined),
    )
  })

  it.each([
    ['', 'has no statement'],
    ['-- nothing\n;', 'has no statement'],
    ['SELECT 1; SELECT 2', 'has 2 statements'],
    ["SELECT 1; DELETE FROM t WHERE a = ';'", 'has 2 statements'],
    ['DELETE FROM orders', 'begins with no SELECT'],
    ['orders', 'begins with no SELECT'],
    ['WITH n AS (SELECT 1)', 'has no SELECT after its WITH'],
    ['WITH n (x) AS (SELECT (1)), m AS (SELECT 2)', 'has no SELECT after its WITH'],
    ['WITH n AS (SELECT 1) INSERT INTO t SELECT * FROM n', 'is of INSERT'],
    ['WITH n AS (SELECT 1)\nUPDATE t AS u\nSET a = 1', 'is of UPDATE'],
    ['WITH n AS (SELECT 1) DELETE FROM t', 'is of DELETE'],
    ["SELECT 'abc", 'has a quote that is not closed'],
    ['SELECT count(* FROM t', 'has a bracket without its other one'],
    ['SELECT 1)', 'has a bracket without its other one'],
  ])('is refused for every database: %j', (sql, mistake) => {
    expect([readMistake(sql), readMistake(sql, 'sqlite'), readMistake(sql, 'postgres')]).toEqual(
      Array(3).fill(mistake),
    )
  })

  it.each([
    ['SELECT trim(delete FROM t.insert), substring(update FROM 2) AS into FROM t'],
    ['SELECT * FROM f() AS (update int, set text)'],
    ['WITH RECURSIVE t AS (SELECT 1 AS update) CYCLE update SET found USING path SELECT * FROM t'],
  ])('names columns as PostgreSQL lets it: %j', (sql) => {
    expect(readMistake(sql, 'postgres')).toBeUndefined()
  })

  it.each([
    ['SELECT $$;$$', 'has 2 statements', undefined],
    ["SELECT E'it\\'s; '", 'has a quote that is not closed', undefined],
    ['SELECT [a;b] FROM t', undefined, 'has 2 statements'],
    ['SELECT `a;b` FROM t', undefined, 'has 2 statements'],
    ['(SELECT 1)', 'begins with no SELECT', undefined],
    ['SELECT 1 /* open', undefined, 'has a comment that is not closed'],
    ['SELECT 1 /* a /* b */ ; */', 'has 2 statements', undefined],
    ['WITH a AS (SELECT 1) (SELECT * FROM a)', 'has no SELECT after its WITH', undefined],
    ['WITH a (x) AS (SELECT 1)\n(SELECT 1) UNION (SELECT 2)', 'has no SELECT after its WITH', undefined],
    ['SELECT 1 INTO t', undefined, 'writes: it has SELECT … INTO in it'],
    ['SELECT 1 FROM t FOR UPDATE', undefined, 'locks the rows it reads'],
    ['WITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d', undefined, 'writes: it has DELETE in it'],
    [
      'WITH u AS MATERIALIZED (\n UPDATE ONLY a.t SET b = 1 RETURNING 1) SELECT * FROM u',
      undefined,
      'writes: it has UPDATE in it',
    ],
  ])('is read as its database reads it, and refused for both when both do: %j', (sql, sqlite, postgres) => {
    expect([readMistake(sql, 'sqlite'), readMistake(sql, 'postgres')]).toEqual([sqlite, postgres])
    expect(readMistake(sql)).toBeUndefined()
  })
})
