import { expect, test } from 'vitest'
import type { RunSummary } from '../wire/types'
import { offeredSentences } from './offered-sentences'

const run = (sentence: string): RunSummary => ({
  runId: sentence,
  sentence,
  status: 'finished',
  startedAt: '2026-11-21T09:00:00.000Z',
})

test('a new cluster without examples offers nothing', () => {
  expect(offeredSentences([], undefined)).toEqual([])
  expect(offeredSentences(undefined, undefined)).toEqual([])
})

test('examples keep their place, and recent runs follow, newest first and each once', () => {
  const runs = [run('Revenue wrong'), run('orders are late'), run('revenue wrong'), run('x'.repeat(61))]
  expect(offeredSentences(runs)).toEqual(['Revenue wrong', 'orders are late'])
  expect(offeredSentences(runs, ['customers missing', 'orders are late'])).toEqual([
    'customers missing',
    'orders are late',
    'Revenue wrong',
  ])
})

test('no more are offered than are read', () => {
  expect(offeredSentences('abcdefgh'.split('').map(run))).toHaveLength(5)
})
