import type { Receipt } from '@groundplane/core'
import type { Json } from '../aspect/proposal.js'

export type CrewRunStatus = 'running' | 'finished' | 'failed' | 'interrupted'

/** A crew run without its events and report. */
export interface CrewRunSummary {
  readonly runId: string
  readonly sentence: string
  readonly status: CrewRunStatus
  readonly startedAt: string
  readonly endedAt: string | null
}

/** A crew run as it was recorded, enough to replay it. */
export interface CrewRunRecord extends CrewRunSummary {
  /** Recorded when the run ended; empty while it runs. */
  readonly events: readonly Json[]
  readonly report: Json | null
  readonly error: Json | null
  readonly receipt: Receipt
}

export interface StartRun {
  readonly runId: string
  readonly sentence: string
}

export interface FinishRun {
  readonly runId: string
  readonly status: 'finished' | 'failed'
  readonly events: readonly unknown[]
  readonly report?: unknown
  readonly error?: unknown
}
