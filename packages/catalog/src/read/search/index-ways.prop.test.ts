import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Graph } from '@groundplane/graph'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AspectProposal } from '../../aspect/proposal.js'
import { Catalog } from '../../catalog.js'
import { CatalogQueries } from '../../model/queries.js'
import { CATALOG_SCHEMA } from '../../model/texts.js'
import { readAt } from '../snapshot.js'
import { BackgroundIndex } from './background-index.js'
import { bringIndex } from './index-bringing.js'
import { buildIndex, followIndex } from './index-changes.js'
import { loadIndex, saveIndex } from './index-file.js'
import { facetsOf, search } from './search.js'
import { TextIndex } from './text-index.js'

const dir = mkdtempSync(join(tmpdir(), 'groundplane-index-'))
const template = join(dir, 'template.gp')
beforeAll(() => Graph.create(template, { schema: CATALOG_SCHEMA, graphId: 'catalog' }).close())
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const dataset = (i: number) => `urn:li:dataset:(urn:li:dataPlatform:sqlite,main.table_${i},PROD)`
const consumer = (i: number) =>
  i % 2 === 0 ? `urn:li:dashboard:(looker,b${i})` : `urn:li:chart:(looker,c${i})`
const WORDS = ['order', 'customer', 'custmer', 'payment', 'Größe', '注文', 'status_code']
const word = fc.constantFrom(...WORDS)
const number = fc.nat(4)
const stamp = { time: 1, actor: 'urn:li:corpuser:etl' }
const subject = fc.oneof(
  number.map((i) => `urn:li:tag:t${i}`),
  number.map((i) => `urn:li:glossaryTerm:t${i}`),
  number.map((i) => `urn:li:corpGroup:t${i}`),
  number.map((i) => `urn:li:domain:t${i}`),
  number.map((i) => `urn:li:container:t${i}`),
  number.map((i) => `urn:li:document:t${i}`),
)

const proposal = (entityUrn: string, aspectName: string, aspect: object) =>
  ({ entityUrn, aspectName, aspect }) as AspectProposal

function nameOf(urn: string, name: string): AspectProposal {
  const [, , type] = urn.split(':')
  switch (type) {
    case 'tag':
      return proposal(urn, 'tagProperties', { name, description: `about ${name}` })
    case 'glossaryTerm':
      return proposal(urn, 'glossaryTermInfo', {
        name,
        definition: `what ${name} is`,
        termSource: 'INTERNAL',
      })
    case 'corpGroup':
      return proposal(urn, 'corpGroupInfo', { displayName: name, admins: [], members: [], groups: [] })
    case 'domain':
      return proposal(urn, 'domainProperties', { name, description: `all of ${name}` })
    case 'container':
      return proposal(urn, 'containerProperties', { name, description: `holds ${name}` })
    default:
      return proposal(urn, 'documentInfo', {
        title: name,
        contents: { text: `a text on ${name}` },
        status: { state: 'PUBLISHED' },
      })
  }
}

const fields = fc.uniqueArray(
  fc.tuple(
    word,
    word.map((w) => `the ${w}`),
  ),
  { maxLength: 4, selector: ([path]) => path },
)

