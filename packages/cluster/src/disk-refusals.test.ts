import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { approveCluster } from './approve.js'
import { planCluster } from './plan.js'
import { importCluster } from './refresh.js'
import { forceUnlock, statusCluster } from './status.js'
import { ClusterFixture, codes, FRIENDS } from './testing/cluster-fixture.js'

// What the disk refuses, for every user: a name that leads to itself cannot be read, and below a
// file nothing can be made.

const LOCK = '__cluster/lock.json'
const ANN = { actor: 'ann' }

let fixture: ClusterFixture
beforeEach(() => {
  fixture = new ClusterFixture()
})
afterEach(() => fixture.dispose())

function unreadable(key: string): void {
  mkdirSync(dirname(fixture.path(key)), { recursive: true })
  symlinkSync(basename(key), fixture.path(key))
}

async function converge(): Promise<void> {
  await importCluster(fixture.dir)
  expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
}

describe('a lock', () => {
  it('that cannot be taken stops the command before it writes anything', async () => {
    fixture.write('__cluster', 'a file where the directory should be')
    const before = fixture.fingerprint()
    for (const command of [importCluster, planCluster]) {
      const document = await command(fixture.dir)
      expect(document.ok).toBe(false)
      expect(codes(document, 'error')).toEqual(['state_lock_error'])
    }
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('that cannot be read is held by somebody: no command goes on, status warns, and no id releases it', async () => {
    await converge()
    unreadable(LOCK)
    const before = fixture.fingerprint()
    for (const command of [planCluster, applyCluster])
      expect(codes(await command(fixture.dir), 'error')).toEqual(['state_lock_read_error'])
    const status = await statusCluster(fixture.dir)
    expect([status.ok, codes(status, 'warning')]).toEqual([true, ['state_lock_read_error']])
    expect(await forceUnlock(fixture.dir, '01KA')).toMatchObject({ ok: false, lock_removed: false })
    expect(fixture.fingerprint()).toEqual(before)
  })
})

describe('content', () => {
  it('that cannot be published is not recorded; everything beside it is, and the next apply has the rest', async () => {
    fixture.write('__cluster/resources/query', 'a file where the directory should be')
    await importCluster(fixture.dir)
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ ok: false, converged: false, state_written: true })
    expect(codes(document, 'error')).toEqual(['resource_payload_write_error'])
    expect(document.changes.map((c) => [c.resource, c.disposition, c.reason])).toContainEqual([
      'query.knowledge.find_person',
      'blocked',
      'resource_payload_write_error',
    ])
    expect(Object.keys(fixture.ledger().applied_revision.resources)).toEqual([
      'graph.knowledge',
      'policy.base',
      'schema.knowledge',
    ])
    fixture.remove('__cluster/resources/query')
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true, applied_count: 1 })
  })
})

describe('an approval', () => {
  beforeEach(async () => {
    await converge()
    fixture.write('cluster.yaml', 'version: 1\nmetadata: { name: brain }\n')
    await applyCluster(fixture.dir)
  })

  it('that cannot be written is not given', async () => {
    fixture.write('__cluster/approvals', 'a file where the directory should be')
    const document = await approveCluster(fixture.dir, 'graph.knowledge', ANN)
    expect(document.ok).toBe(false)
    expect(codes(document, 'error')).toEqual(['approval_write_error'])
    expect(document).not.toHaveProperty('approval_id')
    expect((await planCluster(fixture.dir)).approvals_required[0]?.satisfied).toBe(false)
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: false })
    expect(existsSync(fixture.path('graphs/knowledge.gp'))).toBe(true)
  })

  it('that cannot be read authorises nothing, and says so', async () => {
    await approveCluster(fixture.dir, 'graph.knowledge', ANN)
    const [id] = Object.keys(fixture.fingerprint('__cluster/approvals'))
    fixture.remove(id as string)
    unreadable(id as string)
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ ok: true, converged: false })
    expect(codes(document, 'warning')).toContain('approval_read_error')
    expect(existsSync(fixture.path('graphs/knowledge.gp'))).toBe(true)
  })

  it('whose use cannot be written into its file keeps the delete, with a warning, and the next apply writes it', async () => {
    await approveCluster(fixture.dir, 'graph.knowledge', ANN)
    const [id] = Object.keys(fixture.fingerprint('__cluster/approvals')) as [string]
    const onStep = (step: string) => {
      if (step === 'before consume graph.knowledge') throw new Error('the disk failed')
    }
    const document = await applyCluster(fixture.dir, { actor: 'ben', onStep })
    expect(document).toMatchObject({ ok: true, converged: true })
    expect(codes(document, 'warning')).toEqual(['approval_write_error'])
    expect(JSON.parse(fixture.read(id)).consumed_at).toBeUndefined()
    const state = fixture.read('__cluster/state.json')
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true, diagnostics: [] })
    expect(JSON.parse(fixture.read(id))).toMatchObject({ consumed_by: 'ben' })
    expect(fixture.read('__cluster/state.json')).toBe(state)
  })
})

it('what waits for something that could not be done is named, with the reason, in warnings of their own', async () => {
  await converge()
  fixture.edit('people.pg', (text) => text.replace('age: I32?', 'age: [String]'))
  fixture.write('queries/friends.gq', FRIENDS)
  const document = await applyCluster(fixture.dir)
  const waiting = document.diagnostics.filter((d) => d.code === 'apply_dependency_blocked')
  expect(waiting.map((d) => [d.severity, d.path])).toEqual([
    ['warning', 'graph.knowledge'],
    ['warning', 'query.knowledge.friends'],
  ])
})
