import { ulidSource } from '@groundplane/core'
import type { FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { fromPageToken, toPageToken } from './page-token.js'
import { contextOf } from './request-context.js'

const context = (headers: Record<string, string>) =>
  contextOf({ headers } as unknown as FastifyRequest, ulidSource())

describe('contextOf', () => {
  it('continues the trace of the caller under a span of its own', () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const { traceId: ours, traceparent } = context({ traceparent: `00-${traceId}-00f067aa0ba902b7-00` })
    expect(ours).toBe(traceId)
    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
    expect(traceparent).not.toContain('00f067aa0ba902b7')
  })

  it.each([
    '',
    'junk',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `01-${'a'.repeat(32)}-00f067aa0ba902b7-01-extra`,
  ])('starts a trace when the header is %j', (traceparent) => {
    expect(context({ traceparent }).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it('takes a request id that is safe in a header and a log line, and no other', () => {
    expect(context({ 'x-request-id': 'abc-1.2_3' }).requestId).toBe('abc-1.2_3')
    for (const bad of ['a b', 'x\n', 'é', 'y'.repeat(65), '']) {
      expect(context({ 'x-request-id': bad }).requestId).toMatch(/^[0-9A-Z]{26}$/)
    }
  })
})

describe('page tokens', () => {
  it('come back as they were, and what we did not give is refused', () => {
    expect(fromPageToken(toPageToken('01ABC'))).toBe('01ABC')
    for (const bad of ['', '01ABC', 'MTo']) expect(() => fromPageToken(bad)).toThrow(/page token/)
  })
})
