import type { Principal } from '@groundplane/core'
import type { Authorizer } from '@groundplane/policy'
import { QueryAccess } from '../graph-access/queries.js'
import type { ServedRevision } from '../served-revision.js'

export interface StdioOptions {
  readonly version: string
  readonly revision: ServedRevision
  readonly authorize: Authorizer
  /** Who reads and writes: the person at this machine. */
  readonly principal?: Principal
  /** Deadline of one query, milliseconds. */
  readonly queryMs: number
  readonly catalogWrites: boolean
}

/** Speaks MCP on stdin and stdout until stdin ends. Nothing else may write to stdout meanwhile. */
export async function serveMcpOverStdio({
  version,
  revision,
  authorize,
  principal,
  queryMs,
  catalogWrites,
}: StdioOptions): Promise<void> {
  const { createMcpServer } = await import('./mcp-server.js')
  const { connectMcp } = await import('./connect.js')
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
  const queries = new QueryAccess({ authorize, queryMs })
  const server = createMcpServer({
    version,
    scope: (signal) => ({
      caller: {
        ...(principal && { principal }),
        provenance: principal ? { actor: principal.actor, tenant: principal.tenant } : {},
        signal: () => signal,
      },
      revision,
      authorize,
      queries,
      catalogWrites,
      queryMs,
    }),
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
