import { checkQueries, type ReadQuery } from '@groundplane/lang'
import { describe, expect, it } from 'vitest'
import { MAIN_HEAD, type View } from '../storage/view.js'
import { memoryStore } from '../testing/memory-store.js'
import { compileRead } from './read-query.js'
import { raw } from './sql.js'

const { db, model, schema } = memoryStore(`
node P { k: String @key n: I32? @index }
edge Knows: P -> P { w: I32? }
`)

/** Compiles, proves that SQLite accepts the text, and returns it with its plan. */
function compiled(body: string, view: View = MAIN_HEAD): { sql: string; plan: string[]; slots: number } {
  const query = checkQueries(`query q ${body}`, model).queries[0] as ReadQuery
  const { sql } = compileRead(query, schema, { view })
  const nulls = sql.slots.map(() => null)
  const plan = (db.prepare(`EXPLAIN QUERY PLAN ${sql.text}`).all(...nulls) as { detail: string }[]).map(
    (r) => r.detail,
  )
  return { sql: sql.text, plan, slots: sql.slots.length }
}

describe('compileRead', () => {
  it('reads a key through the index of the head, with no sort and no bound limit', () => {
    const { sql, plan } = compiled('($k: String) { match { $p: P { k: $k } } return { $p.n } }')
    expect(sql).toBe(
      'SELECT t1."p_n", (SELECT main_seq FROM commits ORDER BY seq DESC LIMIT 1) FROM "node_P" t1 WHERE t1.br = 1 AND t1.ended IS NULL AND (t1.vid & 127 <> 0 OR gp_alive()) AND t1.id = ?',
    )
    expect(plan).toEqual([
      'SEARCH t1 USING INDEX ix:node_P:id:hot (id=?)',
      'SCALAR SUBQUERY 1',
      'SCAN commits',
    ])
  })

  it('looks a key up on a branch in what main still has first, and in each other part only when none before has it', () => {
    const branch: View = {
      chain: [
        { br: 2, upto: null },
        { br: 1, upto: 7 },
      ],
    }
    const { sql, plan, slots } = compiled(
      '($k: String) { match { $p: P { k: $k } } return { $p.n } }',
      branch,
    )
    expect(
      sql.split(' UNION ALL ').map((part) => /WHERE (.*?) AND/.exec(part.slice(part.indexOf(' t1 ')))?.[1]),
    ).toEqual(['t1.br = 1', 't1.br <> 1', '+t1.br = 1'])
    expect(slots).toBe(3)
    expect(plan.filter((step) => step.startsWith('SEARCH t1'))).toEqual([
      'SEARCH t1 USING INDEX ix:node_P:id:hot (id=?)',
      'SEARCH t1 USING INDEX ix:node_P:id:cold (id=?)',
      'SEARCH t1 USING INDEX ix:node_P:id:cold (id=?)',
    ])
  })

  it('joins a hop through the edge index and counts parallel edges once', () => {
    const { sql, plan } = compiled('($k: String) { match { $p: P { k: $k } $p knows $q } return { $q.k } }')
    expect(sql).toContain(
      'NOT EXISTS (SELECT 1 FROM "edge_Knows" d4 WHERE d4.src = e2.src AND d4.dst = e2.dst AND d4.vid < e2.vid',
    )
    expect(plan).toContain('SEARCH e2 USING COVERING INDEX ix:edge_Knows:src+dst:hot (src=?)')
    expect(plan).toContain('SEARCH t3 USING INDEX ix:node_P:eid:hot (eid=?)')
  })

  it('binds no row for a variable nobody reads', () => {
    const { sql } = compiled('() { match { $p: P not { $p knows $_ } } return { $p.k } }')
    expect(sql.match(/"node_P"/g)).toHaveLength(1)
  })

  it('searches one partial index per part of a past or branch view', () => {
    const past = compiled('($k: String) { match { $p: P { k: $k } } return { $p.n } }', {
      chain: [{ br: 1, upto: 7 }],
    })
    expect(past.plan.filter((p) => p.startsWith('SEARCH'))).toEqual([
      'SEARCH t1 USING INDEX ix:node_P:id:hot (id=?)',
      'SEARCH t1 USING INDEX ix:node_P:id:cold (id=?)',
    ])
    const branch: View = {
      chain: [
        { br: 3, upto: null },
        { br: 1, upto: 7 },
      ],
    }
    const forked = compiled('($k: String) { match { $p: P { k: $k } } return { $p.n } }', branch)
    expect(forked.sql).toContain(
      'NOT EXISTS (SELECT 1 FROM hidden h WHERE h.tid = 1 AND h.vid = t1.vid AND h.br = 3)',
    )
    expect(forked.plan.some((p) => p.startsWith('SCAN'))).toBe(false)
  })

  it('puts values into slots and never into the text', () => {
    const { sql, slots } = compiled(
      '() { match { $p: P { k: "\'; DROP TABLE meta; --" } $p.n > 41 } return { $p.k } }',
    )
    expect(sql).not.toMatch(/DROP|41/)
    expect(slots).toBe(2)
  })

  it('refuses to build SQL from anything that is not a plain name', () => {
    expect(() => raw('x; DROP TABLE meta')).toThrow(/unsafe SQL/)
  })
})

describe('a branch view', () => {
  it('sees its own versions and those of its parent up to the fork, except where it superseded them', () => {
    const add = db.prepare(
      'INSERT INTO node_P(vid, eid, id, br, born, ended, p_k, p_n) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    add.run(1, 1, 'a', 1, 2, null, 'a', 1) // inherited
    add.run(2, 2, 'b', 1, 2, 9, 'b', 2) // inherited; main changed it after the fork
    add.run(3, 3, 'c', 1, 2, null, 'c', 3) // superseded by the branch
    add.run(4, 4, 'd', 1, 8, null, 'd', 4) // born on main after the fork
    add.run(5, 2, 'b', 1, 9, null, 'b', 20)
    add.run(6, 3, 'c', 3, 10, null, 'c', 30)
    db.prepare('INSERT INTO hidden(br, tid, vid, seq) VALUES (3, 1, 3, 10)').run()
    const see = (view: View): unknown[] => {
      const query = checkQueries('query q() { match { $p: P } return { $p.k, $p.n } }', model)
        .queries[0] as ReadQuery
      const { sql, decode } = compileRead(query, schema, { view })
      return (db.prepare(sql.text).raw(true).all() as never[][]).map((r) => Object.values(decode(r)).join(''))
    }
    const fork = { br: 1, upto: 7 }
    expect(see({ chain: [{ br: 3, upto: null }, fork] })).toEqual(['a1', 'b2', 'c30'])
    expect(see({ chain: [{ br: 3, upto: 9 }, fork] })).toEqual(['a1', 'b2', 'c3'])
    expect(see(MAIN_HEAD)).toEqual(['a1', 'b20', 'c3', 'd4'])
  })
})
