import { afterAll, expect, it } from 'vitest'
import {
  labelledQuestions,
  scoreSearch,
  searchedCatalog,
  unknownLabels,
} from '../../testing/searched/score.js'
import { bench } from '../../testing/shop.js'

const b = bench()
afterAll(() => b.close())

it('search finds what the labelled questions mean, and puts it first', () => {
  const { rejected } = b.catalog.ingest(searchedCatalog())
  const questions = labelledQuestions()
  const score = scoreSearch(b.catalog, questions)
  expect(rejected).toEqual([])
  expect(unknownLabels(b.catalog, questions)).toEqual([])
  expect(questions.length).toBeGreaterThanOrEqual(60)
  expect(score.ndcg).toBeGreaterThan(0.95)
  expect(score.mrr).toBeGreaterThan(0.95)
  expect(score.recall).toBeGreaterThan(0.95)
})
