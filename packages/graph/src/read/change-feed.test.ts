import { afterAll, describe, expect, it } from 'vitest'
import type { EntityChange } from '../api.js'
import type { Graph } from '../graph.js'
import { scratch, socialGraph } from '../testing/scratch.js'
import type { ChangeBlock, FeedOptions } from './change-feed.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0
const fresh = (): Graph => socialGraph(files.path(`f${made++}.gp`))
const person = (graph: Graph, name: string, age: number, branch = 'main'): string =>
  graph.transact({ branch }, (tx) => tx.upsertNode('Person', { name, age })).commit?.id as string
const brief = (changes: readonly EntityChange[]) =>
  changes.map((c) => `${c.op} ${c.id} ${c.before?.age ?? ''}>${c.after?.age ?? ''}`)
const codeOf = (body: () => unknown): string | undefined => {
  try {
    body()
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** All pages of one poll. */
function poll(graph: Graph, options: FeedOptions): { blocks: ChangeBlock[]; cursor: string; pages: number } {
  const blocks: ChangeBlock[] = []
  let page = graph.feed(options)
  let pages = 1
  for (; page.nextPageToken !== undefined; pages++) {
    blocks.push(...page.blocks)
    expect(page.cursor).toBeUndefined()
    page = graph.feed({ ...options, pageToken: page.nextPageToken })
  }
  blocks.push(...page.blocks)
  return { blocks, cursor: page.cursor as string, pages }
}

describe('a feed', () => {
  it('brings each commit of the branch once and in order, from where the reader stopped', () => {
    const graph = fresh()
    person(graph, 'a', 1)
    graph.createBranch('b')
    person(graph, 'm', 1)
    person(graph, 'a', 2, 'b')
    const all = poll(graph, { branch: 'b', start: 'beginning' })
    expect(all.blocks.map((b) => [b.commit.branch, ...brief(b.changes)])).toEqual([
      ['main'],
      ['main', 'inserted a >1'],
      ['b', 'updated a 1>2'],
    ])
    const now = graph.feed({ branch: 'b' })
    expect(now).toMatchObject({ blocks: [], caughtUp: true })
    graph.transact({ branch: 'b' }, (tx) => tx.deleteNode('Person', 'a'))
    const next = graph.feed({ cursor: now.cursor as string })
    expect(next.blocks.map((b) => brief(b.changes))).toEqual([['deleted a 2>']])
    expect(graph.feed({ cursor: next.cursor as string }).blocks).toEqual([])
    const later = graph.feed({ branch: 'b', start: { after: all.blocks[1]?.commit.id as string } })
    expect(later.blocks.map((b) => brief(b.changes))).toEqual([['updated a 1>2'], ['deleted a 2>']])
  })

  it('cuts a large commit into pages and gives a cursor only when it is whole', () => {
    const graph = fresh()
    graph.transact({}, (tx) => {
      for (let i = 0; i < 25; i++) tx.upsertNode('Person', { name: `p${String(i).padStart(2, '0')}` })
      for (let i = 0; i < 5; i++) tx.insertEdge('Knows', 'p00', 'p01')
    })
    person(graph, 'z', 1)
    const whole = poll(graph, { start: 'beginning' })
    for (const limit of [1, 7, 10, 31]) {
      const paged = poll(graph, { start: 'beginning', limit })
      expect(paged.blocks.flatMap((b) => b.changes)).toEqual(whole.blocks.flatMap((b) => b.changes))
      expect(paged.pages).toBeGreaterThanOrEqual(Math.ceil(31 / limit))
    }
    const edges = poll(graph, { start: 'beginning', kinds: ['edge'], limit: 2 })
    expect(edges.blocks.flatMap((b) => b.changes)).toHaveLength(5)
  })

  it('obligation 15: never continues on a branch made again under the name, and ends a deleted one properly', () => {
    const graph = fresh()
    graph.createBranch('b')
    person(graph, 'a', 1, 'b')
    const { cursor } = graph.feed({ branch: 'b' })
    person(graph, 'a', 2, 'b')
    graph.deleteBranch('b')
    graph.createBranch('b')
    person(graph, 'other', 1, 'b')
    expect(graph.feed({ cursor: cursor as string }).blocks.map((b) => brief(b.changes))).toEqual([
      ['updated a 1>2'],
    ])
    expect(codeOf(() => graph.feed({ cursor: cursor as string, branch: 'b' }))).toBe('cursor_rejected')
  })

  it('refuses a token that is not for this question', () => {
    const [graph, other] = [fresh(), fresh()]
    person(graph, 'a', 1)
    person(graph, 'b', 1)
    const cursor = graph.feed().cursor as string
    const pageToken = graph.feed({ start: 'beginning', limit: 1 }).nextPageToken as string
    const bodies: (() => unknown)[] = [
      () => other.feed({ cursor }),
      () => graph.feed({ cursor, types: ['Person'] }),
      () => graph.feed({ cursor: pageToken }),
      () => graph.feed({ pageToken: cursor }),
      () => graph.feed({ cursor: 'nonsense' }),
      () => graph.feed({ cursor: '' }),
    ]
    for (const body of bodies) expect(codeOf(body)).toBe('cursor_rejected')
    expect(codeOf(() => graph.feed({ limit: 0 }))).toBe('changes_limit')
  })
})

describe('a baseline', () => {
  it('is the branch at one commit, and its cursor brings exactly what came after, once', () => {
    const graph = fresh()
    person(graph, 'a', 1)
    graph.createBranch('b')
    person(graph, 'b', 1, 'b')
    const { commit, lines, cursor } = graph.baseline({ branch: 'b' })
    expect(commit.id).toBe(graph.head('b').id)
    person(graph, 'late', 1, 'b') // before the lines are read: they are of the commit all the same
    person(graph, 'elsewhere', 1)
    const whole = [...lines]
    expect(whole.map((line) => JSON.parse(line).data.name)).toEqual(['a', 'b'])
    expect(graph.feed({ cursor }).blocks.map((b) => brief(b.changes))).toEqual([['inserted late >1']])
    const again = graph.baseline({ branch: 'b', commit: commit.id })
    expect([[...again.lines], again.cursor]).toEqual([whole, cursor])
    const inherited = graph.commits({ branch: 'b' }).at(-2)?.id as string
    expect(
      poll(graph, { cursor: graph.baseline({ branch: 'b', commit: inherited }).cursor }).blocks,
    ).toHaveLength(2)
  })

  it('holds what was asked for, and its cursor goes on with the same question only', () => {
    const graph = fresh()
    graph.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'a' })
      tx.upsertNode('City', { code: 1, title: 'c' })
      tx.insertEdge('Knows', 'a', 'a')
    })
    const kindsOf = (options: FeedOptions) =>
      [...graph.baseline(options).lines].map((l) => JSON.parse(l).type ?? JSON.parse(l).edge)
    expect(kindsOf({ kinds: ['edge'] })).toEqual(['Knows'])
    expect(kindsOf({ types: ['Person', 'Knows'], kinds: ['node'] })).toEqual(['Person'])
    expect(kindsOf({ ops: ['deleted'] })).toEqual(['Person', 'City', 'Knows'])
    const { cursor } = graph.baseline({ kinds: ['edge'] })
    expect(codeOf(() => graph.feed({ cursor }))).toBe('cursor_rejected')
    expect(graph.feed({ cursor, kinds: ['edge'] }).caughtUp).toBe(true)
    graph.createBranch('x')
    const off = person(graph, 'off', 1, 'x')
    expect(codeOf(() => graph.baseline({ commit: off }))).toBe('commit_not_on_branch')
  })

  it('is the way on when a cleanup has removed what the feed would bring next', () => {
    const graph = fresh()
    const { cursor } = graph.feed()
    const removed = person(graph, 'a', 1)
    person(graph, 'a', 2)
    const last = person(graph, 'a', 3)
    graph.cleanup({ keep: 1 })
    for (const options of [{ cursor: cursor as string }, { start: 'beginning' } as const]) {
      expect(codeOf(() => graph.feed(options))).toBe('changes_gone')
    }
    try {
      graph.feed({ cursor: cursor as string })
    } catch (error) {
      expect(error).toMatchObject({ kind: 'gone', details: { commit: removed, cursor } })
    }
    const baseline = graph.baseline()
    expect([baseline.commit.id, [...baseline.lines].length]).toEqual([last, 1])
    person(graph, 'a', 4)
    expect(graph.feed({ cursor: baseline.cursor }).blocks.map((b) => brief(b.changes))).toEqual([
      ['updated a 3>4'],
    ])
    expect(codeOf(() => graph.baseline({ commit: removed }))).toBe('commit_removed')
  })
})

