/** The view of one run, live. */
import { useEffect, useState } from 'react'
import type { GroundplaneClient, IncidentEvent } from '../wire/types'
import { followRun, type StreamState } from './follow-run'
import { emptyRun, type RunView, reduceEvents } from './run-view'

/** A burst of events is drawn once per this many milliseconds, not once per event. */
const DRAW_EVERY_MS = 32

export interface FollowedRun {
  view: RunView
  stream: StreamState
  /** This clock minus the server's, in milliseconds, as well as the stream can tell. */
  clockAheadMs: number
}

function fresh(runId: string): FollowedRun {
  return { view: emptyRun(runId), stream: { kind: 'connecting' }, clockAheadMs: 0 }
}

/** Follows `runId` from its first event; a change of `client` (a new token) starts over. */
export function useRun(client: GroundplaneClient, runId: string): FollowedRun {
  const [followed, setFollowed] = useState(() => fresh(runId))

  useEffect(() => {
    const abort = new AbortController()
    let queue: IncidentEvent[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    let current = fresh(runId)
    let clockAheadMs = Number.POSITIVE_INFINITY
    setFollowed(current)

    const draw = () => {
      timer = undefined
      current = { ...current, view: reduceEvents(current.view, queue), clockAheadMs }
      queue = []
      setFollowed(current)
    }
    const schedule = () => {
      timer ??= setTimeout(draw, DRAW_EVERY_MS)
    }
    void followRun({
      client,
      runId,
      signal: abort.signal,
      onEvent: (event) => {
        clockAheadMs = Math.min(clockAheadMs, Date.now() - Date.parse(event.at))
        queue.push(event)
        schedule()
      },
      onState: (stream) => {
        if (stream.kind === current.stream.kind && stream.kind === 'live') return
        current = { ...current, stream }
        schedule()
      },
    })
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [client, runId])

  return followed.view.runId === runId ? followed : fresh(runId)
}
