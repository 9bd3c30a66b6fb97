import { actorPrincipal } from '@groundplane/core'
import type { ServeOptions } from '@groundplane/server'
import { consoleDir } from '../console-assets.js'
import { resolveActor } from '../operator-config.js'
import { note, print, printJson } from '../output.js'
import { scheduleRunner } from '../schedule-runner.js'

interface ServeCommandOptions {
  readonly cluster: string
  readonly bind: string
  readonly tokensFile?: string
  readonly unauthenticated?: boolean
  readonly requireAllGraphs?: boolean
  readonly readOnly?: boolean
  readonly catalogWrites?: boolean
  /** False: what is due is left to others. */
  readonly schedules?: boolean
  readonly schedulesAs?: string
  /** Seconds. */
  readonly reloadInterval: number
  readonly corsOrigin?: readonly string[]
  readonly trustedProxy?: readonly string[]
  readonly actorRate?: number
  readonly actorConcurrency?: number
  readonly logLevel?: NonNullable<ServeOptions['logLevel']>
  /** Seconds. */
  readonly requestTimeout?: number
  readonly slowQueryMs: number
  readonly json?: boolean
}

/**
 * Runs until a signal; the address it chose, or with `json` what it serves there, is the one line
 * on stdout. It is written when signals are already listened to, so that whoever waits for the line may stop the server at once.
 */
export async function runServe(options: ServeCommandOptions): Promise<number> {
  const { closeOnSignal, serve } = await import('@groundplane/server')
  const assets = consoleDir()
  const announced: string[] = []
  const runner =
    options.schedules === false || options.readOnly
      ? undefined
      : scheduleRunner(options.cluster, options.schedulesAs)
  const server = await serve({
    clusterDir: options.cluster,
    bind: options.bind,
    ...(options.tokensFile !== undefined && { tokenFile: options.tokensFile }),
    ...(options.unauthenticated && { unauthenticated: true }),
    requireAllGraphs: options.requireAllGraphs ?? process.env.GROUNDPLANE_REQUIRE_ALL_GRAPHS === '1',
    ...(options.readOnly && { readOnly: true }),
    ...(options.catalogWrites && { catalogWrites: true }),
    reloadMs: options.reloadInterval * 1000,
    ...(options.corsOrigin && { corsOrigins: options.corsOrigin }),
    ...(options.trustedProxy && { trustedProxies: options.trustedProxy }),
    slowQueryMs: options.slowQueryMs,
    limits: {
      ...(options.actorRate !== undefined && { actorPerSecond: options.actorRate }),
      ...(options.actorConcurrency !== undefined && { actorConcurrent: options.actorConcurrency }),
      ...(options.requestTimeout !== undefined && { requestMs: options.requestTimeout * 1000 }),
    },
    ...(options.logLevel !== undefined && { logLevel: options.logLevel }),
    ...(assets !== undefined && { consoleDir: assets }),
    ...(runner && { runNow: runner.runNow }),
    print: (line) => announced.push(line),
  })
  for (const { graph, code, message } of server.quarantined)
    note(`quarantined ${graph} [${code}]: ${message}`)
  runner?.start()
  const closed = closeOnSignal({
    reload: () => server.reload(),
    async close() {
      await Promise.all([runner?.close(), server.close()])
    },
  })
  const { url, mode, revision, graphs, quarantined } = server
  if (options.json) printJson({ url, mode, revision, graphs, quarantined })
  else for (const line of announced) print(line)
  await closed
  return 0
}

/** Runs until standard input ends. */
export async function runMcp(options: {
  readonly cluster: string
  readonly as?: string
  readonly catalogWrites?: boolean
}): Promise<number> {
  const { serveMcp } = await import('@groundplane/server')
  const actor = await resolveActor(options.as)
  await serveMcp({
    clusterDir: options.cluster,
    ...(options.catalogWrites && { catalogWrites: true }),
    ...(actor !== undefined && { principal: actorPrincipal(actor) }),
  })
  return 0
}
