import type { Ulid } from '@groundplane/core'
import type { Transaction } from '@groundplane/graph'
import type { JsonObject } from '../aspect/proposal.js'
import { Ingestion } from '../ingest/ingest.js'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { encodeUrnPart, printUrn } from '../urn/urn.js'
import { INCIDENT_PRIORITIES, type RaisedIncident, type RaiseIncident } from './incident-input.js'

export interface IncidentAuthor {
  readonly actor: string
  readonly nowMs: number
  readonly nextId: () => Ulid
}

/**
 * Raises incidents inside an open transaction. An ACTIVE incident with the same
 * cause on the same datasets is answered instead of raising another.
 */
export function raiseIncidents(
  tx: Transaction,
  queries: QuerySet,
  incidents: readonly RaiseIncident[],
  author: IncidentAuthor,
): RaisedIncident[] {
  const ingestion = new Ingestion(tx, queries)
  const inBatch = new Map<string, string>()
  const raised: RaisedIncident[] = []
  const links: { urn: string; runId: string }[] = []
  for (const incident of incidents) {
    const datasets = requireTargets(tx, incident)
    const cause = incident.assertion ?? incident.title
    const key = JSON.stringify([cause, [...datasets].sort()])
    const known = inBatch.get(key) ?? activeIncident(tx, datasets, cause)
    if (known !== undefined) {
      raised.push({ urn: known, created: false, datasets })
      continue
    }
    const urn = printUrn('incident', [author.nextId()])
    ingestion.add({
      entityUrn: urn,
      aspectName: 'incidentInfo',
      aspect: incidentInfo(incident, datasets, author),
    })
    if (incident.runId !== undefined) {
      ingestion.add({ entityUrn: urn, aspectName: 'groundplaneIncident', aspect: { runId: incident.runId } })
      links.push({ urn, runId: incident.runId })
    }
    inBatch.set(key, urn)
    raised.push({ urn, created: true, datasets })
  }
  ingestion.finish()
  for (const { urn, runId } of links) if (tx.node('CrewRun', runId)) tx.insertEdge('RaisedBy', urn, runId)
  return raised
}

function requireTargets(tx: Transaction, incident: RaiseIncident): string[] {
  const datasets = [...new Set(incident.datasets.map((d) => d.trim()))]
  if (datasets.length === 0 || incident.title.trim() === '')
    throw new CatalogError(
      'invalid',
      'argument_invalid',
      'An incident needs a title and at least one dataset.',
      {
        remedy: 'Give the URN of a dataset the incident is about, and say in one line what is wrong.',
      },
    )
  for (const urn of datasets) requireDescribed(tx, 'Dataset', urn)
  if (incident.assertion !== undefined) requireDescribed(tx, 'Assertion', incident.assertion)
  return datasets
}

function requireDescribed(tx: Transaction, type: 'Dataset' | 'Assertion', urn: string): void {
  if (tx.node(type, urn)?.data['described'] === true) return
  throw new CatalogError(
    'not-found',
    'incident_target_missing',
    `The incident names ${urn}, which the catalog does not hold.`,
    {
      remedy: `Use the URN of ${type === 'Dataset' ? 'a dataset' : 'an assertion'} that exists.`,
      details: { urn },
    },
  )
}

function activeIncident(tx: Transaction, datasets: readonly string[], cause: string): string | undefined {
  const [first, ...rest] = datasets as [string, ...string[]]
  return tx
    .edgesTo('Affects', first)
    .map((e) => e.from)
    .sort()
    .find((urn) => {
      const data = tx.node('Incident', urn)?.data
      if (data?.['state'] !== 'ACTIVE' || data['removed'] === true || data['cause'] !== cause) return false
      const affected = new Set(tx.edgesFrom('Affects', urn).map((e) => e.to))
      return rest.every((d) => affected.has(d))
    })
}

function incidentInfo(
  incident: RaiseIncident,
  datasets: readonly string[],
  author: IncidentAuthor,
): JsonObject {
  const stamp = auditStamp(author)
  return {
    type: incident.type ?? 'OPERATIONAL',
    title: incident.title,
    ...(incident.description !== undefined && { description: incident.description }),
    entities: datasets,
    priority: INCIDENT_PRIORITIES.indexOf(incident.priority ?? 'HIGH'),
    status: { state: 'ACTIVE', lastUpdated: stamp },
    source:
      incident.assertion === undefined
        ? { type: 'MANUAL' }
        : { type: 'ASSERTION_FAILURE', sourceUrn: incident.assertion },
    created: stamp,
  }
}

function auditStamp({ actor, nowMs }: IncidentAuthor): { time: number; actor: string } {
  return { time: nowMs, actor: printUrn('corpuser', [encodeUrnPart(actor)]) }
}

/** Writes the resolution; false when it was resolved already. */
export function resolveIncident(
  tx: Transaction,
  queries: QuerySet,
  { urn, message }: { readonly urn: string; readonly message?: string },
  author: IncidentAuthor,
): boolean {
  const stored = tx.node('Aspect', JSON.stringify([urn, 'incidentInfo']))?.data['text']
  if (typeof stored !== 'string')
    throw new CatalogError('not-found', 'entity_not_found', `Entity ${urn} not found.`, {
      remedy: 'List the incidents, and use the URN of one.',
      details: { urn },
    })
  const info = JSON.parse(stored) as { status?: { state?: string } }
  if (info.status?.state === 'RESOLVED') return false
  const status = {
    state: 'RESOLVED',
    ...(message !== undefined && { message }),
    lastUpdated: auditStamp(author),
  }
  const ingestion = new Ingestion(tx, queries)
  ingestion.add({ entityUrn: urn, aspectName: 'incidentInfo', aspect: { ...info, status } as JsonObject })
  ingestion.finish()
  return true
}
