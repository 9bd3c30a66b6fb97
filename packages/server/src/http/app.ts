import type { Socket } from 'node:net'
import type { UlidSource } from '@groundplane/core'
import { type Operation, operations } from '@groundplane/protocol'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { MethodNotAllowed, ServerError } from '../server-error.js'
import type { TokenTable } from '../tokens.js'
import { ActorQuotas, type QuotaLimits } from './actor-quotas.js'
import { answerBrokenRequest } from './broken-request.js'
import type { AllowedOrigins } from './cors.js'
import { errorReply } from './error-reply.js'
import { takeJson } from './json-body.js'
import type { Metrics } from './metrics.js'
import { contextOf } from './request-context.js'
import {
  DATA_HEADERS,
  PAGE_HEADERS,
  refuseForeignHost,
  refuseForeignOrigin,
  refuseUnclearHost,
} from './security-headers.js'
import { TokenGuesses } from './token-guesses.js'

export interface AppOptions {
  /** Null serves everyone: only by the operator's explicit choice. */
  readonly tokens: TokenTable | null
  /** Whether the address is reachable from this machine only. */
  readonly isLoopback: () => boolean
  readonly ids: UlidSource
  readonly metrics: Metrics
  readonly log: FastifyBaseLogger
  readonly limits: Limits
  readonly origins: AllowedOrigins
  /** Connections whose body is being streamed now: those have time limits of their own. */
  readonly streaming: WeakSet<Socket>
}

/** Sizes in bytes, times in milliseconds. */
export interface Limits extends QuotaLimits {
  readonly bodyBytes: number
  /** Of `POST load`, whose text is held in memory. */
  readonly loadBytes: number
  /** Of `POST load/ndjson`, which is streamed. */
  readonly streamBytes: number
  /** Within which a request must have arrived whole, streamed bodies apart; a slow sender is cut off. */
  readonly requestMs: number
  /** Within which a streamed body must have arrived whole. */
  readonly streamMs: number
  /** How long the sender of a streamed body may pause. */
  readonly bodyIdleMs: number
  /** Of one query. */
  readonly queryMs: number
  readonly heartbeatMs: number
  /** How long a shutdown waits for work under way. */
  readonly shutdownMs: number
  /** Incident runs at the same time. */
  readonly runs: number
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 1024 * 1024,
  loadBytes: 32 * 1024 * 1024,
  streamBytes: 16 * 1024 * 1024 * 1024,
  requestMs: 60_000,
  streamMs: 600_000,
  bodyIdleMs: 10_000,
  queryMs: 15_000,
  heartbeatMs: 15_000,
  shutdownMs: 10_000,
  runs: 4,
  actorConcurrent: 128,
  actorPerSecond: 0,
}

/**
 * The HTTP frame that every route stands in: request ids and traces, security
 * headers, authentication, one error body, metrics. It knows no plane.
 */
export function createApp(options: AppOptions): FastifyInstance {
  const { limits, metrics } = options
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    // Lines that concern a request carry its id already; a logger for each request would cost more than most requests.
    childLoggerFactory: (logger) => logger,
    exposeHeadRoutes: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    http: {
      // Asked for by refuseUnclearHost, which answers with our error body.
      requireHostHeader: false,
      headersTimeout: Math.min(15_000, limits.requestMs),
      connectionsCheckingInterval: Math.min(5_000, limits.requestMs),
    },
    keepAliveTimeout: 72_000,
    // What arrives on an open connection while we stop is still answered, and the connection then closed.
    return503OnClosing: false,
    clientErrorHandler(error: Error & { code?: string }, socket) {
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && options.streaming.has(socket as Socket)) return
      answerBrokenRequest(error, socket, options.ids)
    },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => {
      request.context ??= contextOf(request, options.ids)
      sendError(request, reply, error)
    },
  })
  const quotas = new ActorQuotas(limits, () => performance.now())
  const guesses = new TokenGuesses(() => performance.now())
  takeJson(app)
  app.decorateRequest('context')
  app.addHook('onRequest', async (request, reply) => {
    request.context = contextOf(request, options.ids)
    reply.headers(isApi(request) ? DATA_HEADERS : PAGE_HEADERS)
    reply.header('x-request-id', request.context.requestId)
    reply.header('traceparent', request.context.traceparent)
    if (options.origins.answer(request, reply)) return reply
    refuseUnclearHost(request)
    // Before its body is read: what is sent to an address that is not there is nobody's to look at.
    if (request.is404) throw noRoute(request, reply)
    admit(request, reply, options, { quotas, guesses })
  })
  app.addHook('onResponse', (request, reply, done) => {
    const seconds = (performance.now() - request.context.startedAtMs) / 1000
    metrics.observeRequest(request.method, request.routeOptions.url ?? 'none', reply.statusCode, seconds)
    done()
  })
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error))
  app.setNotFoundHandler((request, reply) => sendError(request, reply, noRoute(request, reply)))
  return app
}

