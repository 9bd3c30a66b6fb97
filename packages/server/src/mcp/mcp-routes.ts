import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { FastifyInstance } from 'fastify'
import { QueryAccess } from '../graph-access/queries.js'
import { provenanceOf } from '../http/request-context.js'
import type { RouteDeps } from '../server-deps.js'
import type { ToolScope } from './tool.js'

/**
 * MCP over Streamable HTTP at `/mcp`, without sessions: each POST stands alone, with
 * the identity of its own token, so nothing is lost on a restart and no session can be
 * taken over. GET and DELETE, which only sessions need, answer 405 as the protocol asks.
 */
export function addMcpRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const queries = new QueryAccess({ authorize: deps.authorize, queryMs: deps.limits.queryMs })
  app.post('/mcp', async (request, reply) => {
    const scope = (signal: AbortSignal): ToolScope => ({
      caller: {
        ...(request.context.principal && { principal: request.context.principal }),
        provenance: provenanceOf(request.context),
        signal: () => signal,
      },
      revision: deps.revision,
      authorize: deps.authorize,
      queries,
    })
    // Loaded with the first call: a server nobody speaks MCP to does not pay for it.
    const [{ createMcpServer }, { connectMcp }, { StreamableHTTPServerTransport }] = await Promise.all([
      import('./mcp-server.js'),
      import('./connect.js'),
      import('@modelcontextprotocol/sdk/server/streamableHttp.js'),
    ])
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
