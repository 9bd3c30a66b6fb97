import type { ScheduleView } from '@groundplane/cluster'
import type { Clock } from '@groundplane/core'

/** Runs of others, new revisions and clocks that are set are noticed within it. */
const LOOK_MS = 60_000
const LEAST_MS = 1_000

export interface FollowOptions {
  /** How the applied schedules stand. */
  readonly look: () => Promise<readonly ScheduleView[]>
  /** Runs what is due; false when that could not be tried. */
  readonly run: (signal: AbortSignal) => Promise<boolean>
  readonly clock: Clock
  /** Resolves after so many milliseconds, or when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told why schedules cannot be followed, once for each reason in a row. */
  readonly onTrouble: (message: string) => void
  readonly signal: AbortSignal
}

/** Runs what comes due until it is told to stop. What fails is tried again a minute later at the earliest. */
export async function followSchedules(options: FollowOptions): Promise<void> {
  const { look, run, clock, wait, onTrouble, signal } = options
  let trouble: string | undefined
  let before = ''
  while (!signal.aborted) {
    let waitMs = LOOK_MS
    try {
      const views = await look()
      if (signal.aborted) return
      const ready = views.filter(({ state }) => state === 'due' || state === 'new')
      if (ready.length === 0) waitMs = untilNext(views, clock())
      else {
        if (!(await run(signal))) throw new Error('the runner ended without doing its work')
        // What a run left as it was is not tried again at once.
        const now = ready.map(({ schedule, state, due }) => `${schedule} ${state} ${due}`).join('\n')
        if (now !== before) waitMs = LEAST_MS
        before = now
      }
      trouble = undefined
    } catch (error) {
      const { message } = error as Error
      if (message !== trouble && !signal.aborted) onTrouble(message)
      trouble = message
    }
    await wait(waitMs, signal)
  }
}

function untilNext(views: readonly ScheduleView[], nowMs: number): number {
  const next = views.flatMap((view) => (view.next === null ? [] : [Date.parse(view.next) - nowMs]))
  return Math.max(LEAST_MS, Math.min(LOOK_MS, ...next))
}
