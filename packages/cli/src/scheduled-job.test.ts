import type { CheckReport, HarvestReport } from '@groundplane/catalog'
import { expect, it } from 'vitest'
import { checkOutcome, harvestOutcome } from './scheduled-job.js'

it('a harvest of which something was rejected failed, with the commit of the rest', () => {
  const rejected = [{ urn: 'urn:li:dataset:x', code: 'urn_invalid', message: 'it has no platform' }]
  const report = { source: 'shop', commit: 'c1', rejected } as unknown as HarvestReport
  expect(harvestOutcome(report)).toMatchObject({ outcome: 'failed', code: 'harvest_rejected', commit: 'c1' })
  expect(harvestOutcome({ ...report, rejected: [] })).toEqual({ outcome: 'succeeded', commit: 'c1' })
})

it('a check failed when something could not be decided, not when something is wrong with the data', () => {
  const outcomes = [
    { name: 'a', status: 'FAILURE' },
    { name: 'b', status: 'ERROR', message: 'no such table' },
  ]
  const report = { source: 'shop', commit: 'c1', outcomes } as unknown as CheckReport
  expect(checkOutcome(report)).toMatchObject({
    outcome: 'failed',
    code: 'assertions_undecided',
    message: '1 of 2 assertions could not be decided, first b: no such table',
    commit: 'c1',
  })
  const decided = { ...report, outcomes: report.outcomes.slice(0, 1) }
  expect(checkOutcome(decided)).toEqual({ outcome: 'succeeded', commit: 'c1' })
})
