import { openCluster, withCatalog } from '../cluster-target.js'
import { CommandError } from '../errors.js'
import { noteEvent, verdictTable } from '../incident-view.js'
import { note, print, printJson } from '../output.js'

interface IncidentOptions {
  readonly cluster: string
  readonly as?: string
  readonly json?: boolean
}

/** Finding nothing is an honest answer, not a failure: exit 0. */
export async function runIncidentCommand(sentence: string, options: IncidentOptions): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const { crew } = cluster.revision
  if (crew === undefined) {
    throw new CommandError('crew_not_configured', 'This cluster has no on-call crew.', {
      remedy: 'Add a `crew:` section with graph, reference and production to cluster.yaml and apply it.',
    })
  }
  const [{ runIncident }, { systemClock, ulidSource }] = await Promise.all([
    import('@groundplane/crew'),
    import('@groundplane/core'),
  ])
  const report = await withCatalog(cluster, crew.graph, (catalog) =>
    runIncident({
      sentence,
      catalog,
      reference: crew.reference,
      production: crew.production,
      ...(crew.roles && { roles: crew.roles }),
      onEvent: noteEvent,
      clock: systemClock,
      ids: ulidSource(),
      ...(cluster.principal && { principal: cluster.principal }),
    }),
  )
  if (options.json) printJson(report)
  else {
    if (report.checks.length > 0) print(`${verdictTable(report.checks)}\n`)
    print(report.report)
  }
  note(`run ${report.runId} took ${Math.round(report.wallMs)} ms`)
  return 0
}
