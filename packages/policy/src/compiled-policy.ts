import type { Diagnostic } from '@groundplane/core'

export type BranchScope = 'any' | 'protected' | 'unprotected'

/** A bundle that may be decided with. Plain data; the same source gives the same bundle. */
export interface CompiledPolicy {
  /** What it may be bound to. A `.cedar` bundle says nothing of it and fits either. */
  readonly target: 'graph' | 'cluster' | 'either'
  /** Cedar policy text by rule id. Ids are unique in the bundle. */
  readonly policies: Readonly<Record<string, string>>
  /** Group name → actors. Empty for a `.cedar` bundle, which may use roles instead. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly protectedBranches: readonly string[]
  /** Whether the branch name itself, beyond protected or not, can change a decision. */
  readonly readsBranchName: boolean
}

export interface CheckedPolicy {
  /** Absent when any diagnostic is an error. */
  readonly policy?: CompiledPolicy
  readonly diagnostics: readonly Diagnostic[]
}
