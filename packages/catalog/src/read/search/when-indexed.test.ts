import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AspectProposal } from '../../aspect/proposal.js'
import { Catalog } from '../../catalog.js'
import { CATALOG_SCHEMA } from '../../model/texts.js'
import { allAtOnce } from '../steps.js'
import { SearchIndexPending } from './index-pending.js'
import { whenIndexed } from './when-indexed.js'

const dir = mkdtempSync(join(tmpdir(), 'groundplane-indexed-'))
const root = join(dir, 'catalog.gp')
const graph = Graph.create(root, { schema: CATALOG_SCHEMA })
const writer = new Catalog(graph)
const made: string[] = []
const served = new Catalog(graph, {
  serving: true,
  onIndex: ({ commit, origin }) => made.push(`${commit} ${origin.from}`),
})
afterAll(async () => {
  await served.close()
  graph.close()
  rmSync(dir, { recursive: true, force: true })
})

/** More than are indexed at once, and more changes than are followed at once. */
const MANY = 600
let named = 0

function rename(count: number): void {
  named++
  const proposals = Array.from({ length: count }, (_, i) => ({
    entityUrn: `urn:li:dataset:(urn:li:dataPlatform:sqlite,main.t${i},PROD)`,
    aspectName: 'datasetProperties',
    aspect: { name: `orders_${named}`, customProperties: {}, tags: [] },
  }))
  expect(writer.ingest(proposals as unknown as AspectProposal[]).written).toBe(count)
}

const question = { query: 'order', num_results: 3 }
const asked = (): object => served.search(question)
const now = () => new Catalog(graph).search(question)

beforeAll(() => rename(MANY))

it('a search whose index is being made says so, and one that waits has the answer of any other', async () => {
  expect(asked).toThrow(SearchIndexPending)
  const waiting = whenIndexed(60_000, asked)
  expect(waiting).toBeInstanceOf(Promise)
  // Nothing else waits: the process goes on, and what needs no index is answered.
  expect(served.exists('urn:li:dataset:(urn:li:dataPlatform:sqlite,main.t1,PROD)')).toBe(true)
  expect(await waiting).toEqual(now())
  expect(made).toEqual([`${graph.head().id} built`])
  expect(whenIndexed(60_000, asked)).toEqual(now())
})

it('a search that has waited as long as it may is refused with a code and a time to come again', async () => {
  rename(MANY)
  const refused = await Promise.resolve(whenIndexed(0, asked)).catch((error) => error)
  expect([refused.kind, refused.code, refused.retry]).toEqual([
    'unavailable',
    'search_index_not_ready',
    { afterMs: 2000 },
  ])
  expect(await whenIndexed(60_000, asked)).toEqual(now())
  expect(made.at(-1)).toBe(`${graph.head().id} kept`)
})

it('a few changes are followed at once, and the index of a catalog that nobody asks follows by itself', async () => {
  const before = made.length
  rename(20)
  expect(asked()).toEqual(now())
  rename(30)
  served.refreshIndex()
  expect(asked()).toEqual(now())
  rename(MANY)
  served.refreshIndex()
  served.refreshIndex()
  expect(await whenIndexed(60_000, asked)).toEqual(now())
  expect(made).toHaveLength(before + 1)
})

it('a search that waited while much was written again is answered as of a commit it waited for, which its receipt names', async () => {
  rename(MANY)
  const wanted = now()
  let attempts = 0
  const answer = await whenIndexed(60_000, () => {
    if (attempts++ === 1) rename(MANY)
    return asked()
  })
  expect(attempts).toBe(2)
  expect(answer).toEqual(wanted)
  expect(now()).not.toEqual(wanted)
  // Who asks only now waits for what was written before.
  expect(await whenIndexed(60_000, asked)).toEqual(now())
})

it('a read in steps that waited is answered as of that commit too', async () => {
  const lineage = {
    urn: 'urn:li:dataset:(urn:li:dataPlatform:sqlite,main.t1,PROD)',
    filter: 'platform = sqlite',
  }
  rename(MANY)
  const wanted = allAtOnce(new Catalog(graph).inSteps.getLineage(lineage))
  let attempts = 0
  const answer = await whenIndexed(60_000, () => {
    if (attempts++ === 1) rename(MANY)
    return allAtOnce(served.inSteps.getLineage(lineage))
  })
  expect([attempts, answer]).toEqual([2, wanted])
})

it('an index that cannot be made is an error to who waits for it', async () => {
  const other = new Catalog(graph, { serving: true })
  const waiting = Promise.resolve(whenIndexed(60_000, () => other.search(question))).catch((error) => error)
  await other.close()
  expect(await waiting).toMatchObject({ kind: 'unavailable', code: 'search_index_failed' })
})
