import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, systemClock } from '@groundplane/core'
import type { AspectProposal } from '../../aspect/proposal.js'
import { sqliteDatasetUrn } from '../../urn/entity-urns.js'
import { loadLineageEngine, type SqlLineage } from '../lineage/column-lineage.js'
import type { SchemaLookup } from '../lineage/trace.js'
import { NO_METADATA, parseMetadata, type SourceMetadata } from '../metadata/source-metadata.js'
import { SourceError } from '../source-error.js'
import { datasetProposals } from './dataset-proposals.js'
import { sourceFingerprint } from './fingerprint.js'
import { type HarvestNote, metadataNotes } from './harvest-notes.js'
import { type ObservedTable, observeSchema, quoteName } from './observe-schema.js'
import { guarded, inspectFile, openSqliteSource, type SqliteDatabase } from './open-source.js'
import { sourceProposals, vocabularyProposals } from './source-proposals.js'
import { viewLineage } from './view-lineage.js'

/** A SQLite file as a source of metadata: one platform instance with one database, `main`. */
export interface SqliteSource {
  /** Path of the file. */
  readonly url: string
  readonly platformInstance: string
  /** Fabric in dataset URNs; default `PROD`. */
  readonly env?: string
  /** Text of the metadata file (`parseMetadata`). */
  readonly metadata?: string
}

export interface HarvestProgress {
  readonly phase: 'schema' | 'rows' | 'lineage' | 'done'
  /** Table or view just finished. */
  readonly dataset?: string
  readonly rows?: number
  readonly done: number
  readonly total: number
  readonly elapsedMs: number
}

export interface HarvestOptions {
  readonly onProgress?: (progress: HarvestProgress) => void
  readonly signal?: AbortSignal
  /** For `observedAt` and elapsed times; no proposal holds the time of the harvest. */
  readonly clock?: Clock
  /** Count the rows of views as well as of tables; default true. */
  readonly countViews?: boolean
}

export interface Harvest {
  /** In a fixed order, datasets by name. That the harvest is complete is for whoever writes them to record. */
  readonly proposals: readonly AspectProposal[]
  readonly platform: 'sqlite'
  readonly platformInstance: string
  /** Taken before the first read: data written meanwhile makes the next harvest see a difference. */
  readonly fingerprint: string
  /** When it was taken, in milliseconds since 1970. */
  readonly observedAt: number
  /** Every dataset URN that exists in the source now. */
  readonly datasets: readonly string[]
  readonly tables: number
  readonly views: number
  /** Rows of all tables. */
  readonly rows: number
  /** What was left out or could not be resolved, with the reason. */
  readonly notes: readonly HarvestNote[]
  readonly durationMs: number
}

/**
 * Reads schema, keys, row counts and view lineage of a SQLite file, in one read
 * transaction, and states them as aspects together with what the metadata file
 * says. Harvesting an unchanged file again gives byte-identical proposals.
 * Nothing is written anywhere. Yields to the event loop between tables; one
 * count runs to its end. Throws `SourceError`.
 */
export async function harvestSqlite(source: SqliteSource, options: HarvestOptions = {}): Promise<Harvest> {
  const clock = options.clock ?? systemClock
  const startedAt = clock()
  const metadata = metadataOf(source)
  const { stat } = inspectFile(source.url)
  const fingerprint = sourceFingerprint(source)
  const db = openSqliteSource(source.url)
  try {
    db.exec('BEGIN')
    const tables = guarded(source.url, () => observeSchema(db))
    const report = (p: Omit<HarvestProgress, 'elapsedMs'>): void =>
      options.onProgress?.({ ...p, elapsedMs: clock() - startedAt })
    report({ phase: 'schema', done: tables.length, total: tables.length })
    const notes: HarvestNote[] = [...metadataNotes(metadata, tables)]
    const counts = await countRows(db, source, tables, options, notes, report)
    const lineage = await lineageOfViews(tables, notes, report)
    const profiledAtMs = Math.floor(stat.mtimeMs)
    const env = source.env ?? 'PROD'
    const target = { platformInstance: source.platformInstance, env }
    const byName = new Map(tables.map((t) => [t.name.toLowerCase(), t]))
    const proposals = [
      ...sourceProposals(target),
      ...vocabularyProposals(metadata),
      ...tables.flatMap((table) =>
        datasetProposals({
          ...target,
          table,
          tables: byName,
          metadata,
          rowCount: counts.get(table.name),
          lineage: lineage.get(table.name),
          profiledAtMs,
        }),
      ),
    ]
    report({ phase: 'done', done: tables.length, total: tables.length })
    const views = tables.filter((t) => t.kind === 'view')
    return {
      proposals,
      platform: 'sqlite',
      platformInstance: source.platformInstance,
      fingerprint,
      observedAt: startedAt,
      datasets: tables.map((t) => sqliteDatasetUrn(source.platformInstance, t.name, env)),
      tables: tables.length - views.length,
      views: views.length,
      rows: tables.reduce((sum, t) => sum + (t.kind === 'view' ? 0 : (counts.get(t.name) ?? 0)), 0),
      notes,
      durationMs: clock() - startedAt,
    }
  } finally {
    db.close()
  }
}

