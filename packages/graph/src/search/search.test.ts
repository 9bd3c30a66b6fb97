import { type CheckedQuery, checkQueries } from '@groundplane/lang'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { SchemaStore } from '../storage/schema-store.js'
import { forkMain } from '../testing/branch.js'
import { scratch } from '../testing/scratch.js'
import { dropTextIndexes, rebuildTextIndexes } from './text-index.js'
import { MAX_WORD, withinEdits, words } from './words.js'

const files = scratch()
afterAll(() => files.remove())
const SCHEMA = 'node Doc { slug: String @key title: String? @index body: String? vec: Vector(3)? }'
let made = 0
function docs(titles: Record<string, string | null>): Graph {
  const graph = Graph.create(files.path(`s${made++}.gp`), { schema: SCHEMA })
  put(graph, titles)
  return graph
}
function put(graph: Graph, titles: Record<string, string | null>, branch = 'main'): void {
  graph.transact({ branch }, (tx) => {
    for (const [slug, title] of Object.entries(titles)) tx.upsertNode('Doc', { slug, title, body: title })
  })
}
const BY = (call: string): string => `query q($q: String) { match { $d: Doc ${call} } return { $d.slug } }`
function found(graph: Graph, call: string, q: string, ctx = {}): unknown[] {
  return graph.query(BY(call), { q }, ctx).rows.map((r) => r['d.slug'])
}
function withFile(graph: Graph, body: (db: Database.Database) => void): void {
  const db = new Database(`${graph.root}/graph.db`)
  try {
    db.transaction(() => body(db))()
  } finally {
    db.close()
  }
}

