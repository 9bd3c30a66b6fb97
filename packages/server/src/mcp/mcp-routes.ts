import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { QueryAccess } from '../graph-access/queries.js'
import { provenanceOf } from '../http/request-context.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import type { ToolScope } from './tool.js'

/**
 * MCP over Streamable HTTP at `/mcp`, without sessions: each POST stands alone, with
 * the identity of its own token, so nothing is lost on a restart and no session can be
 * taken over. GET and DELETE, which only sessions need, answer 405 as the protocol asks.
 */
export function addMcpRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const queries = new QueryAccess({ authorize: deps.authorize, queryMs: deps.limits.queryMs })
  app.post('/mcp', async (request, reply) => {
    countBatch(request, reply, deps)
    const scope = (signal: AbortSignal): ToolScope => ({
      caller: {
        ...(request.context.principal && { principal: request.context.principal }),
        provenance: provenanceOf(request.context),
        signal: () => signal,
      },
      revision: deps.revision,
      authorize: deps.authorize,
      queries,
      catalogWrites: deps.catalogWrites,
      queryMs: deps.limits.queryMs,
    })
    // Loaded with the first call: a server nobody speaks MCP to does not pay for it.
    const [{ createMcpServer }, { connectMcp }, { StreamableHTTPServerTransport }] = await Promise.all([
      import('./mcp-server.js'),
      import('./connect.js'),
      import('@modelcontextprotocol/sdk/server/streamableHttp.js'),
    ])
    // Nobody would be told that a caller left who is gone already.
    if (reply.raw.destroyed) return reply.hijack()
    const server = createMcpServer({
      version: deps.version,
      scope,
      onCall: (tool, ok) => deps.metrics.toolCalls.inc({ tool, ok: String(ok) }),
      onBug: (error) =>
        request.log.error({ err: error, requestId: request.context.requestId }, 'mcp call failed'),
    })
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value as string)
    reply.hijack()
    reply.raw.on('close', () => void server.close())
    await connectMcp(server, transport as Transport)
    await transport.handleRequest(request.raw, reply.raw, request.body)
    return reply
  })
}

/** The last version of the protocol with batches, which a client without the header speaks (2025-06-18, "Protocol Version Header"). */
const LAST_WITH_BATCHES = '2025-03-26'

/** A batch is one POST, and costs the server as much as its messages one by one: each is counted. */
function countBatch(request: FastifyRequest, reply: FastifyReply, { quotas }: RouteDeps): void {
  const { body, headers, context } = request
  if (!Array.isArray(body)) return
  // The names of versions are dates.
  if (String(headers['mcp-protocol-version'] ?? LAST_WITH_BATCHES) > LAST_WITH_BATCHES) {
    throw new ServerError('invalid', 'batch_unsupported', 'This version of MCP has no batches.', {
      remedy: 'Send each message in a request of its own.',
    })
  }
  // The first is the request itself.
  if (context.account !== undefined && body.length > 1)
    reply.raw.once('close', quotas.enterMore(context.account, body.length - 1))
}