/** What is proposed in one step. */
const step: fc.Arbitrary<AspectProposal> = fc.oneof(
  fc.tuple(number, word, word).map(([i, name, about]) =>
    proposal(dataset(i), 'datasetProperties', {
      name,
      description: `rows of ${about}`,
      customProperties: {},
      tags: [],
    }),
  ),
  fc.tuple(number, fields).map(([i, all]) =>
    proposal(dataset(i), 'schemaMetadata', {
      schemaName: 's',
      platform: 'urn:li:dataPlatform:sqlite',
      version: 0,
      hash: '',
      platformSchema: { 'com.linkedin.schema.MySqlDDL': { tableSchema: '' } },
      fields: all.map(([fieldPath, description], p) => ({
        fieldPath,
        ...(p % 2 === 0 && { description }),
        nullable: false,
        type: { type: { 'com.linkedin.schema.StringType': {} } },
        nativeDataType: 'TEXT',
        recursive: false,
        ...(p === 0 && { globalTags: { tags: [{ tag: 'urn:li:tag:t0' }] } }),
      })),
    }),
  ),
  fc
    .tuple(number, fc.uniqueArray(number, { maxLength: 3 }))
    .map(([i, tags]) =>
      proposal(dataset(i), 'globalTags', { tags: tags.map((t) => ({ tag: `urn:li:tag:t${t}` })) }),
    ),
  fc.tuple(number, fc.uniqueArray(number, { maxLength: 2 })).map(([i, owners]) =>
    proposal(dataset(i), 'ownership', {
      owners: owners.map((o) => ({ owner: `urn:li:corpGroup:t${o}`, type: 'DATAOWNER' })),
      lastModified: stamp,
    }),
  ),
  fc
    .tuple(number, number)
    .map(([i, d]) => proposal(dataset(i), 'domains', { domains: [`urn:li:domain:t${d}`] })),
  fc
    .tuple(number, number)
    .map(([i, c]) => proposal(dataset(i), 'container', { container: `urn:li:container:t${c}` })),
  fc.tuple(number, number).map(([i, u]) =>
    proposal(dataset(i), 'upstreamLineage', {
      upstreams: [{ dataset: dataset(u), type: 'TRANSFORMED', auditStamp: stamp }],
    }),
  ),
  fc.tuple(number, fc.boolean()).map(([i, removed]) => proposal(dataset(i), 'status', { removed })),
  fc.tuple(number, word, word).map(([i, title, about]) =>
    proposal(consumer(i), i % 2 === 0 ? 'dashboardInfo' : 'chartInfo', {
      title,
      description: `shows ${about}`,
      lastModified: { created: stamp, lastModified: stamp },
    }),
  ),
  fc.tuple(number, fc.boolean()).map(([i, removed]) => proposal(consumer(i), 'status', { removed })),
  fc.tuple(number, word).map(([i, kind]) => proposal(consumer(i), 'subTypes', { typeNames: [kind] })),
  fc.tuple(number, fc.uniqueArray(number, { maxLength: 2 })).map(([i, owners]) =>
    proposal(consumer(i), 'ownership', {
      owners: owners.map((o) => ({ owner: `urn:li:corpGroup:t${o}`, type: 'DATAOWNER' })),
      lastModified: stamp,
    }),
  ),
  fc
    .tuple(number, number, number)
    .map(([i, t, d]) =>
      t % 2 === 0
        ? proposal(consumer(i), 'globalTags', { tags: [{ tag: `urn:li:tag:t${t}` }] })
        : proposal(consumer(i), 'domains', { domains: [`urn:li:domain:t${d}`] }),
    ),
  fc
    .tuple(fc.boolean(), number, fc.uniqueArray(fc.tuple(number, fc.array(word)), { maxLength: 3 }))
    .map(([isDataset, i, assigned]) =>
      proposal(isDataset ? dataset(i) : consumer(i), 'structuredProperties', {
        properties: assigned.map(([p, values]) => ({
          propertyUrn: `urn:li:structuredProperty:p${p}`,
          values: values.map((string) => ({ string })),
        })),
      }),
    ),
  fc.tuple(subject, fc.boolean()).map(([urn, removed]) => proposal(urn, 'status', { removed })),
  { weight: 3, arbitrary: fc.tuple(subject, word).map(([urn, name]) => nameOf(urn, name)) },
)

const QUESTIONS = [
  { query: '*' },
  { query: '*', sort_by: 'name' },
  { query: 'order payment' },
  { query: 'custmer status' },
  { query: 'groesse' },
  { query: '/q ord* AND NOT payment' },
  { query: '/q "status code"' },
  { query: '*', filter: 'tag = customer OR owner = order' },
  { query: 'order', filter: 'column = customer' },
  { query: '注文', num_results: 50 },
  { query: 'shows order looker', num_results: 50 },
  { query: 'customer', filter: 'entity_type IN (dashboard, chart) AND (owner IS NOT NULL OR tag = order)' },
]

/** Everything that a search in it answers, as bytes. */
function answers(graph: Graph, index: TextIndex): string[] {
  const queries = new CatalogQueries(graph)
  return QUESTIONS.map((question) =>
    readAt(graph, queries, {}, (s) => JSON.stringify(search(s, index, question))),
  )
}

function fresh(graph: Graph): TextIndex {
  return readAt(graph, new CatalogQueries(graph), {}, buildIndex)
}

const RUNS = Number(process.env['GROUNDPLANE_PROP_RUNS'] ?? 8)
/** A run makes dozens of commits and five indexes: a second of a calm machine. */
const RUN_MS = 10_000

