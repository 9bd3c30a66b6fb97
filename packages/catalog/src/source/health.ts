import { type Judgement, unjudged } from './assertion/judgement.js'

/** Rows that are asked of a health query: one more than it may have. */
export const HEALTH_ROWS = 2

/**
 * What the answer of a health query comes to: one row of one value that is true or a number other than zero is
 * healthy (`failed` 0); false, zero, null and no row are not. Anything else is no answer to the question. Pure.
 */
export function judgeHealth(rows: readonly (readonly unknown[])[]): Judgement {
  const unhealthy = (message: string): Judgement => ({ failed: 1, total: 1, sampleKeys: [], message })
  const [row] = rows
  if (row === undefined) return unhealthy('its health query gives no row')
  if (rows.length > 1) return unjudged('it gives more than one row')
  if (row.length !== 1) return unjudged(`it gives ${row.length} columns`)
  const [value] = row
  if (value === null) return unhealthy('its health query gives null')
  if (typeof value === 'boolean' || (typeof value === 'number' && !Number.isNaN(value)))
    return value ? { failed: 0, total: 1, sampleKeys: [] } : unhealthy(`its health query gives ${value}`)
  return unjudged('what it gives is neither a number nor true or false')
}
