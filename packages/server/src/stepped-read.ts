import type { Steps } from '@groundplane/catalog'
import { ServerError } from './server-error.js'
import { Turns } from './turns.js'

/** One slice of whichever read in a turn of the event loop: others wait no longer when there are many reads. */
const turns = new Turns()

/** Milliseconds of work between two turns of the event loop: what others wait longer at most, a step apart. */
const SLICE_MS = 25

export interface SteppedLimits {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds of the whole work, waiting included. */
  readonly deadlineMs: number
}

/**
 * Carries out a read in steps, with everybody else's turn between two slices of it. What takes no longer than one
 * slice is done before this returns. `ServerError` `query_cancelled | query_deadline_exceeded`: the work has
 * ended then, and nothing of it goes on.
 */
export async function inTurns<T>(steps: Steps<T>, { signal, deadlineMs }: SteppedLimits): Promise<T> {
  const startedAt = performance.now()
  try {
    for (let slice = sliceOf(steps); ; slice = await turns.take(() => sliceOf(steps))) {
      if (slice.done) return slice.value
      if (signal?.aborted) throw cancelled()
      if (performance.now() - startedAt > deadlineMs) throw late(deadlineMs)
    }
  } finally {
    steps.return(undefined as never)
  }
}

function sliceOf<T>(steps: Steps<T>): IteratorResult<undefined, T> {
  const ends = performance.now() + SLICE_MS
  for (;;) {
    const step = steps.next()
    if (step.done || performance.now() >= ends) return step
  }
}

function cancelled(): ServerError {
  return new ServerError('deadline', 'query_cancelled', 'The question was cancelled by its caller.', {
    remedy: 'Ask it again if the answer is still wanted.',
  })
}

function late(deadlineMs: number): ServerError {
  return new ServerError(
    'deadline',
    'query_deadline_exceeded',
    `The answer was not found within ${deadlineMs} ms.`,
    {
      remedy: 'Ask for less: one or two hops of lineage, one column, one type of entity.',
      details: { deadlineMs },
    },
  )
}