it(
  'a search answers the same bytes at a commit however its index came about: built, followed, kept and brought on',
  () => {
    let run = 0
    fc.assert(
      fc.property(
        fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 6 }),
        fc.nat(),
        (commits, at) => {
          const root = join(dir, `${run++}.gp`)
          cpSync(template, root, { recursive: true })
          const graph = Graph.open(root)
          try {
            const catalog = new Catalog(graph)
            const queries = new CatalogQueries(graph)
            let followed = { index: fresh(graph), commit: graph.head().id }
            for (const [i, proposals] of commits.entries()) {
              catalog.ingest(proposals)
              // Not at each commit, so that what is followed is a commit now and several then.
              if (i % 2 === 1 || i === commits.length - 1) {
                readAt(graph, queries, {}, (s) =>
                  expect(followIndex(followed.index, followed.commit, s)).not.toBeNull(),
                )
                followed = { ...followed, commit: graph.head().id }
              }
              if (i === at % commits.length)
                saveIndex(graph, { index: fresh(graph), commit: graph.head().id })
            }
            const expected = answers(graph, fresh(graph))
            expect(answers(graph, followed.index)).toEqual(expected)
            // The one that was kept at some commit, read by a process that does it at once and by one that serves.
            expect(QUESTIONS.map((question) => JSON.stringify(new Catalog(graph).search(question)))).toEqual(
              expected,
            )
            expect(answers(graph, bringIndex(root, { branch: 'main' }).index)).toEqual(expected)
            saveIndex(graph, followed)
            expect(answers(graph, loadIndex(graph)?.index as TextIndex)).toEqual(expected)
          } finally {
            graph.close()
            rmSync(root, { recursive: true, force: true })
          }
        },
      ),
      { numRuns: RUNS },
    )
  },
  RUNS * RUN_MS,
)

it('an index brought on another thread, from nothing and from the kept one, answers as one built here', async () => {
  const root = join(dir, 'thread.gp')
  cpSync(template, root, { recursive: true })
  const graph = Graph.open(root)
  const behind = new BackgroundIndex(root)
  try {
    const catalog = new Catalog(graph)
    const proposals = fc.sample(step, { numRuns: 120, seed: 7 })
    catalog.ingest(proposals.slice(0, 60))
    const built = await behind.bring({ branch: 'main' })
    expect([built.commit, built.origin.from, loadIndex(graph)?.commit]).toEqual([
      graph.head().id,
      'built',
      graph.head().id,
    ])
    expect(answers(graph, built.index)).toEqual(answers(graph, fresh(graph)))
    const past = graph.head().id
    catalog.ingest(proposals.slice(60))
    const kept = await behind.bring({ branch: 'main' })
    expect([kept.commit, kept.origin.from]).toEqual([graph.head().id, 'kept'])
    expect(answers(graph, kept.index)).toEqual(answers(graph, fresh(graph)))
    const then = await behind.bring({ commit: past })
    const facets = (index: TextIndex) => facetsOf(index, Uint32Array.from(index.holding('order')))
    expect(facets(then.index)).toEqual(facets(built.index))
  } finally {
    await behind.close()
    graph.close()
  }
})

it('a kept index that is damaged, or of a commit that is not there, is not used, and one is built instead', () => {
  const root = join(dir, 'damaged.gp')
  cpSync(template, root, { recursive: true })
  const graph = Graph.open(root)
  new Catalog(graph).ingest(fc.sample(step, { numRuns: 60, seed: 3 }))
  const expected = answers(graph, fresh(graph))
  saveIndex(graph, { index: new TextIndex(), commit: '01ARZ3NDEKTSV4RRFFQ69G5FAV' })
  const unknown = bringIndex(root, { branch: 'main' })
  expect([unknown.origin.from, answers(graph, unknown.index)]).toEqual(['built', expected])
  saveIndex(graph, { index: new TextIndex(), commit: graph.head().id })
  expect(bringIndex(root, { branch: 'main' }).index.size).toBe(0)
  const file = join(root, 'derived', 'search')
  const bytes = readFileSync(file)
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
  writeFileSync(file, bytes)
  const damaged = bringIndex(root, { branch: 'main' })
  expect([damaged.origin.from, answers(graph, damaged.index)]).toEqual(['built', expected])
  graph.close()
})
