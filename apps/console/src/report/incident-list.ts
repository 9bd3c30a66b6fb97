/**
 * The incidents a run leaves standing, each with its dataset and title: from the
 * run's own events when it raised them, from the catalog when they were open
 * before. Pure.
 */
import type { RaisedEntry } from '../run/run-view'
import { tableName } from '../text/dataset-urn'

/** An incident as the catalog lists it; whatever it does not say is absent. */
export interface CatalogIncident {
  urn: string
  title?: unknown
  datasets?: unknown
}

export interface StandingIncident {
  urn: string
  /** The table it is on, when known. */
  table?: string
  title?: string
  /** Raised by this run, rather than open before it. */
  fresh: boolean
}

export function standingIncidents(
  urns: readonly string[],
  raised: readonly RaisedEntry[],
  catalog: readonly CatalogIncident[],
): StandingIncident[] {
  return urns.map((urn) => {
    const event = raised.find((entry) => entry.incident === urn)
    if (event) return { urn, table: tableName(event.dataset), title: event.title, fresh: true }
    const known = catalog.find((incident) => incident.urn === urn)
    const table = firstDataset(known?.datasets)
    return {
      urn,
      fresh: false,
      ...(table ? { table } : {}),
      ...(typeof known?.title === 'string' ? { title: known.title } : {}),
    }
  })
}

function firstDataset(datasets: unknown): string | undefined {
  const first: unknown = Array.isArray(datasets) ? datasets[0] : undefined
  if (typeof first !== 'object' || first === null || !('urn' in first)) return undefined
  return tableName(String(first.urn))
}
