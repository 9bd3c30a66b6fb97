import { randomInt } from 'node:crypto'
import {
  type AspectProposal,
  Catalog,
  knownAspects,
  type PublicationStore,
  type PublishOptions,
  previewPublication,
  publishCatalog,
} from '@groundplane/catalog'
import { type Behaviour, HostileGms } from '@groundplane/catalog/testing/hostile-gms'
import { loadApplied, publicationDocument } from '@groundplane/cluster'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ClusterFixture, CONFIG, POLICIES, TOKENS } from './testing/cluster-fixture.js'

const MIRRORS = ['first', 'second', 'killed'] as const

let fixture: ClusterFixture
let gms: Record<(typeof MIRRORS)[number], HostileGms>
let graphs: Map<string, Graph>
let catalog: Catalog
const runs = { n: 0 }

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  const mirrors = MIRRORS.map((name) => `  ${name}: { kind: catalog }\n`).join('')
  fixture.write(
    'cluster.yaml',
    CONFIG.replace('graphs:\n', `graphs:\n${mirrors}`) +
      POLICIES.replace('[catalog, team]', `[catalog, team, ${MIRRORS.join(', ')}]`),
  )
  await fixture.apply()
  const { url } = await fixture.serve()
  const started = await Promise.all(
    MIRRORS.map(async (name) => [name, await HostileGms.start(`${url}/graphs/${name}/datahub`)] as const),
  )
  gms = Object.fromEntries(started) as typeof gms
  const revision = await loadApplied(fixture.dir)
  graphs = new Map(revision.graphs.map(({ id, root }) => [id, Graph.open(root)]))
  catalog = new Catalog(graphs.get('catalog') as Graph)
  catalog.ingest(SAID)
})
afterAll(async () => {
  for (const graph of graphs?.values() ?? []) graph.close()
  await Promise.all(Object.values(gms ?? {}).map((each) => each.close()))
  await fixture?.remove()
})
beforeEach(() => {
  for (const each of Object.values(gms)) {
    each.forget()
    each.behave = () => 'pass'
  }
})

