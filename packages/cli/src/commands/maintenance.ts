import { formatDiagnostic, withoutCredentials } from '@groundplane/core'
import type { CleanupReport } from '@groundplane/graph'
import { confirmed } from '../consent.js'
import { CommandError } from '../errors.js'
import { type GraphAddress, type GraphTarget, openGraphTarget } from '../graph-target.js'
import { resolvePlace } from '../operator/scope.js'
import { note, print, printJson } from '../output.js'

interface MaintenanceOptions extends GraphAddress {
  readonly dryRun?: boolean
  readonly keep?: number
  /** Milliseconds. */
  readonly olderThan?: number
  readonly confirm?: boolean
  readonly vacuum?: boolean
  readonly yes?: boolean
  readonly json?: boolean
}

const kib = (bytes: number): string => `${Math.ceil(bytes / 1024).toLocaleString('en-US')} KiB`
const sizes = ({ before, after }: { before: number; after: number }): string =>
  `${kib(before)} → ${kib(after)}`

/** Under the rules of the graph, whatever state its published content is in. On the machine that has its files. */
async function openFiles(
  command: string,
  told: GraphAddress,
  purpose: 'write' | 'preview',
): Promise<GraphTarget> {
  const { server } = await resolvePlace(told)
  if (server === undefined) return openGraphTarget(told, purpose, { rulesOnly: true })
  throw new CommandError(
    'maintenance_not_over_server',
    `${command} works on the files of a graph; ${withoutCredentials(server)} is a server.`,
    {
      kind: 'unsupported',
      remedy: `Run it where the graph is kept: \`groundplane ${command} --cluster <dir> --graph <id>\`. The server may go on meanwhile.`,
    },
  )
}

export async function runOptimize(root: string | undefined, options: MaintenanceOptions): Promise<number> {
  const target = await openFiles('optimize', { ...options, root }, 'write')
  try {
    const report = target.graph.optimize({ ...(target.principal && { principal: target.principal }) })
    if (options.json) printJson({ ok: true, ...report })
    else {
      print(`${report.analyzed} tables analyzed, ${report.droppedIndexes.length} unused indexes dropped`)
      print(
        `${report.checkpointed ? 'log folded in' : 'a reader kept the log open'}; ${sizes(report.fileBytes)}`,
      )
    }
    return 0
  } finally {
    target.close()
  }
}

/** Exit code 1 when something is wrong that cannot be rebuilt. */
export async function runRepair(root: string | undefined, options: MaintenanceOptions): Promise<number> {
  const target = await openFiles('repair', { ...options, root }, 'write')
  try {
    const report = target.graph.repair({
      ...(options.dryRun && { dryRun: true }),
      ...(target.principal && { principal: target.principal }),
    })
    const sound = report.unrepairable.length === 0
    if (options.json) printJson({ ok: sound, ...report })
    else {
      const checked = Object.entries(report.checked).map(([what, n]) => `${n} ${what}`)
      print(`checked ${checked.join(', ')}`)
      const verb = report.dryRun ? 'would repair' : 'repaired'
      for (const { structure, subject, action } of report.repaired)
        print(`${verb} ${structure} ${subject}: ${action}`)
      for (const diagnostic of report.unrepairable) print(formatDiagnostic(diagnostic))
      print(report.healthy ? 'Nothing to do.' : sound ? 'The graph is sound.' : 'The graph is damaged.')
    }
    return sound ? 0 : 1
  } finally {
    target.close()
  }
}

export async function runCleanup(root: string | undefined, options: MaintenanceOptions): Promise<number> {
  const target = await openFiles('cleanup', { ...options, root }, options.confirm ? 'write' : 'preview')
  try {
    if (options.confirm && !target.local)
      await confirmed(
        `Remove the versions of ${target.graph.id} that nothing kept can see, for good?`,
        options,
      )
    const report = target.graph.cleanup({
      ...(options.keep !== undefined && { keep: options.keep }),
      ...(options.olderThan !== undefined && { olderThanMs: options.olderThan }),
      ...(!options.confirm && { dryRun: true }),
      ...(options.vacuum && { vacuum: true }),
      ...(target.principal && { principal: target.principal }),
    })
    if (options.json) printJson({ ok: true, ...report })
    else showCleanup(report)
    return 0
  } finally {
    target.close()
  }
}

function showCleanup(report: CleanupReport): void {
  const verb = report.dryRun ? 'would remove' : 'removed'
  print(
    `${verb} ${report.removedVersions} versions of ${report.removedCommits} commits and ${report.removedBlobs} blobs (${kib(report.removedBlobBytes)}); ${report.keptCommits} commits stay readable`,
  )
  if (report.dryRun) note('nothing was removed; add --confirm to do it')
  else print(sizes(report.fileBytes))
}
