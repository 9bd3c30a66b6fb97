import type { CheckReport, HarvestReport } from '@groundplane/catalog'
import type { AppliedSource } from '@groundplane/cluster'
import { ulidSource } from '@groundplane/core'
import { type ClusterTarget, withCatalog } from './cluster-target.js'
import { CommandError } from './errors.js'
import type { StartStep } from './progress.js'

const AGENT = 'groundplane-cli'

/** Harvests the named sources (all when none is named), each into its catalog as one commit. */
export async function harvestSources(
  cluster: ClusterTarget,
  names: readonly string[],
  startStep: StartStep,
): Promise<HarvestReport[]> {
  const { harvestSource } = await import('@groundplane/catalog')
  const context = jobContext(cluster)
  const reports: HarvestReport[] = []
  for (const source of pickSources(cluster, names)) {
    const step = startStep(`harvest ${source.name}`)
    const report = await withCatalog(cluster, source.graph, (catalog) =>
      harvestSource(catalog, source, context, {
        onProgress: (p) => step.update(p.done, p.total, `${p.phase} ${p.dataset ?? ''}`),
      }),
    )
    step.finish(
      `${report.datasets} datasets, ${report.rows.toLocaleString('en-US')} rows counted; ${
        report.commit ? `${report.written} aspects written` : 'unchanged'
      }`,
    )
    reports.push(report)
  }
  return reports
}

/** Runs every applied set of assertions on the named sources (all when none is named). */
export async function checkSources(
  cluster: ClusterTarget,
  names: readonly string[],
  startStep: StartStep,
  options: { readonly force: boolean },
): Promise<CheckReport[]> {
  const { checkSource } = await import('@groundplane/catalog')
  const context = jobContext(cluster)
  const reports: CheckReport[] = []
  for (const source of pickSources(cluster, names)) {
    for (const set of cluster.revision.assertionSets.filter((s) => s.sources.includes(source.name))) {
      const step = startStep(`check ${source.name}`)
      const report = await withCatalog(cluster, set.graph, async (catalog) =>
        checkSource(catalog, source, set, context, {
          force: options.force,
          onProgress: (p) => step.update(p.done, p.total, p.outcome.name),
        }),
      )
      step.finish(
        `${report.outcomes.length} assertions run, ${report.skipped} unchanged; ${report.failing.length} failing`,
      )
      reports.push(report)
    }
  }
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