const urnOf = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:hive,${name},PROD)`
const properties = (name: string, value: object = { name }): AspectProposal => ({
  entityUrn: urnOf(name),
  aspectName: 'datasetProperties',
  aspect: value as never,
})
const typed = (name: string): AspectProposal => ({
  entityUrn: urnOf(name),
  aspectName: 'subTypes',
  aspect: { typeNames: ['Table'] },
})

/** Besides what was harvested: numbers that no parser keeps, a member as Avro names it, a tag, and what DataHub has no place for. */
const SAID: AspectProposal[] = [
  {
    ...properties('odd'),
    text: '{ "name": "é\\u2028", "big": 12345678901234567890, "one": 1.0, "u": {"com.linkedin.pegasus2avro.schema.X" : {}} }',
  },
  { entityUrn: 'urn:li:tag:a/b c', aspectName: 'tagProperties', aspect: { name: 'a' } },
  { entityUrn: 'urn:li:agent:detective', aspectName: 'agentProperties', aspect: { name: 'x' } },
  {
    entityUrn: 'urn:li:dataHubSecret:s',
    aspectName: 'dataHubSecretValue',
    aspect: { name: 's', value: 'hidden' },
  },
  ...Array.from({ length: 240 }, (_, i) => properties(`many.${String(i).padStart(3, '0')}`)),
]

const waits: number[] = []
const patient: PublishOptions['retry'] = {
  sleep: async (ms) => void waits.push(ms),
  random: () => 1,
}
const targetOf = (name: keyof typeof gms) => ({ url: gms[name].url, token: TOKENS.operator })
const storeOf = (name: keyof typeof gms): Promise<PublicationStore> =>
  publicationDocument(fixture.dir, 'catalog', name)
async function publish(name: keyof typeof gms, options: PublishOptions = {}, store?: PublicationStore) {
  waits.length = 0
  return publishCatalog(catalog, targetOf(name), store ?? (await storeOf(name)), {
    retry: patient,
    ...options,
  })
}
const preview = async (name: keyof typeof gms, options: PublishOptions = {}) =>
  previewPublication(catalog, targetOf(name), await storeOf(name), options)

/** Every aspect and event that DataHub knows, as text, by where it is. */
function recordsOf(graph: string): Record<string, string> {
  const known = knownAspects()
  const lines = (graphs.get(graph) as Graph).export({ types: ['Aspect', 'TimeseriesAspect'] })
  const all: Record<string, string> = {}
  for (const line of lines) {
    const { urn, name, entityType, at, part, text } = JSON.parse(line).data
    const names = Object.hasOwn(known, entityType) ? known[entityType] : undefined
    if (names?.includes(name) && !entityType.startsWith('dataHub'))
      all[[urn, name, at ?? '', part ?? ''].join(' ')] = text.replace('pegasus2avro.', '')
  }
  return all
}
const same = (name: string) => expect(recordsOf(name)).toEqual(recordsOf('catalog'))
const code = async (body: Promise<unknown>): Promise<string> =>
  body.then(
    () => 'done',
    (error) => error.code,
  )

describe('a publication', () => {
  it('brings every aspect and event to the target, byte for byte, and the second one sends nothing', async () => {
    const seenBefore = await preview('first')
    expect(gms.first.seen).toEqual([])
    const report = await publish('first')
    same('first')
    expect(report.sent).toBe(Object.keys(recordsOf('catalog')).length)
    expect(report.counts).toEqual(seenBefore.counts)
    const withheld = report.counts
      .filter(({ op }) => op === 'withheld')
      .map(({ entityType, reason }) => [entityType, reason])
    expect(withheld).toEqual(
      expect.arrayContaining([
        ['agent', 'entity_type_unknown'],
        ['dataHubSecret', 'internal'],
        ['dataPlatformInstance', 'aspect_unknown'],
      ]),
    )
    expect(gms.first.seen.some(({ body }) => body.includes('hidden'))).toBe(false)
    gms.first.forget()
    expect(await publish('first')).toMatchObject({ sent: 0, counts: [], refused: [], resumed: false })
    expect(gms.first.seen.map(({ path }) => path)).toEqual(['/config'])
    expect((await preview('first')).changes).toEqual([])
  })

  it('sends only what has changed since, also where a change was taken back meanwhile', async () => {
    catalog.ingest([properties('many.007', { name: 'seven' }), typed('many.008')])
    catalog.ingest([properties('many.009', { name: 'nine' })])
    catalog.ingest([properties('many.009')])
    const expected = [
      [urnOf('many.007'), 'datasetProperties'],
      [urnOf('many.008'), 'subTypes'],
    ]
    expect((await preview('first')).changes.map(({ op, urn }) => [op, urn])).toEqual([
      ['change', urnOf('many.007')],
      ['add', urnOf('many.008')],
    ])
    expect(await publish('first')).toMatchObject({ sent: 2 })
    expect(gms.first.proposals.sent).toEqual(expected)
    same('first')
  })

  it('marks as removed what is gone, deletes the aspects that are, and takes the mark back when the entity is there again', async () => {
    catalog.ingest([properties('gone'), typed('gone')])
    await publish('first')
    catalog.deleteEntity(urnOf('gone'))
    catalog.deleteAspect(urnOf('many.008'), 'subTypes')
    gms.first.forget()
    const report = await publish('first')
    expect(report.counts.map(({ op, aspectName, count }) => [op, aspectName, count])).toEqual([
      ['delete', 'subTypes', 1],
      ['remove', 'status', 1],
    ])
    const mirror = new Catalog(graphs.get('first') as Graph)
    const namesOf = (urn: string) => mirror.aspectRecords(urn).map(({ name, text }) => [name, text])
    expect(namesOf(urnOf('gone'))).toContainEqual(['status', '{"removed":true}'])
    expect(namesOf(urnOf('many.008')).map(([name]) => name)).toEqual(['datasetKey', 'datasetProperties'])
    expect(await publish('first')).toMatchObject({ sent: 0 })

    catalog.ingest([properties('gone', { name: 'again' })])
    await publish('first')
    expect(namesOf(urnOf('gone')).slice(1)).toEqual([
      ['datasetProperties', '{"name":"again"}'],
      ['status', '{"removed":false}'],
    ])
    mirror.deleteAspect(urnOf('gone'), 'status')
    same('first')
  })

  it('deletes no entity with its key: the key of one that has other aspects is withheld', async () => {
    catalog.ingest([
      {
        entityUrn: urnOf('keyed'),
        aspectName: 'datasetKey',
        aspect: { platform: 'urn:li:dataPlatform:hive', name: 'keyed', origin: 'PROD' },
      },
      properties('keyed'),
    ])
    await publish('first')
    catalog.deleteAspect(urnOf('keyed'), 'datasetKey')
    expect((await publish('first')).counts).toMatchObject([
      { op: 'withheld', reason: 'key_of_living_entity' },
    ])
    expect(new Catalog(graphs.get('first') as Graph).exists(urnOf('keyed'))).toBe(true)
    catalog.ingest([
      {
        entityUrn: urnOf('keyed'),
        aspectName: 'datasetKey',
        aspect: { platform: 'urn:li:dataPlatform:hive', name: 'keyed', origin: 'PROD' },
      },
    ])
    await publish('first')
    same('first')
  })

  it('reports what the target refuses one by one, the rest lands, and the next one tries it again', async () => {
    // A target that cannot digest a text: with 422, or, as servers of DataHub do, with 500.
    for (const status of [422, 500]) {
      const names = [`refused.${status}.a`, `refused.${status}.b`, `refused.${status}.c`]
      catalog.ingest([...names.map((name) => properties(name)), properties(`many.1${status}`)])
      const poison = names[1] as string
      gms.first.behave = ({ body }) =>
        body.includes(poison)
          ? { status, body: JSON.stringify({ message: `cannot digest ${TOKENS.operator}\n${poison}` }) }
          : 'pass'
      const report = await publish('first')
      expect(report.refused).toEqual([
        { urn: urnOf(poison), aspectName: 'datasetProperties', message: `cannot digest *** ${poison}` },
      ])
      expect(report.sent).toBe(3)
      expect(await publish('first')).toMatchObject({ sent: 0, refused: [{ urn: urnOf(poison) }] })
      gms.first.behave = () => 'pass'
      expect((await preview('first')).again).toBe(1)
      expect(await publish('first')).toMatchObject({ sent: 1, refused: [] })
      expect(await publish('first')).toMatchObject({ sent: 0, refused: [] })
      same('first')
    }
  })

  it('begins anew with `full`, and does where what was published is damaged, or its commit is gone', async () => {
    const store = await storeOf('first')
    const kept = (await store.read()) as { text: string; tag: string }
    expect(await publish('first', { full: true })).toMatchObject({
      sent: Object.keys(recordsOf('catalog')).length,
    })
    const now = (await store.read()) as { text: string; tag: string }
    expect(JSON.parse(now.text)).toEqual({ ...JSON.parse(kept.text), removed: {} })
    const of = (text: string): PublicationStore => ({ ...store, read: async () => ({ text, tag: now.tag }) })
    expect(await code(publish('first', {}, of('{')))).toBe('publication_unreadable')
    expect(await code(publish('first', {}, of('{"version":2}')))).toBe('publication_unreadable')
    const lost = JSON.stringify({ ...JSON.parse(now.text), commit: '01M8000000AAAAAAAAAAAAAAAA' })
    expect(await code(publish('first', {}, of(lost)))).toBe('published_commit_gone')
    same('first')
  })

  it('is one at a time for a target: the second publisher is told', async () => {
    catalog.ingest([properties('contended')])
    const store = await storeOf('first')
    gms.first.behave = async ({ method, path }): Promise<Behaviour> => {
      if (method === 'POST' && path.includes('ingestProposal')) {
        gms.first.behave = () => 'pass'
        await publish('first')
      }
      return 'pass'
    }
    expect(await code(publish('first', {}, store))).toBe('publication_moved')
    expect(await publish('first')).toMatchObject({ sent: 0 })
    same('first')
  })
})

describe('a target with bad days', () => {
  const fresh = () => catalog.ingest([properties(`bad.day.${runs.n++}`)])
  const onPosts =
    (...behaviours: Behaviour[]) =>
    ({ method }: { method: string }): Behaviour =>
      method === 'GET' ? 'pass' : (behaviours.shift() ?? 'pass')

  beforeAll(() => publish('second'))

  it.each<[string, Behaviour]>([
    ['500', { status: 500, body: '{"message":"no"}' }],
    ['502 with a page', { status: 502, body: '<html>' }],
    ['503', { status: 503 }],
    ['a broken connection', 'reset'],
    ['a broken connection after it was done', 'pass-then-reset'],
    ['half an answer', 'half'],
    ['a page that says that all is well', { status: 200, body: '<html>Please sign in</html>' }],
    ['nothing where an answer belongs', { status: 200, body: '' }],
  ])('is asked again after %s, twice', async (_, behaviour) => {
    fresh()
    gms.second.behave = onPosts(behaviour, behaviour)
    expect(await publish('second')).toMatchObject({ sent: 1, refused: [] })
    expect(gms.second.proposals.requests).toBe(3)
    expect(waits).toEqual([500, 1000])
    same('second')
  })

  it('is asked again when it says nothing', async () => {
    fresh()
    gms.second.behave = onPosts('silence')
    let silent: AbortController | undefined
    const timeout = () => {
      silent = new AbortController()
      return silent.signal
    }
    const { behave } = gms.second
    gms.second.behave = (request, n) => {
      const behaviour = behave(request, n)
      if (behaviour === 'silence') silent?.abort()
      return behaviour
    }
    expect(await publish('second', { retry: { ...patient, timeout } })).toMatchObject({ sent: 1 })
    expect(waits).toEqual([500])
    same('second')
  })

  it('is not asked before the time it names, in seconds or as a date, and not waited for when that is far', async () => {
    fresh()
    const clock = () => Date.parse('2026-11-21T10:00:00Z')
    const limited = (after: string) => ({ status: 429, headers: { 'retry-after': after } })
    gms.second.behave = onPosts(limited('7'), limited('Sat, 21 Nov 2026 10:00:09 GMT'), limited('soon'))
    await publish('second', { retry: { ...patient, clock } })
    expect(waits).toEqual([7000, 9000, 2000])
    fresh()
    gms.second.behave = onPosts(limited('3600'))
    expect(await code(publish('second'))).toBe('gms_limited')
    expect(waits).toEqual([])
    expect(await publish('second')).toMatchObject({ sent: 1, resumed: false })
  })

  it('is given up after six requests, whose waits double up to a bound, and nothing is taken for sent', async () => {
    fresh()
    gms.second.behave = onPosts(...Array<Behaviour>(6).fill({ status: 503 }))
    expect(await code(publish('second', { retry: { ...patient, maxBackoffMs: 3000 } }))).toBe(
      'gms_unavailable',
    )
    expect(waits).toEqual([500, 1000, 2000, 3000, 3000])
    gms.second.behave = onPosts(...Array<Behaviour>(6).fill('reset'))
    expect(await code(publish('second'))).toBe('gms_unreachable')
    gms.second.behave = onPosts(...Array<Behaviour>(6).fill({ status: 200, body: 'fine' }))
    expect(await code(publish('second'))).toBe('gms_answer_invalid')
    expect(await publish('second')).toMatchObject({ sent: 1 })
    same('second')
  })

  it('that answers 500 to everything is ill, and no record is blamed', async () => {
    catalog.ingest(Array.from({ length: 100 }, () => properties(`ill.${runs.n++}`)))
    gms.second.behave = ({ method }) => (method === 'GET' ? 'pass' : { status: 500 })
    expect(await code(publish('second'))).toBe('gms_unavailable')
    expect(gms.second.proposals.requests).toBeLessThan(30)
    gms.second.behave = () => 'pass'
    expect(await publish('second')).toMatchObject({ sent: 100, refused: [] })
    same('second')
  })

  it('that refuses everything is not asked about each of a large catalog', async () => {
    catalog.ingest(Array.from({ length: 130 }, (_, i) => properties(`worst.${i}`)))
    gms.second.behave = ({ method }) =>
      method === 'GET' ? 'pass' : { status: 422, body: '{"message":"never"}' }
    expect(await code(publish('second', { maxRefused: 110 }))).toBe('gms_refuses_most')
    expect((await preview('second')).again).toBe(100)
    gms.second.behave = () => 'pass'
    expect(await publish('second')).toMatchObject({ resumed: true, refused: [] })
    same('second')
  })

  it('without batches is sent one by one', async () => {
    const names = [0, 1, 2].map(() => `single.${runs.n++}`)
    catalog.ingest(names.map((name) => properties(name)))
    gms.second.behave = ({ path }) => (path.includes('Batch') ? { status: 404 } : 'pass')
    expect(await publish('second')).toMatchObject({ sent: 3, refused: [] })
    expect(gms.second.seen.filter(({ path }) => path.includes('Batch'))).toHaveLength(1)
    same('second')
  })

  it.each<[string, Behaviour, string]>([
    ['is no server of DataHub', { status: 200, body: '{"noCode":true}' }, 'gms_not_datahub'],
    ['has no such address', { status: 404, body: '{}' }, 'gms_not_datahub'],
    ['does not know the token', { status: 401, body: '{"message":"who?"}' }, 'gms_denied'],
    ['sends elsewhere', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }, 'gms_redirects'],
    ['is ill', { status: 503 }, 'gms_unavailable'],
  ])('that %s at /config is sent nothing', async (_, behaviour, refusal) => {
    fresh()
    gms.second.behave = () => behaviour
    expect(await code(publish('second'))).toBe(refusal)
    expect(gms.second.seen.every(({ path }) => path === '/config')).toBe(true)
  })

  it('that refuses the token or the address in the middle keeps its place', async () => {
    gms.second.behave = onPosts({ status: 403, body: '{"message":"not you"}' })
    expect(await code(publish('second'))).toBe('gms_denied')
    gms.second.behave = onPosts({ status: 410 })
    expect(await code(publish('second'))).toBe('gms_refused')
    await publish('second')
    same('second')
  })
})

it('killed before or after any answer, at the target or at its own state, it goes on there, and the end is the same', async () => {
  class Killed extends Error {}
  for (let attempt = 0; ; attempt++) {
    expect(attempt).toBeLessThan(60)
    // What a process that is killed does not do any more: hear an answer, write its state, or see that it was written.
    const store = await storeOf('killed')
    let left = randomInt(1, 4)
    const dies = () => {
      if (--left === 0) throw new Killed()
    }
    const mortal: PublicationStore = {
      read: store.read,
      async write(text, tag) {
        dies()
        const written = await store.write(text, tag)
        dies()
        return written
      },
    }
    gms.killed.forget()
    const ended = await publish('killed', {}, mortal).catch((error) => {
      if (!(error instanceof Killed)) throw error
      return undefined
    })
    if (ended) break
  }
  same('killed')
  gms.killed.forget()
  expect(await publish('killed')).toMatchObject({ sent: 0, resumed: false })
})
