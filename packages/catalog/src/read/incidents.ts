import { compact, number, type Row, text } from '../aspect/row.js'
import { INCIDENT_PRIORITIES } from '../incident/incident-input.js'
import { CatalogError } from '../model/error.js'
import type { IncidentDocument, IncidentsAnswer } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { removedStatus, requireDataset } from './entity-lookup.js'
import type { IncidentsQuestion } from './questions.js'
import type { Snapshot } from './snapshot.js'

/** Newest first. */
export function listIncidents(snapshot: Snapshot, question: IncidentsQuestion): IncidentsAnswer {
  const start = clampInteger('start', question.start, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const count = clampInteger('count', question.count, { default: 20, min: 1, max: 100 })
  const state = optionalText(question.state)?.toUpperCase()
  if (state !== undefined && state !== 'ACTIVE' && state !== 'RESOLVED')
    throw new CatalogError('invalid', 'argument_invalid', `There is no incident state "${question.state}".`, {
      remedy: 'Use ACTIVE or RESOLVED.',
    })
  const urn = optionalText(question.urn)
  const dataset = urn === undefined ? undefined : requireDataset(snapshot, urn)
  const rows =
    urn !== undefined
      ? snapshot.rows('incidents_of', { urn })
      : snapshot.rows(state === 'ACTIVE' ? 'active_incidents' : 'all_incidents')
  const all = uniqueEntities(rows).filter((i) => state === undefined || i['state'] === state)
  const incidents = all.slice(start, start + count).map((i) => incidentDocument(snapshot, i))
  return {
    start,
    count: incidents.length,
    total: all.length,
    incidents,
    ...removedStatus(dataset),
    receipt: snapshot.receipt,
  }
}

function uniqueEntities(rows: readonly Row[]): Row[] {
  const byUrn = new Map<string, Row>()
  for (const row of rows) {
    const incident = row['entity'] as Row
    byUrn.set(String(incident['urn']), incident)
  }
  return [...byUrn.values()]
}

function incidentDocument(snapshot: Snapshot, incident: Row): IncidentDocument {
  const urn = String(incident['urn'])
  const priority = number(incident['priority'])
  const cause = text(incident['cause'])
  return {
    ...compact({
      urn,
      title: text(incident['title']) ?? urn,
      description: text(incident['description']),
      type: text(incident['category']),
    }),
    state: incident['state'] === 'RESOLVED' ? 'RESOLVED' : 'ACTIVE',
    ...compact({ priority: priority === undefined ? undefined : INCIDENT_PRIORITIES[priority] }),
    datasets: snapshot
      .rows('affected_by', { urn })
      .map((r) => ({ urn: String(r['urn']), name: String(r['name']) })),
    ...compact({
      assertion: cause?.startsWith('urn:li:assertion:') ? cause : undefined,
      runId: text(incident['runId']),
      raisedAt: text(incident['raisedAt']),
      updatedAt: text(incident['updatedAt']),
      message: text(incident['message']),
    }),
  }
}
