import { useQuery } from '@tanstack/react-query'
import type { RaisedEntry } from '../run/run-view'
import type { GroundplaneClient, IncidentReport } from '../wire/types'
import { type StandingIncident, standingIncidents } from './incident-list'

/** The incidents `report` names. The catalog is asked only about those the run did not raise itself. */
export function useStandingIncidents(
  client: GroundplaneClient,
  report: IncidentReport | undefined,
  raised: readonly RaisedEntry[],
): StandingIncident[] {
  const urns = report?.incidents ?? []
  const older = urns.some((urn) => !raised.some((entry) => entry.incident === urn))
  const catalog = useQuery({
    queryKey: ['incidents', report?.runId],
    queryFn: async ({ signal }) => (await client.catalog.incidents({}, { signal })).incidents,
    enabled: older,
    staleTime: Number.POSITIVE_INFINITY,
  })
  return standingIncidents(urns, raised, catalog.data ?? [])
}