describe('a diff', () => {
  it('takes branches for their heads', () => {
    const graph = fresh()
    person(graph, 'a', 1)
    graph.createBranch('review/1')
    person(graph, 'a', 2, 'review/1')
    const page = graph.diff({ from: 'main', to: 'review/1' })
    expect([page.from, page.to, brief(page.changes)]).toEqual([
      graph.head().id,
      graph.head('review/1').id,
      ['updated a 1>2'],
    ])
    expect(codeOf(() => graph.diff({ from: 'main', to: 'nope' }))).toBe('branch_not_found')
  })

  it('is the net change between any two commits, across branches and after they are deleted', () => {
    const graph = fresh()
    const first = person(graph, 'a', 1)
    graph.createBranch('b')
    const onBranch = person(graph, 'a', 2, 'b')
    person(graph, 'x', 1, 'b')
    const last = graph.transact({ branch: 'b' }, (tx) => tx.deleteNode('Person', 'x')).commit?.id as string
    const onMain = person(graph, 'm', 1)
    graph.deleteBranch('b')
    const diff = (from: string, to: string) => brief(graph.diff({ from, to }).changes)
    expect(diff(first, onBranch)).toEqual(['updated a 1>2'])
    expect(diff(onBranch, last)).toEqual([])
    expect(diff(onMain, last)).toEqual(['updated a 1>2', 'deleted m 1>'])
    expect(diff(last, onMain)).toEqual(['updated a 2>1', 'inserted m >1'])
    expect(diff(first, first)).toEqual([])
  })

  it('comes in pages that are the whole when put together', () => {
    const graph = fresh()
    const from = graph.head().id
    graph.transact({}, (tx) => {
      for (let i = 0; i < 9; i++) tx.upsertNode('Person', { name: `p${i}` })
      for (let i = 0; i < 4; i++) tx.insertEdge('Knows', 'p0', `p${i}`)
    })
    const to = graph.head().id
    const whole = graph.diff({ from, to })
    const parts: EntityChange[] = []
    let pageToken: string | null = null
    do {
      const page = graph.diff({ from, to, limit: 4, ...(pageToken !== null && { pageToken }) })
      parts.push(...page.changes)
      pageToken = page.nextPageToken
    } while (pageToken !== null)
    expect(parts).toEqual(whole.changes)
    expect(whole.changes.map((c) => c.kind)).toEqual([...Array(9).fill('node'), ...Array(4).fill('edge')])
    expect(graph.diff({ from, to, kinds: ['edge'], ops: ['deleted'] }).changes).toEqual([])
  })
})

