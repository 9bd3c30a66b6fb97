import { existsSync, readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import { diffRevisions } from './diff.js'
import { gcCluster } from './gc.js'
import { importCluster } from './refresh.js'
import { ClusterFixture, CONFIG, codes, FIND } from './testing/cluster-fixture.js'

let fixture: ClusterFixture
beforeEach(async () => {
  fixture = new ClusterFixture()
  await importCluster(fixture.dir)
  await applyCluster(fixture.dir)
})
afterEach(() => fixture.dispose())

/** One apply that publishes the one query with another content. */
async function publish(limit: number): Promise<void> {
  fixture.write('queries/people.gq', FIND.replace('$p.age }', `$p.age } limit ${limit}`))
  expect(await applyCluster(fixture.dir)).toMatchObject({ converged: true })
}

const blobs = () => readdirSync(fixture.path('__cluster/resources/query/knowledge/find_person'))
const revisions = () =>
  readdirSync(fixture.path('__cluster/revisions')).map((name) => Number(name.split('-')[0]))

describe('cluster gc', () => {
  it('removes nothing until it is told to, and says what it would remove', async () => {
    for (const limit of [1, 2, 3]) await publish(limit)
    const before = fixture.fingerprint()
    const document = await gcCluster(fixture.dir, { keepRevisions: 1 })
    expect(document).toMatchObject({ ok: true, confirmed: false, removed_count: 0, kept_revisions: [4] })
    expect(document.unreferenced.map((b) => b.key)).toHaveLength(2)
    expect(document.unreferenced[0]?.bytes).toBeGreaterThan(20)
    expect(document.old_revisions.map((r) => r.revision)).toEqual([1, 2, 3])
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('removes what no kept revision names, and nothing that one names', async () => {
    for (const limit of [1, 2, 3]) await publish(limit)
    expect(blobs()).toHaveLength(4)
    const document = await gcCluster(fixture.dir, { confirm: true, keepRevisions: 1 })
    expect(document).toMatchObject({ ok: true, confirmed: true, removed_count: 5 })
    expect(document.removed_bytes).toBe(document.unreferenced.reduce((sum, b) => sum + b.bytes, 0))
    expect(blobs()).toHaveLength(2) // the current one, and that of the kept revision
    expect(revisions()).toEqual([4])
    expect((await loadApplied(fixture.dir)).graphs[0]?.queries[0]?.source).toContain('limit 3')
    const diff = await diffRevisions(fixture.dir)
    expect(diff.changes.find((c) => c.resource.startsWith('query.'))?.lines).toBeDefined()
    expect(await applyCluster(fixture.dir)).toMatchObject({ converged: true, state_written: false })
  })

  it('keeps ten past revisions unless told otherwise, and runs to the same end twice', async () => {
    for (let limit = 1; limit <= 11; limit++) await publish(limit)
    await gcCluster(fixture.dir, { confirm: true })
    expect(revisions()).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const bytes = fixture.fingerprint()
    const again = await gcCluster(fixture.dir, { confirm: true })
    expect(again).toMatchObject({ ok: true, removed_count: 0, unreferenced: [], old_revisions: [] })
    expect(fixture.fingerprint()).toEqual(bytes)
  })

  it('leaves what is not content of the catalog alone', async () => {
    await publish(1)
    fixture.write('__cluster/resources/query/knowledge/readme.txt', 'mine')
    fixture.write('__cluster/resources/notes.gq', 'mine too')
    await gcCluster(fixture.dir, { confirm: true, keepRevisions: 0 })
    expect(fixture.read('__cluster/resources/query/knowledge/readme.txt')).toBe('mine')
    expect(existsSync(fixture.path('__cluster/resources/notes.gq'))).toBe(true)
    expect(blobs()).toHaveLength(1)
  })

  it('removes what an interrupted apply published and no ledger names', async () => {
    const orphan = `__cluster/resources/policy/base/${'0'.repeat(64)}.yaml`
    fixture.write(orphan, 'never named')
    const document = await gcCluster(fixture.dir, { confirm: true })
    expect(document.unreferenced).toEqual([{ key: orphan, bytes: 11 }])
    expect(existsSync(fixture.path(orphan))).toBe(false)
  })

  it.each([
    ['state_missing', () => fixture.remove('__cluster/state.json')],
    ['invalid_state_json', () => fixture.write('__cluster/state.json', 'not json')],
    ['state_lock_held', () => holdLock()],
    ['state_lock_required', () => fixture.write('cluster.yaml', `${CONFIG}state: { lock: false }\n`)],
    ['invalid_state_json', () => damageRevision()],
  ])('removes nothing when it cannot know what is named: %s', async (code, damage) => {
    await publish(1)
    damage()
    const before = fixture.fingerprint()
    const document = await gcCluster(fixture.dir, { confirm: true })
    expect(document.ok).toBe(false)
    expect(codes(document, 'error')).toEqual([code])
    expect(fixture.fingerprint()).toEqual(before)
  })
})

function holdLock(): void {
  const held = { version: 1, lock_id: '01KA', operation: 'apply', created_at: 'x', pid: 1, host: 'elsewhere' }
  fixture.write('__cluster/lock.json', JSON.stringify(held))
}

function damageRevision(): void {
  const [first] = readdirSync(fixture.path('__cluster/revisions'))
  fixture.write(`__cluster/revisions/${first}`, 'not json')
}
