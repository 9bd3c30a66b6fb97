import { afterAll, beforeAll, expect, it } from 'vitest'
import { aspect, type Bench, bench, table } from '../testing/shop.js'
import type { LineageHit } from './answers.js'
import { KeptWalks } from './kept-walks.js'
import type { Walk } from './lineage-walk.js'
import { allAtOnce } from './steps.js'

/** Datasets in a row, each made from the one before: a walk over them all has several steps. */
const CHAIN = 600
const urn = (i: number) => table('w', `t${String(i).padStart(4, '0')}`)
const madeFrom = (i: number, from: number) =>
  aspect(urn(i), 'upstreamLineage', { upstreams: [{ dataset: urn(from), type: 'COPY' }] })
const whole = { urn: urn(CHAIN), max_hops: 3, max_results: 10 }
let b: Bench

beforeAll(() => {
  b = bench()
  b.catalog.ingest(Array.from({ length: CHAIN }, (_, i) => madeFrom(i + 1, i)))
})
afterAll(() => b.close())

it('an answer in steps is the answer at once', () => {
  const { catalog } = b
  const steps = catalog.inSteps.getLineage(whole)
  let yields = 0
  for (;;) {
    const { done, value } = steps.next()
    if (done) {
      expect(value).toEqual(catalog.getLineage(whole))
      break
    }
    yields++
  }
  expect(yields).toBeGreaterThan(CHAIN / 100)
})

it('a commit between two steps lets the answer begin anew, so that it is of one commit', () => {
  const { catalog } = b
  const question = { urn: urn(CHAIN - 1), max_hops: 3, max_results: 10 }
  const steps = catalog.inSteps.getLineage(question)
  expect(steps.next().done).toBe(false)
  // The far end of what is walked goes elsewhere.
  const { commit } = catalog.ingest([madeFrom(2, 0)])
  const answer = allAtOnce(steps)
  expect(answer.receipt.commit).toBe(commit?.id)
  expect(answer.upstreams?.total).toBe(CHAIN - 2)
  expect(answer).toEqual(catalog.getLineage(question))
})

it('pages of one lineage are the parts of one list, before a commit and after it', () => {
  const { catalog } = b
  // Paths are long here: a page ends where the budget of the answer does.
  const pages = () => {
    const hits: LineageHit[] = []
    for (let more = true; more; ) {
      const page = catalog.getLineage({ ...whole, offset: hits.length, max_results: 50 }).upstreams
      hits.push(...(page?.searchResults ?? []))
      more = page?.hasMore === true
    }
    return hits
  }
  const before = pages()
  expect(before.map(({ degree }) => degree)).toEqual(before.map((_, i) => i + 1))
  catalog.ingest([madeFrom(CHAIN, 300)])
  expect(pages().map(({ entity }) => entity.urn)).toEqual(
    before.map(({ entity }) => entity.urn).filter((found) => found <= urn(300)),
  )
})

it('what is kept of walks is those asked for last, as far as there is room', () => {
  const walk = (length: number): Walk => ({
    found: Array.from({ length }, (_, i) => ({ urn: urn(i), degree: 1, columns: new Set() })),
    at: () => undefined,
    pathTo: () => {
      throw new Error('not asked')
    },
  })
  const walks = new KeptWalks()
  for (const key of ['a', 'b', 'c']) walks.keep(key, walk(33_000))
  walks.find('a')
  walks.keep('d', walk(33_000))
  expect(['a', 'b', 'c', 'd'].map((key) => walks.find(key) !== undefined)).toEqual([true, false, true, true])
  walks.keep('small', walk(10))
  walks.keep('huge', walk(100_001))
  expect([walks.find('small'), walks.find('huge')]).toEqual([undefined, undefined])
})
