import type { CheckReport, HarvestReport, PublishReport } from '@groundplane/catalog'
import type { AppliedAssertionSet, AppliedSource, Finished, Perform, Schedule } from '@groundplane/cluster'
import { GroundplaneError } from '@groundplane/core'
import { type ClusterTarget, withCatalog } from './cluster-target.js'
import { publishDeclared } from './publish-target.js'

const AGENT = 'groundplane-schedules'

/** The work of a schedule, done as whoever the cluster was opened for. */
export function performer(cluster: ClusterTarget): Perform {
  return async ({ graph, job }, { run, askedBy, confirm }) => {
    const { harvestSource, checkSource } = await import('@groundplane/catalog')
    const context = {
      ...(cluster.principal && { principal: cluster.principal }),
      provenance: { agent: AGENT, runId: run },
      confirm,
      ...(askedBy !== undefined && { askedBy }),
    }
    try {
      if (job.kind === 'publish') return publishOutcome(await publishDeclared(cluster, job.target, context))
      const { source, set } = boundTo(cluster, job)
      return await withCatalog(cluster, graph, async (catalog) =>
        set
          ? checkOutcome(await checkSource(catalog, source, set, context))
          : harvestOutcome(await harvestSource(catalog, source, context)),
      )
    } catch (error) {
      if (!(error instanceof GroundplaneError) || error.code !== 'source_unhealthy') throw error
      const { code, message, remedy } = error
      return { outcome: 'skipped', commit: null, code, message, ...(remedy !== undefined && { remedy }) }
    }
  }
}

/** What a schedule of this revision names; both were taken from it. */
function boundTo(
  { revision }: ClusterTarget,
  job: Exclude<Schedule['job'], { kind: 'publish' }>,
): { source: AppliedSource; set?: AppliedAssertionSet } {
  const source = revision.sources.find(({ name }) => name === job.source) as AppliedSource
  if (job.kind === 'harvest') return { source }
  return { source, set: revision.assertionSets.find(({ name }) => name === job.set) as AppliedAssertionSet }
}

/** A harvest of which the catalog did not take everything failed, also when it wrote the rest. */
export function harvestOutcome({ commit, rejected, source }: HarvestReport): Finished {
  if (rejected.length === 0) return { outcome: 'succeeded', commit }
  return {
    outcome: 'failed',
    commit,
    code: 'harvest_rejected',
    message: `${rejected.length} of what ${source} says was rejected, first ${rejected[0]?.urn}: ${rejected[0]?.message}`,
    remedy: `Run "groundplane harvest ${source}": it names each.`,
  }
}

/** A failing assertion is a finding, and the run that found it succeeded; one that could not be decided did not run. */
export function checkOutcome({ commit, outcomes, source }: CheckReport): Finished {
  const undecided = outcomes.filter(({ status }) => status === 'ERROR')
  if (undecided.length === 0) return { outcome: 'succeeded', commit }
  return {
    outcome: 'failed',
    commit,
    code: 'assertions_undecided',
    message: `${undecided.length} of ${outcomes.length} assertions could not be decided, first ${undecided[0]?.name}: ${undecided[0]?.message ?? ''}`,
    remedy: `Run "groundplane check ${source}": it says why of each.`,
  }
}

/** A publication of which the target refused something failed, also when it took the rest. */
export function publishOutcome({ commit, refused, sent }: PublishReport): Finished {
  if (refused.length === 0) return { outcome: 'succeeded', commit: sent > 0 ? commit : null }
  return {
    outcome: 'failed',
    commit,
    code: 'publication_refused',
    message: `the target refused ${refused.length} records, first ${refused[0]?.urn} ${refused[0]?.aspectName}: ${refused[0]?.message}`,
    remedy: 'Run "groundplane catalog publish" with the name of the target: it names each.',
  }
}
