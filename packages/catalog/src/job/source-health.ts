import { unjudged } from '../source/assertion/judgement.js'
import { queryPostgresHealth } from '../source/postgres/query-health.js'
import { SourceError } from '../source/source-error.js'
import { querySqliteHealth } from '../source/sqlite/query-health.js'
import type { BoundSource } from './source-binding.js'

/** How long a health query may take, in milliseconds. */
const HEALTH_MS = 60_000

/**
 * Resolves when the source says that it may be read now, or has no health query. Rejects with `SourceError`:
 * `source_unhealthy` when it says no, `source_health_unknown` when the query cannot be answered, or why the source cannot be asked.
 */
export async function requireHealthy(source: BoundSource, queryMs = HEALTH_MS): Promise<void> {
  if (source.health === undefined) return
  const { failed, error, message = '' } = await ask(source, source.health, queryMs)
  if (error) {
    throw new SourceError(
      'unprocessable',
      'source_health_unknown',
      `the health query of ${source.name} says nothing: ${message}`,
      { remedy: 'Make "health" one SELECT that gives one row with one number or truth value, then apply.' },
    )
  }
  if (failed === 0) return
  throw new SourceError('unavailable', 'source_unhealthy', `${source.name} is not healthy: ${message}`, {
    remedy:
      'Nothing was read or sent. Look at what the health query asks for; it is asked again the next time.',
  })
}

function ask(source: BoundSource, sql: string, queryMs: number) {
  switch (source.kind) {
    case 'sqlite':
      return querySqliteHealth(source.url, sql, queryMs)
    case 'postgres':
      return queryPostgresHealth(source, sql, queryMs)
    default:
      return unjudged('nothing can be asked of a source of its kind')
  }
}
