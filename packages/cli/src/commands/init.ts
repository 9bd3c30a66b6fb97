import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { actorPrincipal, formatDiagnostic, hasErrors } from '@groundplane/core'
import { CommandError } from '../errors.js'
import { refuseAddress } from '../graph-target.js'
import { readText } from '../input.js'
import { resolveActor } from '../operator-config.js'
import { note, print, printJson } from '../output.js'

interface InitOptions {
  readonly schema: string
  readonly as?: string
  readonly json?: boolean
}

export async function runInit(root: string, options: InitOptions): Promise<number> {
  refuseAddress(root)
  refuseManagedRoot(root)
  const schema = readText(options.schema)
  const { checkSchema } = await import('@groundplane/lang')
  const { diagnostics } = checkSchema(schema, options.schema)
  if (hasErrors(diagnostics)) {
    throw new CommandError('schema_invalid', `${options.schema} has errors; nothing was created.`, {
      remedy:
        'Correct the schema where the diagnostics point; `groundplane lint` shows them without creating anything.',
      diagnostics,
    })
  }
  for (const diagnostic of diagnostics) note(formatDiagnostic(diagnostic))
  const { Graph } = await import('@groundplane/graph')
  const actor = await resolveActor(options.as)
  const graph = Graph.create(root, {
    schema,
    context: actor === undefined ? {} : { principal: actorPrincipal(actor) },
  })
  const head = graph.head()
  graph.close()
  if (options.json) printJson({ ok: true, root: resolve(root), commit: head })
  else print(`Created ${root} at commit ${head.id}.`)
  return 0
}

/** Graphs of a cluster are created by `cluster apply`, so that the ledger knows them. */
function refuseManagedRoot(root: string): void {
  const clusterDir = dirname(dirname(resolve(root)))
  if (!existsSync(join(clusterDir, '__cluster'))) return
  throw new CommandError('root_is_cluster_managed', `${root} belongs to the cluster in ${clusterDir}.`, {
    kind: 'conflict',
    remedy: 'Declare the graph in cluster.yaml and run `groundplane cluster apply`.',
  })
}
