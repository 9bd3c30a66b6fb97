import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { incidentEvent, type Operation, operations } from './index.js'

const all = Object.entries(operations) as [string, Operation][]

describe('operations', () => {
  it('have one method and path each', () => {
    const routes = all.map(([, op]) => `${op.method} ${op.path}`)
    expect(new Set(routes).size).toBe(routes.length)
  })

  it.each(all)('%s is expressible as JSON Schema, requests and responses alike', (_id, op) => {
    for (const schema of [op.query, op.body]) if (schema) z.toJSONSchema(schema, { io: 'input' })
    if (op.response) z.toJSONSchema(op.response, { io: 'output' })
    expect(op.response !== undefined || op.responseType !== undefined).toBe(true)
  })
})

describe('incidentEvent', () => {
  it('keeps members it does not know, so that an older client survives a newer server', () => {
    const event = {
      id: 1,
      runId: 'r',
      at: '2026-11-21T00:00:00.000Z',
      type: 'run.started',
      data: { sentence: 's', extra: 1 },
      later: true,
    }
    expect(incidentEvent.parse(event)).toEqual(event)
  })

  it('refuses a type of event that is not in the contract', () => {
    expect(incidentEvent.safeParse({ id: 1, runId: 'r', at: '', type: 'run.paused', data: {} }).success).toBe(
      false,
    )
  })
})

describe('a whole number in a query string', () => {
  it('is digits within its bounds, and described as an integer', () => {
    const { query } = operations.listCommits
    const limitOf = (limit: unknown) => query.safeParse({ limit }).data?.limit
    expect([limitOf('7'), limitOf('1000'), limitOf(undefined)]).toEqual([7, 1000, undefined])
    for (const limit of [
      '',
      ' ',
      '0',
      '1001',
      '-1',
      '1e2',
      '0x10',
      '7.0',
      'true',
      ['7'],
      '99999999999999999',
    ])
      expect([limit, query.safeParse({ limit }).success]).toEqual([limit, false])
    expect(z.toJSONSchema(query, { io: 'input' }).properties?.['limit']).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 1000,
    })
  })
})
