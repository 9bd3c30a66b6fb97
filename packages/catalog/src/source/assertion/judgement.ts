import type { CheckedAssertion } from './assertion-definition.js'

export interface Judgement {
  readonly failed: number
  /** Rows looked at; `failed` is never above it. */
  readonly total: number
  readonly sampleKeys: readonly string[]
  readonly message?: string
  /** The claim could not be judged: `message` says why. */
  readonly error?: boolean
}

/** A claim that could not be judged, and why. */
export function unjudged(message: string): Judgement {
  return { failed: 0, total: 0, sampleKeys: [], error: true, message }
}

/** A count outside its bounds fails by the rows that are missing or too many. */
export function judgeRowCount(assertion: CheckedAssertion, actual: number): Judgement {
  const { equals, min, max } = assertion.type === 'row_count' ? assertion.parameters : {}
  const low = equals ?? min
  const high = equals ?? max
  const missing = low !== undefined && actual < low ? low - actual : 0
  const excess = high !== undefined && actual > high ? actual - high : 0
  const failed = missing + excess
  if (failed === 0) return { failed: 0, total: actual, sampleKeys: [] }
  const expected = equals !== undefined ? `${equals}` : missing > 0 ? `at least ${low}` : `at most ${high}`
  const message = `${assertion.dataset} has ${actual} rows, expected ${expected}: ${failed} ${missing > 0 ? 'missing' : 'too many'}`
  return { failed, total: missing > 0 ? (low as number) : actual, sampleKeys: [], message }
}

export function rowsMessage(assertion: CheckedAssertion, failed: number, total: number): string {
  const rows = `${failed} of ${total} rows of ${assertion.dataset}`
  const column = assertion.column ?? ''
  switch (assertion.type) {
    case 'not_null':
      return `${rows} have no ${column}`
    case 'unique':
      return `${rows} repeat the ${column || (assertion.parameters.columns ?? []).join(', ')} of another row`
    case 'accepted_values':
      return `${rows} have a ${column} that is not one of the ${assertion.parameters.values.length} accepted values`
    case 'relationship':
      return `${rows} have a ${column} that ${assertion.parameters.to.dataset}.${assertion.parameters.to.column} does not have`
    case 'length':
      return `${rows} have a ${column} whose length is not ${bounds(assertion.parameters)}`
    case 'range':
      return `${rows} have a ${column} that is not ${bounds(assertion.parameters)}`
    default:
      return `${rows} fail`
  }
}

function bounds(p: {
  readonly equals?: number
  readonly min?: number | string
  readonly max?: number | string
}): string {
  if (p.equals !== undefined) return `${p.equals}`
  if (p.min !== undefined && p.max !== undefined) return `between ${p.min} and ${p.max}`
  return p.min !== undefined ? `at least ${p.min}` : `at most ${p.max}`
}
