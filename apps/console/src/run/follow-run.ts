/**
 * Follows a run's events until its end, through lost connections (the client
 * resumes after the last event seen). Knows what the page says about the
 * stream; knows nothing of React.
 */
import { isTransient } from '../wire/failure'
import type { GroundplaneClient, IncidentEvent } from '../wire/types'

export type StreamState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'retrying'; delayMs: number }
  | { kind: 'ended' }
  /** The process that ran it is gone: no further event will ever come. */
  | { kind: 'interrupted' }
  /** Asking again cannot help: no such run, not allowed, token not accepted. */
  | { kind: 'refused'; error: Error }

export interface FollowOptions {
  client: Pick<GroundplaneClient, 'incidents'>
  runId: string
  signal: AbortSignal
  onEvent(event: IncidentEvent): void
  onState(state: StreamState): void
  /** Waits between attempts; replaced in tests. */
  pause?(ms: number, signal: AbortSignal): Promise<void>
}

/** Resolves when the run has ended, was interrupted, the server refused, or `signal` aborted. Never rejects. */
export async function followRun(options: FollowOptions): Promise<void> {
  const { client, runId, onEvent, onState } = options
  const sleep = options.pause ?? pause
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  onState({ kind: 'connecting' })
  try {
    const events = client.incidents.events(runId, {
      signal,
      maxAttempts: Number.POSITIVE_INFINITY,
      async wait(ms) {
        if (await wasInterrupted(client, runId, signal)) return stop.abort()
        onState({ kind: 'retrying', delayMs: ms })
        await sleep(ms, signal)
      },
    })
    for await (const event of events) {
      onState({ kind: 'live' })
      onEvent(event)
    }
    onState({ kind: 'ended' })
  } catch (error) {
    if (options.signal.aborted) return
    if (stop.signal.aborted) onState({ kind: 'interrupted' })
    else onState({ kind: 'refused', error: error instanceof Error ? error : new Error(String(error)) })
  }
}

/** A stream that closes before the run's last event may be a lost connection, or a run whose process died. */
async function wasInterrupted(
  client: FollowOptions['client'],
  runId: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await client.incidents.get(runId, { signal })).status === 'interrupted'
  } catch (error) {
    if (isTransient(error) || signal.aborted) return false
    throw error
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(finish, ms)
    function finish() {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    signal.addEventListener('abort', finish)
  })
}
