import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CATALOG_SCHEMA, Catalog } from '@groundplane/catalog'
import { actorPrincipal } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LineageGroups } from './lineage-groups.js'

let directory: string
let catalog: Catalog
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineage-groups-'))
  catalog = new Catalog(Graph.create(join(directory, 'catalog.gp'), { schema: CATALOG_SCHEMA }))
})
afterEach(() => {
  catalog.graph.close()
  rmSync(directory, { recursive: true })
})

const event = (name: string, eventTime = '2026-11-21T09:00:00Z') =>
  JSON.stringify({ eventTime, producer: 'urn:test', dataset: { namespace: 'hive', name } })
const urnOf = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:hive,${name},PROD)`
const writerOf = (actor: string, traceId = '0'.repeat(32)) => ({
  catalog,
  names: undefined,
  ctx: { principal: actorPrincipal(actor), provenance: { actor, traceId } },
})
const newest = (count: number) => catalog.graph.commits().slice(0, count)

describe('what waits for its turn at the same time', () => {
  it('is one commit, each answered when it is there and refused alone', async () => {
    const groups = new LineageGroups()
    const before = catalog.graph.commits().length
    const sent = [[event('a')], [event('b', 'today')], [event('c'), '7', event('d')]]
    const answers = await Promise.all(
      sent.map((texts, i) => groups.record(writerOf('ann', `${i}`.repeat(32)), texts)),
    )
    expect(catalog.graph.commits()).toHaveLength(before + 1)
    const [commit] = newest(1)
    expect(answers.map(({ recorded }) => recorded)).toEqual([1, 0, 2])
    expect(answers.map(({ refused }) => refused.map(({ index }) => index))).toEqual([[], [0], [1]])
    expect(answers.map((answer) => answer.commit?.id)).toEqual([commit?.id, commit?.id, commit?.id])
    for (const name of ['a', 'c', 'd'])
      expect(catalog.exists(urnOf(name), { commit: commit?.id as string })).toBe(true)
    expect(catalog.exists(urnOf('b'))).toBe(false)
    // It came of several requests, so it is in the trace of none.
    expect(commit?.provenance).toMatchObject({ actor: 'ann' })
    expect(commit?.provenance.traceId).toBeUndefined()
  })

  it('is a commit of each actor, in the order of arrival, and has the trace of its one request', async () => {
    const groups = new LineageGroups()
    const senders = ['ann', 'ann', 'bob', 'ann']
    const commits = await Promise.all(
      senders.map(async (actor, i) => (await groups.record(writerOf(actor), [event(`t${i}`)])).commit?.id),
    )
    expect(commits[0]).toBe(commits[1])
    expect(newest(3).map(({ id }) => id)).toEqual([commits[3], commits[2], commits[0]])
    expect(newest(3).map(({ provenance }) => provenance.actor)).toEqual(['ann', 'bob', 'ann'])
    expect(newest(1)[0]?.provenance.traceId).toBe('0'.repeat(32))
  })

  it('is no more than a bound, except one batch that is', async () => {
    const groups = new LineageGroups()
    const before = catalog.graph.commits().length
    const batch = Array.from({ length: 40 }, (_, i) => event(`many${i}`))
    await Promise.all([
      groups.record(writerOf('ann'), batch),
      ...Array.from({ length: 33 }, (_, i) => groups.record(writerOf('ann'), [event(`one${i}`)])),
    ])
    expect(catalog.graph.commits()).toHaveLength(before + 3)
  })

  it('is told when the store fails, and what comes after is recorded', async () => {
    const groups = new LineageGroups()
    const closed = new Catalog(Graph.create(join(directory, 'other.gp'), { schema: CATALOG_SCHEMA }))
    closed.graph.close()
    const writer = { ...writerOf('ann'), catalog: closed }
    const failed = await Promise.allSettled([
      groups.record(writer, [event('x')]),
      groups.record(writer, [event('y')]),
    ])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect((await groups.record(writerOf('ann'), [event('z')])).recorded).toBe(1)
  })
})
