/** How an entity fares, from its assertions. Pure. */
import { plural } from '../text/format'
import type { Health } from './answers'

export type HealthState = 'failing' | 'error' | 'healthy' | 'unwatched'

/** Failing goes before what could not be judged; healthy needs an assertion that passed. */
export function healthState(health: Health | undefined): HealthState {
  const counts = health?.assertions
  if (!counts) return 'unwatched'
  if (counts.failing > 0) return 'failing'
  if (counts.errors > 0) return 'error'
  return counts.passing > 0 ? 'healthy' : 'unwatched'
}

/** In words what an entity's assertions say: "1 of 3 fails". */
export function healthWords(health: Health | undefined): string {
  const state = healthState(health)
  const { total = 0, failing = 0, errors = 0, passing = 0 } = health?.assertions ?? {}
  if (state === 'failing')
    return `${failing} of ${plural(total, 'assertion')} ${failing === 1 ? 'fails' : 'fail'}`
  if (state === 'error') return `${plural(errors, 'assertion')} could not be judged`
  if (state === 'healthy') {
    return passing === total
      ? `${plural(total, 'assertion')} pass${total === 1 ? 'es' : ''}`
      : `${passing} of ${total} assertions pass`
  }
  return total > 0 ? 'No assertion has run' : 'No assertion'
}
