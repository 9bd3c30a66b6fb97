import { type CheckedQuery, checkQueries } from '@groundplane/lang'
import { expect, it } from 'vitest'
import { MAIN_HEAD } from '../storage/view.js'
import { memoryStore } from '../testing/memory-store.js'
import { QueryCache } from './query-cache.js'

const { db, model, schema } = memoryStore('node P { k: String @key n: I32? }')

function query(conditions: number): CheckedQuery {
  const any = Array.from({ length: conditions }, (_, i) => `$p.n = ${i}`).join(' or ')
  const text = `query q() { match { $p: P (${any}) } return { $p.k } }`
  return checkQueries(text, model).queries[0] as CheckedQuery
}

it('a query is compiled once, until as many others have come as are kept', () => {
  const cache = new QueryCache(db, null, { queries: 2, characters: 1_000_000 })
  const get = (q: CheckedQuery) => cache.get(q, schema, 1, MAIN_HEAD)
  const [a, b, c] = [query(2), query(2), query(2)]
  const first = get(a)
  expect([get(a), get(b), get(a)]).toEqual([first, get(b), first])
  expect(get(a)).toBe(first)
  get(c)
  expect(get(a)).not.toBe(first)
})

it('what is kept is bounded by the length of its SQL, and the newest is kept whatever its length', () => {
  const cache = new QueryCache(db, null, { queries: 100, characters: 10_000 })
  const short = query(2)
  const kept = cache.get(short, schema, 1, MAIN_HEAD)
  const long = query(900)
  const [plain, capped] = [cache.get(long, schema, 1, MAIN_HEAD), cache.get(long, schema, 1, MAIN_HEAD, 10)]
  expect(cache.get(long, schema, 1, MAIN_HEAD)).toBe(plain)
  expect(cache.characters).toBe(plain.compiled.sql.text.length + capped.compiled.sql.text.length)
  const again = cache.get(short, schema, 1, MAIN_HEAD)
  expect(again).not.toBe(kept)
  expect(cache.characters).toBe(again.compiled.sql.text.length)
})

it('a query that does not compile leaves nothing behind', () => {
  const cache = new QueryCache(db)
  const text = `query q() { match { $p: P } return { ${Array.from({ length: 2001 }, (_, i) => `$p.k as c${i}`).join(', ')} } }`
  const wide = checkQueries(text, model).queries[0] as CheckedQuery
  expect(() => cache.get(wide, schema, 1, MAIN_HEAD)).toThrow(/2001 columns/)
  expect(cache.characters).toBe(0)
})
