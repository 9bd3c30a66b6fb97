import { systemClock } from '@groundplane/core'
import type { AspectProposal } from '../../aspect/proposal.js'
import { type Harvest, type HarvestOptions, type ReportProgress, stopWhenCancelled } from '../harvest.js'
import { type HarvestNote, metadataNotes } from '../harvest-notes.js'
import { loadLineageEngine } from '../lineage/column-lineage.js'
import type { SchemaLookup } from '../lineage/trace.js'
import { readMetadata } from '../metadata/read-metadata.js'
import { vocabularyProposals } from '../metadata/vocabulary-proposals.js'
import { datasetProposals } from '../relational/dataset-proposals.js'
import { lineageOfViews } from '../relational/view-lineage.js'
import { countRows, EXACT_ROWS } from './count-rows.js'
import { describeTable, type HarvestTarget, PLATFORM, sourceProposals, urnOf } from './describe-table.js'
import { sessionFingerprint } from './fingerprint.js'
import { type ObservedDatabase, type ObservedTable, observeSchema } from './observe-schema.js'
import { observeQueries, queryProposals } from './observed-queries.js'
import { qualifiedMetadata } from './postgres-names.js'
import { PostgresSession } from './postgres-session.js'
import { type Environment, type PostgresSource, resolveAddress } from './postgres-source.js'

export interface PostgresHarvestOptions extends HarvestOptions {
  /** Tables with more rows than this, by the planner's estimate, are not counted; default a million. */
  readonly exactRows?: number
  /** How long one statement may take, in milliseconds; default a minute. */
  readonly statementMs?: number
  /** How long one statement waits for a lock, in milliseconds; default two seconds. */
  readonly lockMs?: number
  /** Where `${NAME}` of the address and the password is looked up; default `process.env`. */
  readonly environment?: Environment
}

const STATEMENT_MS = 60_000

/**
 * Reads schemas, tables, views, keys, comments, row counts, view lineage and observed queries of a
 * PostgreSQL database, in one read-only transaction on one snapshot, and states them as aspects together
 * with what the metadata file says. Harvesting unchanged data again gives the same proposals but for the
 * time of the profiles. Nothing is written anywhere. Throws `SourceError`.
 */
export async function harvestPostgres(
  source: PostgresSource,
  options: PostgresHarvestOptions = {},
): Promise<Harvest> {
  const clock = options.clock ?? systemClock
  const startedAt = clock()
  const metadata = qualifiedMetadata(readMetadata(source), source.platformInstance)
  stopWhenCancelled(options.signal, source.platformInstance)
  const address = resolveAddress(source, options.environment ?? process.env)
  const session = await PostgresSession.open(address, {
    statementMs: options.statementMs ?? STATEMENT_MS,
    // Every name in types and definitions comes with its schema then.
    searchPath: '',
    ...(options.lockMs !== undefined && { lockMs: options.lockMs }),
    ...(options.signal && { signal: options.signal }),
  })
  try {
    const report: ReportProgress = (p) => options.onProgress?.({ ...p, elapsedMs: clock() - startedAt })
    const fingerprint = await sessionFingerprint(session)
    const observed = await observeSchema(session, source.schemas)
    const target: HarvestTarget = {
      platformInstance: source.platformInstance,
      env: source.env ?? 'PROD',
      observed,
      tables: new Map(observed.tables.map((t) => [t.name, t])),
      metadata,
      observedAt: startedAt,
    }
    report({ phase: 'schema', done: observed.tables.length, total: observed.tables.length })
    const notes: HarvestNote[] = metadataNotes(metadata, observed.tables)
    const proposals = await describe(session, target, options, notes, report)
    return { ...summary(target, proposals), fingerprint, notes, durationMs: clock() - startedAt }
  } catch (error) {
    stopWhenCancelled(options.signal, source.platformInstance)
    throw error
  } finally {
    await session.close()
  }
}

interface Described {
  readonly proposals: AspectProposal[]
  /** Rows of all tables. */
  readonly rows: number
}

async function describe(
  session: PostgresSession,
  target: HarvestTarget,
  options: PostgresHarvestOptions,
  notes: HarvestNote[],
  report: ReportProgress,
): Promise<Described> {
  const { tables } = target.observed
  const exactRows = options.exactRows ?? EXACT_ROWS
  const counts = await countRows(session, tables, exactRows, notes, report, options.signal)
  const queries = await observeQueries(session, notes)
  const lookup = schemaLookup(target.observed)
  const views = tables.filter(isView)
  const lineage = await lineageOfViews(views, 'postgresql', lookup, notes, (view, done) =>
    report({ phase: 'lineage', dataset: view.name, done, total: views.length }),
  )
  const asked = queries.length === 0 ? [] : queryProposals(target, queries, await loadLineageEngine(), lookup)
  if (queries.length > 0) report({ phase: 'queries', done: queries.length, total: queries.length })
  report({ phase: 'done', done: tables.length, total: tables.length })
  return {
    proposals: [
      ...sourceProposals(target),
      ...vocabularyProposals(target.metadata),
      ...tables.flatMap((table) =>
        datasetProposals(describeTable(target, table, counts.get(table.name), lineage.get(table.name))),
      ),
      ...asked,
    ],
    rows: tables.reduce((sum, t) => sum + (isView(t) ? 0 : (counts.get(t.name)?.rows ?? 0)), 0),
  }
}

function summary(target: HarvestTarget, { proposals, rows }: Described) {
  const { tables } = target.observed
  const views = tables.filter(isView).length
  return {
    proposals,
    platform: PLATFORM.name,
    platformInstance: target.platformInstance,
    observedAt: target.observedAt,
    datasets: tables.map((t) => urnOf(target, t.name)),
    tables: tables.length - views,
    views,
    rows,
  }
}

function isView({ kind }: ObservedTable): boolean {
  return kind === 'view' || kind === 'materialized'
}

/** Tables by schema and name; one without a schema is looked for where observed queries mean it most often. */
export function schemaLookup({ database, tables }: ObservedDatabase): SchemaLookup {
  const known = new Map(tables.map((t) => [t.name, { id: t.name, columns: t.columns.map((c) => c.name) }]))
  return ({ catalog, schema = 'public', name }) =>
    catalog === undefined || catalog === database ? known.get(`${schema}.${name}`) : undefined
}