function isApi({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.operation !== undefined || routeOptions.url === '/mcp'
}

/** Authentication, the two refusals that protect people's browsers, and the caller's quota. */
function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  options: AppOptions,
  { quotas, guesses }: { quotas: ActorQuotas; guesses: TokenGuesses },
): void {
  if (!isApi(request)) return
  const { operation } = request.routeOptions.config
  try {
    if (options.tokens === null && options.isLoopback()) refuseForeignHost(request)
    if (operation !== undefined && (operations[operation] as Operation).public) return
    refuseForeignOrigin(request, options.origins)
    reply.header('cache-control', 'no-store')
    if (options.tokens !== null) request.context.principal = authenticate(request, options.tokens, guesses)
    reply.raw.once('close', quotas.enter(accountOf(request)))
  } catch (error) {
    if (error instanceof ServerError) options.metrics.refusals.inc({ reason: error.code })
    throw error
  }
}

/** Where nobody is asked who they are, callers are told apart by address. */
function accountOf({ context: { principal }, ip }: FastifyRequest): string {
  return principal ? `${principal.tenant}/${principal.actor}` : ip
}

function authenticate(request: FastifyRequest, tokens: TokenTable, guesses: TokenGuesses) {
  const remedy = 'Send the header `Authorization: Bearer <token>`.'
  const header = request.headers.authorization
  if (header === undefined) {
    throw new ServerError('unauthenticated', 'token_missing', 'This server needs a bearer token.', { remedy })
  }
  const token = /^bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1]
  const principal = token === undefined ? undefined : tokens.resolve(token)
  guesses.judge(request.ip, principal)
  if (!principal) {
    throw new ServerError(
      'unauthenticated',
      'token_unknown',
      'The bearer token is not one this server knows.',
      {
        remedy,
      },
    )
  }
  return principal
}

function sendError(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const error = hasLeft(request, thrown) ? clientGone() : thrown
  const { status, body, headers, unexpected } = errorReply(error, request.context.requestId)
  if (error !== thrown) request.log.info({ requestId: request.context.requestId }, 'the caller left')
  if (unexpected) {
    request.log.error(
      { err: error, requestId: request.context.requestId, traceId: request.context.traceId },
      'failed',
    )
  }
  return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(body)
}

/** The connection ended before the request did: nobody's failure, and nobody is there to be told. */
function hasLeft({ raw }: FastifyRequest, error: unknown): boolean {
  return !raw.complete && raw.destroyed && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
}

function clientGone(): ServerError {
  return new ServerError('invalid', 'client_gone', 'The caller left before its request was whole.', {
    remedy: 'Send the request again.',
  })
}

/** 405 with the methods there are when the path exists, else 404. */
function noRoute(request: FastifyRequest, reply: FastifyReply): ServerError {
  const path = request.url.split('?', 1)[0] ?? ''
  const methods = (Object.values(operations) as Operation[])
    .filter((operation) => pattern(operation.path).test(path))
    .map((operation) => operation.method)
  if (path === '/mcp') methods.push('POST')
  if (methods.length > 0 && !methods.includes(request.method as 'GET')) {
    reply.header('allow', [...new Set(methods)].join(', '))
    return new MethodNotAllowed(request.method)
  }
  return new ServerError('not-found', 'route_not_found', 'There is nothing at this address.', {
    remedy: 'GET /openapi.json describes what there is.',
  })
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`)
}
