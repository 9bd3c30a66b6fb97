import { consoleDir } from '../console-assets.js'
import { resolveActor } from '../operator-config.js'
import { note } from '../output.js'

interface ServeCommandOptions {
  readonly cluster: string
  readonly bind: string
  readonly tokensFile?: string
  readonly unauthenticated?: boolean
  readonly requireAllGraphs?: boolean
}

/** Runs until a signal; the address it chose is the one line on stdout. */
export async function runServe(options: ServeCommandOptions): Promise<number> {
  const { closeOnSignal, serve } = await import('@groundplane/server')
  const assets = consoleDir()
  const server = await serve({
    clusterDir: options.cluster,
    bind: options.bind,
    ...(options.tokensFile !== undefined && { tokenFile: options.tokensFile }),
    ...(options.unauthenticated && { unauthenticated: true }),
    requireAllGraphs: options.requireAllGraphs ?? process.env.GROUNDPLANE_REQUIRE_ALL_GRAPHS === '1',
    ...(assets !== undefined && { consoleDir: assets }),
  })
  for (const { graph, code, message } of server.quarantined)
    note(`quarantined ${graph} [${code}]: ${message}`)
  await closeOnSignal(server)
  return 0
}

/** Runs until standard input ends. */
export async function runMcp(options: { readonly cluster: string; readonly as?: string }): Promise<number> {
  const { serveMcp } = await import('@groundplane/server')
  const actor = await resolveActor(options.as)
  await serveMcp({
    clusterDir: options.cluster,
    ...(actor !== undefined && { principal: { actor, tenant: 'local', roles: [] } }),
  })
  return 0
}
