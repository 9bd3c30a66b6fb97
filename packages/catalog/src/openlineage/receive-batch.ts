import { GroundplaneError } from '@groundplane/core'
import type { CasingConflict } from '../ingest/result.js'
import type { CommitInfo } from '../model/store.js'
import type { DeclaredNames } from './declared-names.js'
import type { EventProblem } from './event-problem.js'
import { isProblems, type LineageEvent, readEvent } from './read-event.js'

/** An event that is not recorded, and why. */
export interface RefusedEvent {
  /** Position in the batch, from 0. */
  readonly index: number
  /** `event_invalid`, or the code of the store that could not keep it. */
  readonly code: string
  readonly message: string
  readonly remedy: string
  /** Everything wrong with the event itself, by JSON pointer; empty where the store refused it. */
  readonly problems: readonly EventProblem[]
}

export interface ReceivedEvents {
  readonly recorded: number
  readonly refused: readonly RefusedEvent[]
  /** Datasets that were new, and differ from others by casing only. */
  readonly casing: readonly CasingConflict[]
  /** The newest; null when nothing is new. */
  readonly commit: CommitInfo | null
}

interface Numbered {
  readonly index: number
  readonly event: LineageEvent
}

/**
 * Records the events that are in order, each wholly or not at all, whatever is wrong with the others.
 * `record` is one transaction, which throws `GroundplaneError` when it can not be made.
 */
export function receiveBatch(
  texts: readonly string[],
  record: (events: readonly LineageEvent[]) => RecordedEvents,
  declared?: DeclaredNames,
): ReceivedEvents {
  const refused: RefusedEvent[] = []
  const good: Numbered[] = []
  for (const [index, text] of texts.entries()) {
    const event = readEvent(text, declared)
    if (isProblems(event)) refused.push(invalid(index, event))
    else good.push({ index, event })
  }
  const { commit, casing } = good.length === 0 ? NOTHING : recordAll(good, record, refused)
  refused.sort((a, b) => a.index - b.index)
  return { recorded: texts.length - refused.length, refused, casing, commit }
}

export type RecordedEvents = Pick<ReceivedEvents, 'commit' | 'casing'>

const NOTHING: RecordedEvents = { commit: null, casing: [] }

/** What the store itself refuses fails a whole commit: halves are tried until the one at fault stands alone. */
function recordAll(
  events: readonly Numbered[],
  record: (events: readonly LineageEvent[]) => RecordedEvents,
  refused: RefusedEvent[],
): RecordedEvents {
  try {
    return record(events.map(({ event }) => event))
  } catch (error) {
    if (!(error instanceof GroundplaneError) || !DATA_AT_FAULT.has(error.kind)) throw error
    const [first] = events
    if (first && events.length === 1) {
      const { code, message, remedy = 'Correct the event.' } = error
      refused.push({ index: first.index, code, message, remedy, problems: [] })
      return NOTHING
    }
    const half = events.length >> 1
    const earlier = recordAll(events.slice(0, half), record, refused)
    const later = recordAll(events.slice(half), record, refused)
    return { commit: later.commit ?? earlier.commit, casing: [...earlier.casing, ...later.casing] }
  }
}

const DATA_AT_FAULT: ReadonlySet<string> = new Set(['invalid', 'unprocessable', 'too-large'])

function invalid(index: number, problems: readonly EventProblem[]): RefusedEvent {
  const [first] = problems
  const more = problems.length > 1 ? ` And ${problems.length - 1} more.` : ''
  return {
    index,
    code: 'event_invalid',
    message: `The event is not in order${first?.pointer ? ` at ${first.pointer}` : ''}. ${first?.message}${more}`,
    remedy:
      'Correct what is at the places named (JSON pointers into the event), and send it again; https://openlineage.io/spec/2-0-2/OpenLineage.json has the shape.',
    problems,
  }
}