function metadataOf(source: SqliteSource): SourceMetadata {
  if (source.metadata === undefined) return NO_METADATA
  const { metadata, diagnostics } = parseMetadata(source.metadata)
  if (metadata) return metadata
  throw new SourceError(
    'invalid',
    'source_metadata_invalid',
    `the metadata of ${source.platformInstance} has ${diagnostics.length} mistakes`,
    {
      remedy: 'Correct the metadata file; each diagnostic says where and how.',
      diagnostics,
    },
  )
}

type Report = (progress: Omit<HarvestProgress, 'elapsedMs'>) => void

async function countRows(
  db: SqliteDatabase,
  source: SqliteSource,
  tables: readonly ObservedTable[],
  options: HarvestOptions,
  notes: HarvestNote[],
  report: Report,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const [i, table] of tables.entries()) {
    if (options.signal?.aborted) {
      throw new SourceError(
        'unavailable',
        'source_cancelled',
        `the harvest of ${source.platformInstance} was cancelled`,
        {
          remedy: 'Run it again; nothing was written.',
        },
      )
    }
    const rows =
      table.broken === undefined && (table.kind !== 'view' || options.countViews !== false)
        ? countOf(db, source, table, notes)
        : undefined
    if (rows !== undefined) counts.set(table.name, rows)
    if (table.broken !== undefined)
      notes.push({
        code: 'columns_unreadable',
        dataset: table.name,
        message: `the columns of ${table.name} cannot be read: ${table.broken}`,
      })
    report({
      phase: 'rows',
      dataset: table.name,
      ...(rows !== undefined && { rows }),
      done: i + 1,
      total: tables.length,
    })
    await nextTurn()
  }
  return counts
}

function countOf(
  db: SqliteDatabase,
  source: SqliteSource,
  table: ObservedTable,
  notes: HarvestNote[],
): number | undefined {
  try {
    return guarded(
      source.url,
      () =>
        db
          .prepare(`SELECT count(*) FROM main.${quoteName(table.name)}`)
          .pluck()
          .get() as number,
    )
  } catch (error) {
    if (error instanceof SourceError) throw error
    // A view that needs a missing function or module: known by its definition only.
    notes.push({
      code: 'rows_unreadable',
      dataset: table.name,
      message: `the rows of ${table.name} cannot be counted: ${(error as Error).message}`,
    })
    return undefined
  }
}

/** The parser is loaded only when there is a view. */
async function lineageOfViews(
  tables: readonly ObservedTable[],
  notes: HarvestNote[],
  report: Report,
): Promise<Map<string, SqlLineage>> {
  const views = tables.filter((t) => t.kind === 'view')
  const found = new Map<string, SqlLineage>()
  if (views.length === 0) return found
  const engine = await loadLineageEngine()
  const lookup = schemaLookup(tables)
  for (const [i, view] of views.entries()) {
    const lineage = viewLineage(engine.lineage(view.sql, 'sqlite', lookup), view)
    for (const u of lineage.unresolved) {
      notes.push({
        code: 'lineage_unresolved',
        dataset: view.name,
        message: `${u.text}: ${u.detail}`,
        reason: u.reason,
      })
    }
    found.set(view.name, lineage)
    report({ phase: 'lineage', dataset: view.name, done: i + 1, total: views.length })
  }
  return found
}

/** Tables and views by name, without regard to case; `main` is the only schema there is. */
export function schemaLookup(tables: readonly ObservedTable[]): SchemaLookup {
  const known = new Map(
    tables
      .filter((t) => t.broken === undefined)
      .map((t) => [
        t.name.toLowerCase(),
        {
          id: t.name,
          columns: t.columns.map((c) => c.name),
          ...(t.rowidAlias !== undefined && { rowid: t.rowidAlias }),
        },
      ]),
  )
  return ({ catalog, schema, name }) =>
    catalog === undefined && (schema === undefined || schema.toLowerCase() === 'main')
      ? known.get(name.toLowerCase())
      : undefined
}
