import type { Clock } from '@groundplane/core'
import type { AspectProposal } from '../aspect/proposal.js'
import type { HarvestNote } from './harvest-notes.js'
import { SourceError } from './source-error.js'

export interface HarvestProgress {
  readonly phase: 'schema' | 'rows' | 'lineage' | 'queries' | 'done'
  /** Table or view just finished. */
  readonly dataset?: string
  readonly rows?: number
  readonly done: number
  readonly total: number
  readonly elapsedMs: number
}

export interface HarvestOptions {
  readonly onProgress?: (progress: HarvestProgress) => void
  readonly signal?: AbortSignal
  /** For `observedAt` and elapsed times. */
  readonly clock?: Clock
}

/** Entities that are gone from a source when its batch does not mention them. */
export interface AlsoWhole {
  /** Assertions of this set. */
  readonly assertionSet: string
  /** Entities whose URN begins with one of these. */
  readonly prefixes: readonly string[]
}

/** What one complete reading of a source says. */
export interface Harvest {
  /** In a fixed order. That the harvest is complete is for whoever writes them to record. */
  readonly proposals: readonly AspectProposal[]
  /**
   * Lineage of datasets that belong to other sources: not written where such a source has stated its own.
   * Harvesting both in turn then changes nothing.
   */
  readonly yielding?: readonly AspectProposal[]
  /** What was seen completely besides the datasets of the instance. */
  readonly alsoWhole?: AlsoWhole
  readonly platform: string
  readonly platformInstance: string
  /** Taken before the first read: data written meanwhile makes the next harvest see a difference. */
  readonly fingerprint: string
  /** When it was taken, in milliseconds since 1970. */
  readonly observedAt: number
  /** Every dataset URN that exists in the source now. */
  readonly datasets: readonly string[]
  readonly tables: number
  readonly views: number
  /** Datasets of other sources that something is said about: one that nobody describes is a note. */
  readonly about?: readonly string[]
  /** Rows of all tables, as far as they are known. */
  readonly rows: number
  /** What a source that is no database has of each kind. */
  readonly counts?: Readonly<Record<string, number>>
  /** What was left out or could not be resolved, with the reason. */
  readonly notes: readonly HarvestNote[]
  readonly durationMs: number
}

export type ReportProgress = (progress: Omit<HarvestProgress, 'elapsedMs'>) => void

/** Throws `SourceError` `source_cancelled` once the signal is aborted. */
export function stopWhenCancelled(signal: AbortSignal | undefined, platformInstance: string): void {
  if (!signal?.aborted) return
  throw new SourceError(
    'unavailable',
    'source_cancelled',
    `the harvest of ${platformInstance} was cancelled`,
    { remedy: 'Run it again; nothing was written.' },
  )
}
