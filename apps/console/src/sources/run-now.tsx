import type { Schedule } from '@groundplane/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { describeFailure } from '../wire/failure'
import type { GroundplaneClient } from '../wire/types'

/** A run that was asked for and is not seen by then did not begin. */
const BEGINS_WITHIN_MS = 30_000

/** Which run the record knew when a new one was asked for. */
function latestOf({ running, last }: Schedule): string {
  return running?.run ?? last?.run ?? ''
}

/** Has a schedule run at once, and says so until its record shows the run. */
export function RunNow({
  client,
  schedule,
  label,
  onAsked,
}: {
  client: GroundplaneClient
  schedule: Schedule
  /** What is run, for those who hear the button alone. */
  label: string
  /** The list is to be looked at more often for a while. */
  onAsked: () => void
}) {
  const queries = useQueryClient()
  const [asked, setAsked] = useState<{ before: string; late: boolean } | null>(null)
  const begun = asked !== null && latestOf(schedule) !== asked.before
  const ask = useMutation({
    mutationFn: () => client.runSchedule(schedule.schedule),
    onSuccess: () => {
      setAsked({ before: latestOf(schedule), late: false })
      onAsked()
    },
    onError: () => void queries.invalidateQueries({ queryKey: ['schedules'] }),
  })
  useEffect(() => {
    if (begun) setAsked(null)
  }, [begun])
  const waiting = asked !== null && !asked.late
  useEffect(() => {
    if (!waiting) return
    const timer = setTimeout(() => setAsked((one) => one && { ...one, late: true }), BEGINS_WITHIN_MS)
    return () => clearTimeout(timer)
  }, [waiting])

  const busy = ask.isPending || waiting || schedule.state === 'running'
  return (
    <div className="run-now">
      <button
        type="button"
        className="button"
        aria-disabled={busy}
        aria-label={`Run now: ${label}`}
        onClick={() => {
          if (!busy) ask.mutate()
        }}
      >
        {ask.isPending || waiting ? 'Starting…' : schedule.state === 'running' ? 'Running' : 'Run now'}
      </button>
      <p className="complaint" role="alert">
        {ask.isError
          ? describeFailure(ask.error).message
          : asked?.late
            ? 'It has not begun. The log of the server says why.'
            : ''}
      </p>
    </div>
  )
}
