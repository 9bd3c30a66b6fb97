import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { processIdentity } from '@groundplane/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { planCluster } from './plan.js'
import { importCluster, refreshCluster } from './refresh.js'
import { forceUnlock, statusCluster } from './status.js'
import { ClusterFixture, CONFIG, codes } from './testing/cluster-fixture.js'

const LOCK = '__cluster/lock.json'
const ID = '01KA0000000000000000000000'
/** Larger than any process id Linux gives. */
const DEAD_PID = 4_194_305

let fixture: ClusterFixture
beforeEach(() => {
  fixture = new ClusterFixture()
})
afterEach(() => fixture.dispose())

function hold(fields: Record<string, unknown> = {}): void {
  const lock = {
    version: 1,
    lock_id: ID,
    operation: 'apply',
    created_at: '2026-11-21T08:00:00.000Z',
    pid: process.pid,
    host: hostname(),
    actor: 'ada',
  }
  fixture.write(LOCK, JSON.stringify({ ...lock, ...fields }))
}

describe('the cluster lock', () => {
  it('refuses plan, apply and refresh while it is held, and names the id to release it with', async () => {
    await importCluster(fixture.dir)
    hold()
    for (const command of [planCluster, applyCluster, refreshCluster]) {
      const document = await command(fixture.dir)
      expect(document.ok).toBe(false)
      expect(codes(document, 'error')).toEqual(['state_lock_held'])
      const [found] = document.diagnostics
      expect(found?.message).toContain('ada')
      expect(found?.remedy).toContain(`force-unlock ${ID}`)
      expect(document.state_observations).toMatchObject({ locked: true, lock_id: ID, lock_acquired: false })
    }
    expect(JSON.parse(fixture.read(LOCK)).lock_id).toBe(ID)
  })

  it('refuses import while it is held', async () => {
    hold()
    expect(codes(await importCluster(fixture.dir), 'error')).toEqual(['state_lock_held'])
    expect(existsSync(fixture.path('__cluster/state.json'))).toBe(false)
  })

  it('says that the owner is dead when that is certain, and breaks no lock that does not name its owner', async () => {
    hold({ pid: DEAD_PID })
    const document = await planCluster(fixture.dir)
    expect(document.ok).toBe(false)
    expect(document.diagnostics[0]?.message).toContain('not running any more')
    expect(document.state_observations.lock_owner_dead).toBe(true)
    hold({ pid: DEAD_PID, host: 'another-host' })
    expect((await planCluster(fixture.dir)).state_observations.lock_owner_dead).toBe(false)
  })

  it('left by a killed process of this machine is taken over, and the command says whose it was', async () => {
    await importCluster(fixture.dir)
    const [machine] = processIdentity().split('-')
    hold({ pid: DEAD_PID, owner: `${machine}-${DEAD_PID}-1` })
    expect((await statusCluster(fixture.dir)).state_observations).toMatchObject({
      locked: true,
      lock_owner_dead: true,
    })
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ ok: true, converged: true })
    const [found] = document.diagnostics.filter((d) => d.code === 'state_lock_abandoned')
    expect(found?.message).toContain(ID)
    expect(found?.message).toContain('ada')
    expect(existsSync(fixture.path(LOCK))).toBe(false)
  })

  it('of a running process, and of one on another machine, is never taken over', async () => {
    await importCluster(fixture.dir)
    for (const owner of [processIdentity(), `0123456789abcdef-${DEAD_PID}-1`]) {
      hold({ owner })
      expect(codes(await applyCluster(fixture.dir), 'error')).toContain('state_lock_held')
      expect(JSON.parse(fixture.read(LOCK)).lock_id).toBe(ID)
    }
  })

  it('is shown by status with its whole metadata', async () => {
    hold()
    const clock = () => Date.parse('2026-11-21T08:01:30.000Z')
    const { state_observations } = await statusCluster(fixture.dir, { clock })
    expect(state_observations).toMatchObject({
      locked: true,
      lock_id: ID,
      lock_operation: 'apply',
      lock_created_at: '2026-11-21T08:00:00.000Z',
      lock_pid: process.pid,
      lock_host: hostname(),
      lock_actor: 'ada',
      lock_age_seconds: 90,
      lock_owner_dead: false,
    })
  })

  it('is released by its exact id', async () => {
    hold()
    expect(await forceUnlock(fixture.dir, ID)).toMatchObject({ ok: true, lock_removed: true })
    expect(existsSync(fixture.path(LOCK))).toBe(false)
    expect((await planCluster(fixture.dir)).ok).toBe(true)
  })

  it.each([
    ['state_lock_id_mismatch', { lock_id: '01KB0000000000000000000000' }],
    ['unsupported_state_lock_version', { version: 2 }],
    ['invalid_state_lock', { lock_id: 7 }],
  ])('is left untouched by force-unlock: %s', async (code, fields) => {
    hold(fields)
    const before = fixture.read(LOCK)
    const document = await forceUnlock(fixture.dir, ID)
    expect(document).toMatchObject({ ok: false, lock_removed: false })
    expect(codes(document, 'error')).toEqual([code])
    expect(fixture.read(LOCK)).toBe(before)
  })

  it('cannot be released when there is none, or when its file is not JSON', async () => {
    expect(codes(await forceUnlock(fixture.dir, ID), 'error')).toEqual(['state_lock_missing'])
    fixture.write(LOCK, 'garbage')
    expect(codes(await forceUnlock(fixture.dir, ID), 'error')).toEqual(['invalid_state_lock'])
    expect(fixture.read(LOCK)).toBe('garbage')
  })

  it('is bypassed with a warning when the configuration switches it off', async () => {
    fixture.write('cluster.yaml', CONFIG.replace('graphs:', 'state: { lock: false }\ngraphs:'))
    hold()
    const document = await planCluster(fixture.dir)
    expect(document.ok).toBe(true)
    expect(codes(document, 'warning')).toContain('state_lock_disabled')
    expect(document.state_observations.lock_acquired).toBe(false)
    expect(JSON.parse(fixture.read(LOCK)).lock_id).toBe(ID)
  })

  it('is released when a command throws', async () => {
    await importCluster(fixture.dir)
    const onStep = (step: string) => {
      if (step === 'before create graph.knowledge') throw new TypeError('a bug')
    }
    await applyCluster(fixture.dir, { onStep }).catch(() => {})
    expect(existsSync(fixture.path(LOCK))).toBe(false)
  })

  it('lets one of two concurrent applies win and tells the other', async () => {
    await importCluster(fixture.dir)
    const documents = await Promise.all([applyCluster(fixture.dir), applyCluster(fixture.dir)])
    expect(documents.filter((d) => d.ok && d.converged)).toHaveLength(1)
    expect(documents.filter((d) => !d.ok).flatMap((d) => codes(d, 'error'))).toEqual(['state_lock_held'])
  })
})
