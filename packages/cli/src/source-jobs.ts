import type { CheckReport, HarvestReport } from '@groundplane/catalog'
import type { AppliedSource } from '@groundplane/cluster'
import { GroundplaneError, ulidSource } from '@groundplane/core'
import { type ClusterTarget, withCatalog } from './cluster-target.js'
import { CommandError } from './errors.js'
import { harvestSummary } from './harvest-contents.js'
import type { StartStep } from './progress.js'

const AGENT = 'groundplane-cli'

/** What became of several sources: one that fails keeps no other from its turn. */
export interface SourceRuns<Report> {
  readonly reports: readonly Report[]
  readonly failed: readonly { readonly source: string; readonly error: GroundplaneError }[]
}

/**
 * Harvests the named sources (all when none is named), each into its catalog as one commit. The error of one that is
 * alone is thrown.
 */
export async function harvestSources(
  cluster: ClusterTarget,
  names: readonly string[],
  startStep: StartStep,
): Promise<SourceRuns<HarvestReport>> {
  const { harvestSource } = await import('@groundplane/catalog')
  const context = jobContext(cluster)
  const jobs = pickSources(cluster, names).map((source) => ({ source }))
  return eachJob(jobs, async ({ source }) => {
    const step = startStep(`harvest ${source.name}`)
    const report = await withCatalog(cluster, source.graph, (catalog) =>
      harvestSource(catalog, source, context, {
        onProgress: (p) => step.update(p.done, p.total, `${p.phase} ${p.dataset ?? ''}`),
      }),
    ).finally(step.abandon)
    step.finish(harvestSummary(report))
    return report
  })
}

/** Runs every applied set of assertions on the named sources (all when none is named). The error of one run that is alone is thrown. */
export async function checkSources(
  cluster: ClusterTarget,
  names: readonly string[],
  startStep: StartStep,
  options: { readonly force: boolean },
): Promise<SourceRuns<CheckReport>> {
  const { checkSource } = await import('@groundplane/catalog')
  const context = jobContext(cluster)
  const { assertionSets } = cluster.revision
  const jobs = pickSources(cluster, names).flatMap((source) =>
    assertionSets.filter((set) => set.sources.includes(source.name)).map((set) => ({ source, set })),
  )
  return eachJob(jobs, async ({ source, set }) => {
    const step = startStep(`check ${source.name}`)
    const report = await withCatalog(cluster, set.graph, async (catalog) =>
      checkSource(catalog, source, set, context, {
        force: options.force,
        onProgress: (p) => step.update(p.done, p.total, p.outcome.name),
      }),
    ).finally(step.abandon)
    step.finish(
      `${report.outcomes.length} assertions run, ${report.skipped} unchanged; ${report.failing.length} failing`,
    )
    return report
  })
}

async function eachJob<Job extends { readonly source: AppliedSource }, Report>(
  jobs: readonly Job[],
  run: (job: Job) => Promise<Report>,
): Promise<SourceRuns<Report>> {
  const reports: Report[] = []
  const failed: { source: string; error: GroundplaneError }[] = []
  for (const job of jobs) {
    try {
      reports.push(await run(job))
    } catch (error) {
      if (jobs.length === 1 || !(error instanceof GroundplaneError)) throw error
      failed.push({ source: job.source.name, error })
    }
  }
  return { reports, failed }
}

/** For who has no use for a part. */
export function allOrThrow<Report>({ reports, failed }: SourceRuns<Report>): readonly Report[] {
  if (failed[0]) throw failed[0].error
  return reports
}

function jobContext(cluster: ClusterTarget) {
  return {
    ...(cluster.principal && { principal: cluster.principal }),
    provenance: { agent: AGENT, runId: ulidSource().next() },
  }
}

function pickSources(cluster: ClusterTarget, names: readonly string[]): readonly AppliedSource[] {
  const { sources } = cluster.revision
  if (names.length === 0) return sources
  return names.map((name) => {
    const found = sources.find((s) => s.name === name)
    if (found) return found
    throw new CommandError('source_not_found', `No applied source is named "${name}".`, {
      kind: 'not-found',
      remedy: `Applied sources: ${sources.map((s) => s.name).join(', ') || 'none; declare one in cluster.yaml and apply'}.`,
    })
  })
}
