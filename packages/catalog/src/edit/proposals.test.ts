import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'
import { callTool, type ToolName } from '../tool-call.js'

let b: Bench
const orders = table('clean', 'orders')
const customers = table('clean', 'customers')
const pii = 'urn:li:tag:pii'

beforeEach(() => {
  b = bench()
  b.catalog.ingest(shop('clean'))
})
afterEach(() => b.close())

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
const call = (name: ToolName, args: object, actor = 'ada'): any =>
  callTool(b.catalog, name, args as never, { at: { principal: { actor, tenant: 'default', roles: [] } } })
const refused = (name: ToolName, args: object): string => {
  try {
    call(name, args)
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}
const describeOrders = (description: string) => ({
  tool: 'update_description',
  arguments: { entity_urn: orders, operation: 'replace', description },
})
const tagOrders = { tool: 'add_tags', arguments: { tag_urns: [pii], entity_urns: [orders] } }
const branches = () => b.graph.branches().map((branch) => branch.name)
const descriptionOf = (branch?: string) =>
  (
    b.catalog.getEntity(orders, branch === undefined ? {} : { branch }).entity['properties'] as {
      description?: string
    }
  ).description

describe('a proposed change', () => {
  it('is made on a branch of its own, shown with what it changes, and main knows nothing of it', () => {
    const head = b.graph.head().id
    const made = call('propose_change', {
      title: 'Explain orders',
      edits: [describeOrders('Paid'), tagOrders],
    })
    expect(made).toMatchObject({
      title: 'Explain orders',
      by: 'ada',
      base: head,
      changes: [
        { urn: orders, aspect: 'datasetProperties', changes: [{ path: 'description', after: 'Paid' }] },
        { urn: orders, aspect: 'globalTags', first: true, value: { tags: [{ tag: pii }] } },
      ],
      checks: [
        { check: 'changes_something', ok: true },
        { check: 'made_by_tools', ok: true },
        { check: 'entities_exist', ok: true },
        { check: 'merges', ok: true },
      ],
      receipt: { commit: head },
    })
    expect([descriptionOf(), descriptionOf(made.proposal)]).toEqual([undefined, 'Paid'])
    const { receipt: _, ...listed } = call('review', {})
    expect(listed.proposals).toMatchObject([
      { proposal: made.proposal, title: 'Explain orders', by: 'ada', head: made.head },
    ])
    expect(call('review', { proposal: made.proposal })).toEqual(made)
  })

  it('that is approved is on main as one merge, and its branch is gone', () => {
    const { proposal, head } = call('propose_change', {
      title: 'Explain',
      edits: [describeOrders('Paid'), tagOrders],
    })
    const answer = call('review', { proposal, decision: 'approve', if_commit: head }, 'bob')
    expect(answer).toMatchObject({ proposal, decision: 'approved', receipt: { commit: b.graph.head().id } })
    expect(b.graph.head()).toMatchObject({ kind: 'merge', actor: 'bob', message: 'Explain' })
    expect([descriptionOf(), branches()]).toEqual(['Paid', ['main']])
    expect(b.catalog.search({ query: '/q tag:PII', filter: 'name = orders' }).total).toBe(1)
  })

  it('is decided only as it was looked at', () => {
    const { proposal, head } = call('propose_change', { title: 'Explain', edits: [describeOrders('Paid')] })
    b.catalog.edit(
      { kind: 'description', op: 'replace', entity: orders, text: 'Sneaked in' },
      { branch: proposal },
    )
    expect(refused('review', { proposal, decision: 'approve', if_commit: head })).toBe('commit_mismatch')
    expect(refused('review', { proposal, decision: 'reject', if_commit: head })).toBe('commit_mismatch')
    expect([descriptionOf(), branches()]).toEqual([undefined, ['main', proposal]])
  })

  it('that main contradicts by now says so, and is not merged', () => {
    const { proposal } = call('propose_change', { title: 'Explain', edits: [describeOrders('Paid')] })
    b.catalog.edit({ kind: 'description', op: 'replace', entity: orders, text: 'Owed' })
    const { checks } = call('review', { proposal })
    expect(checks[3]).toMatchObject({
      check: 'merges',
      ok: false,
      why: [expect.any(String), expect.any(String)],
    })
    expect(refused('review', { proposal, decision: 'approve' })).toBe('merge_conflict')
    expect(descriptionOf()).toBe('Owed')
    b.catalog.ingest([aspect(orders, 'status', { removed: true })])
    expect(call('review', { proposal }).checks[2]).toMatchObject({ check: 'entities_exist', ok: false })
    expect(call('review', { proposal, decision: 'reject' })).toMatchObject({ decision: 'rejected' })
    expect(branches()).toEqual(['main'])
  })

  it('that holds what the tools did not write says so', () => {
    const { proposal } = call('propose_change', { title: 'Explain', edits: [describeOrders('Paid')] })
    b.graph.transact({ branch: proposal, principal: { actor: 'eve', tenant: 'default', roles: [] } }, (tx) =>
      tx.upsertNode('Tag', { urn: 'urn:li:tag:sneaked', name: 'sneaked', described: true, removed: false }),
    )
    const reviewed = call('review', { proposal })
    expect(reviewed.changes).toHaveLength(1)
    expect(reviewed.checks[1]).toEqual({
      check: 'made_by_tools',
      ok: false,
      why: [expect.stringMatching(/^Commit \w{26} by eve was not made by propose_change/)],
    })
  })

  it('is shown whole when it changes more aspects than one page of a diff holds', () => {
    b.catalog.ingest(
      Array.from({ length: 1100 }, (_, i) => aspect(table('clean', `t${i}`), 'status', { removed: false })),
    )
    const half = (from: number) => ({
      tool: 'add_tags',
      arguments: {
        tag_urns: [pii],
        entity_urns: Array.from({ length: 550 }, (_, i) => table('clean', `t${from + i}`)),
      },
    })
    const made = call('propose_change', { title: 'Tag all', edits: [half(0), half(550)] })
    expect(made.changes.length + (made.moreChanges ?? 0)).toBe(1100)
    expect(made.checks[2]).toEqual({ check: 'entities_exist', ok: true })
  })

  it('of which one part cannot be made leaves nothing behind', () => {
    const none = { tool: 'add_tags', arguments: { tag_urns: [pii], entity_urns: [table('clean', 'none')] } }
    expect(refused('propose_change', { title: 'x', edits: [tagOrders, none] })).toBe('entity_not_found')
    const same = {
      tool: 'update_description',
      arguments: { entity_urn: customers, operation: 'replace', description: 'People who buy' },
    }
    expect(refused('propose_change', { title: 'x', edits: [same] })).toBe('proposal_empty')
    expect(branches()).toEqual(['main'])
  })

  it.each([
    [{ proposal: 'proposal/none' }, 'proposal_not_found'],
    [{ proposal: 'main' }, 'proposal_not_found'],
    [{ proposal: 'main', decision: 'reject' }, 'proposal_not_found'],
    [{ decision: 'approve' }, 'argument_invalid'],
  ])('asked about as %j is refused with %s', (args, code) => {
    expect(refused('review', args)).toBe(code)
  })
})
