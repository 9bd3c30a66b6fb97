import type { HealthVerdict, RunResult } from '@groundplane/catalog'
import type { Receipt } from '@groundplane/core'

export type RoleName = 'coordinator' | 'detective' | 'reality-checker' | 'fixer'
/** Who judged: code alone, or a model on top of it. A model that was replaced leaves `rules`. */
export type RoleMode = 'rules' | 'model'

export interface Suspect {
  /** Dataset of the production instance. */
  readonly urn: string
  /** 0 to 1, two decimals. Higher is more likely the cause. */
  readonly score: number
  /** One line: what fails there, how it reaches what the sentence is about, what the sentence names. */
  readonly why: string
}

export interface CheckSide {
  readonly result: RunResult | null
  /** Failing rows (or missing rows, for a row count). */
  readonly failed: number | null
  readonly total: number | null
  /** URN of the assertion on this instance. */
  readonly assertion: string | null
}

export interface Check {
  readonly assertion: string
  readonly dataset: string
  readonly column: string | null
  readonly reference: CheckSide
  readonly production: CheckSide
  readonly verdict: HealthVerdict
  readonly description: string | null
  /** Whether the dataset is one the sentence is about, or upstream of one. */
  readonly inScope: boolean
}

export interface RoleReport {
  readonly role: RoleName
  readonly mode: RoleMode
  readonly startedAt: string
  readonly endedAt: string
  /** Tokens of every model call of the role, those of a replaced model included. */
  readonly tokens: number
  readonly costUsd: number
  /** Why a configured model was not used, or what of it was dropped. */
  readonly note?: string
}

/** What one run found and did. `report` is Markdown for people; the rest is for programs. */
export interface IncidentReport {
  readonly runId: string
  readonly sentence: string
  readonly reference: string
  readonly production: string
  /** Datasets of the production instance the sentence is about, best match first. Empty when nothing was found. */
  readonly affected: readonly string[]
  readonly suspects: readonly Suspect[]
  readonly checks: readonly Check[]
  /** Datasets this run holds to be the cause: those its incidents stand on. Most likely first. */
  readonly causes: readonly string[]
  /** Incidents that stand for this run's causes, whether raised by it or open before. */
  readonly incidents: readonly string[]
  readonly roles: readonly RoleReport[]
  readonly report: string
  readonly wallMs: number
  /** The commit everything was read at. */
  readonly receipt: Receipt
}
