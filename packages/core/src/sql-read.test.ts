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
    ['SELECT $$;$$', 'has 2 statements', undefined],
    ["SELECT E'it\\'s; '", 'has a quote that is not closed', undefined],
    ['SELECT [a;b] FROM t', undefined, 'has 2 statements'],
    ['SELECT `a;b` FROM t', undefined, 'has 2 statements'],
    ['(SELECT 1)', 'begins with no SELECT', undefined],
    ['SELECT 1 /* open', undefined, 'has a comment that is not closed'],
    ['SELECT 1 /* a /* b */ ; */', 'has 2 statements', undefined],
    ['SELECT 1 INTO t', undefined, 'writes: it has SELECT … INTO in it'],
    ['SELECT 1 FROM t FOR UPDATE', undefined, 'locks the rows it reads'],
    ['WITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d', undefined, 'writes: it has DELETE in it'],
  ])('is read as its database reads it, and refused for both when both do: %j', (sql, sqlite, postgres) => {
    expect([readMistake(sql, 'sqlite'), readMistake(sql, 'postgres')]).toEqual([sqlite, postgres])
    expect(readMistake(sql)).toBeUndefined()
  })
})
