import { expect, test } from 'vitest'
import type { StandingIncident } from '../report/incident-list'
import type { Check, IncidentReport } from '../wire/types'
import { outcomeOf } from './outcome'

const fault = (table: string, more: Partial<Check> = {}): Check => ({
  assertion: `${table}_check`,
  dataset: `urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.${table},PROD)`,
  column: null,
  reference: { result: 'SUCCESS', failed: 0, total: 10, assertion: 'reference' },
  production: { result: 'FAILURE', failed: 7, total: 10, assertion: 'production' },
  verdict: 'production-only',
  description: null,
  inScope: true,
  ...more,
})

const base: IncidentReport = {
  runId: 'r',
  sentence: 's',
  reference: 'olist_source',
  production: 'olist_dirty',
  affected: ['a', 'b'],
  suspects: [{ urn: 'a', score: 1, why: 'w' }],
  checks: [fault('olist_customers'), fault('olist_products')],
  causes: [fault('olist_customers').dataset, fault('olist_products').dataset],
  incidents: ['i1', 'i2'],
  roles: [],
  report: '',
  wallMs: 840,
  receipt: { graph: 'catalog', commit: 'c', at: '' },
}

const incident = (table: string, fresh = true): StandingIncident => ({ urn: table, table, fresh })

test('the culprits come first, then how many assertions, datasets and incidents', () => {
  const { kind, headline, detail } = outcomeOf(base, [
    incident('olist_customers'),
    incident('olist_products'),
  ])
  expect(kind).toBe('culprits')
  expect(headline).toBe('olist_customers and olist_products are wrong in production.')
  expect(detail).toBe(
    '2 assertions of 2 fail in production only; 2 datasets affected; 2 incidents raised. Took 840 ms, by rules alone.',
  )
})

test('a dataset that fails but is not what the sentence describes is no culprit', () => {
  const narrower = { ...base, causes: [fault('olist_products').dataset] }
  expect(outcomeOf(narrower, [incident('olist_products', false)]).headline).toBe(
    'olist_products is wrong in production.',
  )
})

test('incidents raised now and incidents open before are told apart', () => {
  const words = (...incidents: StandingIncident[]) =>
    outcomeOf(base, incidents).detail.split('; ')[2]?.split('.')[0]
  expect(words(incident('a', false))).toBe('1 incident open already')
  expect(words(incident('a'), incident('b', false))).toBe('1 incident raised, 1 open already')
})

test('failing nothing is stated, not dressed up as a finding', () => {
  expect(outcomeOf({ ...base, checks: [fault('t', { verdict: 'both-pass' })], causes: [] }, []).kind).toBe(
    'clean',
  )
})

test('a sentence about nothing in the catalog gets no guess', () => {
  const outcome = outcomeOf({ ...base, affected: [], suspects: [], checks: [], incidents: [] }, [])
  expect(outcome.kind).toBe('nothing-found')
  expect(outcome.headline).toBe('Nothing in the catalog matches this sentence.')
})