describe('words', () => {
  it.each([
    ['The Quick-brown fox_trot', ['the', 'quick', 'brown', 'fox', 'trot']],
    ['Crème BRÛLÉE, Ångström', ['creme', 'brulee', 'angstrom']],
    ['ΟΔΥΣΣΕΥΣ οδυσσευς', ['οδυσσευσ', 'οδυσσευσ']],
    ['Straße STRASSE', ['strasse', 'strasse']],
    ['ﬁle ｆｕｌｌ', ['file', 'full']],
    ['東京 タワー', ['東', '京', 'タ', 'ワ', 'ー']],
    ['हिन्दी', ['हिन्दी']],
    ['', []],
    ['\u0000"*():^-', []],
  ])('of %j are %j', (text, expected) => {
    expect(words(text)).toEqual(expected)
  })

  it('are words of themselves: what the index stores is found again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        for (const word of words(text)) {
          expect(word).not.toMatch(/[\s"\0]/)
          expect(word.length).toBeLessThanOrEqual(MAX_WORD)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('counts an edit per inserted, deleted or changed character', () => {
    expect(withinEdits('kitten', 'sitting', 3)).toBe(true)
    expect(withinEdits('kitten', 'sitting', 2)).toBe(false)
    expect(withinEdits('𝒳y', 'y', 1)).toBe(true)
    expect(withinEdits('ab', 'ba', 1)).toBe(false)
  })
})

describe('the full-text index', () => {
  it('holds exactly the words of each text, whatever characters it is made of', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({
        unit: fc.constantFrom(
          'a',
          'É',
          'ß',
          'İ',
          'Σ',
          'ǅ',
          '\u0301',
          '中',
          '-',
          '"',
          '𐐀',
          '٣',
          'क',
          '\u093f',
        ),
        maxLength: 12,
      }),
    )
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 20 }), (texts) => {
        const clean = texts
        const graph = docs(Object.fromEntries(clean.map((t, i) => [`d${i}`, t])))
        const db = new Database(`${graph.root}/graph.db`, { readonly: true })
        const rows = db.prepare('SELECT vid, p_title AS title FROM node_Doc').all() as {
          vid: number
          title: string
        }[]
        for (const { vid, title } of rows) {
          const terms = db
            .prepare('SELECT DISTINCT term FROM text_1_docs WHERE doc = ?')
            .pluck()
            .all(vid) as string[]
          expect(terms.sort()).toEqual([...new Set(words(title))].sort())
        }
        db.close()
        graph.close()
      }),
      { numRuns: 25 },
    )
  })

  it('serves main, a branch and past commits at once', () => {
    const graph = docs({ a: 'red fox', b: 'blue fox' })
    const past = graph.head().id
    forkMain(graph.root, 'side')
    put(graph, { a: 'red hen', c: 'grey fox' }, 'side')
    put(graph, { b: 'blue cow' })
    expect(found(graph, 'search($d.title, $q)', 'fox')).toEqual(['a'])
    expect(found(graph, 'search($d.title, $q)', 'fox', { branch: 'side' })).toEqual(['b', 'c'])
    expect(found(graph, 'search($d.title, $q)', 'fox', { commit: past })).toEqual(['a', 'b'])
    graph.close()
  })

  it('does not score by versions the reader does not see', () => {
    const score =
      'query q() { match { $d: Doc } return { $d.slug, bm25($d.title, "fox") as s } order { bm25($d.title, "fox") } }'
    const graph = docs({ a: 'red fox', b: 'blue hen' })
    const alone = graph.query(score).rows
    const past = graph.head().id
    forkMain(graph.root, 'side')
    put(graph, { c: 'fox fox fox', d: 'fox', e: 'a long text with a fox in it' }, 'side')
    expect(graph.query(score).rows).toEqual(alone)
    put(graph, { f: 'many more words here', g: 'fox' })
    expect(graph.query(score, {}, { commit: past }).rows).toEqual(alone)
    expect(graph.query(score).rows).not.toEqual(alone)
    graph.close()
  })

  it('is not waited for by a transaction, which finds what it has just written', () => {
    const graph = docs({ a: 'red fox', b: 'blue fox' })
    const query = checkQueries(BY('search($d.title, $q)'), graph.schema().model).queries[0] as CheckedQuery
    graph.transact({}, (tx) => {
      tx.upsertNode('Doc', { slug: 'c', title: 'grey fox' })
      tx.patchNode('Doc', 'a', { title: 'red hen' })
      tx.deleteNode('Doc', 'b')
      expect(tx.all(query, { q: 'fox' })).toEqual([{ 'd.slug': 'c' }])
    })
    expect(found(graph, 'search($d.title, $q)', 'fox')).toEqual(['c'])
    graph.close()
  })

  it('may be dropped and built again under a running graph: the answers stay', () => {
    const graph = docs({ a: 'red fox', b: 'foxy red', c: 'elephant' })
    const all = (): unknown[] =>
      ['search', 'match_text', 'fuzzy'].map((f) => found(graph, `${f}($d.title, $q)`, 'red fox'))
    const wanted = all()
    expect(wanted).toEqual([['a', 'b'], ['a'], ['a', 'b']])
    const schemas = (db: Database.Database) => [new SchemaStore(db).at(1)]
    withFile(graph, (db) => dropTextIndexes(db))
    expect(all()).toEqual(wanted)
    withFile(graph, (db) => {
      expect(rebuildTextIndexes(db, schemas(db))).toEqual([
        { type: 'Doc', property: 'title', reason: 'missing' },
      ])
    })
    expect(all()).toEqual(wanted)
    put(graph, { d: 'red fox cub' })
    expect(found(graph, 'match_text($d.title, $q)', 'red fox')).toEqual(['a', 'd'])
    graph.close()
  })

  it('that lost or gained postings is found out and built anew', () => {
    const graph = docs({ a: 'red fox', b: 'hen' })
    withFile(graph, (db) => {
      db.exec(
        "DELETE FROM text_1 WHERE rowid = 1; INSERT OR REPLACE INTO text_1(rowid, words) VALUES (2, 'fox hen')",
      )
      const schema = [new SchemaStore(db).at(1)]
      expect(rebuildTextIndexes(db, schema)[0]?.reason).toBe('behind')
      expect(rebuildTextIndexes(db, schema)[0]?.reason).toBe(null)
    })
    expect(found(graph, 'search($d.title, $q)', 'fox')).toEqual(['a'])
    graph.close()
  })

  it('is restored by repair and by optimize, which otherwise find nothing to do', () => {
    const graph = docs({ a: 'red fox', b: 'hen' })
    expect(graph.repair().healthy).toBe(true)
    for (const mend of [
      () => graph.repair().repaired.length,
      () => graph.optimize().builtTextIndexes.length,
    ]) {
      withFile(graph, (db) => dropTextIndexes(db))
      expect(mend()).toBe(1)
      expect(graph.repair().healthy).toBe(true)
    }
    graph.applySchema(SCHEMA.replace('body: String?', 'body: String? @index'))
    expect(graph.repair().healthy).toBe(true)
    expect(found(graph, 'search($d.body, $q)', 'fox')).toEqual(['a'])
    graph.close()
  })

  it('keeps no word of a version that cleanup removed or a drop erased', () => {
    const graph = docs({ a: 'secret fox' })
    put(graph, { a: 'public fox' })
    const terms = (): string[] => {
      const db = new Database(`${graph.root}/graph.db`, { readonly: true })
      const all = db.prepare('SELECT DISTINCT term FROM text_1_docs ORDER BY term').pluck().all() as string[]
      db.close()
      return all
    }
    expect(terms()).toEqual(['fox', 'public', 'secret'])
    graph.cleanup({ keep: 1 })
    // What the last commit ended stays, as the image before its change.
    put(graph, { a: 'other fox' })
    graph.cleanup({ keep: 1 })
    expect(terms()).not.toContain('secret')
    expect(found(graph, 'search($d.title, $q)', 'fox')).toEqual(['a'])
    expect(graph.repair().healthy).toBe(true)
    graph.applySchema(SCHEMA.replace('title: String? @index', ''), { allowDataLoss: true })
    expect(terms).toThrow('no such table')
    graph.close()
  })

  it('proposes only: a posting for a word the text has not is no answer', () => {
    const graph = docs({ a: 'red fox', b: 'hen' })
    withFile(graph, (db) => void db.exec("INSERT OR REPLACE INTO text_1(rowid, words) VALUES (2, 'fox hen')"))
    expect(found(graph, 'search($d.title, $q)', 'fox')).toEqual(['a'])
    graph.close()
  })
})

