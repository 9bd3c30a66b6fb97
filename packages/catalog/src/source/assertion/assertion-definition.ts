import { canonicalJson, sha256 } from '@groundplane/core'
import type { Json } from '../../aspect/proposal.js'
import type { AssertionDefinition } from '../../ingest/assertion-input.js'

export const ASSERTION_TYPES = [
  'not_null',
  'unique',
  'accepted_values',
  'relationship',
  'row_count',
  'length',
  'range',
  'freshness',
  'sql',
] as const

export type AssertionType = (typeof ASSERTION_TYPES)[number]

/** A definition whose type and parameters have been checked: what `parseAssertions` gives. */
export type CheckedAssertion = {
  readonly name: string
  readonly dataset: string
  readonly column?: string
  readonly description?: string
  readonly severity?: Severity
} & AssertionClaim

export const SEVERITIES = ['info', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What each type needs. Bounds are inclusive; NULL satisfies every claim but `not_null`. */
export type AssertionClaim =
  | { readonly type: 'not_null'; readonly parameters: Record<string, never> }
  /** No two rows agree in all of `columns` (default: the column); rows with a NULL among them are not compared. */
  | { readonly type: 'unique'; readonly parameters: { readonly columns?: readonly string[] } }
  | {
      readonly type: 'accepted_values'
      readonly parameters: { readonly values: readonly (string | number | boolean)[] }
    }
  | {
      readonly type: 'relationship'
      readonly parameters: { readonly to: { readonly dataset: string; readonly column: string } }
    }
  /** Fails by the number of rows missing or in excess. */
  | { readonly type: 'row_count'; readonly parameters: Bounds }
  /** Characters of the value as text. */
  | { readonly type: 'length'; readonly parameters: Bounds }
  | {
      readonly type: 'range'
      readonly parameters: { readonly min?: number | string; readonly max?: number | string }
    }
  /** The newest value of the column is no older than this when the assertion runs. */
  | { readonly type: 'freshness'; readonly parameters: { readonly max_age: string } }
  /** A single SELECT that returns the rows that fail. */
  | { readonly type: 'sql'; readonly parameters: { readonly query: string } }

export interface Bounds {
  readonly equals?: number
  readonly min?: number
  readonly max?: number
}

/**
 * Digest of what is claimed: data set, type, column, parameters. Name,
 * description, severity and instance are no part of it, so the same claim in
 * another instance, or under another name, has the same digest.
 */
export function claimDigest(definition: CheckedAssertion | AssertionDefinition): string {
  const { dataset, type, column, parameters } = definition
  return sha256(canonicalJson({ dataset, type, column: column ?? null, parameters }))
}

/** The same assertion in the form the catalog records. */
export function toDefinition(checked: CheckedAssertion): AssertionDefinition {
  return { ...checked, parameters: checked.parameters as Readonly<Record<string, Json>> }
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `90m`, `24h`, `7d` in milliseconds; undefined when it is no duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text.trim())
  return match ? Number(match[1]) * (UNITS_MS[match[2] as string] as number) : undefined
}
