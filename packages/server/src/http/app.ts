import type { Socket } from 'node:net'
import type { UlidSource } from '@groundplane/core'
import { type Operation, operations } from '@groundplane/protocol'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { MethodNotAllowed, ServerError } from '../server-error.js'
import type { ServerSettings } from '../server-settings.js'
import type { TokensInForce } from '../tokens.js'
import type { ActorQuotas } from './actor-quotas.js'
import { Authentication } from './authentication.js'
import { answerBrokenRequest } from './broken-request.js'
import { clientAddress } from './client-address.js'
import { errorReply } from './error-reply.js'
import { takeGzip } from './gzip-body.js'
import { takeJson } from './json-body.js'
import type { Metrics } from './metrics.js'
import { misplacedClient } from './misplaced-client.js'
import { bodyTooLarge, discardRest } from './refused-body.js'
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
  readonly tokens: TokensInForce | null
  /** Called when a request has come in; what it answers, when its connection has the answer or is gone. */
  readonly onRequest: () => () => void
  /** Whether the address is reachable from this machine only. */
  readonly isLoopback: () => boolean
  readonly ids: UlidSource
  readonly metrics: Metrics
  readonly log: FastifyBaseLogger
  /** Asked at every request; the limits of START_LIMITS once. */
  readonly settings: () => ServerSettings
  readonly quotas: ActorQuotas
  /** Connections whose body is being streamed now: those have time limits of their own. */
  readonly streaming: WeakSet<Socket>
}

/**
 * The HTTP frame that every route stands in: request ids and traces, security
 * headers, authentication, one error body, metrics. It knows no plane.
 */
export function createApp(options: AppOptions): FastifyInstance {
  const { metrics, settings } = options
  const { limits } = settings()
  const app = fastify({
    // With a logger of its own it would make one for each request, and listen twice more for the end of it.
    logger: false,
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
      reply.headers(DATA_HEADERS).header('x-request-id', request.context.requestId)
      sendError(request, reply, error)
    },
  })
  const admission = admissionOf(options)
  takeJson(app)
  takeGzip(app)
  app.decorateRequest('context')
  app.addHook('onRequest', (request, reply, done) => {
    const context = contextOf(request, options.ids)
    request.context = context
    // What Fastify has to complain about; lines that concern a request carry its id already.
    request.log = options.log
    reply.log = options.log
    const { config } = request.routeOptions
    const ended = options.onRequest()
    let leave: (() => void) | undefined
    // One listener for all that ends with a request: each one more costs every request.
    reply.raw.on('close', () => {
      if (reply.raw.writableFinished) {
        const seconds = (performance.now() - context.startedAtMs) / 1000
        metrics.requestMeter(request.method, config.url ?? 'none')(reply.statusCode, seconds)
      }
      leave?.()
      ended()
    })
    reply.headers(isApi(config) ? DATA_HEADERS : PAGE_HEADERS)
    reply.header('x-request-id', context.requestId)
    reply.header('traceparent', context.traceparent)
    if (settings().origins.answer(request, reply)) return
    try {
      refuseUnclearHost(request)
      // Before its body is read: what is sent to an address that is not there is nobody's to look at.
      if (config.url === undefined) throw noRoute(request, reply)
      leave = admission(request, reply, config)
      done()
    } catch (error) {
      done(error as Error)
    }
  })
  app.setErrorHandler(async (error, request, reply) => {
    const refusal = isTooLarge(error) ? bodyTooLarge(request.routeOptions.bodyLimit) : error
    if (isTooLarge(error)) await discardRest(request.raw)
    return sendError(request, reply, refusal)
  })
  app.setNotFoundHandler((request, reply) => sendError(request, reply, noRoute(request, reply)))
  return app
}

type RouteConfig = FastifyRequest['routeOptions']['config']

function isApi({ operation, url }: RouteConfig): boolean {
  return operation !== undefined || url === '/mcp'
}

/**
 * Authentication, the two refusals that protect people's browsers, and the caller's quota. Lets a
 * request in or throws; what it answers counts the request out of its quota again.
 */
function admissionOf({ tokens, isLoopback, settings, quotas, metrics }: AppOptions) {
  const guesses = new TokenGuesses(() => performance.now())
  const addressOf = ({ ip, headers }: FastifyRequest) =>
    clientAddress(ip, headers['x-forwarded-for'] as string | undefined, settings().proxies)
  const authentication = tokens && new Authentication(tokens, guesses, addressOf)
  const admit = (request: FastifyRequest, reply: FastifyReply, { operation }: RouteConfig) => {
    if (!authentication && isLoopback()) refuseForeignHost(request)
    if (operation !== undefined && (operations[operation] as Operation).public) return undefined
    refuseForeignOrigin(request, settings().origins)
    reply.header('cache-control', 'no-store')
    const { context } = request
    if (authentication) {
      const { principal, account } = authentication.senderOf(request)
      context.principal = principal
      context.account = account
    } else {
      // Where nobody is asked who they are, callers are told apart by address.
      context.account = addressOf(request)
    }
    return quotas.enter(context.account)
  }
  return (request: FastifyRequest, reply: FastifyReply, config: RouteConfig): (() => void) | undefined => {
    if (!isApi(config)) return undefined
    try {
      return admit(request, reply, config)
    } catch (error) {
      if (error instanceof ServerError) metrics.refusals.inc({ reason: error.code })
      throw error
    }
  }
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
  const told = isOfDatahub(request.url) ? { ...body, message: body.error.message, status } : body
  return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(told)
}

/** Addresses whose callers look for `message` beside the error body, also where there is no route. */
function isOfDatahub(url: string): boolean {
  return /^\/graphs\/[^/?]+\/datahub(?:[/?]|$)/.test(url)
}

/** The connection ended before the request did: nobody's failure, and nobody is there to be told. */
function hasLeft({ raw }: FastifyRequest, error: unknown): boolean {
  return !raw.complete && raw.destroyed && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
}

/** Refused by the framework, by what the body says of its length or as it came. */
function isTooLarge(error: unknown): boolean {
  return (error as { statusCode?: unknown }).statusCode === 413
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
    .filter((operation) => pattern(operation).test(path))
    .map((operation) => operation.method)
  if (path === '/mcp') methods.push('POST')
  if (methods.length > 0 && !methods.includes(request.method as 'GET')) {
    reply.header('allow', [...new Set(methods)].join(', '))
    return new MethodNotAllowed(request.method)
  }
  return new ServerError('not-found', 'route_not_found', 'There is nothing at this address.', {
    remedy: misplacedClient(request.method, path) ?? 'GET /openapi.json describes what there is.',
  })
}

function pattern({ path, greedy }: Operation): RegExp {
  const pieces = path.replace(/[.]/g, '\\.').replace(/\{\w+\}$/, greedy ? '.+' : '[^/]+')
  return new RegExp(`^${pieces.replace(/\{\w+\}/g, '[^/]+')}$`)
}
