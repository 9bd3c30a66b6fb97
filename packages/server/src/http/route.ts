import { retryWhenIndexed, SearchIndexPending } from '@groundplane/catalog'
import type { Principal, Provenance } from '@groundplane/core'
import { type Operation, type OperationId, operations } from '@groundplane/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { z } from 'zod'
import { ServerError } from '../server-error.js'
import { provenanceOf } from './request-context.js'

type Table = typeof operations
type OutputOf<T> = T extends z.ZodType ? z.output<T> : undefined
type Of<K extends OperationId, M extends string> =
  Table[K] extends Record<M, infer S> ? OutputOf<S> : undefined

/** A request that has passed authentication and the schemas of its operation. */
export interface Call<K extends OperationId = OperationId> {
  readonly params: Readonly<Record<string, string>>
  readonly query: Of<K, 'query'>
  readonly body: Of<K, 'body'>
  readonly principal: Principal | undefined
  readonly provenance: Provenance
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Gives the JSON body, or undefined after answering through `reply` itself. */
export type Handler<K extends OperationId> = (call: Call<K>) => unknown

export type Handlers<K extends OperationId = OperationId> = { readonly [I in K]: Handler<I> }

const JSON_TYPE = 'application/json; charset=utf-8'

/** Registers the given operations. Requests are validated by the operation's own schemas. */
export function addRoutes<K extends OperationId>(
  app: FastifyInstance,
  handlers: Handlers<K>,
  options: {
    readonly bodyLimits?: Partial<Record<OperationId, number>>
    /** How long an operation waits for a search index that is being made, in milliseconds. */
    readonly indexMs: () => number
    /** How an answer becomes JSON text, where `JSON.stringify` is not fast enough. */
    readonly texts?: Partial<Record<OperationId, (answer: never) => string>>
  },
): void {
  for (const [id, handler] of Object.entries(handlers) as [K, Handler<K>][]) {
    const operation: Operation = operations[id]
    const bodyLimit = options.bodyLimits?.[id]
    const textOf = options.texts?.[id] ?? JSON.stringify
    const body = (reply: FastifyReply, answer: unknown): string | FastifyReply => {
      if (answer === undefined) return reply
      reply.code(operation.status).type(JSON_TYPE)
      return textOf(answer as never)
    }
    const route: RouteOptions = {
      method: operation.method,
      url: addressOf(operation),
      config: { operation: id },
      ...(bodyLimit !== undefined && { bodyLimit }),
      // Without a promise when the answer is there at once: each costs a turn of the microtask queue.
      handler: (request, reply) => {
        const call: Call = {
          params: paramsOf(operation, request),
          query: validate(operation.query, request.query, 'query') as never,
          body: validate(operation.body, bodyOf(operation, request), 'body') as never,
          principal: request.context.principal,
          provenance: provenanceOf(request.context),
          request,
          reply,
        }
        const work = () => handler(call as unknown as Call<K>)
        const again = (error: unknown) =>
          retryWhenIndexed(options.indexMs(), work, error).then((value) => body(reply, value))
        let answer: unknown
        try {
          answer = work()
        } catch (error) {
          if (!(error instanceof SearchIndexPending)) throw error
          return again(error)
        }
        if (answer instanceof Promise) return answer.then((value) => body(reply, value), again)
        // Not given back: Fastify would wait for the end of a reply that it is given.
        if (answer !== undefined) reply.send(body(reply, answer))
        return undefined
      },
    }
    app.route(route)
  }
}

/** The path as the framework has it, where a wildcard is what takes slashes. */
function addressOf({ path, greedy }: Operation): string {
  const address = path.replace(/\{(\w+)\}/g, ':$1')
  return greedy ? address.replace(/:\w+$/, '*') : address
}

function paramsOf({ path, greedy }: Operation, request: FastifyRequest): Record<string, string> {
  const { '*': rest, ...params } = request.params as Record<string, string>
  if (!greedy) return request.params as Record<string, string>
  return { ...params, [path.slice(path.lastIndexOf('{') + 1, -1)]: rest as string }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: OperationId
  }
}

function bodyOf(operation: Operation, request: FastifyRequest): unknown {
  return operation.bodyOptional && (request.body === undefined || request.body === null) ? {} : request.body
}

function validate(schema: z.ZodType | undefined, value: unknown, part: 'query' | 'body'): unknown {
  if (!schema) return undefined
  // Of a body that is not there each member that is missing is named; a body all of whose members may be left out is missed as a whole.
  const given = value ?? (part === 'query' ? {} : undefined)
  const checked = schema.safeParse(given ?? {})
  if (checked.success && given !== undefined) return checked.data
  const issues = checked.error?.issues ?? [{ message: 'It is missing', path: [] }]
  const diagnostics = issues.map((issue) => ({
    code: 'request_invalid',
    severity: 'error' as const,
    message: issue.message.endsWith(' received undefined') ? 'It is missing' : issue.message,
    path: [part, ...issue.path].map(String).join('.'),
  }))
  const first = diagnostics[0]
  throw new ServerError(
    'invalid',
    'request_invalid',
    `The request does not fit: ${first?.path}: ${first?.message}.`,
    {
      remedy: 'Compare it with /openapi.json.',
      diagnostics,
    },
  )
}
