import { asAspect, listOf } from '../aspect.js'
import type { Reader } from '../reader.js'

/** The newest results of a dataset's assertions and its open incidents, in the words of DataHub. */
export function healthOf(reader: Reader, urn: string): object[] {
  if (!reader.catalog.exists(urn, reader.at)) return []
  const health = asAspect(reader.catalog.getEntity(urn, reader.at).entity['health'])
  const assertions = asAspect(health?.['assertions'])
  const count = (result: string) => Number(assertions?.[result] ?? 0)
  const failing = count('failing') + count('errors')
  // One that never ran says nothing.
  const total = failing + count('passing')
  const incidents = listOf(health?.['activeIncidents'])
  return [
    ...(total > 0
      ? [
          {
            type: 'ASSERTIONS',
            status: failing > 0 ? 'FAIL' : 'PASS',
            message:
              failing > 0 ? `${failing} of ${total} assertions are failing` : 'All assertions are passing',
          },
        ]
      : []),
    ...(incidents.length > 0
      ? [
          {
            type: 'INCIDENTS',
            status: 'FAIL',
            message: `${incidents.length} active incident${incidents.length === 1 ? '' : 's'}`,
            causes: incidents.map((incident) => incident['urn']),
          },
        ]
      : []),
  ]
}
