import type { Receipt } from '@groundplane/core'
import type { Json } from '../aspect/proposal.js'
import type { ValueChange } from '../read/value-changes.js'

export interface ProposalSummary {
  /** Its branch. */
  readonly proposal: string
  readonly title: string
  readonly by: string | null
  readonly at: string
  /** Commit it is at. */
  readonly head: string
}

/** What would become of one aspect. */
export interface ProposedAspect {
  readonly urn: string
  readonly aspect: string
  /** There is none yet; `value` is what it would be. */
  readonly first?: true
  readonly value?: Json
  readonly changes?: readonly ValueChange[]
}

export interface ProposalCheck {
  readonly check: 'changes_something' | 'made_by_tools' | 'entities_exist' | 'merges'
  /** Null: the caller may not know. */
  readonly ok: boolean | null
  readonly why?: readonly string[]
}

export interface ProposalReview {
  readonly proposal: string
  readonly title: string
  readonly by: string | null
  /** Commit of main it started from. */
  readonly base: string
  readonly head: string
  readonly changes: readonly ProposedAspect[]
  readonly moreChanges?: number
  readonly checks: readonly ProposalCheck[]
}

export interface ReviewAnswer extends ProposalReview {
  readonly receipt: Receipt
}

export interface ProposalsAnswer {
  readonly proposals: readonly ProposalSummary[]
  readonly receipt: Receipt
}

export interface DecisionAnswer {
  readonly proposal: string
  readonly decision: 'approved' | 'rejected'
  readonly message: string
  readonly receipt: Receipt
}
