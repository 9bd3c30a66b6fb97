import type { RejectedProposal } from '../aspect/proposal.js'
import type { CommitInfo } from '../model/store.js'

export interface IngestResult {
  /** Aspects inserted or changed. */
  readonly written: number
  /** Aspects that were there already, byte for byte. */
  readonly unchanged: number
  readonly rejected: readonly RejectedProposal[]
  /** Dataset URNs that differ from others by casing only, in this batch. */
  readonly casing: readonly CasingConflict[]
  /** Null when nothing changed. */
  readonly commit: CommitInfo | null
}

/** URNs that name one dataset up to casing. Nothing is merged; lineage through the wrong spelling would be lost, so it is said. */
export interface CasingConflict {
  readonly urn: string
  readonly others: readonly string[]
}

export interface IngestOptions {
  /**
   * `on-change` (default): an event of `datasetProfile` equal to the newest one
   * in all but its time adds nothing, so that re-harvesting makes no commit.
   * `append`: every event is kept.
   */
  readonly profiles?: 'on-change' | 'append'
  /**
   * The source the whole batch was harvested from, completely. Its fingerprint, and
   * when it was taken (`at`, milliseconds since 1970; default now), are recorded on
   * the platform instance; datasets of the instance that the batch does not mention
   * are soft-deleted.
   */
  readonly complete?: {
    readonly platform: string
    readonly instance: string
    readonly fingerprint: string
    readonly at?: number
    /** Assertions of this set that the batch does not mention are soft-deleted as well. */
    readonly assertionSet?: string
    /** So are entities, of kinds other than those, whose URN begins with one of these. */
    readonly prefixes?: readonly string[]
  }
  readonly onProgress?: (done: number) => void
}
