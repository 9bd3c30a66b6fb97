import { cpSync, existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import { approveCluster } from './approve.js'
import { diffRevisions } from './diff.js'
import { gcCluster } from './gc.js'
import { planCluster } from './plan.js'
import { importCluster, refreshCluster } from './refresh.js'
import { forceUnlock, statusCluster } from './status.js'
import { ClusterFixture, CONFIG, codes, FILES, FRIENDS, PEOPLE } from './testing/cluster-fixture.js'
import { freshS3Location, NO_S3, onS3, S3ClusterFixture } from './testing/s3-fixture.js'
import { validateCluster } from './validate.js'

const STATE = '__cluster/state.json'
const LOCK = '__cluster/lock.json'

describe.skipIf(NO_S3)('a cluster whose storage is on S3', () => {
  let fixture: S3ClusterFixture
  beforeEach(() => {
    fixture = new S3ClusterFixture()
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    fixture.dispose()
  })

  it('goes through every command, and keeps nothing locally but its graphs and their mark', async () => {
    expect(await validateCluster(fixture.dir)).toMatchObject({ ok: true })
    expect(codes(await applyCluster(fixture.dir))).toContain('state_missing')
    expect(await importCluster(fixture.dir)).toMatchObject({
      ok: true,
      state_observations: { state_path: `${fixture.location}/${STATE}` },
    })
    expect(codes(await importCluster(fixture.dir), 'error')).toEqual(['state_already_exists'])
    expect((await planCluster(fixture.dir)).changes.map((c) => c.operation)).toContain('create')
    expect(await applyCluster(fixture.dir, { actor: 'ada' })).toMatchObject({ ok: true, converged: true })
    const applied = await fixture.object(STATE)
    expect(JSON.parse(applied as string)).toMatchObject({ state_revision: 2, written_by: 'ada' })
    expect(await applyCluster(fixture.dir)).toMatchObject({ converged: true, state_written: false })
    expect(await fixture.object(STATE)).toBe(applied)
    expect((await planCluster(fixture.dir)).changes).toEqual([])
    expect(await refreshCluster(fixture.dir)).toMatchObject({ ok: true })
    expect(await statusCluster(fixture.dir)).toMatchObject({
      ok: true,
      state_observations: { locked: false },
    })
    expect(readdirSync(fixture.dir).sort()).toEqual(
      [...Object.keys(FILES).map((f) => f.split('/')[0]), 'data'].sort(),
    )
    expect(readdirSync(fixture.path('data')).sort()).toEqual(['__cluster', 'graphs'])
    expect(readdirSync(fixture.path('data/__cluster'))).toEqual(['data-dir.json'])
    const kinds = (await fixture.storage.list('')).map((key) =>
      key.replace(/^(__cluster\/(?:resources\/)?[a-z]+)\/.*/, '$1'),
    )
    expect([...new Set(kinds)].sort()).toEqual([
      '__cluster/data-dir.json',
      '__cluster/resources/policy',
      '__cluster/resources/query',
      '__cluster/revisions',
      STATE,
    ])
  })

  it('is served by its config directory, by its address, and by its data directory', async () => {
    await importCluster(fixture.dir)
    await applyCluster(fixture.dir)
    const data = fixture.path('data')
    for (const address of [fixture.dir, data]) {
      const revision = await loadApplied(address)
      expect(revision.graphs.map((g) => g.root)).toEqual([fixture.path('data/graphs/knowledge.gp')])
      expect(revision.graphs[0]?.queries.map((q) => q.name)).toEqual(['find_person'])
    }
    await expect(loadApplied(fixture.location)).rejects.toMatchObject({ code: 'data_dir_missing' })
    vi.stubEnv('GROUNDPLANE_DATA_DIR', data)
    expect(await loadApplied(fixture.location)).toMatchObject({ root: data, quarantined: [] })
    vi.stubEnv('GROUNDPLANE_DATA_DIR', fixture.path('elsewhere'))
    await expect(loadApplied(fixture.location)).rejects.toMatchObject({ code: 'data_dir_mismatch' })
  })

  it('finds a lost ledger and damaged content again, on the same blobs', async () => {
    await importCluster(fixture.dir)
    await applyCluster(fixture.dir)
    const blobs = () => fixture.storage.list('__cluster/resources/')
    const keys = await blobs()
    const blob = keys.find((key) => key.includes('/resources/query/')) as string
    const content = await fixture.object(blob)
    await fixture.storage.put(blob, 'tampered')
    await expect(loadApplied(fixture.dir)).rejects.toMatchObject({ code: 'catalog_payload_digest_mismatch' })
    expect(codes(await statusCluster(fixture.dir))).toContain('catalog_payload_mismatch')
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(await fixture.object(blob)).toBe(content)
    await fixture.storage.delete(STATE)
    expect(await importCluster(fixture.dir)).toMatchObject({ ok: true })
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(await blobs()).toEqual(keys)
  })

  it('deletes a graph by an approval, compares its revisions and collects what nothing names', async () => {
    const asked: string[] = []
    const consent = async (what: string) => void asked.push(what)
    const by = { actor: 'ada', consent }
    fixture.write('other.pg', PEOPLE)
    fixture.edit('cluster.yaml', (text) =>
      text.replace('policies:', '  other: { schema: other.pg }\npolicies:'),
    )
    await importCluster(fixture.dir)
    await applyCluster(fixture.dir)
    fixture.edit('cluster.yaml', (text) => text.replace('  other: { schema: other.pg }\n', ''))
    fixture.write('queries/people.gq', FRIENDS)
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: false })
    expect(await approveCluster(fixture.dir, 'graph.other', by)).toMatchObject({ ok: true })
    await expect(applyCluster(fixture.dir, { actor: 'ada' })).rejects.toMatchObject({
      code: 'consent_needed',
    })
    expect(await applyCluster(fixture.dir, by)).toMatchObject({ ok: true, converged: true })
    expect(readdirSync(fixture.path('data/graphs'))).toEqual(['knowledge.gp'])
    expect(await fixture.storage.list('__cluster/recoveries/')).toEqual([])
    expect(await fixture.storage.list('__cluster/approvals/')).toHaveLength(1)
    const changed = (await diffRevisions(fixture.dir)).changes.map((c) => c.resource)
    expect(changed).toContain('graph.other')
    expect((await gcCluster(fixture.dir)).removed_count).toBe(0)
    const collected = await gcCluster(fixture.dir, { ...by, confirm: true, keepRevisions: 1 })
    expect(collected).toMatchObject({ ok: true })
    expect(collected.removed_count).toBeGreaterThan(0)
    expect((await loadApplied(fixture.dir)).graphs.map((g) => g.id)).toEqual(['knowledge'])
    expect(asked.join()).toContain(fixture.location)
  })

  it('refuses a data directory that cannot be looked into', async () => {
    fixture.write('data', 'a file')
    expect(codes(await importCluster(fixture.dir), 'error')).toEqual(['data_dir_error'])
    expect(await fixture.object(STATE)).toBeUndefined()
  })

  it('refuses a data directory that does not hold its graphs, and one that holds those of another cluster', async () => {
    await importCluster(fixture.dir)
    await applyCluster(fixture.dir)
    const before = await fixture.object(STATE)
    const elsewhere = new S3ClusterFixture(fixture.location)
    for (const command of [planCluster, applyCluster, refreshCluster]) {
      const document = await command(elsewhere.dir)
      expect(codes(document, 'error')).toEqual(['data_dir_mismatch'])
      expect(document.diagnostics[0]?.message).toContain(fixture.path('data'))
    }
    expect(existsSync(elsewhere.path('data'))).toBe(false)
    expect(await fixture.object(STATE)).toBe(before)
    expect(await fixture.object(LOCK)).toBeUndefined()
    // Brought along whole, the graphs are at home again.
    cpSync(fixture.path('data'), elsewhere.path('data'), { recursive: true })
    expect(await planCluster(elsewhere.dir)).toMatchObject({ ok: true, changes: [] })
    const other = freshS3Location()
    elsewhere.edit('cluster.yaml', (text) => text.replace(fixture.location, other))
    expect(codes(await importCluster(elsewhere.dir), 'error')).toEqual(['data_dir_mismatch'])
    elsewhere.dispose()
  })

  it('is locked by one command at a time, says who holds it, and is released by the exact id only', async () => {
    await importCluster(fixture.dir)
    const lock = {
      version: 1,
      lock_id: '01KA0000000000000000000000',
      operation: 'apply',
      created_at: '2026-11-21T08:00:00.000Z',
      pid: 4_194_305,
      host: 'another-host',
      actor: 'ada',
      owner: '0123456789abcdef-4194305-1',
    }
    await fixture.storage.put(LOCK, JSON.stringify(lock), { ifNoneMatch: true })
    const refused = await applyCluster(fixture.dir)
    expect(codes(refused, 'error')).toEqual(['state_lock_held'])
    expect(refused.diagnostics[0]?.message).toContain('"apply" by ada, process 4194305 on another-host')
    expect(codes(await forceUnlock(fixture.dir, '01KB0000000000000000000000'), 'error')).toEqual([
      'state_lock_id_mismatch',
    ])
    expect(await fixture.object(LOCK)).toBe(JSON.stringify(lock))
    expect(await forceUnlock(fixture.dir, lock.lock_id)).toMatchObject({ ok: true, lock_removed: true })
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
  })

  it('is unlocked again when a command throws, and warns of a pending intent like one in a directory', async () => {
    await importCluster(fixture.dir)
    const onStep = (step: string) => {
      if (step === 'before ledger') throw new TypeError('a bug')
    }
    await expect(applyCluster(fixture.dir, { onStep })).rejects.toThrow('a bug')
    expect(await fixture.object(LOCK)).toBeUndefined()
    expect(codes(await statusCluster(fixture.dir), 'warning')).toEqual(['cluster_recovery_pending'])
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(codes(await statusCluster(fixture.dir))).toEqual([])
  })

  it('keeps its sources findable when config and data directory move together', async () => {
    const sources = 'sources:\n  shop: { kind: sqlite, graph: knowledge, url: shop.db }\n'
    fixture.edit(
      'cluster.yaml',
      (text) =>
        text.replace('knowledge: { schema: people.pg, queries: queries/ }', 'knowledge: { kind: catalog }') +
        sources,
    )
    const extensions = {
      catalogSchema: 'node Dataset {\n  urn: String @key\n}\n',
      catalogQueries: {},
      checkAssertions: () => [],
      checkMetadata: () => [],
    }
    await importCluster(fixture.dir, { extensions })
    expect(await applyCluster(fixture.dir, { extensions })).toMatchObject({ ok: true, converged: true })
    const moved = new ClusterFixture({})
    cpSync(fixture.dir, moved.dir, { recursive: true })
    expect((await loadApplied(moved.dir)).sources[0]?.url).toBe(moved.path('shop.db'))
    expect((await planCluster(moved.dir, { extensions })).changes).toEqual([])
    moved.dispose()
  })
})

