import type { CheckReport } from '@groundplane/catalog'
import { openCluster } from '../cluster-target.js'
import { complainOf, print, printJson, table } from '../output.js'
import { stepReporter } from '../progress.js'
import { checkSources } from '../source-jobs.js'
import { failureBodies, type SourceOptions } from './harvest.js'

function failing({ failing }: CheckReport): string {
  return failing.length === 0 ? 'none failing' : `failing: ${failing.join(', ')}`
}

/** A failing assertion is a finding, not a failure of the command; one that could not run is. */
export async function runCheck(sources: readonly string[], options: SourceOptions): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const { reports, failed } = await checkSources(cluster, sources, stepReporter(), {
    force: options.force === true,
  })
  const ok = failed.length === 0 && reports.every((r) => r.outcomes.every((o) => o.status !== 'ERROR'))
  if (options.json) printJson({ ok, sources: reports, failed: failureBodies(failed) })
  else {
    for (const report of reports) {
      print(
        `${report.source}: ${report.outcomes.length} run, ${report.skipped} unchanged since their last run; ${failing(report)}; ${
          report.commit ? `commit ${report.commit}` : 'nothing to commit'
        }`,
      )
      if (report.outcomes.length === 0) continue
      const rows = report.outcomes.map((o) => ({
        assertion: o.name,
        dataset: o.dataset,
        column: o.column ?? '',
        result: o.status,
        failed: o.failed,
        of: o.total,
        note: o.message ?? '',
      }))
      print(table(['assertion', 'dataset', 'column', 'result', 'failed', 'of', 'note'], rows))
    }
    for (const { source, error } of failed) complainOf(error, source)
  }
  return ok ? 0 : 1
}
