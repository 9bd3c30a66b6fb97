import { openCluster } from '../cluster-target.js'
import { harvestSources } from '../jobs/harvest-sources.js'
import { print, printJson } from '../output.js'
import { stepReporter } from '../progress.js'

export interface SourceOptions {
  readonly cluster: string
  readonly as?: string
  readonly json?: boolean
  readonly force?: boolean
}

export async function runHarvest(sources: readonly string[], options: SourceOptions): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const results = await harvestSources(cluster, sources, stepReporter())
  if (options.json) printJson({ ok: results.every((r) => r.rejected.length === 0), sources: results })
  else {
    for (const r of results) {
      print(
        `${r.source}: ${r.datasets} datasets, ${r.fields} fields, ${r.written} aspects written, ${r.unchanged} unchanged; ${
          r.commit ? `commit ${r.commit}` : 'nothing to commit'
        }`,
      )
      for (const { urn, column, text, reason } of r.unresolved)
        print(`  unresolved in ${urn}${column ? ` (${column})` : ''}: ${text}: ${reason}`)
      for (const { urn, code, message } of r.rejected) print(`  rejected ${urn}: ${code}: ${message}`)
    }
  }
  return results.every((r) => r.rejected.length === 0) ? 0 : 1
}
