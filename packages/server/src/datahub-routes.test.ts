import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { type CallOptions, callOperation } from './testing/http-call.js'

type Op = Parameters<typeof callOperation>[1]

let fixture: ClusterFixture
let server: RunningServer
beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve({ limits: { loadBytes: 64 * 1024 } })
})
afterAll(() => fixture?.remove())

const call = (id: Op, options: CallOptions = {}) =>
  callOperation(server.url, id, { ...options, params: { graph_id: 'catalog', ...options.params } })

const urnOf = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:hive,${name},PROD)`
const proposal = (name: string, value: unknown = { name }, rest: Record<string, unknown> = {}) => ({
  entityType: 'dataset',
  entityUrn: urnOf(name),
  changeType: 'UPSERT',
  aspectName: 'datasetProperties',
  aspect: {
    value: typeof value === 'string' ? value : JSON.stringify(value),
    contentType: 'application/json',
  },
  systemMetadata: { runId: 'run-1', lastObserved: 1 },
  ...rest,
})
const ingest = (proposals: unknown[], options: CallOptions = {}) =>
  call('datahubAspectsAction', {
    query: 'action=ingestProposalBatch',
    body: { proposals, async: 'false' },
    ...options,
  })
const aspect = (urn: string, name: string, token = TOKENS.operator) =>
  call('datahubAspect', { params: { urn }, query: `aspect=${name}&version=0`, token })
const items = (name: string, value: unknown, entry: Record<string, unknown> = {}) => [
  { urn: urnOf(name), datasetProperties: { value, ...entry } },
]

describe('what is written', () => {
  it('is one commit in the name of the caller with the run of the producer, and none the second time', async () => {
    expect((await ingest([proposal('a.one'), proposal('a.two')])).json).toEqual({ value: 'success' })
    const commits = async () => (await call('listCommits', { query: 'limit=2' })).json.commits
    const [newest, before] = await commits()
    expect(newest).toMatchObject({ actor_id: 'operator', message: 'DataHub run run-1' })
    expect(newest.provenance).toMatchObject({ actor: 'operator', runId: 'run-1' })
    expect(before.message).not.toBe('DataHub run run-1')
    await ingest([proposal('a.one'), proposal('a.two')])
    expect((await commits())[0].graph_commit_id).toBe(newest.graph_commit_id)
  })

  it('comes back byte for byte under the name of its record, whatever the URN holds', async () => {
    const text =
      '{ "name": "é", "big": 12345678901234567890, "one": 1.0, "u": {"com.linkedin.pegasus2avro.schema.X" : {}} }'
    for (const name of ['a/b c', 'a%2Cb', `${'long/'.repeat(200)}x`]) {
      await ingest([proposal(name, text)])
      const { text: answer } = await aspect(urnOf(name), 'datasetProperties')
      expect(answer).toContain(
        `"com.linkedin.dataset.DatasetProperties":${text.replace('pegasus2avro.', '')}`,
      )
      expect((await aspect(urnOf(name), 'datasetKey')).json.aspect).toEqual({
        'com.linkedin.metadata.key.DatasetKey': {
          platform: 'urn:li:dataPlatform:hive',
          name,
          origin: 'PROD',
        },
      })
    }
  })

  it('lands without what is wrong, which is named one by one', async () => {
    const refused = await ingest([
      proposal('b.good'),
      proposal('b.bad', '{"name":'),
      proposal('b.worse', { name: 7 }),
      proposal('b.text', { name: 'x'.repeat(10) }, { changeType: 'RESTATE' }),
      proposal('b.last'),
      7,
    ])
    expect(refused.status).toBe(422)
    expect(refused.json.message).toContain('4 of 6 proposals were refused, 2 are recorded. [1] ')
    expect(refused.json.error.code).toBe('proposals_refused')
    const named = refused.json.error.diagnostics.map((d: { code: string; path: string }) => [d.path, d.code])
    expect(named).toEqual([
      ['proposals.1', 'aspect_json_invalid'],
      ['proposals.2', 'aspect_shape_invalid'],
      ['proposals.3', 'change_type_unsupported'],
      ['proposals.5', 'proposal_invalid'],
    ])
    for (const name of ['b.good', 'b.last'])
      expect((await aspect(urnOf(name), 'datasetKey')).status).toBe(200)
    expect((await aspect(urnOf('b.bad'), 'datasetKey')).status).toBe(404)
    const one = { query: 'action=ingestProposal', body: { proposal: proposal('b.bad', '[]') } }
    expect((await call('datahubAspectsAction', one)).json.error.code).toBe('aspect_json_invalid')
  })

  it('what the store itself refuses does not take the rest of the batch with it', async () => {
    const incident = (id: string, priority: number) => ({
      entityUrn: `urn:li:incident:${id}`,
      aspectName: 'incidentInfo',
      aspect: {
        json: {
          type: 'OPERATIONAL',
          title: id,
          entities: [urnOf('b.good')],
          priority,
          status: { state: 'ACTIVE' },
        },
      },
    })
    const refused = await ingest([incident('i1', 1), incident('i2', 2 ** 40), incident('i3', 2)])
    expect(refused.json.error.diagnostics).toHaveLength(1)
    expect(refused.json.error.diagnostics[0]).toMatchObject({ path: 'proposals.1' })
    const { json } = await call('datahubEntitiesAction', {
      query: 'action=listUrns',
      body: { entity: 'incident', count: 10 },
    })
    expect(json.value.entities).toEqual(['urn:li:incident:i1', 'urn:li:incident:i3'])
  })

  it('may be conditional, and a condition that cannot be held to is refused', async () => {
    const create = (name: string, headers: unknown) =>
      call('datahubWriteEntities', {
        params: { entity_type: 'dataset' },
        body: items(name, { name }, { headers }),
      })
    expect((await create('c.new', { 'If-None-Match': '*' })).json).toEqual([
      { urn: urnOf('c.new'), datasetProperties: {} },
    ])
    expect((await create('c.new', { 'If-None-Match': '*' })).json.error.code).toBe('aspect_exists')
    const unheld = await create('c.new', { 'If-Version-Match': '3' })
    expect([unheld.status, unheld.json.error.code]).toEqual([400, 'condition_unsupported'])
    const update = await ingest([proposal('c.other', {}, { changeType: 'UPDATE' })])
    expect(update.json.error.code).toBe('aspect_not_found')
    const mismatch = await call('datahubWriteEntities', {
      params: { entity_type: 'chart' },
      body: items('c.new', {}),
    })
    expect(mismatch.json.error.code).toBe('entity_type_mismatch')
  })

  it('an entity is created once, and nothing follows when it was there', async () => {
    const create = [
      proposal('c.entity', {}, { aspectName: 'datasetKey', changeType: 'CREATE_ENTITY' }),
      proposal('c.entity', { name: 'x' }, { changeType: 'CREATE' }),
    ]
    expect((await ingest(create)).status).toBe(200)
    const again = await ingest([
      create[0],
      proposal('c.entity', { typeNames: [] }, { aspectName: 'subTypes', changeType: 'CREATE' }),
    ])
    expect(again.json.error.diagnostics.map((d: { code: string }) => d.code)).toEqual([
      'entity_exists',
      'entity_exists',
    ])
    expect((await aspect(urnOf('c.entity'), 'subTypes')).status).toBe(404)
  })

  it('is patched through both interfaces; a patch that does not fit is refused, one without effect is no commit', async () => {
    await ingest([proposal('d.patched', { customProperties: { a: '1' } })])
    const operations = [{ op: 'add', path: '/customProperties/b', value: '2' }]
    const patch = (value: unknown) =>
      call('datahubPatchEntities', { params: { entity_type: 'dataset' }, body: items('d.patched', value) })
    await patch({ patch: operations })
    const head = async () => (await call('listCommits', { query: 'limit=1' })).json.commits[0].graph_commit_id
    const after = await head()
    await ingest([proposal('d.patched', operations, { changeType: 'PATCH' })])
    expect(await head()).toBe(after)
    const { json } = await aspect(urnOf('d.patched'), 'datasetProperties')
    expect(json.aspect['com.linkedin.dataset.DatasetProperties']).toEqual({
      customProperties: { a: '1', b: '2' },
    })
    expect((await patch({ patch: [{ op: 'test' }] })).json.error.code).toBe('patch_invalid')
  })

  it('is deleted by an action, by a proposal in its place in a batch, and by aspect', async () => {
    await ingest([
      proposal('e.one'),
      proposal('e.two'),
      proposal('e.two', { typeNames: ['T'] }, { aspectName: 'subTypes' }),
    ])
    const deletion = proposal('e.one', {}, { changeType: 'DELETE', aspectName: 'datasetKey' })
    expect((await ingest([proposal('e.three'), deletion, proposal('e.four')])).status).toBe(200)
    expect((await aspect(urnOf('e.one'), 'datasetKey')).status).toBe(404)
    expect((await ingest([{ ...deletion, entityUrn: 'e.one' }])).json.error.code).toBe('urn_invalid')
    const remove = (query: string) =>
      call('datahubDeleteEntity', { params: { entity_type: 'dataset', urn: urnOf('e.two') }, query })
    expect((await remove('aspects=subTypes')).json).toEqual({
      urn: urnOf('e.two'),
      rows: 1,
      timeseriesRows: 0,
    })
    expect((await remove('')).json).toEqual({ urn: urnOf('e.two'), rows: 1, timeseriesRows: 0 })
    const tried = { query: 'action=delete', body: { urn: urnOf('e.three'), dryRun: true } }
    expect((await call('datahubEntitiesAction', tried)).json.error.code).toBe('dry_run_unsupported')
    expect((await aspect(urnOf('e.three'), 'datasetKey')).status).toBe(200)
  })
})

describe('what is asked for', () => {
  it('and does not exist is an error, never an empty answer', async () => {
    const missing = urnOf('z.nothing')
    const codeOf = async (id: Op, options: CallOptions) => (await call(id, options)).json.error.code
    expect(await codeOf('datahubEntity', { params: { urn: missing } })).toBe('entity_not_found')
    expect(await codeOf('datahubGetEntity', { params: { entity_type: 'dataset', urn: missing } })).toBe(
      'entity_not_found',
    )
    expect((await aspect(missing, 'datasetKey')).json.error.code).toBe('aspect_not_found')
    expect(
      await codeOf('datahubAspect', { params: { urn: missing }, query: 'aspect=status&version=1' }),
    ).toBe('version_unsupported')
    expect(await codeOf('datahubConfig', { params: { graph_id: 'team' } })).toBe('graph_no_catalog')
    expect(await codeOf('datahubConfig', { params: { graph_id: 'nowhere' } })).toBe('graph_not_found')
    const search = (body: unknown) => codeOf('datahubEntitiesAction', { query: 'action=search', body })
    expect(await search({ entity: 'domain', input: 'words' })).toBe('search_unsupported')
    const filter = { or: [{ and: [{ field: 'usage', values: ['x'] }] }] }
    expect(await search({ entity: 'domain', input: '*', filter })).toBe('filter_unsupported')
    expect(await search({ entity: { value: {} }, input: '*' })).toBe('action_incomplete')
  })

  it('comes in pages over several types, each entity once, without those soft-deleted unless they are wanted', async () => {
    const urns = [
      'urn:li:chart:(x,1)',
      'urn:li:chart:(x,2)',
      'urn:li:dashboard:(x,1)',
      'urn:li:dashboard:(x,2)',
      'urn:li:dashboard:(x,3)',
    ]
    const status = (entityUrn: string) => ({
      entityUrn,
      aspectName: 'status',
      aspect: { json: { removed: entityUrn === urns[1] } },
    })
    await ingest(urns.map(status))
    const scrolled = async (more: string) => {
      const seen: string[] = []
      for (let scroll = ''; ; ) {
        const { json } = await call('datahubScroll', {
          query: `count=2${more}${scroll}`,
          body: { entities: ['dashboard', 'chart'], aspects: ['status'] },
        })
        seen.push(
          ...json.entities.map(({ urn, ...aspects }: { urn: string }) => `${urn} ${Object.keys(aspects)}`),
        )
        if (json.scrollId === undefined) return [json.totalCount, ...seen]
        scroll = `&scrollId=${json.scrollId}`
      }
    }
    const shown = urns.map((urn) => `${urn} status`)
    expect(await scrolled('')).toEqual([4, ...shown.filter((_, i) => i !== 1)])
    expect(await scrolled('&includeSoftDelete=true')).toEqual([5, ...shown])
    const foreign = { query: 'scrollId=MTp4', body: {} }
    expect((await call('datahubScroll', foreign)).json.error.code).toBe('page_token_invalid')
    const listed = await call('datahubListEntities', {
      params: { entity_type: 'Dashboard' },
      query: 'count=10',
    })
    expect(listed.json.entities).toEqual(urns.slice(2).map((urn) => ({ urn })))
    expect(
      (await call('datahubListEntities', { params: { entity_type: 'notebook' }, query: 'query=x' })).json
        .totalCount,
    ).toBe(0)
    const words = { params: { entity_type: 'chart' }, query: 'query=x' }
    expect((await call('datahubListEntities', words)).json.error.code).toBe('search_unsupported')
  })

  it('is what the harvest of the cluster wrote, too', async () => {
    const urn = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,good.main.payments,PROD)'
    const { json } = await call('datahubEntity', { params: { urn }, query: 'aspects=List(schemaMetadata)' })
    expect(Object.keys(json.aspects)).toEqual(['datasetKey', 'schemaMetadata'])
    expect(json.aspects.schemaMetadata.value.fields).toHaveLength(3)
    const found = await call('datahubEntitiesAction', {
      query: 'action=search',
      body: { entity: 'dataset', input: 'payments' },
    })
    expect(found.json.value.entities).toContainEqual({ entity: urn })
    const [tag, board] = ['urn:li:tag:payments', 'urn:li:dashboard:(x,payments)']
    await ingest([
      { entityUrn: tag, aspectName: 'tagProperties', aspect: { json: { name: 'payments' } } },
      {
        entityUrn: board,
        aspectName: 'dashboardInfo',
        aspect: { json: { title: 'payments', description: '' } },
      },
    ])
    const of = async (entity: string) =>
      (await call('datahubEntitiesAction', { query: 'action=search', body: { entity, input: 'payments' } }))
        .json.value.entities
    expect([await of('dataset'), await of('dashboard')]).toEqual([
      found.json.value.entities,
      [{ entity: board }],
    ])
    const batch = await call('datahubBatchGet', {
      params: { entity_type: 'dataset' },
      body: [{ urn, subTypes: {} }, { urn: urnOf('z.nothing') }],
    })
    expect(batch.json).toEqual([{ urn, subTypes: { value: { typeNames: ['Table'] } } }])
  })
})

describe('who calls', () => {
  it('may read with the right to read, and write with the right to change', async () => {
    const { viewer: token, stranger } = TOKENS
    expect((await call('datahubConfig', { token })).json.noCode).toBe('true')
    const denied = await ingest([proposal('f.denied')], { token })
    expect([denied.status, denied.json.status, typeof denied.json.message]).toEqual([403, 403, 'string'])
    const deletion = { query: 'action=delete', body: { urn: urnOf('a.one') }, token }
    expect((await call('datahubEntitiesAction', deletion)).status).toBe(403)
    expect((await call('datahubConfig', { token: stranger })).status).toBe(403)
    expect((await call('datahubConfig', { token: null })).status).toBe(401)
    expect((await aspect(urnOf('a.one'), 'datasetKey', token)).status).toBe(200)
    expect((await aspect(urnOf('f.denied'), 'datasetKey')).status).toBe(404)
  })

  it('and sends too much is told so, in the words of both', async () => {
    const body = JSON.stringify({ proposals: [proposal('f.huge', { name: 'x'.repeat(70_000) })] })
    const answer = await new Promise<string>((resolve, reject) => {
      const outgoing = request(
        `${server.url}/graphs/catalog/datahub/aspects?action=ingestProposalBatch`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
        },
        (incoming) => {
          let text = ''
          incoming
            .setEncoding('utf8')
            .on('data', (chunk: string) => {
              text += chunk
            })
            .on('end', () => resolve(text))
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
    expect(JSON.parse(answer)).toMatchObject({
      status: 413,
      message: expect.any(String),
      error: { code: 'body_too_large' },
    })
  })
})
