import type { HealthCheck, HealthDiffAnswer } from '@groundplane/catalog'
import { listed, thousands } from './phrases.js'

/** What comparing the recorded checks came to, in words. Every check is counted once. */
export function countsInWords({ checks, counts }: Pick<HealthDiffAnswer, 'checks' | 'counts'>): string {
  const errors = checks.filter((c) => c.notes.some((n) => n.endsWith('-error'))).length
  const rest = counts.missing - errors
  const part = (n: number, one: string, many: string) =>
    n > 0 ? [`${thousands(n)} ${n === 1 ? one : many}`] : []
  return listed([
    `${counts['production-only']} ${counts['production-only'] === 1 ? 'fails' : 'fail'} in production only`,
    ...part(counts['reference-only'], 'fails in the reference only', 'fail in the reference only'),
    ...part(counts['both-fail'], 'fails on both', 'fail on both'),
    ...part(errors, 'could not be run', 'could not be run'),
    ...part(rest, 'has a result on one side at most', 'have a result on one side at most'),
    `${counts['both-pass']} ${counts['both-pass'] === 1 ? 'passes' : 'pass'} on both`,
  ])
}

/** Whether nothing can be concluded from a check: a side has no result, or one of data that is gone. */
export function isDoubtful({ verdict, notes }: HealthCheck): boolean {
  return verdict === 'missing' || notes.some((n) => n.endsWith('-stale'))
}

const REASONS: Readonly<Record<string, string>> = {
  missing: 'is not declared',
  'never-run': 'was never run',
  error: 'could not be run',
  stale: 'was last run on other data, or by another definition',
}

/** Why nothing can be concluded from a check: `a could not be run on either side`. */
export function doubtOf({ assertion, notes, production, reference }: HealthCheck): string {
  const reasons = Object.entries(REASONS).flatMap(([kind, words]) => {
    const sides = ['reference', 'production'].filter((side) => notes.includes(`${side}-${kind}`))
    if (sides.length === 0) return []
    const both = kind === 'stale' ? 'on both sides' : 'on either side'
    const one = sides[0] === 'reference' ? 'in the reference' : 'in production'
    const where = sides.length === 2 ? both : one
    const message = kind === 'error' ? (production.message ?? reference.message) : null
    return [`${words} ${where}${message ? ` (${message.replace(/\.$/, '')})` : ''}`]
  })
  return `${assertion} ${listed(reasons)}`
}