describe('a token that somebody else wrote', () => {
  const forged = (token: string, members: object): string =>
    Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(token, 'base64url').toString('utf8')), ...members }),
    ).toString('base64url')

  it.each([
    ...[{ br: 'x' }, { br: {} }, { br: 1.5 }, { br: 99 }, { after: [] }, { after: -1 }, { after: null }],
    ...[{ after: 'a' }, { after: 1e300 }],
  ])('is refused as a cursor: %j', (members) => {
    const graph = fresh()
    const cursor = forged(graph.feed().cursor as string, members)
    expect(codeOf(() => graph.feed({ cursor }))).toBe('cursor_rejected')
  })

  it.each([
    ...[{ cut: 99 }, { cut: null }, { cut: 'x' }, { seq: {} }, { place: 5 }, { place: { tid: 1 } }],
    ...[{ place: { tid: 'x', id: 'a' } }, { place: { tid: 1, id: [] } }, { br: '1' }],
  ])('is refused as a page token: %j', (members) => {
    const graph = fresh()
    person(graph, 'a', 1)
    person(graph, 'b', 1)
    const page = graph.feed({ start: 'beginning', limit: 1 })
    const pageToken = forged(page.nextPageToken as string, members)
    expect(codeOf(() => graph.feed({ pageToken }))).toBe('cursor_rejected')
    const ends = { from: graph.commits().at(-1)?.id as string, to: 'main', limit: 1 }
    const diff = graph.diff(ends)
    expect(
      codeOf(() => graph.diff({ ...ends, pageToken: forged(diff.nextPageToken as string, { tid: {} }) })),
    ).toBe('cursor_rejected')
  })

  it('is not told of a commit of another branch', () => {
    const graph = fresh()
    person(graph, 'a', 1)
    person(graph, 'b', 1)
    const page = graph.feed({ start: 'beginning', limit: 1 })
    graph.createBranch('secret')
    person(graph, 'c', 1, 'secret')
    const pageToken = forged(page.nextPageToken as string, { cut: 4 })
    expect(codeOf(() => graph.feed({ pageToken }))).toBe('cursor_rejected')
  })
})
