import type { Socket } from 'node:net'
import type { Clock, UlidSource } from '@groundplane/core'
import type { Authorizer } from '@groundplane/policy'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { ActorQuotas } from './http/actor-quotas.js'
import { createApp } from './http/app.js'
import { serveConsole } from './http/console-files.js'
import type { Metrics } from './http/metrics.js'
import { OpenStreams } from './http/open-streams.js'
import { addRoutes } from './http/route.js'
import { IncidentRuns, type RunCrew } from './incident-runs.js'
import { addMcpRoutes } from './mcp/mcp-routes.js'
import type { Reloader } from './reloader.js'
import type { RevisionSlot } from './revision-slot.js'
import { blobHandlers } from './routes/blob-routes.js'
import { branchHandlers } from './routes/branch-routes.js'
import { graphBulkHandlers, graphStreamHandlers } from './routes/bulk-routes.js'
import { catalogHandlers, catalogToolHandlers } from './routes/catalog-routes.js'
import { datahubHandlers } from './routes/datahub-routes.js'

import { graphQueryHandlers, graphReadHandlers } from './routes/graph-routes.js'
import { incidentHandlers } from './routes/incident-routes.js'
import { openlineageHandlers } from './routes/openlineage-routes.js'
import { queryText } from './routes/read-text.js'
import { scheduleHandlers } from './routes/schedule-routes.js'
import { schemaHandlers } from './routes/schema-routes.js'
import { serviceHandlers } from './routes/service-routes.js'
import { catalogOf } from './served-revision.js'
import type { RouteDeps } from './server-deps.js'
import type { ServerSettings } from './server-settings.js'
import type { TokensInForce } from './tokens.js'

/** Everything a server is made of. It opens nothing itself; `close` closes the revisions it was given. */
export interface ServerDeps {
  readonly version: string
  readonly revisions: RevisionSlot
  readonly reloader: Reloader
  readonly metrics: Metrics
  readonly authorize: Authorizer
  readonly crew: RunCrew
  readonly schedules: RouteDeps['schedules']
  readonly runNow: RouteDeps['runNow']
  /** Whether the tools of the catalog that write are to be had at all. */
  readonly catalogWrites: boolean
  /** Null serves everyone. */
  readonly tokens: TokensInForce | null
  /** The built console; without it `/` says how to build it. */
  readonly consoleDir?: string
  readonly clock: Clock
  readonly ids: UlidSource
  readonly log: FastifyBaseLogger
  /** Of the revision that is served at the moment. */
  readonly settings: () => ServerSettings
}

export interface GroundplaneServer {
  readonly app: FastifyInstance
  /** Starts to listen; answers with the chosen address, e.g. `http://127.0.0.1:8080`. */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>
  /**
   * Stops taking requests, lets those under way finish, ends event streams and runs, then
   * closes the graphs. What has not ended after `limits.shutdownMs` is cut off.
   */
  close(): Promise<void>
}

export async function createServer(deps: ServerDeps): Promise<GroundplaneServer> {
  const { limits } = deps.settings()
  const { metrics, revisions, reloader } = deps
  let state: 'ready' | 'starting' | 'stopping' = 'starting'
  const runs = new IncidentRuns({
    catalog: () => catalogOf(revisions.current).catalog,
    crew: deps.crew,
    limit: limits.runs,
    onStart: () => metrics.runsActive.inc(),
    onEnd(status) {
      metrics.runsActive.dec()
      metrics.runs.inc({ status })
    },
  })
  const quotas = new ActorQuotas(
    () => deps.settings().limits,
    () => performance.now(),
  )
  const streams = new OpenStreams(deps.tokens)
  deps.tokens?.onChange(() => {
    const ended = streams.endRevoked()
    if (ended > 0) deps.log.warn({ streams: ended }, 'streams of tokens that are gone were ended')
  })
  const routes: RouteDeps = {
    ...deps,
    get revision() {
      return revisions.current
    },
    get limits() {
      return deps.settings().limits
    },
    runs,
    streams,
    quotas,
    state: () => (state === 'ready' && deps.tokens?.current.size === 0 ? 'no_tokens' : state),
    refusal: () => reloader.refusal,
  }
  const indexMs = () => deps.settings().limits.queryMs
  const location = { loopback: true }
  const streaming = new WeakSet<Socket>()
  const app = createApp({
    ...deps,
    streaming,
    quotas,
    metrics,
    isLoopback: () => location.loopback,
    onRequest: () => {
      // Whatever the request finds served stays open until its connection has the answer, or is gone.
      const release = revisions.lease()
      return () => {
        release()
        // A connection that was busy when the shutdown began is idle now, and would be kept open.
        if (state === 'stopping') setImmediate(() => app.server.closeIdleConnections())
      }
    },
  })
  app.removeContentTypeParser('text/plain')
  addRoutes(
    app,
    {
      ...serviceHandlers(routes),
      ...scheduleHandlers(routes),
      ...branchHandlers(routes),
      ...graphReadHandlers(routes),
      ...graphQueryHandlers(routes),
      ...graphBulkHandlers(routes),
      ...blobHandlers(routes),
      ...schemaHandlers(routes),
      ...catalogHandlers(routes),
      ...catalogToolHandlers(routes),
      ...incidentHandlers(routes),
      ...datahubHandlers(routes),
      ...openlineageHandlers(routes),
    },
    {
      bodyLimits: {
        load: limits.loadBytes,
        loadIf: limits.loadBytes,
        // A client of DataHub sends up to 16 MB at once.
        datahubAspectsAction: limits.loadBytes,
        datahubEntitiesAction: limits.loadBytes,
        datahubWriteEntities: limits.loadBytes,
        datahubPatchEntities: limits.loadBytes,
        openlineageEvent: limits.loadBytes,
        openlineageBatch: limits.loadBytes,
        openlineageEventResolved: limits.loadBytes,
        openlineageBatchResolved: limits.loadBytes,
      },
      texts: { invokeQuery: queryText, runQuery: queryText },
      indexMs,
    },
  )
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(/^application\/(x-ndjson|jsonl|x-jsonlines)\b/, (_request, _payload, done) =>
      done(null),
    )
    addRoutes(scope, graphStreamHandlers(routes, streaming), { indexMs })
  })
  addMcpRoutes(app, routes)
  await serveConsole(app, deps.consoleDir)

  let closing: Promise<void> | undefined
  return {
    app,
    async listen({ host, port }) {
      location.loopback = isLoopback(host)
      const address = await app.listen({ host, port })
      state = 'ready'
      return address
    },
    close() {
      state = 'stopping'
      closing ??= shutDown({ ...deps, app, runs }, limits.shutdownMs)
      return closing
    },
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

async function shutDown(
  {
    app,
    runs,
    revisions,
    reloader,
  }: Pick<ServerDeps, 'revisions' | 'reloader'> & { app: FastifyInstance; runs: IncidentRuns },
  shutdownMs: number,
): Promise<void> {
  // Runs first: their streams are requests under way, which `app.close` would wait for.
  const cutOff = setTimeout(() => app.server.closeAllConnections(), shutdownMs)
  cutOff.unref()
  try {
    await reloader.stop()
    await withDeadline(runs.close(), shutdownMs)
    await app.close()
  } finally {
    clearTimeout(cutOff)
    await revisions.close()
  }
}

function withDeadline(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
