import { isoTime, isProcessGone, processIdentity } from '@groundplane/core'
import type { Transaction } from '@groundplane/graph'
import type { Json } from '../aspect/proposal.js'
import { entityOf, type Row, text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { clampInteger } from '../read/argument.js'
import type { Snapshot } from '../read/snapshot.js'
import type { CrewRunRecord, CrewRunStatus, CrewRunSummary, FinishRun, StartRun } from './run-record.js'

export function startRun(tx: Transaction, run: StartRun, nowMs: number): void {
  if (tx.node('CrewRun', run.runId))
    throw new CatalogError('conflict', 'run_exists', `There is a run ${run.runId} already.`, {
      remedy: 'Use a new run id.',
    })
  tx.upsertNode('CrewRun', {
    runId: run.runId,
    sentence: run.sentence,
    status: 'running',
    process: processIdentity(),
    startedAt: isoTime(nowMs),
  })
}

export function finishRun(tx: Transaction, run: FinishRun, nowMs: number): void {
  const known = tx.node('CrewRun', run.runId)
  if (!known) throw runNotFound(run.runId)
  if (known.data['status'] !== 'running')
    throw new CatalogError(
      'conflict',
      'run_ended',
      `The run ${run.runId} has ended: ${String(known.data['status'])}.`,
      {
        remedy: 'A run ends once; start a new one.',
      },
    )
  tx.patchNode('CrewRun', run.runId, {
    status: run.status,
    endedAt: isoTime(nowMs),
    events: JSON.stringify(run.events),
    report: run.report === undefined ? null : JSON.stringify(run.report),
    error: run.error === undefined ? null : JSON.stringify(run.error),
  })
}

/** Ends runs whose process is gone. */
export function sweepRuns(tx: Transaction, queries: QuerySet, nowMs: number): string[] {
  const swept: string[] = []
  for (const row of tx.all(queries.checked('running_crew_runs'), {})) {
    if (!isProcessGone(String(row['process']))) continue
    const runId = String(row['runId'])
    tx.patchNode('CrewRun', runId, { status: 'interrupted', endedAt: isoTime(nowMs) })
    swept.push(runId)
  }
  return swept
}

/** Newest first. */
export function listRuns(snapshot: Snapshot, limit: number | undefined): CrewRunSummary[] {
  const most = clampInteger('limit', limit, { default: 50, min: 1, max: 1000 })
  return snapshot.rows('crew_runs').slice(0, most).map(summary)
}

export function getRun(snapshot: Snapshot, runId: string): CrewRunRecord {
  const run = entityOf(snapshot.row('crew_run', { runId }))
  if (!run) throw runNotFound(runId)
  const json = (name: string): Json | null => {
    const value = text(run[name])
    return value === undefined ? null : (JSON.parse(value) as Json)
  }
  return {
    ...summary(run),
    events: (json('events') as readonly Json[] | null) ?? [],
    report: json('report'),
    error: json('error'),
    receipt: snapshot.receipt,
  }
}

function summary(row: Row): CrewRunSummary {
  return {
    runId: String(row['runId']),
    sentence: String(row['sentence']),
    status: String(row['status']) as CrewRunStatus,
    startedAt: String(row['startedAt']),
    endedAt: text(row['endedAt']) ?? null,
  }
}

function runNotFound(runId: string): CatalogError {
  return new CatalogError('not-found', 'run_not_found', `There is no run ${runId}.`, {
    remedy: 'List the runs, and use the id of one.',
    details: { runId },
  })
}
