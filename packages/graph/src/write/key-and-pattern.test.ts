import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Graph } from '../graph.js'
import { BoundedPattern } from '../value/bounded-pattern.js'
import { MatchingTime } from '../value/matching-time.js'

const SCHEMA = `
node Ticket { id: String @key  title: String?  @check(title, "(?i)^bug") }
node Serial { id: I64 @key }
edge Blocks: Ticket -> Ticket
`

const roots: string[] = []

function create(): Graph {
  const root = mkdtempSync(join(tmpdir(), 'key-and-pattern-'))
  roots.push(root)
  return Graph.create(join(root, 'g.gp'), { schema: SCHEMA })
}

afterEach(() => {
  vi.restoreAllMocks()
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

describe('a key property named id', () => {
  it('is the id of the node, in writes, edges and reads', () => {
    const graph = create()
    graph.mutate('query a($id: String) { insert Ticket { id: $id, title: "bug" } }', { id: 't1' })
    graph.mutate('query b($id: String) { insert Ticket { id: $id } insert Blocks { from: "t1", to: $id } }', {
      id: 't2',
    })
    const rows = graph.query(
      'query r($id: String) { match { $t: Ticket { id: $id } $t blocks $u } return { $t, $u.id } }',
      { id: 't1' },
    ).rows
    expect(rows).toEqual([{ t: { id: 't1', title: 'bug' }, 'u.id': 't2' }])
    const { affected } = graph.mutate('query d($id: String) { delete Ticket where id = $id }', { id: 't1' })
    expect(affected).toEqual({ nodes: 1, edges: 1 })
    graph.close()
  })

  it('may be a number', () => {
    const graph = create()
    graph.mutate('query a($id: I64) { insert Serial { id: $id } }', { id: 7 })
    expect(
      graph.query('query r($id: I64) { match { $s: Serial { id: $id } } return { $s.id } }', { id: 7 }).rows,
    ).toEqual([{ 's.id': 7 }])
    graph.close()
  })
})

describe('a pattern with flags', () => {
  it('is matched with them', () => {
    const graph = create()
    const insert = 'query a($t: String) { insert Ticket { id: "x", title: $t } }'
    expect(graph.mutate(insert, { t: 'BUG: it broke' }).inserted).toBe(1)
    expect(() => graph.mutate(insert, { t: 'feature' })).toThrow(/check_violation|does not match|refused/)
    graph.close()
  })
})

describe('a @check whose matching takes twice as long with each character', () => {
  const HOSTILE = `${'a'.repeat(60)}!`

  it('refuses the value it cannot judge in time, and nothing is written', () => {
    const root = mkdtempSync(join(tmpdir(), 'key-and-pattern-'))
    roots.push(root)
    const graph = Graph.create(join(root, 'g.gp'), { schema: 'node A { s: String @check(s, "^(a+)+$") }' })
    const insert = 'query q($s: String) { insert A { s: $s } }'
    let refused: unknown
    try {
      graph.mutate(insert, { s: HOSTILE })
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({
      code: 'constraint_violation',
      message: expect.stringMatching(/takes too long/),
    })
    expect(graph.mutate(insert, { s: 'a'.repeat(60) }).inserted).toBe(1)
    graph.close()
  })

  it.each([
    ['^(a+)+$', 'aaaa', true],
    ['^(a+)+$', 'a'.repeat(500), true],
    ['^(a|a)*$', HOSTILE, 'too-slow'],
    ['(\\w+\\s?)*$', `${'word '.repeat(3)}`, true],
    ['^[^@]+@[^@]+$', `${'x'.repeat(2000)}@y`, true],
    ['x*x*x*x*y', 'x'.repeat(5000), 'too-slow'],
    ['^[(+*]{2}$', '(*', true],
    [`^${'a?'.repeat(60)}$`, `${'a'.repeat(59)}!`, 'too-slow'],
    [`^${'(a|a)'.repeat(60)}$`, `${'a'.repeat(59)}!`, 'too-slow'],
    ['^\\d{3}(-\\d+)?$', `123-${'4'.repeat(5000)}`, true],
    ['^(red|green|blue)$', 'blue', true],
    ['b', 'a'.repeat(100_000), false],
  ])('%s on a text of its kind: %#', (source, text, found) => {
    expect(new BoundedPattern(source, 'u').match(text, new MatchingTime())).toBe(found)
  })

  const SLOW = 'node A { s: String @key t: String? @check(t, "^(a+)+$") }'
  const rows = (n: number) =>
    Array.from({ length: n }, (_, i) => `{"type":"A","data":{"s":"${i}","t":"${'a'.repeat(40)}"}}\n`).join('')

  /** A clock that goes on a second whenever somebody looks at it. */
  function hastyClock(): void {
    let now = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000))
  }

  it('refuses a load whose values take too long all together, each of them matched in time, and nothing is written', async () => {
    const root = mkdtempSync(join(tmpdir(), 'key-and-pattern-'))
    roots.push(root)
    const graph = Graph.create(join(root, 'g.gp'), { schema: SLOW })
    hastyClock()
    await expect(graph.load([rows(40)], { mode: 'append' })).rejects.toMatchObject({
      kind: 'unprocessable',
      code: 'check_time_exceeded',
      message: expect.stringContaining('(a+)+'),
    })
    // A write of its own has its own time, and no load inherits what another one spent.
    for (let i = 0; i < 5; i++)
      expect((await graph.load([rows(20)], { mode: 'merge' })).inserted).toBe(i === 0 ? 20 : 0)
    vi.restoreAllMocks()
    expect(graph.query('query q() { match { $a: A } return { count($a) as n } }', {}).rows).toEqual([
      { n: 20 },
    ])
    graph.close()
  })

  it('refuses a migration that would look at rows for too long', async () => {
    const root = mkdtempSync(join(tmpdir(), 'key-and-pattern-'))
    roots.push(root)
    const graph = Graph.create(join(root, 'g.gp'), { schema: SLOW.replace(/@check.*\)/, '') })
    await graph.load([rows(40)], { mode: 'append' })
    hastyClock()
    expect(() => graph.applySchema(SLOW)).toThrow(expect.objectContaining({ code: 'check_time_exceeded' }))
    vi.restoreAllMocks()
    graph.applySchema(SLOW)
    graph.close()
  })
})
