import { expect, test } from 'vitest'
import type { Check, IncidentReport } from '../wire/types'
import { outcomeOf } from './outcome'

const fault = (table: string): Check => ({
  assertion: `${table}_check`,
  dataset: `urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.${table},PROD)`,
  column: null,
  reference: { result: 'SUCCESS', failed: 0 },
  production: { result: 'FAILURE', failed: 7 },
  verdict: 'production-only',
})

const base: IncidentReport = {
  runId: 'r',
  sentence: 's',
  affected: ['a', 'b'],
  suspects: [{ urn: 'a', score: 1, why: 'w' }],
  checks: [fault('olist_customers'), fault('olist_products')],
  incidents: ['i1', 'i2'],
  roles: [],
  report: '',
  wallMs: 840,
  receipt: { graph: 'catalog', commit: 'c', at: '' },
}

test('the culprits are named first, then how many assertions, datasets and incidents', () => {
  const { kind, headline, detail } = outcomeOf(base)
  expect(kind).toBe('culprits')
  expect(headline).toBe('olist_customers and olist_products are wrong in production.')
  expect(detail).toBe(
    '2 assertions of 2 fail there and not in the reference; 2 datasets affected, 2 incidents raised. Took 840 ms, by rules alone.',
  )
})

test('agreement is stated, not dressed up as a finding', () => {
  expect(outcomeOf({ ...base, checks: [{ ...fault('t'), verdict: 'both-pass' }] }).kind).toBe('clean')
})

test('a sentence about nothing in the catalog gets no guess', () => {
  const outcome = outcomeOf({ ...base, affected: [], suspects: [], checks: [], incidents: [] })
  expect(outcome.kind).toBe('nothing-found')
  expect(outcome.headline).toBe('Nothing in the catalog matches this sentence.')
})
