import { expect, test } from 'vitest'
import type { RaisedEntry } from '../run/run-view'
import { standingIncidents } from './incident-list'

const dataset = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.olist_products,PROD)'
const raised: RaisedEntry[] = [
  { kind: 'raised', id: 9, at: '', incident: 'urn:li:incident:1', dataset, title: 'No category' },
]

test('an incident of this run comes from its event, an older one from the catalog', () => {
  const catalog = [
    { urn: 'urn:li:incident:2', title: 'Rows missing', datasets: [{ urn: dataset, name: 'x' }] },
  ]
  expect(standingIncidents(['urn:li:incident:1', 'urn:li:incident:2'], raised, catalog)).toEqual([
    { urn: 'urn:li:incident:1', table: 'olist_products', title: 'No category', fresh: true },
    { urn: 'urn:li:incident:2', table: 'olist_products', title: 'Rows missing', fresh: false },
  ])
})

test('an incident the catalog does not describe is still listed', () => {
  expect(
    standingIncidents(['urn:li:incident:3'], [], [{ urn: 'urn:li:incident:3', datasets: 'odd' }]),
  ).toEqual([{ urn: 'urn:li:incident:3', fresh: false }])
})
