import { join } from 'node:path'
import { type Diagnostic, jsonDigest, systemClock } from '@groundplane/core'
import type { AspectProposal } from '../../aspect/proposal.js'
import { type Harvest, type HarvestOptions, type ReportProgress, stopWhenCancelled } from '../harvest.js'
import type { HarvestNote } from '../harvest-notes.js'
import { readCatalogFile } from './catalog-file.js'
import { dependencyMistakes } from './dependencies.js'
import { builtProposals, groupProposals, projectProposals, relationProposals } from './describe-relation.js'
import { resultProposals } from './describe-results.js'
import { attachTests, testProposals } from './describe-test.js'
import { exposureProposals, metricProposals } from './describe-use.js'
import { type DbtManifest, readManifest } from './manifest.js'
import { type ResolvedRelation, resolveRelations } from './model-lineage.js'
import {
  type Artefact,
  artefactInvalid,
  CATALOG,
  MANIFEST,
  notFound,
  RUN_RESULTS,
  readArtefact,
  requireDirectory,
} from './read-artefact.js'
import { readRunResults } from './run-results.js'
import {
  type DbtTarget,
  dbtDatasetUrn,
  exposurePrefix,
  PLATFORM,
  testSet,
  warehousePlatform,
} from './target.js'

/** The artefacts of one dbt project. */
export interface DbtSource {
  /** Path of the directory that dbt writes them into (`target`). */
  readonly url: string
  readonly platformInstance: string
  /** Platform instance of the warehouse: that of its own source, so that both mean the same datasets. */
  readonly targetPlatformInstance?: string
  /** Fabric in dataset URNs; default `PROD`. */
  readonly env?: string
}

/**
 * Reads `manifest.json`, and `catalog.json` and `run_results.json` where they are there, and states what they
 * say as aspects. All of it is read and checked before anything is stated: a file that is truncated, of an
 * unknown version or against itself is a `SourceError` and nothing is written. The same artefacts give
 * byte-identical proposals. Yields to the event loop between models.
 */
export async function harvestDbt(source: DbtSource, options: HarvestOptions = {}): Promise<Harvest> {
  const clock = options.clock ?? systemClock
  const startedAt = clock()
  const report: ReportProgress = (p) => options.onProgress?.({ ...p, elapsedMs: clock() - startedAt })
  const artefacts = readAll(source.url)
  const { manifest } = artefacts
  report({ phase: 'schema', done: manifest.relations.size, total: manifest.relations.size })
  const target: DbtTarget = {
    platformInstance: source.platformInstance,
    env: source.env ?? 'PROD',
    warehouse: warehousePlatform(manifest.adapter),
    ...(source.targetPlatformInstance !== undefined && { warehouseInstance: source.targetPlatformInstance }),
  }
  const notes: HarvestNote[] = []
  const resolved = await resolveRelations(manifest, artefacts.catalog, notes, (relation, done, total) => {
    stopWhenCancelled(options.signal, source.platformInstance)
    report({ phase: 'lineage', dataset: relation.id, done, total })
  })
  const proposals = describe(target, artefacts, resolved, notes)
  const relations = [...manifest.relations.values()]
  report({ phase: 'done', done: relations.length, total: relations.length })
  const views = relations.filter((r) => r.materialized === 'view' || r.materialized === 'ephemeral').length
  return {
    proposals,
    yielding: builtProposals(target, resolved.values()),
    alsoWhole: { assertionSet: testSet(target), prefixes: [exposurePrefix(target)] },
    platform: PLATFORM.name,
    platformInstance: source.platformInstance,
    fingerprint: artefacts.fingerprint,
    observedAt: startedAt,
    datasets: [...relations, ...manifest.metrics].map(({ id }) => dbtDatasetUrn(target, id)),
    tables: relations.length - views,
    views,
    rows: 0,
    counts: countsOf(artefacts),
    notes,
    durationMs: clock() - startedAt,
  }
}

interface Artefacts {
  readonly manifest: DbtManifest
  readonly catalog: ReturnType<typeof readCatalogFile>
  readonly invocation: ReturnType<typeof readRunResults>
  readonly fingerprint: string
}

/** Throws `SourceError` with every mistake of the first file that has any. */
function readAll(directory: string): Artefacts {
  requireDirectory(directory)
  const manifestFile = readArtefact(directory, MANIFEST)
  if (!manifestFile)
    throw notFound(
      `${join(directory, MANIFEST.file)} does not exist`,
      'Run dbt in its project (dbt parse, compile or build writes it), or correct the path.',
    )
  const catalogFile = readArtefact(directory, CATALOG)
  const resultsFile = readArtefact(directory, RUN_RESULTS)
  const manifest = checked(manifestFile, readManifest)
  const cyclic = dependencyMistakes(manifest, MANIFEST.file)
  if (cyclic.length > 0) throw artefactInvalid(manifestFile.file, cyclic)
  const files = [manifestFile, catalogFile, resultsFile]
  return {
    manifest,
    catalog: catalogFile ? checked(catalogFile, readCatalogFile) : new Map(),
    invocation: resultsFile && checked(resultsFile, readRunResults),
    fingerprint: `dbt:${jsonDigest(files.map((file) => file?.digest ?? null)).slice(0, 32)}`,
  }
}

function checked<T>(artefact: Artefact, read: (artefact: Artefact, mistakes: Diagnostic[]) => T): T {
  const mistakes: Diagnostic[] = []
  const value = read(artefact, mistakes)
  if (mistakes.length > 0) throw artefactInvalid(artefact.file, mistakes)
  return value
}

function describe(
  target: DbtTarget,
  { manifest, invocation }: Artefacts,
  resolved: ReadonlyMap<string, ResolvedRelation>,
  notes: HarvestNote[],
): AspectProposal[] {
  const tests = attachTests(manifest, notes)
  return [
    ...projectProposals(target, manifest),
    ...groupProposals(manifest.groups),
    ...[...resolved.values()].flatMap((relation) => relationProposals(target, manifest, resolved, relation)),
    ...manifest.metrics.flatMap((metric) => metricProposals(target, manifest, metric)),
    ...manifest.exposures.flatMap((exposure) => exposureProposals(target, manifest, exposure)),
    ...tests.flatMap((test) => testProposals(target, resolved, test)),
    ...(invocation ? resultProposals(target, manifest, tests, invocation, notes) : []),
  ]
}

function countsOf({ manifest, invocation }: Artefacts): Record<string, number> {
  const of = (kind: string) => [...manifest.relations.values()].filter((r) => r.kind === kind).length
  return {
    models: of('model'),
    seeds: of('seed'),
    snapshots: of('snapshot'),
    sources: of('source'),
    metrics: manifest.metrics.length,
    exposures: manifest.exposures.length,
    tests: manifest.tests.length,
    results: invocation?.results.length ?? 0,
  }
}
