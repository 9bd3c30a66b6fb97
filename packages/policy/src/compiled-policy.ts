import type { Diagnostic, SourceRange } from '@groundplane/core'
import type { PolicyAction } from './actions.js'

export type BranchScope = 'any' | 'protected' | 'unprotected'

/** One rule as a reader knows it. The text that decides is in `policies`. */
export interface RuleView {
  readonly id: string
  readonly effect: 'allow' | 'deny'
  /** Where it stands in the bundle. */
  readonly range?: SourceRange
  /** What the YAML form says; a Cedar policy says it in its own text. */
  readonly says?: {
    readonly actors: { readonly group: string } | readonly string[]
    readonly actions: readonly PolicyAction[]
    readonly scope: BranchScope
  }
}

/** A bundle that may be decided with. Plain data; the same source gives the same bundle. */
export interface CompiledPolicy {
  /** What it may be bound to. A `.cedar` bundle says nothing of it and fits either. */
  readonly target: 'graph' | 'cluster' | 'either'
  /** Cedar policy text by rule id. Ids are unique in the bundle. */
  readonly policies: Readonly<Record<string, string>>
  /** The same rules in the order of the text. */
  readonly rules: readonly RuleView[]
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
