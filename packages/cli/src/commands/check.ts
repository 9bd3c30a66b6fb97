import { openCluster } from '../cluster-target.js'
import { checkSources } from '../jobs/check-sources.js'
import { print, printJson, table } from '../output.js'
import { stepReporter } from '../progress.js'
import type { SourceOptions } from './harvest.js'

/** A failing assertion is a finding, not a failure of the command; one that could not run is. */
export async function runCheck(sources: readonly string[], options: SourceOptions): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const results = await checkSources(cluster, sources, stepReporter(), { force: options.force === true })
  const ran = results.every((r) => r.outcomes.every((o) => o.status !== 'ERROR'))
  if (options.json) printJson({ ok: ran, sources: results })
  else {
    for (const result of results) {
      print(
        `${result.source}: ${result.skipped} unchanged since their last run, ${result.outcomes.length} run`,
      )
      if (result.outcomes.length === 0) continue
      const rows = result.outcomes.map((o) => ({
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
  }
  return ran ? 0 : 1
}