describe('a cluster whose storage on S3 cannot be reached', () => {
  it('is validated before any request to the bucket', async () => {
    let requests = 0
    const bucket = createServer((_request, response) => {
      requests++
      response.writeHead(503).end()
    })
    await new Promise<void>((resolve) => bucket.listen(0, '127.0.0.1', resolve))
    const fixture = new ClusterFixture()
    fixture.write('cluster.yaml', onS3(CONFIG, 's3://bucket/prefix'))
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'nobody')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'nothing')
    try {
      expect(await validateCluster(fixture.dir)).toMatchObject({ ok: true })
      fixture.edit('cluster.yaml', (text) => text.replace('people.pg', 'gone.pg'))
      expect(codes(await applyCluster(fixture.dir), 'error')).toEqual(['schema_file_missing'])
      expect(requests).toBe(0)
    } finally {
      vi.unstubAllEnvs()
      fixture.dispose()
      bucket.close()
    }
  })

  it('is validated all the same, and every other command says what it could not read', async () => {
    const fixture = new ClusterFixture()
    fixture.write('cluster.yaml', onS3(CONFIG, 's3://bucket/unreachable'))
    fixture.write('queries/friends.gq', FRIENDS)
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1') // nobody listens there
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'nobody')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'nothing')
    try {
      expect(await validateCluster(fixture.dir)).toMatchObject({ ok: true })
      const status = await statusCluster(fixture.dir)
      expect(status.ok).toBe(false)
      expect(codes(status, 'error')).toContain('state_read_error')
      expect(status.diagnostics[0]?.message).toContain('s3://bucket/unreachable/__cluster/state.json')
    } finally {
      vi.unstubAllEnvs()
      fixture.dispose()
    }
  })
})
