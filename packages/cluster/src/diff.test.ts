import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { approveCluster } from './approve.js'
import { diffRevisions } from './diff.js'
import { gcCluster } from './gc.js'
import { importCluster } from './refresh.js'
import {
  ClusterFixture,
  CONFIG,
  codes,
  FIND,
  FRIENDS,
  PEOPLE,
  PEOPLE_WITH_EMAIL,
} from './testing/cluster-fixture.js'

let fixture: ClusterFixture
beforeEach(async () => {
  fixture = new ClusterFixture()
  await importCluster(fixture.dir)
  await applyCluster(fixture.dir, { actor: 'ada' })
})
afterEach(() => fixture.dispose())

const apply = async (actor = 'ada') =>
  expect(await applyCluster(fixture.dir, { actor })).toMatchObject({ converged: true })
const changeOf = (document: Awaited<ReturnType<typeof diffRevisions>>, resource: string) =>
  document.changes.find((c) => c.resource === resource)

describe('cluster diff', () => {
  it('shows the newest step by default: which resources, by whom, and the lines of their content', async () => {
    fixture.write('queries/people.gq', FIND.replace('$p.age }', '$p.age } limit 5') + FRIENDS)
    await apply('ben')
    const document = await diffRevisions(fixture.dir)
    expect(document).toMatchObject({
      ok: true,
      revisions: [1, 2, 3],
      from: { revision: 2, written_by: 'ada' },
      to: { revision: 3, written_by: 'ben' },
    })
    expect(document.changes.map((c) => `${c.operation} ${c.resource}`)).toEqual([
      'update graph.knowledge',
      'update query.knowledge.find_person',
      'create query.knowledge.friends',
    ])
    expect(changeOf(document, 'query.knowledge.find_person')?.lines).toEqual([
      ' query find_person($name: String) {',
      '   match { $p: Person { name: $name } }',
      '-  return { $p.name, $p.age }',
      '+  return { $p.name, $p.age } limit 5',
      ' }',
    ])
    const added = changeOf(document, 'query.knowledge.friends')?.lines ?? []
    expect(added.every((line) => line.startsWith('+'))).toBe(true)
  })

  it('compares any two revisions, in either direction', async () => {
    fixture.write('queries/people.gq', FRIENDS)
    await apply()
    const forth = await diffRevisions(fixture.dir, { from: 1, to: 3 })
    expect(forth.changes.every((c) => c.operation === 'create')).toBe(true)
    const back = await diffRevisions(fixture.dir, { from: 3, to: 1 })
    expect(back.changes.map((c) => c.operation)).toEqual(forth.changes.map(() => 'delete'))
    expect((await diffRevisions(fixture.dir, { from: 2, to: 2 })).changes).toEqual([])
  })

  it('shows bindings beside content, and the schema as text', async () => {
    fixture.write('other.pg', PEOPLE)
    fixture.write('cluster.yaml', CONFIG.replace('policies:', '  other: { schema: other.pg }\npolicies:'))
    await apply()
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    fixture.edit('cluster.yaml', (text) => text.replace('[knowledge]', '[knowledge, other]'))
    await apply()
    const document = await diffRevisions(fixture.dir)
    const policy = changeOf(document, 'policy.base')
    expect(policy?.metadata).toEqual([
      '-applies_to: ["graph.knowledge"]',
      '+applies_to: ["graph.knowledge","graph.other"]',
    ])
    expect(policy?.lines).toBeUndefined()
    expect(changeOf(document, 'schema.knowledge')?.lines).toContain('+  email: String?')
  })

  it('says so when the text of a side is gone', async () => {
    fixture.write('scratch.pg', PEOPLE)
    fixture.write('cluster.yaml', CONFIG.replace('policies:', '  scratch: { schema: scratch.pg }\npolicies:'))
    await apply()
    fixture.write('cluster.yaml', CONFIG)
    await approveCluster(fixture.dir, 'graph.scratch', { actor: 'ann' })
    await apply()
    const document = await diffRevisions(fixture.dir)
    expect(changeOf(document, 'schema.scratch')).toMatchObject({ operation: 'delete', content_missing: true })
  })

  it('refuses a revision that is not kept and names those that are', async () => {
    fixture.write('queries/people.gq', FRIENDS)
    await apply()
    await gcCluster(fixture.dir, { confirm: true, keepRevisions: 1 })
    const document = await diffRevisions(fixture.dir, { from: 1 })
    expect(document.ok).toBe(false)
    expect(codes(document, 'error')).toEqual(['revision_not_found'])
    expect(document.diagnostics[0]?.remedy).toContain('2, 3')
    expect(codes(await diffRevisions(fixture.dir, { from: 99 }), 'error')).toEqual(['revision_not_found'])
  })

  it('goes on counting after a lost ledger, so that a number means one revision', async () => {
    fixture.write('queries/people.gq', FRIENDS)
    await apply()
    expect(fixture.ledger().state_revision).toBe(3)
    fixture.remove('__cluster/state.json')
    expect(await importCluster(fixture.dir)).toMatchObject({ ok: true })
    expect(fixture.ledger().state_revision).toBe(4)
    await apply()
    expect((await diffRevisions(fixture.dir)).revisions).toEqual([1, 2, 4, 5])
  })

  it('writes nothing, takes no lock, and needs no valid configuration beside its place', async () => {
    fixture.write('queries/people.gq', 'broken')
    fixture.write('__cluster/lock.json', '{}')
    const before = fixture.fingerprint()
    expect(await diffRevisions(fixture.dir)).toMatchObject({ ok: true, from: { revision: 1 } })
    expect(fixture.fingerprint()).toEqual(before)
  })
})
