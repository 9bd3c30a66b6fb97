import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@groundplane/client'
import { afterEach, describe, expect, test } from 'vitest'
import { followRun, type StreamState } from './follow-run'

const runId = '01KQ5M2W8ZJ4T6V9XBCDEFGHJK'
const at = '2026-11-21T09:00:00.000Z'
const types = ['run.started', 'role.started', 'role.finished', 'run.failed']
const data: Record<string, unknown> = {
  'run.started': { sentence: 's' },
  'role.started': { mode: 'rules', goal: 'g' },
  'role.finished': { summary: 'x', tokens: 0, costUsd: 0, mode: 'rules' },
  'run.failed': { error: { code: 'x', message: 'y' } },
}
const events = types.map((type, index) => ({
  id: index + 1,
  runId,
  at,
  type,
  role: 'detective',
  data: data[type],
}))

let close: (() => void) | undefined
afterEach(() => close?.())

/** What one connection does: how many further events it gives, then whether it closes, breaks, or answers a status. */
type Step = { give: number; ends: 'close' | 'break' } | { status: number }

/** Follows the run on a real HTTP server that goes through `script`, one step per connection to the stream. */
async function follow(script: Step[], status = 'running') {
  const asked: number[] = []
  const server = createServer((request, response) => {
    if (!request.url?.endsWith('/events'))
      return answer(response, { runId, sentence: 's', status, startedAt: at })
    asked.push(Number(request.headers['last-event-id'] ?? 0))
    play(request, response, script.shift() ?? { give: 9, ends: 'close' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => {
    server.closeAllConnections()
    server.close()
  }
  const seen: number[] = []
  const states: StreamState[] = []
  await followRun({
    client: createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    runId,
    signal: new AbortController().signal,
    pause: async () => {},
    onEvent: (event) => seen.push(event.id),
    onState: (state) => states.push(state),
  })
  return {
    asked,
    seen,
    last: states[states.length - 1]?.kind,
    kinds: new Set(states.map((state) => state.kind)),
  }
}

function answer(response: ServerResponse, body: unknown) {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

function play(request: IncomingMessage, response: ServerResponse, step: Step) {
  if ('status' in step) {
    response.statusCode = step.status
    return answer(response, { error: { code: 'refused', message: 'No.', requestId: 'r' } })
  }
  response.setHeader('content-type', 'text/event-stream')
  const after = Number(request.headers['last-event-id'] ?? 0)
  const text = events
    .filter((event) => event.id > after)
    .slice(0, step.give)
    .map((event) => `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('')
  response.write(text || ': nothing yet\n\n', () =>
    step.ends === 'break' ? response.destroy() : response.end(),
  )
}

describe('following a run', () => {
  test('a run that is heard to its end is asked for once', async () => {
    const { asked, seen, last } = await follow([{ give: 9, ends: 'close' }])
    expect(asked).toEqual([0])
    expect(seen).toEqual([1, 2, 3, 4])
    expect(last).toBe('ended')
  })

  test('a stream that breaks or closes early resumes after the last event, so every event is heard once', async () => {
    const { asked, seen, kinds } = await follow([
      { give: 2, ends: 'break' },
      { give: 1, ends: 'close' },
      { give: 9, ends: 'close' },
    ])
    expect(asked).toEqual([0, 2, 3])
    expect(seen).toEqual([1, 2, 3, 4])
    expect(kinds).toContain('retrying')
  })

  test('a run whose process died is not waited for', async () => {
    const { asked, last } = await follow([{ give: 2, ends: 'close' }], 'interrupted')
    expect(asked).toEqual([0])
    expect(last).toBe('interrupted')
  })

  test('an unknown run or a refused token is not asked for again', async () => {
    for (const status of [401, 403, 404]) {
      const { asked, last } = await follow([{ status }])
      expect(asked).toEqual([0])
      expect(last).toBe('refused')
      close?.()
    }
  })

  test('a server that is busy or broken is asked again, for as long as it takes', async () => {
    const { seen } = await follow([
      ...Array.from({ length: 12 }, () => ({ status: 503 })),
      { give: 9, ends: 'close' },
    ])
    expect(seen).toEqual([1, 2, 3, 4])
  })
})
