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
