import type { Principal } from '@groundplane/core'
import type { Authorizer } from '@groundplane/policy'
import { catalogOf, type ServedRevision } from '../served-revision.js'

export interface StdioOptions {
  readonly version: string
  readonly revision: ServedRevision
  readonly authorize: Authorizer
  /** Who the reads are made as: the person at this machine. */
  readonly principal?: Principal
}

/** Speaks MCP on stdin and stdout until stdin ends. Nothing else may write to stdout meanwhile. */
export async function serveMcpOverStdio({
  version,
  revision,
  authorize,
  principal,
}: StdioOptions): Promise<void> {
  const { createMcpServer } = await import('./mcp-server.js')
  const { connectMcp } = await import('./connect.js')
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
  const server = createMcpServer({
    version,
    scope() {
      const { catalog, crew, graphId } = catalogOf(revision)
      const at = principal ? { principal } : {}
      authorize({ action: 'read', graph: graphId, branch: 'main', ...at })
      return { catalog, at, ...(crew && { instances: crew }) }
    },
    onBug: (error) => process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
  })
  const ended = new Promise<void>((resolve) => {
    server.onclose = resolve
    process.stdin.once('end', resolve)
  })
  await connectMcp(server, new StdioServerTransport())
  await ended
  await server.close()
}
