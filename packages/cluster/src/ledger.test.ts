import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { clusterRoot } from './cluster-root.js'
import { EMPTY_LEDGER, readLedger, type StoredLedger, sameLedger, writeLedger } from './ledger.js'
import { importCluster } from './refresh.js'
import { ClusterFixture } from './testing/cluster-fixture.js'

let fixture: ClusterFixture
beforeEach(() => {
  fixture = new ClusterFixture()
})
afterEach(() => fixture.dispose())

const NOW = Date.parse('2026-11-21T08:00:00.000Z')

describe('the ledger', () => {
  it('is written as this exact file: the format is version 1 for good', async () => {
    const root = clusterRoot(fixture.dir)
    const resources = {
      'policy.base': { digest: 'b'.repeat(64), format: 'yaml' as const, applies_to: ['graph.a'] },
      'graph.a': { digest: 'a'.repeat(64), graph_kind: 'graph' as const },
    }
    const next = {
      ...EMPTY_LEDGER,
      name: 'brain',
      applied_revision: { config_digest: 'c'.repeat(64), resources },
    }
    await writeLedger(root, null, next, NOW, 'ada')
    expect(JSON.parse(fixture.read('__cluster/state.json'))).toEqual({
      version: 1,
      state_revision: 1,
      name: 'brain',
      written_at: '2026-11-21T08:00:00.000Z',
      written_by: 'ada',
      applied_revision: { config_digest: 'c'.repeat(64), resources },
      resource_statuses: {},
      approval_records: {},
      recovery_records: {},
      observations: {},
    })
    const addresses = Object.keys(fixture.ledger().applied_revision.resources)
    expect(addresses).toEqual(['graph.a', 'policy.base'])
  })

  it('keeps members it does not know, at every level, through an apply', async () => {
    await importCluster(fixture.dir)
    const ledger = fixture.ledger()
    const unknown = {
      ...ledger,
      later: { feature: 1 },
      applied_revision: { ...ledger.applied_revision, later: 2 },
      approval_records: { '01KA': { approved_by: 'ada', later: 3 } },
    }
    fixture.write('__cluster/state.json', JSON.stringify(unknown))
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true, state_written: true })
    expect(fixture.ledger()).toMatchObject({
      later: { feature: 1 },
      applied_revision: { later: 2 },
      approval_records: { '01KA': { approved_by: 'ada', later: 3 } },
    })
  })

  it('is the same whoever wrote it and whenever', () => {
    const one = { ...EMPTY_LEDGER, state_revision: 1, written_at: 'x', written_by: 'ada' }
    expect(sameLedger(one, { ...EMPTY_LEDGER, state_revision: 2 })).toBe(true)
    expect(sameLedger(one, { ...one, name: 'other' })).toBe(false)
  })

  it('is not created over one that appeared meanwhile', async () => {
    const root = clusterRoot(fixture.dir)
    await writeLedger(root, null, EMPTY_LEDGER, NOW, undefined)
    expect(await writeLedger(root, null, EMPTY_LEDGER, NOW, undefined)).toMatchObject({
      code: 'state_cas_mismatch',
    })
    const stored = (await readLedger(root)) as StoredLedger
    expect(stored.ledger.state_revision).toBe(1)
    expect(stored.cas).toMatch(/^sha256:[0-9a-f]{64}$/)
  })
})