describe('query texts', () => {
  const graph = docs({ a: 'red fox', b: 'Crème brûlée', c: 'NEAR OR AND NOT', d: '', e: null })
  afterAll(() => graph.close())

  it.each([
    '"',
    '" OR "1',
    'fox*',
    'title:fox',
    'NEAR(a b)',
    '^fox',
    '(',
    '{x}',
    'a" AND b',
    "'; DROP TABLE commits; --",
    '\\',
    '%',
    '-fox',
  ])('%j is words between separators, never syntax', (q) => {
    for (const f of ['search', 'match_text', 'fuzzy'])
      expect(found(graph, `${f}($d.title, $q)`, q)).toEqual(found(graph, `${f}($d.body, $q)`, q))
  })

  it('are never syntax, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.constantFrom('search', 'match_text', 'fuzzy'),
        (text, f) => {
          const q = text
          expect(found(graph, `${f}($d.title, $q)`, q)).toEqual(found(graph, `${f}($d.body, $q)`, q))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('operators of other search languages are words like any other', () => {
    expect(found(graph, 'search($d.title, $q)', 'NOT')).toEqual(['c'])
    expect(found(graph, 'match_text($d.title, $q)', 'or and')).toEqual(['c'])
  })

  it('without a word find nothing', () => {
    for (const q of ['', ' ', '!?'])
      for (const f of ['search', 'match_text', 'fuzzy'])
        expect(found(graph, `${f}($d.title, $q)`, q)).toEqual([])
  })

  it('match whatever the case and the diacritics', () => {
    expect(found(graph, 'match_text($d.title, $q)', 'CREME BRULEE')).toEqual(['b'])
    expect(found(graph, 'search($d.title, $q)', 'brûlée')).toEqual(['b'])
  })

  it('may be very long, up to a limit that is named', () => {
    const many = (n: number): string => Array.from({ length: n }, (_, i) => `w${i}`).join(' ')
    expect(found(graph, 'search($d.title, $q)', `${many(1900)} fox`)).toEqual(['a'])
    expect(found(graph, 'match_text($d.title, $q)', `${many(1900)} fox`)).toEqual([])
    expect(found(graph, 'search($d.title, $q)', `${'fox '.repeat(20_000)}`)).toEqual(['a'])
    expect(() => found(graph, 'search($d.title, $q)', many(2001))).toThrow(
      expect.objectContaining({ code: 'search_text_too_long' }),
    )
  })
})

describe('fuzzy over many long words', () => {
  const many = (from: number, count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `${((from + i) * 7919).toString(36)}${'abcdefghij'.repeat(8)}`,
    ).join(' ')

  it.each(['title', 'body'])('ends at the deadline within one row: %s', (property) => {
    const graph = docs({ a: many(0, 5000) })
    const ask = () =>
      graph.query(BY(`fuzzy($d.${property}, $q)`), { q: many(1_000_000, 2000) }, { deadlineMs: 50 })
    expect(ask).toThrow(expect.objectContaining({ code: 'query_deadline_exceeded' }))
  })
})

describe('rankings', () => {
  it('as the order put the best first and leave out what they do not rank', () => {
    const graph = docs({ a: 'fox', b: 'fox hen cow pig', c: 'hen' })
    const order = (by: string): unknown[] =>
      graph
        .query(
          `query q() { match { $d: Doc } return { $d.slug, bm25($d.title, "fox") as s } order { ${by} } limit 9 }`,
        )
        .rows.map((r) => r['d.slug'])
    expect(order('bm25($d.title, "fox")')).toEqual(['a', 'b'])
    expect(order('s desc')).toEqual(['a', 'b'])
    expect(order('s')).toEqual(['b', 'a'])
    graph.close()
  })

  it('by nearest keep a filter from starving the answer', () => {
    const graph = Graph.create(files.path('near.gp'), { schema: 'node P { n: I32 @key vec: Vector(2)? }' })
    graph.transact({}, (tx) => {
      for (let n = 0; n < 200; n++)
        tx.upsertNode('P', { n, vec: n % 10 === 3 ? null : [Math.cos(n / 100), Math.sin(n / 100)] })
    })
    const rows = graph.query(
      'query q($v: Vector(2)) { match { $p: P $p.n >= 190 } return { $p.n } order { nearest($p.vec, $v) } limit 3 }',
      { v: [1, 0] },
    ).rows
    expect(rows.map((r) => r['p.n'])).toEqual([190, 191, 192])
    graph.close()
  })

  it('refuse what cannot be ranked, with a code', () => {
    const graph = docs({ a: 'fox' })
    const run = (text: string) => () => graph.query(text, {})
    expect(
      run(
        'query q() { match { $d: Doc } return { count($d) as n, rrf(bm25($d.title, "a"), bm25($d.body, "b")) as r } }',
      ),
    ).toThrow(expect.objectContaining({ code: 'rrf_in_group' }))
    expect(run('query q() { match { $d: Doc } return { bm25($d.title, $d.body) as s } }')).toThrow(
      expect.objectContaining({ code: 'search_text_not_constant' }),
    )
    expect(
      run('query q() { match { $d: Doc } return { $d.slug } order { nearest($d.vec, "text") } limit 1 }'),
    ).toThrow(expect.objectContaining({ code: 'embedding_provider_missing' }))
    graph.close()
  })
})
