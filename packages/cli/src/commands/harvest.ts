import { openCluster } from '../cluster-target.js'
import { harvestContents } from '../harvest-contents.js'
import { complainOf, note, print, printJson } from '../output.js'
import { stepReporter } from '../progress.js'
import { harvestSources, type SourceRuns } from '../source-jobs.js'

export interface SourceOptions {
  readonly cluster: string
  readonly as?: string
  readonly json?: boolean
  readonly force?: boolean
}

export async function runHarvest(sources: readonly string[], options: SourceOptions): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const { reports, failed } = await harvestSources(cluster, sources, stepReporter())
  const ok = failed.length === 0 && reports.every((r) => r.rejected.length === 0)
  if (options.json) printJson({ ok, sources: reports, failed: failureBodies(failed) })
  for (const r of reports) {
    for (const { code, dataset, message, reason } of r.notes)
      note(
        `warning[${code}]: ${r.source}.${dataset}: ${message}${reason === undefined ? '' : ` (${reason})`}`,
      )
    for (const { urn, others } of r.casing)
      note(`warning[urn_casing]: ${urn} differs by casing only from ${others.join(', ')}`)
    for (const { urn, code, message } of r.rejected) note(`error[${code}]: ${urn}: ${message}`)
    if (options.json) continue
    print(
      `${r.source}: ${harvestContents(r)}; ${r.written} aspects written, ${r.unchanged} unchanged; ${
        r.commit ? `commit ${r.commit}` : 'nothing to commit'
      }`,
    )
  }
  if (!options.json) for (const { source, error } of failed) complainOf(error, source)
  return ok ? 0 : 1
}

export function failureBodies(failed: SourceRuns<unknown>['failed']) {
  return failed.map(({ source, error }) => ({ source, error: error.toBody() }))
}
