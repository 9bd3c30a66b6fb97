import { type IncidentEvent, incidentEvent } from '@groundplane/protocol'
import { ApiError, UnreachableError } from './errors.js'
import { linesOf, send, type TransportOptions } from './transport.js'

export interface EventOptions {
  /** Only events with a greater id. Default: all of them. */
  readonly after?: number
  readonly signal?: AbortSignal
  /** Told when the connection broke and another attempt follows. */
  readonly onReconnect?: (attempt: number, cause: unknown) => void
  /** Attempts without a single event in between before giving up. Default 8. */
  readonly maxAttempts?: number
  /** Waits; replaced in tests. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>
}

/**
 * The events of a run, each once and in order, until the run ends. A broken connection is
 * resumed after the last event seen, waiting 0.25, 0.5, 1, 2, 4, then 5 s. A refusal of the
 * server (unknown run, bad token) is thrown at once; a 429 or 5xx is tried again. Events are
 * checked against their schema; one of a type a newer server has is given unchecked, so a
 * caller that switches on `type` needs a way out for the rest.
 */
export async function* runEvents(
  transport: TransportOptions,
  runId: string,
  options: EventOptions = {},
): AsyncGenerator<IncidentEvent, void, undefined> {
  const wait = options.wait ?? delay
  const maxAttempts = options.maxAttempts ?? 8
  let last = options.after ?? 0
  let attempt = 0
  for (;;) {
    try {
      for await (const event of connect(transport, runId, last, options.signal)) {
        if (event.id <= last) continue
        last = event.id
        attempt = 0
        yield event
        if (event.type === 'run.finished' || event.type === 'run.failed') return
      }
      throw new UnreachableError(
        `${transport.baseUrl}/incidents/${runId}/events`,
        'the stream ended before the run did',
      )
    } catch (cause) {
      if (options.signal?.aborted) throw options.signal.reason
      if (!worthAnother(cause) || ++attempt >= maxAttempts) throw cause
      options.onReconnect?.(attempt, cause)
      const asked = cause instanceof ApiError ? cause.retryAfterMs : undefined
      await wait(asked ?? Math.min(5000, 125 * 2 ** attempt), options.signal)
    }
  }
}

/** Anything but a refusal: the network, the middle of a stream, an overloaded or restarting server. */
function worthAnother(cause: unknown): boolean {
  if (cause instanceof ApiError) return cause.status === 429 || cause.status >= 500
  return cause instanceof UnreachableError
}

async function* connect(
  transport: TransportOptions,
  runId: string,
  after: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<IncidentEvent> {
  const path = `/incidents/${encodeURIComponent(runId)}/events`
  const response = await send(transport, {
    method: 'GET',
    path,
    accept: 'text/event-stream',
    ...(after > 0 && { headers: { 'last-event-id': String(after) } }),
    ...(signal && { signal }),
  })
  if (!response.body) return
  let data = ''
  const lines = linesOf(response.body)
  try {
    for await (const line of lines) {
      if (line === '') {
        if (data !== '') yield parseEvent(data)
        data = ''
      } else if (line.startsWith('data:')) {
        const text = line.slice(line[5] === ' ' ? 6 : 5)
        data = data === '' ? text : `${data}\n${text}`
      }
    }
  } catch (cause) {
    // A socket that breaks midway rejects the read with a TypeError of fetch's own making.
    if (cause instanceof TypeError || (cause as { name?: string })?.name === 'TypeError') {
      throw new UnreachableError(`${transport.baseUrl}${path}`, cause)
    }
    throw cause
  }
}

const KNOWN_TYPES: ReadonlySet<unknown> = new Set(
  incidentEvent.options.map((option) => option.shape.type.value),
)

/** An event of a newer server, of a type that is not known here, is handed on as it came. */
function parseEvent(text: string): IncidentEvent {
  const event: unknown = JSON.parse(text)
  const { type, id } = event as { type?: unknown; id?: unknown }
  const isNewer = typeof type === 'string' && Number.isSafeInteger(id) && !KNOWN_TYPES.has(type)
  return isNewer ? (event as IncidentEvent) : incidentEvent.parse(event)
}

function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
