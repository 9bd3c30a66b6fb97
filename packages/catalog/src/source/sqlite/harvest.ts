import { setImmediate as nextTurn } from 'node:timers/promises'
import { systemClock } from '@groundplane/core'
import type { AspectProposal } from '../../aspect/proposal.js'
import { sqliteDatasetUrn } from '../../urn/entity-urns.js'
import { containerProposals, platformProposals } from '../aspect-proposals.js'
import { type Harvest, type HarvestOptions, type ReportProgress, stopWhenCancelled } from '../harvest.js'
import { type HarvestNote, metadataNotes } from '../harvest-notes.js'
import type { SchemaLookup } from '../lineage/trace.js'
import { readMetadata } from '../metadata/read-metadata.js'
import { vocabularyProposals } from '../metadata/vocabulary-proposals.js'
import { quoteName } from '../quote-name.js'
import { datasetProposals } from '../relational/dataset-proposals.js'
import { lineageOfViews } from '../relational/view-lineage.js'
import { SourceError } from '../source-error.js'
import { databaseKey, describeTable, type HarvestTarget } from './describe-table.js'
import { sourceFingerprint } from './fingerprint.js'
import { type ObservedTable, observeSchema } from './observe-schema.js'
import { guarded, inspectFile, openSqliteSource, type SqliteDatabase } from './open-source.js'

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

export interface SqliteHarvestOptions extends HarvestOptions {
  /** Count the rows of views as well as of tables; default true. */
  readonly countViews?: boolean
}

const PLATFORM = { name: 'sqlite', displayName: 'SQLite' } as const

/**
 * Reads schema, keys, row counts and view lineage of a SQLite file, in one read
 * transaction, and states them as aspects together with what the metadata file
 * says. Harvesting an unchanged file again gives byte-identical proposals.
 * Nothing is written anywhere. Yields to the event loop between tables; one
 * count runs to its end. Throws `SourceError`.
 */
export async function harvestSqlite(
  source: SqliteSource,
  options: SqliteHarvestOptions = {},
): Promise<Harvest> {
  const clock = options.clock ?? systemClock
  const startedAt = clock()
  const metadata = readMetadata(source)
  const { stat } = inspectFile(source.url)
  const fingerprint = sourceFingerprint(source)
  const db = openSqliteSource(source.url)
  try {
    db.exec('BEGIN')
    const tables = guarded(source.url, () => observeSchema(db))
    const report: ReportProgress = (p) => options.onProgress?.({ ...p, elapsedMs: clock() - startedAt })
    report({ phase: 'schema', done: tables.length, total: tables.length })
    const notes: HarvestNote[] = [...metadataNotes(metadata, tables)]
    const counts = await countRows(db, source, tables, options, notes, report)
    const views = tables.filter((t) => t.kind === 'view')
    const lineage = await lineageOfViews(views, 'sqlite', schemaLookup(tables), notes, (view, done) =>
      report({ phase: 'lineage', dataset: view.name, done, total: views.length }),
    )
    const profiledAtMs = Math.floor(stat.mtimeMs)
    const env = source.env ?? 'PROD'
    const target = { platformInstance: source.platformInstance, env }
    const byName = new Map(tables.map((t) => [t.name.toLowerCase(), t]))
    const proposals = [
      ...sourceProposals(target),
      ...vocabularyProposals(metadata),
      ...tables.flatMap((table) =>
        datasetProposals(
          describeTable({
            ...target,
            table,
            tables: byName,
            metadata,
            rowCount: counts.get(table.name),
            lineage: lineage.get(table.name),
            profiledAtMs,
          }),
        ),
      ),
    ]
    report({ phase: 'done', done: tables.length, total: tables.length })
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

/** The platform, the instance and its one database. */
function sourceProposals({ platformInstance, env }: HarvestTarget): AspectProposal[] {
  return [
    ...platformProposals(PLATFORM, platformInstance, { env }),
    ...containerProposals({
      key: databaseKey(platformInstance),
      kind: 'Database',
      name: platformInstance,
      qualifiedName: `${platformInstance}.main`,
      env,
    }),
  ]
}

async function countRows(
  db: SqliteDatabase,
  source: SqliteSource,
  tables: readonly ObservedTable[],
  options: SqliteHarvestOptions,
  notes: HarvestNote[],
  report: ReportProgress,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const [i, table] of tables.entries()) {
    stopWhenCancelled(options.signal, source.platformInstance)
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
